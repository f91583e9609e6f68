//! An option for the commands of a `RUN`.

use super::edit::Edit;
use crate::build::dockerfile::shell::{Command, Script};
use crate::build::dockerfile::{Dockerfile, Instruction};

/// An option of a command that keeps it from writing what nothing needs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Avoid {
    /// The programs, each of which takes the option; `python -m pip` is one, too.
    pub programs: &'static [&'static str],
    /// Their subcommands.
    pub subcommands: &'static [&'static str],
    /// The option.
    pub option: &'static str,
    /// Subcommands that write what the option keeps the others from writing.
    pub not_with: &'static [&'static str],
}

/// Adds the option to each command that takes it; `None` if there is none, or if one of them may
/// hide in what is not understood.
pub fn avoid(file: &Dockerfile, instruction: &Instruction, avoid: &Avoid) -> Option<Vec<Edit>> {
    let logical = instruction.script(&file.text)?;
    let script = Script::parse(logical.text());
    let edit = |command: &Command| {
        let word = subcommand(command, avoid)?;
        let has_it = command.words.iter().any(|word| word.text == avoid.option);
        let place = logical.span(command.words.get(word)?.span.clone())?;
        (!has_it).then(|| Edit::insert(place.end, format!(" {}", avoid.option)))
    };
    let writes_anyway = script.commands.iter().any(|command| {
        let texts = command.texts();
        avoid.programs.contains(&command.name()) && avoid.not_with.iter().any(|name| texts.contains(name))
    });
    let edits: Vec<Edit> = script.commands.iter().filter_map(edit).collect();
    (!writes_anyway && script.is_plain && !edits.is_empty()).then_some(edits)
}

/// Returns the position of the subcommand, if a command is one of those that take the option.
fn subcommand(command: &Command, avoid: &Avoid) -> Option<usize> {
    let from = command.program()?;
    let words = command.words.get(from..)?;
    let is_program = |program: &&&str| {
        let mut wanted = program.split(' ');
        words.iter().zip(wanted.by_ref()).all(|(word, wanted)| word.text == wanted) && wanted.next().is_none()
    };
    let program = avoid.programs.iter().find(is_program)?;
    let length = program.split(' ').count();
    let is_subcommand = |word: &&str| avoid.subcommands.contains(word);
    let at = words.iter().skip(length).position(|word| !word.text.starts_with('-'))?;
    let at = length + at;
    words.get(at).map(|word| word.text.as_str()).filter(is_subcommand).map(|_| from + at)
}
