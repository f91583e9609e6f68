//! Draws the progress of a read, and failures.

use dockopt_core::path::escape_text;
use dockopt_core::quantity::{plural, size};
use ratatui::layout::Rect;
use ratatui::text::Line;

use super::Canvas;
use crate::tui::effect::Failure;
use crate::tui::text::wrap;
use crate::tui::theme::Theme;

impl Canvas<'_, '_> {
    /// Draws the tree pane before there is a tree.
    pub(crate) fn no_tree(&mut self, area: Rect) {
        let app = self.app;
        match (&app.failure, &app.loading) {
            (Some(failure), _) => self.failure(area, failure),
            (None, Some(_)) => self.reading(area),
            (None, None) => self.line(area, 0, &Line::styled("one moment …", app.theme.dim)),
        }
    }

    fn failure(&mut self, area: Rect, failure: &Failure) {
        let lines = failure_lines(failure, &self.app.theme, usize::from(area.width));
        for (row, line) in lines.iter().enumerate() {
            self.line(area, row, line);
        }
    }

    fn reading(&mut self, area: Rect) {
        let theme = &self.app.theme;
        let Some(loading) = &self.app.loading else { return };
        let width = usize::from(area.width);
        let what =
            if loading.is_waiting() { "waiting until the engine sends it" } else { "reading the image" };
        let mut texts = vec![what.to_owned(), String::new()];
        let cells = width.saturating_sub(10).min(60);
        match (loading.share(), &loading.progress) {
            (Some(share), _) => texts.push(format!("{} {:>3.0} %", bar(share, cells), share * 100.0)),
            (None, Some(progress)) => texts.push(format!("{} so far", size(progress.bytes))),
            (None, None) => {}
        }
        if let Some(progress) = &loading.progress {
            let layers =
                format!("{} of {}", loading.layers_read(), plural(loading.all_layers() as u64, "layer"));
            texts.push(format!("{layers}, {}", plural(progress.entries as u64, "file")));
        }
        texts.push(String::new());
        texts.push("layers that are read can be browsed; esc stops reading".to_owned());
        for (row, text) in texts.iter().enumerate() {
            self.line(area, row, &Line::styled(text.as_str(), theme.base));
        }
    }
}

/// Formats a failure as lines of `width` cells.
pub(crate) fn failure_lines(failure: &Failure, theme: &Theme, width: usize) -> Vec<Line<'static>> {
    let mut lines = Vec::new();
    for (at, reason) in failure.reasons.iter().enumerate() {
        let label = if at == 0 { "error" } else { "caused by" };
        let text = format!("{label}: {}", escape_text(reason));
        lines.extend(wrap(&text, width).into_iter().map(|line| Line::styled(line, theme.error)));
    }
    if let Some(hint) = &failure.hint {
        let text = format!("hint: {}", escape_text(hint));
        lines.extend(wrap(&text, width).into_iter().map(|line| Line::styled(line, theme.base)));
    }
    lines
}

/// Returns a bar of `cells` cells, filled up to a share.
pub(crate) fn bar(share: f64, cells: usize) -> String {
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        clippy::cast_precision_loss,
        reason = "a few cells"
    )]
    let filled = ((share * cells as f64) as usize).min(cells);
    format!("{}{}", "█".repeat(filled), "░".repeat(cells - filled))
}
