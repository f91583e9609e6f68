//! Requests of the tree pane: range, filter, folds, order, and hidden changes.

use std::collections::HashSet;
use std::sync::Arc;

use dockopt_core::comparison::{Change, Comparison, LayerRange, States};
use dockopt_core::filter::{Filter, Matches};
use dockopt_core::tree::{NodeId, NodeSet};

use crate::tui::subject::Subject;

/// Order of the entries of a directory.
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

/// Changes whose rows are hidden.
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

/// Default fold state of directories.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum FoldBase {
    /// Open if less than this many levels deep.
    Depth(usize),
    All,
    /// Open if they lead to matches of the filter.
    Matches,
}

/// Fold state of all directories.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Folds {
    pub(crate) base: FoldBase,
    /// The directories whose state is not that of the base.
    pub(crate) toggled: HashSet<NodeId>,
}

impl Folds {
    pub(crate) fn new(base: FoldBase) -> Self {
        Self { base, toggled: HashSet::new() }
    }

    /// Returns whether a directory is open; `depth` counts levels below the root.
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

/// A request for the rows of the tree.
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
    /// The path to move the cursor to.
    pub(crate) cursor: Option<NodeId>,
}

impl TreeRequest {
    /// Returns whether only changes are shown.
    pub(crate) fn changes_only(&self) -> bool {
        self.hidden.hides(Change::Unmodified)
    }
}

/// Nodes that have a row if the directories above them are open.
pub(crate) enum Visible<'v> {
    /// Nodes in one of these states, and directories above such nodes.
    States(States),
    /// Nodes that also match a filter: every node has been tested.
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
