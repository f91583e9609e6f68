//! The mouse: a click selects, a double click opens, the wheel scrolls the pane under the pointer,
//! and dragging moves the divider.

use std::time::{Duration, Instant};

use ratatui::crossterm::event::{MouseButton, MouseEvent, MouseEventKind};
use ratatui::layout::{Position, Rect};

use super::app::App;
use crate::tui::areas::Region;
use crate::tui::list::Step;

/// Rows for one notch of the wheel.
pub(crate) const NOTCH: usize = 3;
/// Longest time between the clicks of a double click.
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
        if let Some(region) = self.areas().region_at(at) {
            let step = match (region, step) {
                (Region::Layers, Step::Up(_)) => Step::Up(1),
                (Region::Layers, Step::Down(_)) => Step::Down(1),
                (_, step) => step,
            };
            self.pane(region).step(self, step);
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
        if let Some(region) = areas.region_at(at) {
            self.focus = region;
            let inside = areas.inside(region);
            if inside.contains(at) {
                self.pane(region).click(self, usize::from(at.y - inside.y), double);
            }
        }
    }

    fn focus_tab(&mut self, tabs: Rect, at: Position) {
        let place = usize::from(at.x - tabs.x) * Region::ALL.len() / usize::from(tabs.width.max(1));
        self.focus = Region::ALL.get(place).copied().unwrap_or(Region::Main);
    }

    fn drag(&mut self, at: Position) {
        let width = u32::from(self.size.width.max(1));
        let share = u32::from(at.x) * 1000 / width;
        self.divider = u16::try_from(share).unwrap_or(1000).clamp(200, 800);
    }
}
