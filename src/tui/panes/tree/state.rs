//! The tree pane: the cursor, what is open, what is shown and in which order.
//!
//! The rows come from a thread of their own ([`viewer`](super::viewer)). Until they are there the old ones stay, and the cursor is
//! known by its path, so that nothing jumps when they come: `wanted` is where the user last went, also while a
//! layer is shown that does not have it.

use std::sync::Arc;

use dockopt_core::comparison::State;
use dockopt_core::filter::Filter;
use dockopt_core::tree::{EntryId, NodeId};

use super::request::{FoldBase, Folds, Hidden, SortOrder};
use super::rows::{Fold, TreeRow};
use super::viewer::TreeView;
use crate::tui::areas::PaneId;
use crate::tui::list::ListState;

/// Name of the pane.
pub(crate) const ID: PaneId = PaneId("tree");

/// The state of the tree pane.
pub(crate) struct TreeState {
    /// What was last made.
    pub(crate) view: Option<Box<TreeView>>,
    pub(crate) list: ListState,
    /// The path the user went to.
    pub(crate) wanted: Option<NodeId>,
    pub(crate) folds: Folds,
    /// What was open before there was a filter.
    pub(super) unfiltered: Option<Folds>,
    pub(crate) filter: Option<Arc<Filter>>,
    pub(crate) filter_text: String,
    pub(crate) sort: SortOrder,
    pub(crate) hidden: Hidden,
    pub(crate) ghosts: bool,
    pub(crate) attributes: bool,
    /// The number of the last request.
    pub(crate) asked: u64,
}

impl Default for TreeState {
    fn default() -> Self {
        Self {
            view: None,
            list: ListState::default(),
            wanted: None,
            folds: Folds::new(FoldBase::Depth(0)),
            unfiltered: None,
            filter: None,
            filter_text: String::new(),
            sort: SortOrder::default(),
            hidden: Hidden::default(),
            ghosts: false,
            attributes: true,
            asked: 0,
        }
    }
}

impl TreeState {
    pub(crate) fn rows(&self) -> &[TreeRow] {
        self.view.as_ref().map(|view| view.rows.as_slice()).unwrap_or_default()
    }

    /// The row the cursor is on.
    pub(crate) fn row(&self) -> Option<TreeRow> {
        self.rows().get(self.list.cursor).copied()
    }

    /// Whether rows are being made that are not there yet.
    pub(crate) fn is_behind(&self) -> bool {
        self.view.as_ref().map_or(self.asked > 0, |view| view.number < self.asked)
    }

    /// Whether no directory is open.
    pub(super) fn is_folded(&self) -> bool {
        self.rows().iter().all(|row| row.fold != Fold::Open)
    }

    /// What a row shows, and what became of it.
    pub(crate) fn state(&self, node: NodeId) -> State {
        self.view.as_ref().map_or(State::Absent, |view| view.comparison.state(node))
    }

    /// The entry a row shows.
    pub(crate) fn entry(&self, node: NodeId) -> Option<EntryId> {
        let view = self.view.as_ref()?;
        view.comparison.entry(&view.subject.tree, node)
    }

    pub(super) fn set_filter(&mut self, filter: Option<Arc<Filter>>, text: &str) {
        if filter.is_some() && self.unfiltered.is_none() {
            self.unfiltered = Some(std::mem::replace(&mut self.folds, Folds::new(FoldBase::Matches)));
        } else if filter.is_some() {
            self.folds = Folds::new(FoldBase::Matches);
        } else if let Some(folds) = self.unfiltered.take() {
            self.folds = folds;
        }
        self.filter = filter;
        text.clone_into(&mut self.filter_text);
    }

    /// Takes over the rows that were made.
    pub(crate) fn show(&mut self, view: Box<TreeView>, height: usize) {
        self.list.cursor = view.cursor;
        if !(self.list.top..self.list.top + height).contains(&view.cursor) {
            // Where somebody jumps to, what comes before and after is in sight, too.
            self.list.top = view.cursor.saturating_sub(height / 3);
        }
        self.view = Some(view);
    }
}
