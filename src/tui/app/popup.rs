//! What lies over the panes: the keys, the history of a path, a question.

use dockopt_core::history::Visit;
use dockopt_core::tree::NodeId;

use super::App;
use crate::tui::action::Action;
use crate::tui::effect::Effect;
use crate::tui::list::{ListState, Step};

/// Something that lies over the panes.
#[derive(Clone, Debug)]
pub(crate) enum Popup {
    /// All keys.
    Help(ListState),
    /// Every layer that touched a path.
    History { node: NodeId, visits: Vec<Visit>, list: ListState },
    /// Whether to overwrite what is there.
    Overwrite(String),
}

impl App {
    pub(crate) fn open_history(&mut self) {
        let Some(subject) = &self.subject else { return };
        let Some(row) = self.tree.row() else { return };
        let visits = subject.tree.visits(row.node);
        let chosen = self.layers.chosen;
        let cursor = visits.iter().rposition(|visit| visit.layer <= chosen).unwrap_or(0);
        self.popup = Some(Popup::History { node: row.node, visits, list: ListState { cursor, top: 0 } });
    }

    pub(crate) fn act_on_popup(&mut self, action: Action) {
        let step = super::update::step_of(action, self.popup_height());
        let (count, height) = (self.help_lines().len(), self.popup_height());
        if action == Action::Redraw {
            return self.effects.push(Effect::Redraw);
        }
        match (&mut self.popup, step, action) {
            (Some(Popup::Help(list)), Some(step), _) => list.scroll(step, count, height),
            (Some(Popup::History { visits, list, .. }), Some(step), _) => list.step(step, visits.len()),
            (Some(Popup::History { .. }), None, Action::Enter | Action::Right) => self.go_to_visit(false),
            (Some(Popup::History { .. }), None, Action::Preview) => self.go_to_visit(true),
            (Some(Popup::Overwrite(_)), None, Action::Yes) => {
                self.popup = None;
                self.extract_over();
            }
            (Some(Popup::Overwrite(_)), None, Action::No | Action::Close | Action::Quit) => {
                self.popup = None;
                self.extracting = None;
                self.say("nothing was written");
            }
            (Some(Popup::Overwrite(_)), _, _) => {}
            (_, _, Action::Close | Action::Quit | Action::Help | Action::History) => self.popup = None,
            _ => {}
        }
    }

    /// The keys in force: headings have no second text.
    pub(crate) fn help_lines(&self) -> Vec<(String, String)> {
        let mut lines = Vec::new();
        for group in self.keymap.groups() {
            lines.push((group.context.title().to_owned(), String::new()));
            for line in group.lines {
                let keys: Vec<String> = line.keys.iter().map(ToString::to_string).collect();
                let is_way_back = self.from_list && line.row.action == Action::Quit;
                let text = if is_way_back { "go back to the images" } else { line.row.help };
                lines.push((keys.join("  "), text.to_owned()));
            }
        }
        lines
    }

    /// Lines that a popup has for what it lists.
    pub(crate) fn popup_height(&self) -> usize {
        let status = self.areas().status;
        let space = if status.is_empty() { self.size.height } else { status.y };
        usize::from(space.saturating_sub(2)).max(1)
    }

    /// Goes to a layer that touched the path, or looks at the file as that layer has it.
    fn go_to_visit(&mut self, look: bool) {
        let Some(Popup::History { node, visits, list }) = self.popup.take() else { return };
        let Some(visit) = visits.get(list.cursor) else { return };
        if let Some(entry) = visit.entry.filter(|_| look) {
            self.preview(node, entry);
        } else {
            self.show_layer(visit.layer);
            self.go_to(node);
        }
    }

    pub(crate) fn step_popup(&mut self, step: Step) {
        let action = match step {
            Step::Up(_) | Step::First => Action::Up,
            Step::Down(_) | Step::Last => Action::Down,
        };
        self.act_on_popup(action);
    }
}
