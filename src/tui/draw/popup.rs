//! Draws popups: keys, warnings, the history of a path, a question, matches.

use dockopt_core::history::Visit;
use dockopt_core::quantity::size;
use dockopt_core::table::{cut_middle, left, right};
use dockopt_core::tree::NodeId;
use ratatui::layout::Rect;
use ratatui::text::{Line, Span};
use ratatui::widgets::{Block, Borders, Clear, Widget as _};

use super::Canvas;
use crate::tui::app::{Popup, PromptKind, SHOWN};
use crate::tui::areas::centred;
use crate::tui::list::ListState;
use crate::tui::text::wrap;

impl Canvas<'_, '_> {
    pub(crate) fn popup(&mut self) {
        match &self.app.popup {
            Some(Popup::Help(list)) => self.help(*list),
            Some(Popup::Warnings(list)) => self.warnings(*list),
            Some(Popup::History { node, visits, list }) => self.history(*node, visits, *list),
            Some(Popup::Overwrite(what)) => self.question(what),
            None => {}
        }
    }

    /// Clears and frames an area with at most `lines` lines inside; returns the area inside.
    fn overlay(&mut self, title: &str, lines: usize) -> Rect {
        let mut space = self.app.size.intersection(self.frame.area());
        // Keep the status line and the keys visible.
        if !self.areas.status.is_empty() {
            space.height = self.areas.status.y;
        }
        let height = u16::try_from(lines).unwrap_or(u16::MAX).saturating_add(2);
        let area = centred(space, self.app.popup_width(), height);
        self.framed(area, title)
    }

    fn framed(&mut self, area: Rect, title: &str) -> Rect {
        let theme = &self.app.theme;
        Clear.render(area, self.frame.buffer_mut());
        self.frame.buffer_mut().set_style(area, theme.base);
        if area.height < 3 || area.width < 3 {
            return area;
        }
        let block = Block::new().borders(Borders::ALL).border_style(theme.border_focused);
        let block = block.title(Span::styled(format!(" {title} "), theme.title));
        let inside = block.inner(area);
        block.render(area, self.frame.buffer_mut());
        inside
    }

    fn help(&mut self, list: ListState) {
        let theme = &self.app.theme;
        let help = self.app.help_lines();
        let area = self.overlay("Keys", help.len());
        for (row, (keys, text)) in help.iter().skip(list.top).take(usize::from(area.height)).enumerate() {
            let line = if text.is_empty() {
                Line::styled(keys.as_str(), theme.heading)
            } else {
                let keys = Span::styled(left(&format!("  {keys}"), 26), theme.key);
                Line::from(vec![keys, Span::styled(text.as_str(), theme.base)])
            };
            self.line(area, row, &line);
        }
        self.scroll_mark(area, list.top, help.len());
    }

    fn warnings(&mut self, list: ListState) {
        let lines = self.app.warning_lines();
        let area = self.overlay("Warnings", lines.len());
        for (row, text) in lines.iter().skip(list.top).take(usize::from(area.height)).enumerate() {
            self.line(area, row, &Line::styled(text.as_str(), self.app.theme.base));
        }
        self.scroll_mark(area, list.top, lines.len());
    }

    fn history(&mut self, node: NodeId, visits: &[Visit], list: ListState) {
        let Some(subject) = self.app.subject.clone() else { return };
        let path = cut_middle(&subject.tree.path(node).to_string(), 60);
        let area = self.overlay(&format!("History of {path}"), visits.len().max(1));
        let height = usize::from(area.height);
        let top = list.cursor.saturating_sub(height.saturating_sub(1));
        for (row, visit) in visits.iter().skip(top).take(height).enumerate() {
            let facts = visit.entry.and_then(|entry| subject.tree.entry(entry));
            let bytes = facts.map(|facts| size(facts.metadata.size)).unwrap_or_default();
            let line = Line::from(vec![
                Span::styled(format!(" layer {:>3}  ", visit.layer), self.app.theme.base),
                Span::styled(left(&visit.what.to_string(), 26), self.app.theme.heading),
                Span::styled(right(&bytes, 10), self.app.theme.base),
                Span::styled(format!("  {}", self.app.instruction_of(visit.layer)), self.app.theme.dim),
            ]);
            self.line(area, row, &line);
            if top + row == list.cursor {
                self.style_row(area, row, self.app.theme.selected);
            }
        }
        if visits.is_empty() {
            self.line(area, 0, &Line::styled("no layer lists this path", self.app.theme.dim));
        }
    }

    fn question(&mut self, what: &str) {
        let width = usize::from(self.app.popup_width()).saturating_sub(2);
        let mut lines = wrap(what, width);
        lines.push("Overwrite? y writes over it, n leaves everything as it is".to_owned());
        let area = self.overlay("Already there", lines.len());
        for (row, text) in lines.iter().enumerate() {
            self.line(area, row, &Line::styled(text.as_str(), self.app.theme.base));
        }
    }

    /// Draws the matches of the search above the prompt.
    pub(crate) fn matches(&mut self) {
        let app = self.app;
        let status = self.areas.status;
        let is_finding = app.prompt.as_ref().is_some_and(|prompt| prompt.kind == PromptKind::Find);
        let (true, Some(subject), false) = (is_finding, app.subject.clone(), status.is_empty()) else {
            return;
        };
        let best = &app.search.found.best;
        let lines = best.len().clamp(1, SHOWN);
        let height = u16::try_from(lines + 2).unwrap_or(u16::MAX).min(status.y);
        let area = Rect { x: status.x, y: status.y - height, width: status.width, height };
        let title = format!(
            "{} paths match{}",
            app.search.found.total,
            if app.search.is_behind() { " …" } else { "" }
        );
        let area = self.framed(area.intersection(self.frame.area()), &title);
        let top = app.search.list.top;
        for (row, node) in best.iter().skip(top).take(usize::from(area.height)).enumerate() {
            let path = cut_middle(&subject.tree.path(*node).to_string(), usize::from(area.width));
            self.line(area, row, &Line::styled(path, app.theme.base));
            if top + row == app.search.list.cursor {
                self.style_row(area, row, app.theme.selected);
            }
        }
    }
}
