//! Several `RUN` as one.

use super::edit::Edit;
use super::style::Style;
use crate::build::dockerfile::shell::{Command, Script, Separator};
use crate::build::dockerfile::{Dockerfile, Instruction, Logical};

/// Commands that change what the commands behind them do.
const LASTING: [&str; 21] = [
    ".", "alias", "cd", "declare", "eval", "exec", "exit", "export", "local", "popd", "pushd", "read",
    "readonly", "return", "shopt", "source", "trap", "typeset", "ulimit", "umask", "unset",
];

/// Joins the instructions from one number to another; `None` unless all of them are `RUN` of the
/// shell with the same options, and mean the same in one shell as in several.
pub fn join(file: &Dockerfile, first: usize, last: usize) -> Option<Vec<Edit>> {
    let instructions = file.instructions.get(first..=last)?;
    let [start, others @ ..] = instructions else { return None };
    let scripts: Option<Vec<(Logical, Script)>> =
        instructions.iter().map(|instruction| parsed(file, instruction)).collect();
    let scripts = scripts?;
    let (head, tail) = scripts.split_first()?;
    let (_, before_last) = scripts.split_last()?;
    let is_same = others.iter().all(|other| other.flags == start.flags) && !others.is_empty();
    let means_the_same = before_last.iter().all(|(_, script)| !lasts(script))
        && tail.iter().all(|(_, script)| is_chain(script));
    if !is_same || !means_the_same {
        return None;
    }
    let style = Style::of(file, start, &head.0, &head.1);
    let pairs = instructions.windows(2).zip(&scripts).zip(tail);
    let edits = pairs.map(|((pair, (before, script)), (after, _))| {
        let [one, other] = pair else { return None };
        let comments = comments(file.text.get(one.span.end..other.span.start)?, style.line_break);
        let from = before.end()?;
        let ends_with_operator = script.ends_with_semicolon;
        let length = after.text().chars().count();
        let joint = style.joint(length, ends_with_operator, &comments);
        Some(Edit::replace(from..after.offset(0)?, joint))
    });
    edits.collect()
}

fn parsed(file: &Dockerfile, instruction: &Instruction) -> Option<(Logical, Script)> {
    let logical = instruction.script(&file.text).filter(|_| instruction.heredocs.is_empty())?;
    let script = Script::parse(logical.text());
    let ends = script.commands.last()?.after == Separator::End;
    // Behind a `;`, what follows would hide that the script failed.
    let is_closed = !script.ends_with_semicolon || script.is_strict();
    (script.is_plain && ends && is_closed).then_some((logical, script))
}

/// Whether a script changes its shell: then the next script would run in another one.
fn lasts(script: &Script) -> bool {
    let is_lasting = |command: &Command| {
        let name = command.name();
        // Without a program a command sets variables of its shell.
        let before = command.words.iter().take(command.program().unwrap_or(0));
        let is_lasting = before.map(|word| word.text.as_str()).any(|word| LASTING.contains(&word));
        name.is_empty() || is_lasting || LASTING.contains(&name) || (name == "set" && !is_harmless(command))
    };
    script.commands.iter().any(is_lasting)
}

/// Whether `set` only makes the shell stricter or more talkative.
fn is_harmless(command: &Command) -> bool {
    let is_strict = |option: &&str| {
        option.strip_prefix('-').is_some_and(|letters| letters.chars().all(|letter| "ex".contains(letter)))
    };
    command.texts().iter().skip(1).all(is_strict)
}

/// Whether a failure of any command before a script would be its failure too.
fn is_chain(script: &Script) -> bool {
    script
        .commands
        .iter()
        .all(|command| matches!(command.after, Separator::And | Separator::Pipe | Separator::End))
}

/// Returns the comment lines of what is between two instructions.
fn comments(between: &str, line_break: &str) -> String {
    let comments = between.lines().filter(|line| line.trim_start().starts_with('#'));
    let lines = comments.flat_map(|line| [line.trim_end_matches('\r'), line_break]);
    lines.collect()
}
