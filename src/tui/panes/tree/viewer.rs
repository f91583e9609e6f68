//! The rows of the tree pane, made off the drawing thread.
//!
//! What is compared, what matches the filter and which rows that gives can take a tenth of a second for a million paths.
//! [`Viewer`] keeps what the request before needed: moving a fold does not compare again, and a longer filter does
//! not either.

use std::collections::HashSet;
use std::sync::Arc;

use dockopt_core::comparison::{Change, Comparison, LayerRange, State, States};
use dockopt_core::filter::{Filter, Matches};
use dockopt_core::tree::{NodeId, NodeSet, Tree};

use super::rows::{Row, RowBuilder, shown_bytes, sorted_bytes};
use crate::tui::subject::{Subject, same};

/// By what the entries of a directory are sorted.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum SortOrder {
    /// By the bytes of their names.
    #[default]
    Name,
    /// The largest first.
    Size,
    /// The most changed bytes first.
    Change,
}

impl SortOrder {
    pub(crate) fn next(self) -> Self {
        match self {
            Self::Name => Self::Size,
            Self::Size => Self::Change,
            Self::Change => Self::Name,
        }
    }

    pub(crate) fn word(self) -> &'static str {
        match self {
            Self::Name => "name",
            Self::Size => "size",
            Self::Change => "change",
        }
    }
}

/// Which changes are not shown.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Hidden {
    bits: u8,
}

impl Hidden {
    pub(crate) fn toggle(&mut self, change: Change) {
        self.bits ^= bit(change);
    }

    pub(crate) fn hides(self, change: Change) -> bool {
        self.bits & bit(change) != 0
    }
}

fn bit(change: Change) -> u8 {
    match change {
        Change::Unmodified => 1,
        Change::Added => 2,
        Change::Modified => 4,
        Change::Removed => 8,
    }
}

/// Which directories are open before anybody has touched one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Base {
    /// Those less than so many levels deep.
    Depth(usize),
    All,
    /// Those that lead to what matches the filter.
    Matches,
}

/// Which directories are open.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Opening {
    pub(crate) base: Base,
    /// The directories that are not as the base says.
    pub(crate) toggled: HashSet<NodeId>,
}

impl Opening {
    pub(crate) fn new(base: Base) -> Self {
        Self { base, toggled: HashSet::new() }
    }

    /// Whether a directory, so many levels below the root, is open.
    pub(crate) fn is_open(&self, node: NodeId, depth: usize, matches: Option<&Matches>) -> bool {
        let by_base = match self.base {
            Base::All => true,
            Base::Depth(open) => depth < open,
            Base::Matches => matches.is_some_and(|matches| !matches.own.contains(node)),
        };
        by_base != self.toggled.contains(&node)
    }

    pub(crate) fn toggle(&mut self, node: NodeId) {
        if !self.toggled.remove(&node) {
            self.toggled.insert(node);
        }
    }
}

/// What the tree pane wants to show.
#[derive(Clone)]
pub(crate) struct ViewRequest {
    /// Grows with every request.
    pub(crate) number: u64,
    pub(crate) subject: Arc<Subject>,
    pub(crate) range: LayerRange,
    pub(crate) filter: Option<Arc<Filter>>,
    pub(crate) opening: Opening,
    pub(crate) sort: SortOrder,
    pub(crate) hidden: Hidden,
    pub(crate) ghosts: bool,
    /// Where the cursor should be.
    pub(crate) cursor: Option<NodeId>,
}

impl ViewRequest {
    /// Whether only changes are shown.
    pub(crate) fn changes_only(&self) -> bool {
        self.hidden.hides(Change::Unmodified)
    }
}

impl View {
    /// The size that a row shows.
    pub(crate) fn shown_bytes(&self, node: NodeId) -> u64 {
        shown_bytes(&self.subject.tree, &self.comparison, node, self.changes_only)
    }
}

/// What the tree pane shows.
pub(crate) struct View {
    /// The request it answers.
    pub(crate) number: u64,
    pub(crate) subject: Arc<Subject>,
    pub(crate) comparison: Arc<Comparison>,
    pub(crate) matches: Option<Arc<Matches>>,
    pub(crate) rows: Vec<Row>,
    /// Whether only changes are shown, so that sizes are those of changes.
    pub(crate) changes_only: bool,
    /// The row of the cursor's path, or of the closest directory above it.
    pub(crate) cursor: usize,
}

/// Answers requests for views.
#[derive(Default)]
pub(crate) struct Viewer {
    compared: Option<(Arc<Subject>, Arc<Comparison>)>,
    matched: Option<(Arc<Filter>, Arc<Comparison>, Arc<Matches>)>,
}

