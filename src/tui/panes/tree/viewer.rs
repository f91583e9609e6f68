//! Makes the rows of the tree pane, off the drawing thread.
//!
//! Comparing, filtering and making rows can take a tenth of a second for a million paths.
//! [`TreeViewer`] keeps the comparison of the previous request: neither a fold nor a longer filter
//! compares again.

use std::sync::Arc;

use dockopt_core::comparison::{Change, Comparison, LayerRange, State, States};
use dockopt_core::filter::{Filter, Matches};
use dockopt_core::tree::{NodeId, NodeSet, Tree};

use super::request::{FoldBase, SortOrder, TreeRequest, Visible};
use super::rows::{TreeRow, TreeRowBuilder, shown_bytes, sorted_bytes};
use crate::tui::subject::{Subject, same};

impl TreeView {
    /// Returns the size that a row shows.
    pub(crate) fn shown_bytes(&self, node: NodeId) -> u64 {
        shown_bytes(&self.subject.tree, &self.comparison, node, self.changes_only)
    }

    /// Returns the bytes by which a row is sorted, and those of its directory, ghosts included if
    /// they have rows.
    pub(crate) fn share(&self, row: TreeRow) -> (u64, u64) {
        let directory = self.rows.get(row.parent as usize).map_or(NodeId::ROOT, |parent| parent.node);
        let bytes =
            |node| sorted_bytes(&self.subject.tree, &self.comparison, node, self.sort, self.changes_only);
        let is_ghost = self.comparison.state(directory) == State::Ghost;
        let beside = if self.ghosts && self.sort == SortOrder::Size && !is_ghost {
            self.comparison.totals(&self.subject.tree, directory).ghost_bytes
        } else {
            0
        };
        (bytes(row.node), bytes(directory).saturating_add(beside))
    }
}

/// The rows of the tree pane, with the data that they show.
pub(crate) struct TreeView {
    /// The request that it answers.
    pub(crate) number: u64,
    pub(crate) subject: Arc<Subject>,
    pub(crate) comparison: Arc<Comparison>,
    pub(crate) matches: Option<Arc<Matches>>,
    pub(crate) rows: Vec<TreeRow>,
    /// Whether only changes are shown, so that sizes are those of changes.
    pub(crate) changes_only: bool,
    /// The order of the rows.
    pub(crate) sort: SortOrder,
    /// Whether ghosts have rows.
    pub(crate) ghosts: bool,
    /// The row of the requested path, or of the closest directory above it.
    pub(crate) cursor: usize,
}

/// Worker that answers requests for rows.
#[derive(Default)]
pub(crate) struct TreeViewer {
    compared: Option<(Arc<Subject>, Arc<Comparison>)>,
    matched: Option<(Arc<Filter>, Arc<Comparison>, Arc<Matches>)>,
}

impl TreeViewer {
    pub(crate) fn answer(&mut self, request: &TreeRequest) -> TreeView {
        let comparison = self.comparison(&request.subject, request.range);
        let matches = request.filter.as_ref().map(|filter| self.matches(request, filter, &comparison));
        let wanted = wanted_states(request);
        let tree = &request.subject.tree;
        let nodes = matches.as_deref().map(|matches| matching(tree, &comparison, matches, wanted));
        let visible = nodes.as_ref().map_or(Visible::States(wanted), Visible::Nodes);
        let sizes = sizes(request, &comparison);
        let rows = TreeRowBuilder {
            request,
            comparison: &comparison,
            matches: matches.as_deref(),
            sizes: sizes.as_deref(),
            visible: &visible,
        };
        let rows = rows.rows();
        let cursor = cursor_row(request, &rows);
        TreeView {
            number: request.number,
            subject: Arc::clone(&request.subject),
            comparison,
            matches,
            rows,
            changes_only: request.changes_only(),
            sort: request.sort,
            ghosts: request.ghosts,
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
        // Drop the old comparison first, to never hold two of them.
        self.compared = None;
        self.matched = None;
        let comparison = Arc::new(Comparison::of(&subject.tree, range));
        self.compared = Some((Arc::clone(subject), Arc::clone(&comparison)));
        comparison
    }

    fn matches(
        &mut self,
        request: &TreeRequest,
        filter: &Arc<Filter>,
        comparison: &Arc<Comparison>,
    ) -> Arc<Matches> {
        if let Some((of, over, matches)) = &self.matched
            && Arc::ptr_eq(of, filter)
            && Arc::ptr_eq(over, comparison)
        {
            return Arc::clone(matches);
        }
        let matches = Arc::new(filter.matches(&request.subject.tree, comparison, &request.subject.ownership));
        self.matched = Some((Arc::clone(filter), Arc::clone(comparison), Arc::clone(&matches)));
        matches
    }
}

/// Returns the requested states of rows.
fn wanted_states(request: &TreeRequest) -> States {
    let changes = [Change::Unmodified, Change::Added, Change::Modified, Change::Removed];
    let shown = changes.into_iter().filter(|change| !request.hidden.hides(*change)).map(State::Shown);
    let ghosts = request.ghosts.then_some(State::Ghost);
    shown.chain(ghosts).fold(States::NONE, |states, state| states.union(state.into()))
}

/// Returns the nodes that match and are in a requested state, and all directories above them.
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

/// Computes, on several threads, the bytes by which nodes are sorted: with everything unfolded this
/// is most of the work.
fn sizes(request: &TreeRequest, comparison: &Comparison) -> Option<Vec<u64>> {
    if request.sort == SortOrder::Name || request.folds.base != FoldBase::All {
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
                    *size = request.sorted_bytes(comparison, node);
                }
            });
        }
    });
    Some(sizes)
}

fn cursor_row(request: &TreeRequest, rows: &[TreeRow]) -> usize {
    let tree = &request.subject.tree;
    let Some(mut wanted) = request.cursor else { return 0 };
    // Rows are not in the order of nodes, so search the path above in one pass.
    let mut above = vec![wanted];
    while wanted != NodeId::ROOT {
        wanted = tree.parent(wanted);
        above.push(wanted);
    }
    let mut best: Option<(usize, usize)> = None;
    for (at, row) in rows.iter().enumerate() {
        // A deeper row only counts if it continues the path: each step down is the next of `above`.
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
