//! Makes the rows of the tree pane from a comparison: one for each visible entry of an open
//! directory.
//!
//! A row stores the row of its directory and whether it is the last there, so that guides can be
//! drawn for any window of rows without reading the others. The walk has its own stack: directories
//! can be ten thousand deep.

use std::borrow::Cow;
use std::cmp::Reverse;

use dockopt_core::comparison::{Comparison, State};
use dockopt_core::filter::Matches;
use dockopt_core::tree::{NodeId, Tree};

use super::request::{SortOrder, TreeRequest, Visible};

/// A row of the tree pane.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct TreeRow {
    pub(crate) node: NodeId,
    /// The row of its directory; [`TreeRow::TOP`] in the root.
    pub(crate) parent: u32,
    /// Number of directories between it and the root.
    pub(crate) depth: u16,
    pub(crate) fold: Fold,
    /// Whether it is the last in its directory.
    pub(crate) last: bool,
}

impl TreeRow {
    /// [`TreeRow::parent`] of the entries of the root.
    pub(crate) const TOP: u32 = u32::MAX;
}

/// Fold state of a row.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Fold {
    /// No fold: there is nothing below it.
    Leaf,
    Open,
    Folded,
}

/// Input for rows.
pub(crate) struct TreeRowBuilder<'v> {
    pub(crate) request: &'v TreeRequest,
    pub(crate) comparison: &'v Comparison,
    pub(crate) matches: Option<&'v Matches>,
    /// The bytes by which nodes are sorted, if they were computed in advance.
    pub(crate) sizes: Option<&'v [u64]>,
    /// The nodes that may have a row.
    pub(crate) visible: &'v Visible<'v>,
}

/// An open directory during the walk.
struct OpenDirectory<'v> {
    children: Cow<'v, [NodeId]>,
    next: usize,
    /// Its own row, and that of the previous child.
    row: u32,
    previous: Option<usize>,
}

impl<'v> TreeRowBuilder<'v> {
    pub(crate) fn rows(&self) -> Vec<TreeRow> {
        let mut rows: Vec<TreeRow> = Vec::new();
        let mut frames = vec![self.frame(NodeId::ROOT, TreeRow::TOP)];
        while let Some(frame) = frames.last_mut() {
            let Some(&node) = frame.children.get(frame.next) else {
                frames.pop();
                continue;
            };
            frame.next += 1;
            if !self.is_visible(node) {
                continue;
            }
            let at = rows.len();
            if let Some(previous) = frame.previous.replace(at).and_then(|previous| rows.get_mut(previous)) {
                previous.last = false;
            }
            let parent = frame.row;
            let depth = frames.len() - 1;
            let fold = self.fold(node, depth);
            let depth = u16::try_from(depth).unwrap_or(u16::MAX);
            rows.push(TreeRow { node, parent, depth, fold, last: true });
            if fold == Fold::Open {
                frames.push(self.frame(node, u32::try_from(at).unwrap_or(TreeRow::TOP)));
            }
        }
        rows
    }

    fn is_visible(&self, node: NodeId) -> bool {
        self.visible.has(self.comparison, node)
    }

    fn fold(&self, node: NodeId, depth: usize) -> Fold {
        let children = self.request.subject.tree.children(node);
        if !children.iter().any(|&child| self.is_visible(child)) {
            Fold::Leaf
        } else if self.request.folds.is_open(node, depth, self.matches) {
            Fold::Open
        } else {
            Fold::Folded
        }
    }

    fn frame(&self, directory: NodeId, row: u32) -> OpenDirectory<'v> {
        let children = self.request.subject.tree.children(directory);
        let children = match self.request.sort {
            SortOrder::Name => Cow::Borrowed(children),
            SortOrder::Size | SortOrder::Change => self.sorted(children),
        };
        OpenDirectory { children, next: 0, row, previous: None }
    }

    /// Returns the largest first; equal ones by name.
    fn sorted(&self, children: &[NodeId]) -> Cow<'v, [NodeId]> {
        let known = |node: NodeId| self.sizes.and_then(|sizes| sizes.get(node.index())).copied();
        let bytes = |node| known(node).unwrap_or_else(|| self.request.sorted_bytes(self.comparison, node));
        let mut children: Vec<NodeId> =
            children.iter().copied().filter(|&child| self.is_visible(child)).collect();
        children.sort_by_cached_key(|&node| Reverse(bytes(node)));
        Cow::Owned(children)
    }
}

impl TreeRequest {
    /// Returns the bytes by which a node is sorted.
    pub(super) fn sorted_bytes(&self, comparison: &Comparison, node: NodeId) -> u64 {
        sorted_bytes(&self.subject.tree, comparison, node, self.sort, self.changes_only())
    }
}

/// Returns the bytes by which a node is sorted.
pub(crate) fn sorted_bytes(
    tree: &Tree,
    comparison: &Comparison,
    node: NodeId,
    sort: SortOrder,
    changes_only: bool,
) -> u64 {
    match sort {
        SortOrder::Change => comparison.totals(tree, node).changed_bytes,
        SortOrder::Name | SortOrder::Size => shown_bytes(tree, comparison, node, changes_only),
    }
}

/// Returns the size of a row: of the changes, if only changes are shown; else of what is or was
/// there.
pub(crate) fn shown_bytes(tree: &Tree, comparison: &Comparison, node: NodeId, changes_only: bool) -> u64 {
    let totals = comparison.totals(tree, node);
    match comparison.state(node) {
        State::Shown(_) if changes_only => totals.changed_bytes,
        State::Shown(dockopt_core::comparison::Change::Removed) => totals.changed_bytes,
        State::Ghost => totals.ghost_bytes,
        State::Absent | State::Shown(_) => totals.bytes,
    }
}
