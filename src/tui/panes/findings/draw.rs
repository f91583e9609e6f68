//! Draws the findings: a row for each, and below them the chosen one with its patch.

use dockopt_core::findings::Finding;
use dockopt_core::path::escape_text;
use dockopt_core::quantity::{plural, size};
use dockopt_core::table::{cut, right};
use ratatui::layout::Rect;
use ratatui::style::Style;
use ratatui::text::{Line, Span};

use crate::tui::areas::Region;
use crate::tui::draw::canvas::Canvas;
use crate::tui::text::wrap;

/// Cells before the text of a row: box, bytes and layer.
const FACTS: usize = 22;

/// Returns the title of a finding with its largest path.
fn headline(finding: &Finding) -> String {
    let path = finding.paths.first().map(|found| format!("  {}", found.path));
    finding.title.to_owned() + &path.unwrap_or_default()
}

impl Canvas<'_, '_> {
    pub(crate) fn findings(&mut self) {
        let app = self.app;
        let title = self.title(Region::Main, "What to do", &self.findings_summary());
        let Some(area) = self.pane(Region::Main, title) else { return };
        let (state, known) = (&app.findings, app.subject.as_ref());
        let findings = known.and_then(|subject| subject.analysis.findings.as_ref());
        let Some(findings) = findings.filter(|_| !state.rows.is_empty()) else {
            let text = if findings.is_some() { "nothing to do" } else { "not known yet" };
            return self.line(area, 0, &Line::styled(text, app.theme.dim));
        };
        let lines = app.finding_lines();
        for (line, number) in state.rows.iter().skip(state.list.top).take(lines).enumerate() {
            let Some(finding) = findings.findings.get(*number) else { continue };
            let is_chosen = state.chosen.contains(number);
            let drawn = self.finding_row(finding, is_chosen, usize::from(area.width));
            self.line(area, line, &drawn);
            if state.list.top + line == state.list.cursor {
                self.style_row(area, line, self.selected(Region::Main));
            }
        }
        self.scroll_mark(area, state.list.top, state.rows.len());
        if let Some(finding) = app.finding().filter(|_| lines < usize::from(area.height)) {
            self.finding_details(area, lines, finding);
        }
    }

    /// Returns what the chosen findings save together.
    fn findings_summary(&self) -> String {
        let state = &self.app.findings;
        if state.rows.is_empty() {
            return String::new();
        }
        let changes = plural(state.plan.findings.len() as u64, "change");
        format!("{changes}: {} saved, {} left", size(state.plan.saves), size(state.plan.stored))
    }

    fn finding_row(&self, finding: &Finding, is_chosen: bool, width: usize) -> Line<'static> {
        let theme = &self.app.theme;
        let mark = match (finding.base || finding.saves.stored == 0, is_chosen) {
            _ if finding.is_risk() => " !  ",
            (true, _) => "    ",
            (false, true) => "[x] ",
            (false, false) => "[ ] ",
        };
        let sign = if finding.saves.exact { "" } else { "≈" };
        let bytes = match finding.saves.stored {
            0 => "-".to_owned(),
            bytes => format!("{sign}{}", size(bytes)),
        };
        let layer = finding.layer.map(|layer| layer.to_string()).unwrap_or_default();
        let style = if is_chosen || finding.is_risk() { theme.wasted } else { theme.dim };
        Line::from(vec![
            Span::styled(mark, theme.key),
            Span::styled(right(&bytes, 10), style),
            Span::styled(right(&layer, 5), theme.dim),
            Span::styled(
                format!("  {}", cut(&headline(finding), width.saturating_sub(FACTS).max(8))),
                if finding.base { theme.dim } else { theme.base },
            ),
        ])
    }

    /// Shows the message, the fix and the patch of a finding, as far as there is room.
    fn finding_details(&mut self, area: Rect, top: usize, finding: &Finding) {
        let theme = self.app.theme;
        let width = usize::from(area.width);
        let rule = "─".repeat(width);
        let place = finding.location.as_ref().map(|at| format!("{}:{}: ", escape_text(&at.file), at.line));
        let mut lines: Vec<(String, Style)> = vec![(rule, theme.border)];
        let message = format!("{}{}", place.unwrap_or_default(), finding.message);
        lines.extend(wrap(&message, width).into_iter().map(|line| (line, theme.base)));
        let fix = format!("→ {}", finding.fix.text);
        lines.extend(wrap(&fix, width).into_iter().map(|line| (line, theme.live)));
        if let Some(patch) = &finding.fix.patch {
            lines.push((String::new(), theme.base));
            let style = |line: &str| match line.bytes().next() {
                Some(b'+') => theme.added,
                Some(b'-') => theme.removed,
                Some(b'@') => theme.dim,
                _ => theme.base,
            };
            lines.extend(patch.lines().map(|line| (escape_text(line), style(line))));
        } else {
            lines.push((String::new(), theme.base));
            let paths = finding.paths.iter();
            lines.extend(
                paths.map(|found| (format!("{}  {}", right(&size(found.bytes), 10), found.path), theme.dim)),
            );
        }
        for (at, (line, style)) in lines.iter().enumerate() {
            self.line(area, top + at, &Line::styled(line.as_str(), *style));
        }
    }
}