impl Viewer {
    pub(crate) fn answer(&mut self, request: &ViewRequest) -> View {
        let comparison = self.comparison(&request.subject, request.range);
        let matches = request.filter.as_ref().map(|filter| self.matches(request, filter, &comparison));
        let wanted = wanted_states(request);
        let tree = &request.subject.tree;
        let nodes = matches.as_deref().map(|matches| matching(tree, &comparison, matches, wanted));
        let visible = nodes.as_ref().map_or(Visible::States(wanted), Visible::Nodes);
        let sizes = sizes(request, &comparison);
        let rows = RowBuilder {
            request,
            comparison: &comparison,
            matches: matches.as_deref(),
            sizes: sizes.as_deref(),
            visible: &visible,
        };
        let rows = rows.rows();
        let cursor = cursor_row(request, &rows);
        View {
            number: request.number,
            subject: Arc::clone(&request.subject),
            comparison,
            matches,
            rows,
            changes_only: request.changes_only(),
            cursor,
        }
    }

    fn comparison(&mut self, subject: &Arc<Subject>, range: LayerRange) -> Arc<Comparison> {
        if let Some((of, comparison)) = &self.compared
            && same(of, subject)
            && comparison.range() == range
        {
            return Arc::clone(comparison);
        }
        // The old one goes first: two of them at a time are memory enough.
        self.compared = None;
        self.matched = None;
        let comparison = Arc::new(Comparison::of(&subject.tree, range));
        self.compared = Some((Arc::clone(subject), Arc::clone(&comparison)));
        comparison
    }

    fn matches(
        &mut self,
        request: &ViewRequest,
        filter: &Arc<Filter>,
        comparison: &Arc<Comparison>,
    ) -> Arc<Matches> {
        if let Some((of, over, matches)) = &self.matched
            && Arc::ptr_eq(of, filter)
            && Arc::ptr_eq(over, comparison)
        {
            return Arc::clone(matches);
        }
        let matches = Arc::new(filter.matches(&request.subject.tree, comparison));
        self.matched = Some((Arc::clone(filter), Arc::clone(comparison), Arc::clone(&matches)));
        matches
    }
}

/// The nodes that have a row if the directories above them are open: what is wanted, and the directories that lead there.
pub(crate) enum Visible<'v> {
    /// Whatever is or holds something in one of these states.
    States(States),
    /// What matches a filter, too: that takes a look at every node.
    Nodes(&'v NodeSet),
}

impl Visible<'_> {
    pub(crate) fn has(&self, comparison: &Comparison, node: NodeId) -> bool {
        match self {
            Self::States(wanted) => comparison.holds(node).intersects(*wanted),
            Self::Nodes(nodes) => nodes.contains(node),
        }
    }
}

/// The states of rows that are wanted.
fn wanted_states(request: &ViewRequest) -> States {
    let changes = [Change::Unmodified, Change::Added, Change::Modified, Change::Removed];
    let shown = changes.into_iter().filter(|change| !request.hidden.hides(*change)).map(State::Shown);
    let ghosts = request.ghosts.then_some(State::Ghost);
    shown.chain(ghosts).fold(States::NONE, |states, state| states.union(state.into()))
}

/// The nodes that match and are in a state that is wanted, and all directories above them.
fn matching(tree: &Tree, comparison: &Comparison, matches: &Matches, wanted: States) -> NodeSet {
    let mut visible = NodeSet::with_capacity(tree.node_count());
    // Parents have smaller numbers than their children.
    for node in tree.nodes().rev() {
        let is_match =
            || matches.own.contains(node) && States::from(comparison.state(node)).intersects(wanted);
        if visible.contains(node) || is_match() {
            visible.insert(node);
            visible.insert(tree.parent(node));
        }
    }
    visible
}

/// The bytes by which everything is sorted, found by several threads: where all is unfolded, that is most of the work.
fn sizes(request: &ViewRequest, comparison: &Comparison) -> Option<Vec<u64>> {
    if request.sort == SortOrder::Name || request.opening.base != Base::All {
        return None;
    }
    let mut sizes = vec![0; request.subject.tree.node_count()];
    let threads = std::thread::available_parallelism().map_or(1, std::num::NonZero::get);
    let share = sizes.len().div_ceil(threads).max(1);
    std::thread::scope(|scope| {
        for (at, part) in sizes.chunks_mut(share).enumerate() {
            let nodes = request.subject.tree.nodes().skip(at * share);
            scope.spawn(move || {
                for (size, node) in part.iter_mut().zip(nodes) {
                    *size = sorted_bytes(request, comparison, node);
                }
            });
        }
    });
    Some(sizes)
}

fn cursor_row(request: &ViewRequest, rows: &[Row]) -> usize {
    let tree = &request.subject.tree;
    let Some(mut wanted) = request.cursor else { return 0 };
    // Rows are in no order of nodes, so the path above is looked for in one go.
    let mut above = vec![wanted];
    while wanted != NodeId::ROOT {
        wanted = tree.parent(wanted);
        above.push(wanted);
    }
    let mut best: Option<(usize, usize)> = None;
    for (at, row) in rows.iter().enumerate() {
        // Deep rows only count when they continue the path: each step down is the next of `above`.
        let from_top = usize::from(row.depth) + 2;
        let Some(distance) = above.len().checked_sub(from_top) else { continue };
        if above.get(distance) == Some(&row.node) && best.is_none_or(|(closest, _)| distance < closest) {
            best = Some((distance, at));
            if distance == 0 {
                break;
            }
        }
    }
    best.map_or(0, |(_, at)| at)
}
