//! What there is to know of the terminal, and warnings to it.

use std::io::{IsTerminal, Write};

use dockopt_core::report::text::Style;
use dockopt_core::warning::Warning;

use crate::cli::ColorOption;

/// Width where there is no terminal.
const DEFAULT_WIDTH: usize = 80;

/// How the text report looks on standard output.
pub(crate) fn style(color: ColorOption, waste_rows: Option<usize>) -> Style {
    Style { width: known_width().unwrap_or(DEFAULT_WIDTH), colour: color.is_on(), waste_rows }
}

/// Shows warnings on standard error.
pub(crate) fn warn(warnings: &[Warning]) {
    for warning in warnings {
        say(&format!("warning: {warning}"));
    }
}

/// Writes a line to standard error. If nobody can read it, there is nobody to tell.
pub(crate) fn say(line: &str) {
    let _ = writeln!(std::io::stderr(), "{line}");
}

/// Cells in a line, where a terminal or the environment tells; anywhere else lines may be long.
pub(crate) fn known_width() -> Option<usize> {
    let columns = std::env::var("COLUMNS").ok().and_then(|columns| columns.parse().ok());
    let terminal =
        || terminal_size::terminal_size_of(std::io::stdout()).map(|(width, _)| usize::from(width.0));
    if std::io::stdout().is_terminal() { terminal().or(columns) } else { columns }
}
