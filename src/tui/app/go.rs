//! Going to a layer or a path, from any list.

use dockopt_core::comparison::State;
use dockopt_core::tree::NodeId;

use super::app::App;
use crate::tui::areas::{PaneId, Region};
use crate::tui::panes::tree::state as tree;
use crate::tui::range::Compare;

impl App {
    /// Shows a pane in the main region, or the tree again.
    pub(crate) fn toggle_main(&mut self, pane: PaneId) {
        if self.main == pane {
            self.main = tree::ID;
            self.focus = self.before;
        } else {
            self.before = self.focus;
            self.main = pane;
            self.focus = Region::Main;
        }
    }

    /// Chooses a layer, and shows its own changes.
    pub(crate) fn show_layer(&mut self, layer: usize) {
        self.layers.compare = Compare::Layer;
        self.layers.chosen = layer.min(self.layer_count().saturating_sub(1));
        self.layers.mark = None;
    }

    /// Goes to a path of any layer. If the current range lacks it, switches to a layer that has it.
    pub(crate) fn go_to_any(&mut self, node: NodeId) {
        let Some(subject) = self.subject.clone() else { return };
        match self.tree.state(node) {
            State::Shown(_) => {}
            State::Ghost => {
                self.tree.ghosts = true;
                self.say("a ghost: no longer there, but still shipped");
            }
            State::Absent => {
                let visits = subject.tree.visits(node);
                if let Some(visit) = visits.iter().rev().find(|visit| visit.entry.is_some()) {
                    self.show_layer(visit.layer);
                    self.say(format!("this is layer {}, the last that has the path", visit.layer));
                }
            }
        }
        self.go_to(node);
    }
}
