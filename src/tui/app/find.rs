//! Jumping to a path: the last search, and the chosen match.

use dockopt_core::tree::NodeId;

use super::app::App;
use super::state::SHOWN;
use crate::tui::effect::Effect;
use crate::tui::find::{FindRequest, FoundPaths};
use crate::tui::list::{ListState, Step};

impl App {
    pub(crate) fn look_for(&mut self, query: &str) {
        let Some(subject) = self.subject.clone() else { return };
        let number = self.next_number();
        self.search.asked = number;
        self.effects.push(Effect::Find(FindRequest { number, subject, query: query.to_owned() }));
    }

    pub(crate) fn take_found(&mut self, found: FoundPaths) {
        if found.number > self.search.found.number {
            self.search.found = found;
            self.search.list = ListState::default();
        }
        if !self.search.is_behind() && std::mem::take(&mut self.search.jump) {
            self.jump_to_match();
        }
    }

    /// Jumps to the chosen match, or to the best one when it arrives.
    pub(crate) fn jump_to_match(&mut self) {
        if self.search.is_behind() {
            self.search.jump = true;
            return;
        }
        match self.chosen_match() {
            Some(node) => self.go_to_any(node),
            None => self.complain("no path matches"),
        }
    }

    pub(crate) fn step_found(&mut self, step: Step) {
        let count = self.search.found.best.len();
        self.search.list.step(step, count);
        self.search.list.fit(count, SHOWN);
    }

    /// Returns the chosen match.
    fn chosen_match(&self) -> Option<NodeId> {
        self.search.found.best.get(self.search.list.cursor).copied()
    }

    /// Goes to the next or previous match, wrapping around.
    pub(crate) fn next_match(&mut self, forward: bool) {
        let count = self.search.found.best.len();
        if count == 0 {
            return self.say("nothing to go to: search with / first");
        }
        let at = self.search.list.cursor;
        self.search.list.cursor = if forward { (at + 1) % count } else { (at + count - 1) % count };
        let at = self.search.list.cursor;
        if let Some(node) = self.chosen_match() {
            self.message = None;
            self.go_to_any(node);
            let more = self.message.take().map(|message| format!(": {}", message.text)).unwrap_or_default();
            self.say(format!("match {} of {count}{more}", at + 1));
        }
    }
}
