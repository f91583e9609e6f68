//! State of the tree pane: cursor, folds, filter and order.
//!
//! The rows come from a thread of their own ([`viewer`](super::viewer)). The old rows stay until
//! the new ones arrive, and the cursor is stored as a path, so that nothing jumps then. `wanted` is
//! the path that the user last went to, even while the shown layer does not have it.

use std::sync::Arc;

use dockopt_core::comparison::State;
use dockopt_core::filter::Filter;
use dockopt_core::tree::{EntryId, NodeId};

use super::request::{FoldBase, Folds, Hidden, SortOrder};
use super::rows::{Fold, TreeRow};
use super::viewer::TreeView;
use crate::tui::areas::PaneId;
use crate::tui::list::{ListState, Step};

/// Name of the pane.
pub(crate) const ID: PaneId = PaneId("tree");

/// State of the tree pane.
pub(crate) struct TreeState {
    /// The current rows.
    pub(crate) view: Option<Box<TreeView>>,
    pub(crate) list: ListState,
    /// The path that the user went to.
    pub(crate) wanted: Option<NodeId>,
    pub(crate) folds: Folds,
    /// The folds from before the filter.
    pub(super) unfiltered: Option<Folds>,
    pub(crate) filter: Option<Arc<Filter>>,
    pub(crate) filter_text: String,
    pub(crate) sort: SortOrder,
    pub(crate) hidden: Hidden,
    pub(crate) ghosts: bool,
    pub(crate) attributes: bool,
    /// Number of the last request.
    pub(crate) asked: u64,
    /// Steps of the cursor since the last request. They move the cursor at once, and again in the
    /// rows that answer the request.
    pub(crate) steps: Vec<Step>,
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
            steps: Vec::new(),
        }
    }
}

impl TreeState {
    pub(crate) fn rows(&self) -> &[TreeRow] {
        self.view.as_ref().map(|view| view.rows.as_slice()).unwrap_or_default()
    }

    /// Returns the row of the cursor.
    pub(crate) fn row(&self) -> Option<TreeRow> {
        self.rows().get(self.list.cursor).copied()
    }

    /// Returns whether a newer request for rows is unanswered.
    pub(crate) fn is_behind(&self) -> bool {
        self.view.as_ref().map_or(self.asked > 0, |view| view.number < self.asked)
    }

    /// Returns whether all directories are folded.
    pub(super) fn is_folded(&self) -> bool {
        self.rows().iter().all(|row| row.fold != Fold::Open)
    }

    /// Returns the state of a row: whether it is shown, and its change.
    pub(crate) fn state(&self, node: NodeId) -> State {
        self.view.as_ref().map_or(State::Absent, |view| view.comparison.state(node))
    }

    /// Returns the entry of a row.
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

    /// Replaces the rows.
    pub(crate) fn show(&mut self, view: Box<TreeView>, height: usize) {
        self.list.cursor = view.cursor;
        if view.number == self.asked {
            for step in std::mem::take(&mut self.steps) {
                self.list.step(step, view.rows.len());
                self.wanted = view.rows.get(self.list.cursor).map(|row| row.node);
            }
        }
        if !(self.list.top..self.list.top + height).contains(&self.list.cursor) {
            // Show some rows above the target of a jump.
            self.list.top = self.list.cursor.saturating_sub(height / 3);
        }
        self.view = Some(view);
    }
}
