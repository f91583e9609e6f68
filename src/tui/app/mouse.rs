//! The mouse: a click chooses, a second one opens, the wheel scrolls what is under the pointer, the divider can be dragged.

use std::time::{Duration, Instant};

use ratatui::crossterm::event::{MouseButton, MouseEvent, MouseEventKind};
use ratatui::layout::{Position, Rect};

use super::{App, Main};
use crate::tui::areas::Pane;
use crate::tui::list::Step;

/// Rows that one notch of the wheel moves.
pub(crate) const NOTCH: usize = 3;
/// Longest time between the two clicks of a double click.
pub(crate) const DOUBLE_CLICK: Duration = Duration::from_millis(400);

impl App {
    pub(crate) fn take_mouse(&mut self, event: MouseEvent, now: Instant) {
        let at = Position::new(event.column, event.row);
        match event.kind {
            MouseEventKind::ScrollUp => self.turn_wheel(at, Step::Up(NOTCH)),
            MouseEventKind::ScrollDown => self.turn_wheel(at, Step::Down(NOTCH)),
            MouseEventKind::Down(MouseButton::Left) => self.press(at, now),
            MouseEventKind::Drag(MouseButton::Left) if self.dragging => self.drag(at),
            MouseEventKind::Up(MouseButton::Left) => self.dragging = false,
            _ => {}
        }
    }

    fn turn_wheel(&mut self, at: Position, step: Step) {
        if self.popup.is_some() {
            return self.step_popup(step);
        }
        if let Some(pane) = self.areas().pane_at(at) {
            let step = match (pane, step) {
                (Pane::Layers, Step::Up(_)) => Step::Up(1),
                (Pane::Layers, Step::Down(_)) => Step::Down(1),
                (_, step) => step,
            };
            self.step_in(pane, step);
        }
    }

    fn press(&mut self, at: Position, now: Instant) {
        let areas = self.areas();
        let double = self
            .last_click
            .replace((at, now))
            .is_some_and(|(place, when)| place == at && now.duration_since(when) <= DOUBLE_CLICK);
        if self.popup.is_some() || self.prompt.is_some() {
            return;
        }
        if areas.tabs.contains(at) {
            return self.focus_tab(areas.tabs, at);
        }
        let on_divider = areas.divider.is_some_and(|x| at.x == x || at.x + 1 == x);
        if on_divider && areas.bordered && areas.main.union(areas.layers).contains(at) {
            self.dragging = true;
            return;
        }
        if let Some(pane) = areas.pane_at(at) {
            self.focus = pane;
            let inside = areas.inside(pane);
            if inside.contains(at) {
                self.click(pane, usize::from(at.y - inside.y), double);
            }
        }
    }

    fn focus_tab(&mut self, tabs: Rect, at: Position) {
        let place = usize::from(at.x - tabs.x) * Pane::ALL.len() / usize::from(tabs.width.max(1));
        self.focus = Pane::ALL.get(place).copied().unwrap_or(Pane::Main);
    }

    fn drag(&mut self, at: Position) {
        let width = u32::from(self.size.width.max(1));
        let share = u32::from(at.x) * 1000 / width;
        self.divider = u16::try_from(share).unwrap_or(1000).clamp(200, 800);
    }

    fn click(&mut self, pane: Pane, line: usize, double: bool) {
        match (pane, self.main) {
            (Pane::Layers, _) => {
                let width = usize::from(self.areas().inside(Pane::Layers).width);
                let lines = self.layer_lines(width);
                if let Some(layer) = lines.get(self.layers.top + line).and_then(super::LayerLine::layer) {
                    self.choose_layer(layer);
                }
            }
            (Pane::Main, Main::Tree) => self.click_tree(line, double),
            (Pane::Main, Main::Waste) => self.click_waste(line, double),
            (Pane::Main, Main::Preview) | (Pane::LayerDetails | Pane::ImageDetails, _) => {}
        }
    }

    fn click_tree(&mut self, line: usize, double: bool) {
        let Some(line) = line.checked_sub(usize::from(self.has_tree_heading())) else { return };
        let row = self.tree.list.top + line;
        if row < self.tree.rows().len() {
            self.tree.list.cursor = row;
            self.step_tree(Step::Up(0));
            if double {
                self.act_on_tree(crate::tui::action::Action::Enter);
            }
        }
    }

    fn click_waste(&mut self, line: usize, double: bool) {
        let Some(line) = line.checked_sub(usize::from(self.has_waste_heading())) else { return };
        let row = self.waste.top + line;
        if line < self.waste_height() && row < self.waste_rows().len() {
            self.waste.cursor = row;
            if double {
                self.act_on_waste(crate::tui::action::Action::Enter);
            }
        }
    }
}
