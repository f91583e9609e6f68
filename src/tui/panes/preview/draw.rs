//! Draws a file: its text with line numbers, its bytes, or its difference from another version.

use std::ops::Range;

use dockopt_core::quantity::{count, size};
use dockopt_core::table::{cut_middle, left, right};
use ratatui::layout::Rect;
use ratatui::style::Style;
use ratatui::text::{Line, Span};

use super::state::PreviewState;
use crate::tui::areas::Region;
use crate::tui::draw::canvas::Canvas;
use crate::tui::preview::cells::Painted;
use crate::tui::preview::difference::{DifferenceRow, RowMark};
use crate::tui::preview::file::{DifferencePage, PreviewPage};
use crate::tui::preview::hex::HexRow;
use crate::tui::preview::pager::TextPage;
use crate::tui::preview::thread::PreviewFrame;
use crate::tui::text::wrap;

impl Canvas<'_, '_> {
    pub(crate) fn preview(&mut self) {
        let app = self.app;
        let (Some(preview), Some(subject)) = (&app.preview, &app.subject) else { return };
        let room = usize::from(self.areas.main.width).saturating_sub(40).max(16);
        let path = cut_middle(&subject.tree.path(preview.node).to_string(), room);
        let title = self.title(Region::Main, "File", &format!("{path}  {}", place(preview)));
        let Some(mut area) = self.pane(Region::Main, title) else { return };
        if app.has_preview_heading() {
            let line = self.about(preview);
            self.line(area, 0, &line);
            area = Rect { y: area.y + 1, height: area.height - 1, ..area };
        }
        match preview.frame.as_ref().map(|frame| &frame.page) {
            None => self.line(area, 0, &Line::styled(app.waits_for(), app.theme.dim)),
            Some(PreviewPage::Failed(error)) => {
                for (row, line) in wrap(error, usize::from(area.width)).into_iter().enumerate() {
                    self.line(area, row, &Line::styled(line, app.theme.error));
                }
            }
            Some(PreviewPage::Text(lines)) => self.text(area, lines),
            Some(PreviewPage::Hex(rows)) => {
                for (row, line) in rows.rows.iter().enumerate() {
                    self.hex_row(area, row, line, rows.columns);
                }
            }
            Some(PreviewPage::Difference(page)) => self.difference(area, page),
        }
    }

