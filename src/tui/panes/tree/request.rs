//! What the tree pane asks for: range, filter, folds, order, and which changes have rows.

use std::collections::HashSet;
use std::sync::Arc;

use dockopt_core::comparison::{Change, Comparison, LayerRange, States};
use dockopt_core::filter::{Filter, Matches};
use dockopt_core::tree::{NodeId, NodeSet};

use crate::tui::subject::Subject;

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
pub(crate) enum FoldBase {
    /// Those less than so many levels deep.
    Depth(usize),
    All,
    /// Those that lead to what matches the filter.
    Matches,
}

/// Which directories are open.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Folds {
    pub(crate) base: FoldBase,
    /// The directories that are not as the base says.
    pub(crate) toggled: HashSet<NodeId>,
}

impl Folds {
    pub(crate) fn new(base: FoldBase) -> Self {
        Self { base, toggled: HashSet::new() }
    }

    /// Whether a directory, so many levels below the root, is open.
    pub(crate) fn is_open(&self, node: NodeId, depth: usize, matches: Option<&Matches>) -> bool {
        let by_base = match self.base {
            FoldBase::All => true,
            FoldBase::Depth(open) => depth < open,
            FoldBase::Matches => matches.is_some_and(|matches| !matches.own.contains(node)),
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
pub(crate) struct TreeRequest {
    /// Grows with every request.
    pub(crate) number: u64,
    pub(crate) subject: Arc<Subject>,
    pub(crate) range: LayerRange,
    pub(crate) filter: Option<Arc<Filter>>,
    pub(crate) folds: Folds,
    pub(crate) sort: SortOrder,
    pub(crate) hidden: Hidden,
    pub(crate) ghosts: bool,
    /// Where the cursor should be.
    pub(crate) cursor: Option<NodeId>,
}

impl TreeRequest {
    /// Whether only changes are shown.
    pub(crate) fn changes_only(&self) -> bool {
        self.hidden.hides(Change::Unmodified)
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
