//! Popups over the panes: the keys, the warnings, the history of a path, a question.

use dockopt_core::filter::TERMS;
use dockopt_core::path::escape_text;
use dockopt_core::warning::Warning;

use super::app::App;
use super::state::Popup;
use crate::tui::action::Action;
use crate::tui::effect::Effect;
use crate::tui::list::{ListState, Step};
use crate::tui::text::wrap;

/// Widest popup.
const WIDEST: u16 = 90;

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
        let step = Step::of(action, self.popup_height());
        let height = self.popup_height();
        let count = self.popup_lines();
        if action == Action::Redraw {
            return self.effects.push(Effect::Redraw);
        }
        match (&mut self.popup, step, action) {
            (Some(Popup::Help(list) | Popup::Warnings(list)), Some(step), _) => {
                list.scroll(step, count, height);
            }
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
            (_, _, Action::Close | Action::Quit | Action::Help | Action::Warnings | Action::History) => {
                self.popup = None;
            }
            _ => {}
        }
    }

    /// Returns the number of lines that a popup scrolls through.
    fn popup_lines(&self) -> usize {
        match &self.popup {
            Some(Popup::Help(_)) => self.help_lines().len(),
            Some(Popup::Warnings(_)) => self.warning_lines().len(),
            Some(Popup::History { .. } | Popup::Overwrite(_)) | None => 0,
        }
    }

    /// Returns the warnings about the image.
    pub(crate) fn warnings(&self) -> &[Warning] {
        self.subject.as_ref().map(|subject| subject.analysis.warnings.as_slice()).unwrap_or_default()
    }

    pub(crate) fn open_warnings(&mut self) {
        if self.warnings().is_empty() {
            return self.say(if self.loading.is_some() { "no warnings so far" } else { "no warnings" });
        }
        self.popup = Some(Popup::Warnings(ListState::default()));
    }

    /// Returns the warnings wrapped for a popup: one item each, with further lines indented.
    pub(crate) fn warning_lines(&self) -> Vec<String> {
        let width = usize::from(self.popup_width()).saturating_sub(4).max(1);
        let lines = self.warnings().iter().flat_map(|warning| {
            let text = escape_text(&warning.to_string());
            let mark = |(at, line)| format!("{} {line}", if at == 0 { '!' } else { ' ' });
            wrap(&text, width).into_iter().enumerate().map(mark).collect::<Vec<_>>()
        });
        lines.collect()
    }

    /// Returns the width of a popup in cells, borders included.
    pub(crate) fn popup_width(&self) -> u16 {
        WIDEST.min(self.size.width.saturating_sub(2)).max(1)
    }

    /// Returns the keys in force, then the terms of filters; headings have no second text.
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
        lines.push(("Terms of a filter".to_owned(), String::new()));
        lines.extend(TERMS.map(|(term, text)| (term.to_owned(), text.to_owned())));
        lines
    }

    /// Returns the lines of a popup for its list.
    pub(crate) fn popup_height(&self) -> usize {
        let status = self.areas().status;
        let space = if status.is_empty() { self.size.height } else { status.y };
        usize::from(space.saturating_sub(2)).max(1)
    }

    /// Goes to a layer that touched the path, or previews the file as that layer has it.
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
