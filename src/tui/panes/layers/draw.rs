//! Draws the layers: index, size, the live share on a bar of live and wasted bytes, instruction.

use dockopt_core::base::Basis;
use dockopt_core::ledger::LayerAccount;
use dockopt_core::path::escape_text;
use dockopt_core::table::{cut_middle, left, right, width as columns_of};
use ratatui::layout::Rect;
use ratatui::text::{Line, Span};

use super::state::{LayerColumns, LayerLine, LayerRows};
use crate::tui::areas::Region;
use crate::tui::draw::bar;
use crate::tui::draw::canvas::Canvas;
use crate::tui::subject::LayerState;
use crate::tui::text::{cells, part_percent, short_size};

impl Canvas<'_, '_> {
    pub(crate) fn layers(&mut self) {
        let app = self.app;
        let more = if app.layers.mark.is_some() { app.range_words() } else { String::new() };
        let title = self.title(Region::Layers, "Layers", &more);
        let Some(area) = self.pane(Region::Layers, title) else { return };
        let (width, rows) = (usize::from(area.width), app.layer_rows());
        let columns = LayerColumns::new(width, app.layer_count(), rows);
        let area = self.layers_heading(area, columns, rows);
        let lines = app.layer_lines(width, rows);
        let height = usize::from(area.height);
        for (row, line) in lines.iter().skip(app.layers.top).take(height).enumerate() {
            let drawn = self.layer_line(line, columns, width);
            self.line(area, row, &drawn);
            if line.layer() == Some(app.layers.chosen) {
                self.style_row(area, row, self.selected(Region::Layers));
            }
        }
        self.scroll_mark(area, app.layers.top, lines.len());
        self.layers_unknown(area, lines.is_empty());
    }

    /// Draws the column headings, and returns the area below them.
    fn layers_heading(&mut self, area: Rect, columns: LayerColumns, rows: LayerRows) -> Rect {
        if !self.app.has_layers_heading() {
            return area;
        }
        let index = right("#", columns.index);
        let size = right("size", LayerColumns::SIZE);
        let share = match columns.share {
            0 => String::new(),
            cells => format!(" {}", right("live", cells)),
        };
        let instruction = if rows == LayerRows::One { " instruction" } else { "" };
        let names = format!(" {index} {size}{share}{instruction}");
        self.line(area, 0, &Line::styled(names, self.app.theme.heading));
        Rect { y: area.y + 1, height: area.height - 1, ..area }
    }

    fn layers_unknown(&mut self, area: Rect, is_empty: bool) {
        if is_empty {
            let text = match (&self.app.subject, &self.app.failure) {
                (Some(_), _) => "the image has no layers",
                (None, Some(_)) => "no layers could be read",
                (None, None) => "looking for layers …",
            };
            self.line(area, 0, &Line::styled(text, self.app.theme.dim));
        }
    }

