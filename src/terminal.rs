//! The terminal: its width, its colours, and lines on standard error.

use std::io::{IsTerminal, Write};

use clap::ValueEnum;
use dockopt_core::warning::Warning;
use dockopt_report::Style;

/// Width when there is no terminal.
const DEFAULT_WIDTH: usize = 80;

/// When to use colours.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub(crate) enum ColorOption {
    /// On a terminal, unless `NO_COLOR` is set
    #[default]
    Auto,
    /// Always
    Always,
    /// Never
    Never,
}

impl ColorOption {
    /// Returns whether standard output is coloured.
    pub(crate) fn is_on(self) -> bool {
        match self {
            Self::Always => true,
            Self::Never => false,
            Self::Auto => {
                let no_color = std::env::var_os("NO_COLOR").is_some_and(|value| !value.is_empty());
                is_capable() && !no_color
            }
        }
    }
}

/// Returns whether standard output is a terminal that understands control sequences (`TERM` is not
/// `dumb`).
pub(crate) fn is_capable() -> bool {
    let is_dumb = std::env::var_os("TERM").is_some_and(|term| term == "dumb");
    std::io::stdout().is_terminal() && !is_dumb
}

/// Returns whether the locale of the process encodes text as UTF-8.
pub(crate) fn has_utf8_locale() -> bool {
    names_utf8(|name| std::env::var(name).ok())
}

/// Returns whether the locale variables name UTF-8. The first of `LC_ALL`, `LC_CTYPE` and `LANG`
/// that is set decides. True if none is set: containers and remote shells often have none, on
/// terminals that show UTF-8.
fn names_utf8(variable: impl Fn(&str) -> Option<String>) -> bool {
    let set = ["LC_ALL", "LC_CTYPE", "LANG"].into_iter().filter_map(variable);
    let locale = set.filter(|value| !value.is_empty()).map(|value| value.to_ascii_lowercase()).next();
    locale.is_none_or(|locale| locale.contains("utf-8") || locale.contains("utf8"))
}

/// Returns the style of the text report on standard output.
pub(crate) fn style(color: ColorOption, waste_rows: Option<usize>) -> Style {
    Style { width: known_width().unwrap_or(DEFAULT_WIDTH), colour: color.is_on(), waste_rows }
}

/// Prints warnings to standard error.
pub(crate) fn warn(warnings: &[Warning]) {
    for warning in warnings {
        say(&format!("warning: {warning}"));
    }
}

/// Writes a line to standard error. Ignores a failed write: there is no other place to report it.
pub(crate) fn say(line: &str) {
    let _ = writeln!(std::io::stderr(), "{line}");
}

/// Returns the columns of the terminal, or those that `COLUMNS` sets; `None` if neither is known,
/// so that lines may be long.
pub(crate) fn known_width() -> Option<usize> {
    let columns = std::env::var("COLUMNS").ok().and_then(|columns| columns.parse().ok());
    let terminal =
        || terminal_size::terminal_size_of(std::io::stdout()).map(|(width, _)| usize::from(width.0));
    if std::io::stdout().is_terminal() { terminal().or(columns) } else { columns }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn first_set_locale_variable_decides() {
        for (variables, is_utf8) in [
            (&[][..], true),
            (&[("LANG", "C")], false),
            (&[("LANG", "en_US.UTF-8")], true),
            (&[("LANG", "de_DE.utf8")], true),
            (&[("LANG", "de_DE@euro")], false),
            (&[("LC_ALL", ""), ("LANG", "C.UTF-8")], true),
            (&[("LC_ALL", "POSIX"), ("LANG", "C.UTF-8")], false),
            (&[("LC_CTYPE", "C"), ("LANG", "C.UTF-8")], false),
            (&[("LC_ALL", "C.UTF-8"), ("LC_CTYPE", "C")], true),
        ] {
            let variable = |name: &str| {
                variables.iter().find(|(known, _)| *known == name).map(|(_, value)| (*value).to_owned())
            };
            assert_eq!(names_utf8(variable), is_utf8, "{variables:?}");
        }
    }
}
