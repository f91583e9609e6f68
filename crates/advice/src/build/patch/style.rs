//! How a Dockerfile is written: line breaks, indentation, and where operators are.

use crate::build::dockerfile::shell::{Command, Script, Separator};
use crate::build::dockerfile::{Dockerfile, Instruction, Logical};

/// Longest line that an addition may make.
const COLUMNS: usize = 100;
/// Indentation of continued lines if there is none to follow.
const INDENTATION: &str = "    ";

/// The style of an instruction.
pub(super) struct Style<'d> {
    /// The line break of the file.
    pub(super) line_break: &'static str,
    /// The character that continues lines.
    escape: char,
    /// Indentation of commands on continued lines.
    indentation: String,
    /// The operator between commands: `&&` or `;`.
    operator: &'static str,
    /// Whether operators start continued lines.
    leads: bool,
    /// The last line of the instruction.
    last_line: &'d str,
    is_multiline: bool,
}

impl<'d> Style<'d> {
    pub(super) fn of(
        file: &'d Dockerfile,
        instruction: &Instruction,
        logical: &Logical,
        script: &Script,
    ) -> Self {
        let text = file.text.get(instruction.span.clone()).unwrap_or_default();
        let is_multiline = text.contains('\n');
        let starts = script.commands.iter().skip(1).filter_map(|command| line_start(file, logical, command));
        let mut starts: Vec<&str> = starts.collect();
        let leads =
            starts.iter().any(|line| is_operator(line.trim_start())) || (is_multiline && starts.is_empty());
        if leads {
            starts.retain(|line| is_operator(line.trim_start()));
        }
        let indentation = starts.last().map_or(INDENTATION, |line| blank_start(line)).to_owned();
        let is_sequence = |command: &Command| command.after == Separator::Sequence;
        let is_and = |command: &Command| command.after == Separator::And;
        let is_list = script.commands.iter().any(is_sequence) && !script.commands.iter().any(is_and);
        // Without `set -e`, a command behind `;` would hide that the one before failed.
        let operator = if is_list && script.is_strict() { ";" } else { "&&" };
        Self {
            line_break: if file.text.contains("\r\n") { "\r\n" } else { "\n" },
            escape: file.escape,
            indentation,
            operator,
            leads: leads && operator == "&&",
            last_line: text.rsplit('\n').next().unwrap_or_default(),
            is_multiline,
        }
    }

    /// Returns what joins a command to the script: an operator, and a line break where it belongs.
    /// `length` is that of the command, `comments` are lines between.
    pub(super) fn joint(&self, length: usize, ends_with_operator: bool, comments: &str) -> String {
        let Self { line_break, escape, indentation, .. } = self;
        let operator = if ends_with_operator { "" } else { self.operator };
        let joint = if operator == "&&" { " &&" } else { operator };
        let is_long = self.last_line.chars().count() + length + 4 > COLUMNS;
        if !self.is_multiline && !is_long && comments.is_empty() {
            return format!("{joint} ");
        }
        if self.leads || (!self.is_multiline && operator == "&&") {
            return format!(" {escape}{line_break}{comments}{indentation}{operator} ");
        }
        format!("{joint} {escape}{line_break}{comments}{indentation}")
    }
}

fn is_operator(text: &str) -> bool {
    text.starts_with("&&") || text.starts_with("||")
}

fn blank_start(line: &str) -> &str {
    line.get(..line.len() - line.trim_start().len()).unwrap_or_default()
}

/// Returns the line of a command, if only blanks and an operator are before it.
fn line_start<'d>(file: &'d Dockerfile, logical: &Logical, command: &Command) -> Option<&'d str> {
    let at = logical.offset(command.words.first()?.span.start)?;
    let before = file.text.get(..at)?;
    let start = before.rfind('\n').map_or(0, |at| at + 1);
    let between = file
        .text
        .get(start..at)?
        .trim_matches(|letter: char| letter.is_whitespace() || "&|;".contains(letter));
    between.is_empty().then(|| file.text.get(start..)).flatten()?.lines().next()
}
