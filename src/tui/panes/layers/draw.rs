//! The layers: index, size, a bar of live and wasted bytes against the largest layer, efficiency, instruction.

use dockopt_core::ledger::LayerAccount;
use dockopt_core::quantity::size;
use dockopt_core::table::{left, right};
use ratatui::layout::Rect;
use ratatui::text::{Line, Span};

use super::state::{INDENT, LayerFacts, LayerLine};
use crate::tui::areas::Region;
use crate::tui::draw::canvas::Canvas;
use crate::tui::subject::LayerState;
use crate::tui::text::part_percent;

/// Cells of the bar.
const BAR: usize = 8;

impl Canvas<'_, '_> {
    pub(crate) fn layers(&mut self) {
        let app = self.app;
        let more = if app.layers.mark.is_some() { app.range_words() } else { String::new() };
        let Some(area) = self.pane(Region::Layers, self.title(Region::Layers, "Layers", &more)) else {
            return;
        };
        let lines = app.layer_lines(usize::from(area.width));
        let height = usize::from(area.height);
        for (row, line) in lines.iter().skip(app.layers.top).take(height).enumerate() {
            let drawn = self.layer_line(line, usize::from(area.width));
            self.line(area, row, &drawn);
            if line.layer() == Some(app.layers.chosen) {
                self.style_row(area, row, self.selected(Region::Layers));
            }
        }
        self.scroll_mark(area, app.layers.top, lines.len());
        self.layers_unknown(area, lines.is_empty());
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

    fn layer_line<'l>(&self, line: &'l LayerLine, width: usize) -> Line<'l> {
        let theme = &self.app.theme;
        match line {
            LayerLine::Layer(layer, text) => {
                let mut spans = self.layer_facts(*layer, LayerFacts::of(width));
                spans.push(Span::styled(text.as_str(), theme.base));
                Line::from(spans)
            }
            LayerLine::More(_, text) => {
                Line::from(vec![Span::raw(" ".repeat(INDENT)), Span::styled(text.as_str(), theme.base)])
            }
            LayerLine::Boundary => {
                let text = "── base image above, your layers below ";
                Line::styled(format!("{text}{}", "─".repeat(width.saturating_sub(39))), theme.dim)
            }
            LayerLine::Empty(text) => Line::styled(format!("{:>4}  {}", "·", text), theme.dim),
        }
    }

    /// What stands before the instruction.
    fn layer_facts(&self, layer: usize, wanted: LayerFacts) -> Vec<Span<'static>> {
        let theme = &self.app.theme;
        let mark = match (self.app.layers.mark, self.app.is_in_range(layer)) {
            (Some(mark), _) if mark == layer => '◆',
            (_, true) => '▌',
            _ => ' ',
        };
        let guilt = if self.is_guilty(layer) { Span::styled("!", theme.wasted) } else { Span::raw(" ") };
        let index = Span::styled(format!("{mark}{layer:>3}"), theme.base);
        let Some(subject) = self.app.subject.as_ref() else {
            return vec![index, guilt, self.reading_bar(layer, wanted.width())];
        };
        match subject.layer_state(layer) {
            LayerState::Unread => vec![index, guilt, self.reading_bar(layer, wanted.width())],
            state => {
                let accounts = &subject.analysis.ledger.layers;
                let largest = accounts.iter().map(|account| account.bytes.stored).max().unwrap_or(0);
                let account = accounts.get(layer).copied().unwrap_or_default();
                let mut spans =
                    vec![index, guilt, Span::styled(right(&size(account.bytes.stored), 9), theme.base)];
                let has_failed = matches!(state, LayerState::Failed { .. });
                match wanted {
                    _ if has_failed => spans.push(Span::styled(" failed", theme.error)),
                    LayerFacts::Size => {}
                    LayerFacts::Bar => spans.extend(self.bar(account, largest)),
                    LayerFacts::All => {
                        spans.extend(self.bar(account, largest));
                        spans.push(self.efficiency(account));
                    }
                }
                spans.push(Span::raw(" "));
                spans
            }
        }
    }

    /// Whether a layer wastes more than a hundredth of what is stored: of other layers, which do not show it.
    fn is_guilty(&self, layer: usize) -> bool {
        let Some(subject) = &self.app.subject else { return false };
        let stored = subject.analysis.ledger.total.stored;
        subject.wasted_by(layer).bytes > stored / 100
    }

    fn efficiency(&self, account: LayerAccount) -> Span<'static> {
        let theme = &self.app.theme;
        if account.bytes.stored == 0 {
            return Span::styled(format!("{:>8} ", "-"), theme.dim);
        }
        let style = if account.bytes.wasted == 0 { theme.dim } else { theme.wasted };
        Span::styled(format!("{:>8} ", part_percent(account.bytes.efficiency())), style)
    }

    /// The layer's live and wasted bytes, drawn against the largest layer.
    fn bar(&self, account: LayerAccount, largest: u64) -> [Span<'static>; 3] {
        let theme = &self.app.theme;
        let filled = cells(account.bytes.stored, largest, BAR);
        let wasted = wasted_cells(account.bytes.live, account.bytes.wasted, filled);
        let live = filled - wasted;
        [
            Span::styled(format!(" {}", "█".repeat(live)), theme.live),
            Span::styled("▒".repeat(wasted), theme.wasted),
            Span::styled(" ".repeat(BAR - filled), theme.base),
        ]
    }

    fn reading_bar(&self, layer: usize, room: usize) -> Span<'static> {
        let theme = &self.app.theme;
        let room = room.saturating_sub(5);
        let share = self.app.loading.as_ref().and_then(|loading| loading.share_of(layer));
        let text = match share {
            Some(share) => {
                format!("{} {:>4.0} %", crate::tui::draw::bar(share, room.saturating_sub(8)), share * 100.0)
            }
            None => "waiting".to_owned(),
        };
        Span::styled(left(&text, room), theme.dim)
    }
}

/// How many of the cells are waste: what there is little of has a cell as long as the other has one, too.
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

/// Cells for a part of a whole: at least one if there is anything.
fn cells(part: u64, whole: u64, cells: usize) -> usize {
    if part == 0 || whole == 0 {
        return 0;
    }
    let share = u128::from(part) * cells as u128 / u128::from(whole);
    usize::try_from(share).unwrap_or(cells).clamp(1, cells)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bars_show_the_smallest_part_and_never_overflow() {
        assert_eq!(cells(0, 100, 8), 0);
        assert_eq!(cells(1, u64::MAX, 8), 1);
        assert_eq!(cells(u64::MAX, u64::MAX, 8), 8);
        assert_eq!(cells(50, 100, 8), 4);
        assert_eq!(cells(1, 0, 8), 0);
    }

    #[test]
    fn waste_is_seen_where_there_is_room_and_never_hides_what_lives() {
        assert_eq!(wasted_cells(1_000_000, 1, 8), 1);
        assert_eq!(wasted_cells(1, 1_000_000, 8), 7);
        assert_eq!(wasted_cells(1_000_000, 1, 1), 0);
        assert_eq!(wasted_cells(1, 1_000_000, 1), 1);
        assert_eq!((wasted_cells(0, 5, 3), wasted_cells(5, 0, 3)), (3, 0));
    }
}
