//! The inside of a file.
use super::App;
use super::list::Step;
use crate::tui::action::Action;
use crate::tui::look::Looked;
use dockopt_core::tree::{EntryId, NodeId};
pub(crate) struct Preview {
    pub(crate) node: NodeId,
    pub(crate) entry: EntryId,
}
impl App {
    pub(super) fn look_at_cursor(&mut self) {}
    pub(super) fn look_at(&mut self, _node: NodeId, _entry: EntryId) {}
    pub(super) fn act_on_preview(&mut self, _action: Action) {}
    pub(super) fn step_preview(&mut self, _step: Step) {}
    pub(super) fn close_preview(&mut self) {}
    pub(super) fn settle_preview(&mut self) {}
    pub(super) fn take_looked(&mut self, _looked: Looked) {}
    pub(super) fn search_in_file(&mut self, _text: &str) {}
}
