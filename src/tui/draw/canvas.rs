//! The canvas of panes: lines, titles and frames in the areas of the screen.

use ratatui::Frame;
use ratatui::layout::{Position, Rect};
use ratatui::style::Style;
use ratatui::text::{Line, Span};
use ratatui::widgets::{Block, Borders, Widget as _};

use crate::tui::app::App;
use crate::tui::areas::{Areas, Region};

/// The state to draw, the areas, and the frame.
pub(crate) struct Canvas<'c, 'f> {
    pub(crate) app: &'c App,
    pub(crate) areas: Areas,
    pub(crate) frame: &'c mut Frame<'f>,
}

impl Canvas<'_, '_> {
    /// Draws the border of a pane and returns the area inside; `None` if the pane is hidden.
    pub(crate) fn pane(&mut self, region: Region, title: Line<'_>) -> Option<Rect> {
        let area = self.areas.of(region).intersection(self.frame.area());
        if area.is_empty() {
            return None;
        }
        if self.areas.bordered {
            let theme = &self.app.theme;
            let border = if self.app.focus == region { theme.border_focused } else { theme.border };
            let block = Block::new().borders(Borders::ALL).border_style(border).title(title);
            block.render(area, self.frame.buffer_mut());
        }
        let inside = self.areas.within(area);
        (!inside.is_empty()).then_some(inside)
    }

    /// Returns a title: the number and the name of the pane, and details.
    pub(crate) fn title<'t>(&self, region: Region, name: &'t str, more: &str) -> Line<'t> {
        let number = Region::ALL.iter().position(|one| *one == region).map_or(0, |at| at + 1);
        let theme = &self.app.theme;
        let mut spans = vec![Span::styled(format!(" {number} "), theme.dim), Span::styled(name, theme.title)];
        if !more.is_empty() {
            spans.push(Span::styled(format!("  {more}"), theme.base));
        }
        spans.push(Span::raw(" "));
        Line::from(spans)
    }

    /// Draws a line of text in a row of an area, cut at its end.
    pub(crate) fn line(&mut self, area: Rect, row: usize, line: &Line<'_>) {
        if let Some(y) = row_of(area, row) {
            self.frame.buffer_mut().set_line(area.x, y, line, area.width);
        }
    }

    /// Applies a style to a row of an area.
    pub(crate) fn style_row(&mut self, area: Rect, row: usize, style: Style) {
        if let Some(y) = row_of(area, row) {
            let row = Rect { y, height: 1, ..area };
            self.frame.buffer_mut().set_style(row, style);
        }
    }

    /// Marks the visible part of a list on the right border of its pane.
    pub(crate) fn scroll_mark(&mut self, inside: Rect, top: usize, count: usize) {
        let height = usize::from(inside.height);
        if !self.areas.bordered || count <= height || height == 0 {
            return;
        }
        let length = (height * height / count).max(1);
        let start = top * (height - length) / (count - height).max(1);
        let x = inside.x + inside.width;
        for row in start..(start + length).min(height) {
            if let Some(cell) =
                row_of(inside, row).and_then(|y| self.frame.buffer_mut().cell_mut(Position::new(x, y)))
            {
                cell.set_symbol("┃");
            }
        }
    }

    pub(crate) fn selected(&self, region: Region) -> Style {
        let theme = &self.app.theme;
        if self.app.focus == region { theme.selected } else { theme.selected_unfocused }
    }
}

fn row_of(area: Rect, row: usize) -> Option<u16> {
    u16::try_from(row).ok().filter(|row| *row < area.height).map(|row| area.y + row)
}