    /// Describes the file, and its visible part.
    fn about(&self, preview: &PreviewState) -> Line<'static> {
        let theme = &self.app.theme;
        let Some(frame) = &preview.frame else { return Line::default() };
        let mut spans = vec![Span::styled(frame.summary.clone(), theme.heading)];
        if !preview.difference {
            spans.push(Span::styled(format!("  {}", size(frame.size)), theme.base));
        }
        spans.push(Span::styled(format!("  {}", position(frame)), theme.dim));
        if let Some(busy) = &frame.busy {
            spans.push(Span::styled(format!("  {busy} …"), theme.warning));
        }
        Line::from(spans)
    }

    fn text(&mut self, area: Rect, lines: &TextPage) {
        let theme = &self.app.theme;
        for (row, line) in lines.rows.iter().enumerate() {
            let mut spans = Vec::new();
            if lines.gutter > 0 {
                let number = line.number.map(|number| number.to_string()).unwrap_or_default();
                spans.push(Span::styled(format!("{} ", right(&number, lines.gutter - 1)), theme.dim));
            }
            spans.extend(self.painted(&line.painted, theme.base));
            self.line(area, row, &Line::from(spans));
            self.clip(area, row, &line.painted);
        }
    }

    /// Returns text with escapes dimmed and matches highlighted.
    fn painted<'p>(&self, painted: &'p Painted, style: Style) -> Vec<Span<'p>> {
        let theme = &self.app.theme;
        let mut cuts: Vec<usize> = vec![0, painted.text.len()];
        let found = painted.matches.iter().map(|found| &found.range);
        for range in found.chain(&painted.escapes) {
            cuts.extend([range.start, range.end]);
        }
        cuts.sort_unstable();
        cuts.dedup();
        let mut spans = Vec::new();
        for pair in cuts.windows(2) {
            let &[start, end] = pair else { continue };
            let holds = |range: &Range<usize>| range.start <= start && end <= range.end;
            let mut own = style;
            if painted.escapes.iter().any(holds) {
                own = own.patch(theme.dim);
            }
            if let Some(found) = painted.matches.iter().find(|found| holds(&found.range)) {
                own = own.patch(if found.current { theme.selected } else { theme.match_ });
            }
            spans.push(Span::styled(painted.text.get(start..end).unwrap_or_default(), own));
        }
        spans
    }

    /// Marks a row whose line continues to the right of the screen.
    fn clip(&mut self, area: Rect, row: usize, painted: &Painted) {
        if painted.clipped && area.width > 1 {
            let last = Rect { x: area.right() - 1, width: 1, ..area };
            self.line(last, row, &Line::styled("…", self.app.theme.dim));
        }
    }

    fn hex_row(&mut self, area: Rect, row: usize, line: &HexRow, columns: usize) {
        let theme = &self.app.theme;
        // Two digits and a blank for each byte.
        let hex = left(&line.hex, columns * 3);
        let digits = line.found.start * 3..line.found.end * 3;
        let mut spans = vec![Span::styled(format!("{}  ", line.offset), theme.dim)];
        for (text, found) in [(hex.as_str(), &digits), (line.letters.as_str(), &line.found)] {
            let end = found.end.min(text.len());
            let start = found.start.min(end);
            let part = |range: Range<usize>| text.get(range).unwrap_or_default().to_owned();
            spans.push(Span::styled(part(0..start), theme.base));
            spans.push(Span::styled(part(start..end), theme.match_));
            spans.push(Span::styled(part(end..text.len()), theme.base));
            spans.push(Span::raw(" "));
        }
        self.line(area, row, &Line::from(spans));
    }

    fn difference(&mut self, area: Rect, page: &DifferencePage) {
        for (row, line) in page.rows.iter().enumerate() {
            let drawn = self.difference_row(line, page.digits);
            self.line(area, row, &drawn);
            self.clip(area, row, &line.painted);
        }
        self.scroll_mark(area, page.top, page.count);
    }

    fn difference_row<'r>(&self, row: &'r DifferenceRow, digits: usize) -> Line<'r> {
        let theme = &self.app.theme;
        let (mark, style) = match row.mark {
            RowMark::Same => (' ', theme.base),
            RowMark::Removed => ('-', theme.removed),
            RowMark::Added => ('+', theme.added),
            RowMark::Part => ('@', theme.heading),
        };
        let number =
            |number: Option<u64>| right(&number.map(|at| at.to_string()).unwrap_or_default(), digits);
        let numbers = format!("{} {} ", number(row.old), number(row.new));
        let mut spans = vec![Span::styled(numbers, theme.dim), Span::styled(format!("{mark} "), style)];
        spans.extend(self.painted(&row.painted, style));
        if !row.ending.is_empty() {
            spans.push(Span::styled(format!(" ({})", row.ending), theme.dim));
        }
        Line::from(spans)
    }
}

/// Describes the version of the file.
fn place(preview: &PreviewState) -> String {
    let layer = |at: usize| preview.versions.get(at).map_or(0, |(layer, _)| *layer);
    let at = preview.at;
    if preview.difference {
        return format!("layer {} → {}", layer(at.saturating_sub(1)), layer(at));
    }
    match preview.versions.len() {
        0 | 1 => format!("layer {}", layer(at)),
        versions => format!("layer {}, version {} of {versions}", layer(at), at + 1),
    }
}

/// Describes the visible part of the file.
fn position(frame: &PreviewFrame) -> String {
    let share = |end: u64| u128::from(end) * 100 / u128::from(frame.size.max(1));
    match &frame.page {
        PreviewPage::Text(lines) if lines.last_line > 0 => {
            let more = if lines.complete { "" } else { "+" };
            let (first, last, known) = (lines.first_line, lines.last_line, count(lines.known));
            format!("lines {first}–{last} of {known}{more}, {} %", share(lines.end))
        }
        PreviewPage::Hex(rows) if frame.size > 0 => {
            format!("bytes {:#x}–{:#x}, {} %", rows.start, rows.end.saturating_sub(1), share(rows.end))
        }
        PreviewPage::Difference(page) if page.count > 0 => {
            format!("row {} of {}", page.top + 1, count(page.count as u64))
        }
        _ => String::new(),
    }
}
