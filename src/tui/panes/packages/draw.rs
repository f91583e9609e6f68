//! Draws the packages: live and wasted bytes, files, layer, name.

use dockopt_core::packages::{Package, Unowned};
use dockopt_core::quantity::{count, plural, size};
use dockopt_core::table::{cut_middle, right};
use ratatui::text::{Line, Span};

use super::state::PackageRow;
use crate::tui::areas::Region;
use crate::tui::draw::canvas::Canvas;
use crate::tui::subject::Subject;

/// Cells before the name: live and wasted bytes, and the columns that a pane has room for.
const BYTES: usize = 22;
const FILES: usize = 9;
const LAYER: usize = 7;
/// Narrowest panes with columns for the layer and for the number of files.
const WITH_LAYER: usize = 48;
const WITH_FILES: usize = 64;

/// The numbers of a row.
struct Numbers {
    live: u64,
    wasted: u64,
    files: u64,
    layer: Option<usize>,
}

impl From<&Package> for Numbers {
    fn from(package: &Package) -> Self {
        let Package { live, wasted, files, layer, .. } = *package;
        Self { live, wasted, files, layer: Some(layer) }
    }
}

impl From<Unowned> for Numbers {
    fn from(Unowned { live, wasted, files, .. }: Unowned) -> Self {
        Self { live, wasted, files, layer: None }
    }
}

impl Canvas<'_, '_> {
    pub(crate) fn packages(&mut self) {
        let app = self.app;
        let title = self.title(Region::Main, "Packages", &self.package_summary());
        let Some(area) = self.pane(Region::Main, title) else { return };
        let (rows, list) = (&app.packages.rows, app.packages.list);
        let Some(subject) = app.subject.as_ref().filter(|_| !rows.is_empty()) else {
            let text =
                if app.packages.filter.is_empty() { "not known yet" } else { "no package has this name" };
            return self.line(area, 0, &Line::styled(text, app.theme.dim));
        };
        let heading = usize::from(app.has_lens_heading());
        let width = usize::from(area.width);
        if heading == 1 {
            let names = format!("{:>10}{:>10}{}  package", "live", "wasted", more(width, "files", "layer"));
            self.line(area, 0, &Line::styled(names, app.theme.heading));
        }
        for (line, row) in rows.iter().skip(list.top).take(app.lens_height()).enumerate() {
            let drawn = self.package_row(subject, *row, width);
            self.line(area, line + heading, &drawn);
            if list.top + line == list.cursor {
                self.style_row(area, line + heading, self.selected(Region::Main));
            }
        }
        self.scroll_mark(area, list.top, rows.len());
        if heading == 1
            && let Some(row) = app.packages.row()
        {
            self.lens_explanation(area, &explanation(subject, row));
        }
    }

    /// Returns what the title says about the packages.
    fn package_summary(&self) -> String {
        let state = &self.app.packages;
        let Some(subject) = self.app.subject.as_ref().filter(|subject| subject.is_complete()) else {
            return String::new();
        };
        let all = subject.ownership.packages().packages.len();
        let mut words = if state.filter.is_empty() {
            count(all as u64)
        } else {
            format!("{} of {} with `{}`", count(state.rows.len() as u64), count(all as u64), state.filter)
        };
        words.push_str(", by ");
        words.push_str(state.order.word());
        words
    }

    fn package_row(&self, subject: &Subject, row: PackageRow, width: usize) -> Line<'static> {
        let theme = &self.app.theme;
        let Some((numbers, name)) = facts(subject, row) else { return Line::default() };
        let wasted = if numbers.wasted == 0 { "-".to_owned() } else { size(numbers.wasted) };
        let layer = numbers.layer.map(|layer| layer.to_string()).unwrap_or_default();
        let more = more(width, &count(numbers.files), &layer);
        let room = width.saturating_sub(BYTES + more.len()).max(8);
        Line::from(vec![
            Span::styled(right(&size(numbers.live), 10), theme.base),
            Span::styled(right(&wasted, 10), if numbers.wasted == 0 { theme.dim } else { theme.wasted }),
            Span::styled(more, theme.dim),
            Span::styled(format!("  {}", cut_middle(&name, room)), theme.base),
        ])
    }
}

/// Returns the columns that a pane of this width has room for.
fn more(width: usize, files: &str, layer: &str) -> String {
    let files = if width >= WITH_FILES { right(files, FILES) } else { String::new() };
    let layer = if width >= WITH_LAYER { right(layer, LAYER) } else { String::new() };
    files + &layer
}

fn facts(subject: &Subject, row: PackageRow) -> Option<(Numbers, String)> {
    let packages = subject.ownership.packages();
    Some(match row {
        PackageRow::Package(at) => {
            packages.packages.get(at).map(|package| (package.into(), package.title()))?
        }
        PackageRow::Unowned => (packages.unowned.into(), "(no package)".to_owned()),
    })
}

/// Returns a sentence about a row.
fn explanation(subject: &Subject, row: PackageRow) -> String {
    let Some((Numbers { live, wasted, files, layer }, name)) = facts(subject, row) else {
        return String::new();
    };
    let subject = match layer {
        Some(layer) => format!("{name}, since layer {layer}, owns"),
        None => "no package owns".to_owned(),
    };
    let waste = if wasted == 0 { String::new() } else { format!(", and {} that are wasted", size(wasted)) };
    format!("{subject} {} in {}{waste}", size(live), plural(files, "file"))
}
