//! The waste lens: what is wasted, by what, and the way to the place.

use dockopt_core::comparison::State;
use dockopt_core::ledger::WasteRow;
use dockopt_core::tree::NodeId;

use crate::tui::action::Action;
use crate::tui::app::{App, Main};
use crate::tui::areas::Pane;
use crate::tui::list::Step;
use crate::tui::range::Compare;

/// Lines that explain the chosen row.
pub(crate) const EXPLANATION: u16 = 3;

impl App {
    /// The rows of the lens, the largest first.
    pub(crate) fn waste_rows(&self) -> &[WasteRow] {
        self.subject.as_ref().map(|subject| subject.analysis.ledger.waste.as_slice()).unwrap_or_default()
    }

    /// Lines of the lens that show rows: what is left by the heading and the explanation.
    pub(crate) fn waste_height(&self) -> usize {
        let lines = self.areas().inside(Pane::Main).height;
        usize::from(if self.has_waste_heading() { lines - 1 - EXPLANATION } else { lines })
    }

    /// Whether there is room for a heading and an explanation.
    pub(crate) fn has_waste_heading(&self) -> bool {
        self.areas().inside(Pane::Main).height >= 8
    }

    pub(crate) fn toggle_waste(&mut self) {
        if self.main == Main::Waste {
            self.main = Main::Tree;
            self.focus = self.before_waste;
        } else {
            self.before_waste = self.focus;
            self.main = Main::Waste;
            self.focus = Pane::Main;
        }
    }

    pub(crate) fn step_waste(&mut self, step: Step) {
        let count = self.waste_rows().len();
        self.waste.step(step, count);
    }

    pub(crate) fn act_on_waste(&mut self, action: Action) {
        if action != Action::Enter && action != Action::Right {
            return;
        }
        let Some(row) = self.waste_rows().get(self.waste.cursor).cloned() else { return };
        self.show_layer(row.wasted_by);
        let node = self.subject.as_ref().and_then(|subject| subject.tree.find(row.path.as_bytes()));
        match node {
            Some(node) => self.go_to(node),
            None => self.complain(format!("{} is not in the tree", row.path)),
        }
    }

    /// Chooses a layer, and what it alone changed.
    pub(crate) fn show_layer(&mut self, layer: usize) {
        self.layers.compare = Compare::Layer;
        self.layers.chosen = layer.min(self.layer_count().saturating_sub(1));
        self.layers.mark = None;
    }

    /// Goes to a path of any layer: if what is shown does not have it, to a layer that does.
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
