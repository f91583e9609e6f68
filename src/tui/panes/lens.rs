//! The layout of lists that explain their chosen row: waste and packages.

use ratatui::layout::Rect;
use ratatui::text::Line;

use crate::tui::app::App;
use crate::tui::areas::Region;
use crate::tui::draw::canvas::Canvas;
use crate::tui::list::ListState;
use crate::tui::text::wrap;

/// Lines that explain the chosen row.
const EXPLANATION: u16 = 3;

impl App {
    /// Returns the lines of a list that show rows: what the heading and the explanation leave.
    pub(crate) fn lens_height(&self) -> usize {
        let lines = self.areas().inside(Region::Main).height;
        usize::from(if self.has_lens_heading() { lines - 1 - EXPLANATION } else { lines })
    }

    /// Returns whether there is room for a heading and an explanation.
    pub(crate) fn has_lens_heading(&self) -> bool {
        self.areas().inside(Region::Main).height >= 8
    }

    /// Returns the row of a list of `count` rows that a line inside the border shows.
    pub(crate) fn lens_row(&self, list: ListState, count: usize, line: usize) -> Option<usize> {
        let line = line.checked_sub(usize::from(self.has_lens_heading()))?;
        (line < self.lens_height()).then_some(list.top + line).filter(|row| *row < count)
    }
}

impl Canvas<'_, '_> {
    /// Explains the chosen row in the last lines of the pane.
    pub(super) fn lens_explanation(&mut self, area: Rect, text: &str) {
        let top = usize::from(area.height) - usize::from(EXPLANATION);
        let theme = &self.app.theme;
        self.line(area, top, &Line::styled("─".repeat(usize::from(area.width)), theme.border));
        let lines = wrap(text, usize::from(area.width));
        for (at, line) in lines.iter().take(2).enumerate() {
            self.line(area, top + 1 + at, &Line::styled(line.as_str(), theme.base));
        }
    }
}
