//! A command at the end of a `RUN`.

use super::edit::Edit;
use super::style::Style;
use crate::build::dockerfile::shell::{Script, Separator};
use crate::build::dockerfile::{Dockerfile, Instruction};

/// Commands that end a script: nothing behind them runs.
const ENDS: [&str; 3] = ["exit", "exec", "return"];

/// Adds a command to the end of a `RUN`; `None` if the script is none of the shell's, or nothing can
/// follow it.
pub fn append(file: &Dockerfile, instruction: &Instruction, command: &str) -> Option<Vec<Edit>> {
    let logical = instruction.script(&file.text)?;
    let script = Script::parse(logical.text());
    let last = script.commands.last()?;
    let ends = last.words.first().is_some_and(|word| ENDS.contains(&word.text.as_str()));
    if ends || last.after == Separator::Background {
        return None;
    }
    let style = Style::of(file, instruction, &logical, &script);
    // Without `set -e`, a command in a line of its own would hide that the one before failed.
    let is_separate = !instruction.heredocs.is_empty() || script.ends_with_semicolon;
    if is_separate && !script.is_strict() {
        return None;
    }
    if let Some(heredoc) = instruction.heredocs.first() {
        // An unfinished heredoc, or one that is open within the script, takes no line at its end.
        if heredoc.end.is_empty() || logical.text().contains("<<") {
            return None;
        }
        let line = format!("{command}{}", style.line_break);
        return Some(vec![Edit::insert(heredoc.end.start, line)]);
    }
    if script.is_open {
        return None;
    }
    // Another command may be added at the same place.
    let end = if script.ends_with_semicolon { ";" } else { "" };
    let joint = style.joint(command.chars().count(), !end.is_empty(), "");
    Some(vec![Edit::insert(logical.end()?, format!("{joint}{command}{end}"))])
}
