//! Draws the waste lens: a row for each change that wasted something, and a sentence about the
//! chosen row.

use dockopt_core::ledger::{WasteRow, explain};
use dockopt_core::quantity::{count, size};
use dockopt_core::table::{cut_middle, left, right};
use ratatui::text::{Line, Span};

use crate::tui::areas::Region;
use crate::tui::draw::canvas::Canvas;
use crate::tui::text::part_percent;

/// Cells before the path: bytes, cause and layers, and in a wide pane the number of files.
const FACTS: usize = 35;
const FILES: usize = 11;
/// Narrowest pane with a column for the number of files.
const WITH_FILES: usize = 76;

impl Canvas<'_, '_> {
    pub(crate) fn waste(&mut self) {
        let app = self.app;
        let more = match &app.subject {
            Some(subject) => {
                let total = &subject.analysis.ledger.total;
                format!("{}, {} of what is stored", size(total.wasted), part_percent(total.waste_ratio()))
            }
            None => String::new(),
        };
        let title = self.title(Region::Main, "Waste", &more);
        let Some(area) = self.pane(Region::Main, title) else { return };
        let rows = app.waste_rows();
        if rows.is_empty() {
            let text = if app.subject.is_some() { "nothing is wasted" } else { "not known yet" };
            return self.line(area, 0, &Line::styled(text, app.theme.dim));
        }
        let heading = usize::from(app.has_lens_heading());
        if heading == 1 {
            let files = if usize::from(area.width) >= WITH_FILES {
                format!("{:>FILES$}", "files")
            } else {
                String::new()
            };
            let names = format!("{:>10}{files}  {:<11}{:<12}path", "bytes", "cause", "  in → by");
            self.line(area, 0, &Line::styled(names, app.theme.heading));
        }
        for (line, row) in rows.iter().skip(app.waste.top).take(app.lens_height()).enumerate() {
            let drawn = self.waste_row(row, usize::from(area.width));
            self.line(area, line + heading, &drawn);
            if app.waste.top + line == app.waste.cursor {
                self.style_row(area, line + heading, self.selected(Region::Main));
            }
        }
        self.scroll_mark(area, app.waste.top, rows.len());
        if heading == 1
            && let Some(row) = rows.get(app.waste.cursor)
        {
            self.lens_explanation(area, &format!("{}: {}", row.path, explain::sentence(row)));
        }
    }

    fn waste_row(&self, row: &WasteRow, width: usize) -> Line<'static> {
        let theme = &self.app.theme;
        let stored_in = match row.stored_in.as_slice() {
            [one] => one.to_string(),
            [first, .., last] => format!("{first}-{last}"),
            [] => "-".to_owned(),
        };
        let (files, facts) = if width >= WITH_FILES {
            (right(&count(row.files), FILES), FACTS + FILES)
        } else {
            (String::new(), FACTS)
        };
        let path = cut_middle(&row.path.to_string(), width.saturating_sub(facts).max(8));
        Line::from(vec![
            Span::styled(right(&size(row.bytes), 10), theme.wasted),
            Span::styled(files, theme.base),
            Span::styled(format!("  {:<11}", row.cause), theme.base),
            Span::styled(left(&format!("  {stored_in} → {}", row.wasted_by), 12), theme.dim),
            Span::styled(path, theme.base),
        ])
    }
}