    fn layer_line<'l>(&self, line: &'l LayerLine, columns: LayerColumns, width: usize) -> Line<'l> {
        let theme = &self.app.theme;
        match line {
            LayerLine::Layer(layer, text) => {
                let mut spans = self.layer_facts(*layer, columns);
                spans.push(Span::styled(text.as_str(), theme.base));
                Line::from(spans)
            }
            LayerLine::More(layer, text) => {
                let indent = format!("{}{}", self.range_mark(*layer), " ".repeat(columns.indent() - 1));
                Line::from(vec![Span::styled(indent, theme.base), Span::styled(text.as_str(), theme.base)])
            }
            LayerLine::Boundary => {
                let name = self.base_name(width);
                let long = format!("── {name} above, your layers below ");
                let text = if columns_of(&long) <= width { long } else { format!("── {name} above ") };
                let rest = width.saturating_sub(columns_of(&text));
                Line::styled(format!("{text}{}", "─".repeat(rest)), theme.dim)
            }
            LayerLine::Empty(text) => {
                Line::styled(format!("{}  {text}", right("·", columns.index + 1)), theme.dim)
            }
        }
    }

    /// Returns the name of the base image, or what is known of it.
    fn base_name(&self, room: usize) -> String {
        let base = self.app.subject.as_ref().map(|subject| &subject.analysis.base);
        let guess = match base {
            Some(base) if base.basis == Basis::Default => " (assumed)",
            Some(base) if base.is_guess => " (guessed)",
            _ => "",
        };
        let name = base.and_then(|base| base.name.as_deref());
        let name = name.map(|name| cut_middle(&escape_text(name), (room / 2).max(10)));
        format!("{}{guess}", name.as_deref().unwrap_or("base image"))
    }

    /// Returns the mark of a layer: an end of the range, inside the range that the tree shows as
    /// changed, or neither.
    fn range_mark(&self, layer: usize) -> char {
        match (self.app.layers.mark, self.app.is_in_range(layer)) {
            (Some(mark), _) if mark == layer => '◆',
            _ if self.app.is_to_change(layer) => '→',
            (_, true) => '▌',
            _ => ' ',
        }
    }

    /// Returns the columns before the instruction.
    fn layer_facts(&self, layer: usize, columns: LayerColumns) -> Vec<Span<'static>> {
        let theme = &self.app.theme;
        let index = format!("{}{layer:>1$}", self.range_mark(layer), columns.index);
        let guilt = if self.is_guilty(layer) { Span::styled("!", theme.wasted) } else { Span::raw(" ") };
        let mut spans = vec![Span::styled(index, theme.base), guilt];
        let subject = self.app.subject.as_ref();
        let Some(subject) = subject.filter(|subject| *subject.layer_state(layer) != LayerState::Unread)
        else {
            spans.push(self.reading_bar(layer, columns.width() - spans_width(columns)));
            return spans;
        };
        let accounts = &subject.analysis.ledger.layers;
        let account = accounts.get(layer).copied().unwrap_or_default();
        spans.push(Span::styled(right(&short_size(account.bytes.stored), LayerColumns::SIZE), theme.base));
        if matches!(subject.layer_state(layer), LayerState::Failed { .. }) {
            let room = columns.width() - spans_width(columns) - LayerColumns::SIZE;
            spans.push(Span::styled(left(" failed", room.max(8)), theme.error));
            return spans;
        }
        if columns.share > 0 {
            let largest = accounts.iter().map(|account| account.bytes.stored).max().unwrap_or(0);
            spans.push(Span::raw(" "));
            spans.extend(self.share(account, largest, columns.share));
        }
        spans.push(Span::raw(" "));
        spans
    }

    /// Returns whether a layer wastes more than a hundredth of all stored bytes; lower layers store
    /// what it wastes.
    fn is_guilty(&self, layer: usize) -> bool {
        let Some(subject) = &self.app.subject else { return false };
        let stored = subject.analysis.ledger.total.stored;
        subject.wasted_by(layer).bytes > stored / 100
    }

    /// Returns the live share of a layer, written on a bar of its live and wasted bytes; a full bar
    /// is the largest layer.
    fn share(&self, account: LayerAccount, largest: u64, room: usize) -> Vec<Span<'static>> {
        let theme = &self.app.theme;
        let text = match account.bytes.stored {
            0 => "-".to_owned(),
            _ => part_percent(account.bytes.efficiency()).replace("100.0", "100"),
        };
        let text = right(&text, room);
        let filled = cells(account.bytes.stored, largest, room);
        let live = filled - wasted_cells(account.bytes.live, account.bytes.wasted, filled);
        let rest = if account.bytes.wasted == 0 { theme.dim } else { theme.wasted };
        let part = |cells: std::ops::Range<usize>, style| {
            let text: String = text.chars().skip(cells.start).take(cells.len()).collect();
            Span::styled(text, style)
        };
        vec![part(0..live, theme.bar_live), part(live..filled, theme.bar_wasted), part(filled..room, rest)]
    }

    fn reading_bar(&self, layer: usize, room: usize) -> Span<'static> {
        let theme = &self.app.theme;
        let share = self.app.loading.as_ref().and_then(|loading| loading.share_of(layer));
        let text = match share {
            Some(share) if room < 12 => format!("{:>1$.0} %", share * 100.0, room.saturating_sub(3)),
            Some(share) => format!("{} {:>4.0} %", bar(share, room - 8), share * 100.0),
            None => "waiting".to_owned(),
        };
        Span::styled(left(&text, room), theme.dim)
    }
}

/// Returns the cells of the marks and the index.
fn spans_width(columns: LayerColumns) -> usize {
    columns.index + 2
}

/// Returns the wasted cells of a bar: the smaller part has at least one cell if the bar has two.
fn wasted_cells(live: u64, wasted: u64, filled: usize) -> usize {
    match (live, wasted) {
        (_, 0) => 0,
        (0, _) => filled,
        _ if filled < 2 => {
            if wasted > live {
                filled
            } else {
                0
            }
        }
        _ => cells(wasted, live.saturating_add(wasted), filled).min(filled - 1),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bar_with_two_cells_shows_live_and_wasted_bytes() {
        assert_eq!(wasted_cells(1_000_000, 1, 8), 1);
        assert_eq!(wasted_cells(1, 1_000_000, 8), 7);
        assert_eq!(wasted_cells(1_000_000, 1, 1), 0);
        assert_eq!(wasted_cells(1, 1_000_000, 1), 1);
        assert_eq!((wasted_cells(0, 5, 3), wasted_cells(5, 0, 3)), (3, 0));
    }
}
