//! An instruction of a Dockerfile.

use std::ops::Range;

use super::heredoc::{self, Heredoc};
use super::text::Logical;

/// An instruction.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Instruction {
    /// The first word in upper case.
    pub keyword: String,
    /// The place of the first word.
    pub keyword_span: Range<usize>,
    /// Its place in the text, with its heredocs and without the last line break.
    pub span: Range<usize>,
    /// Its first line, from 1.
    pub line: usize,
    /// Its last line.
    pub end_line: usize,
    /// The options after the keyword.
    pub flags: Vec<Flag>,
    /// What follows the options, as one line.
    pub arguments: Logical,
    /// Its heredocs.
    pub heredocs: Vec<Heredoc>,
}

/// An option of an instruction: `--NAME=VALUE`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Flag {
    /// The name, without dashes.
    pub name: String,
    /// The value; empty if there is none.
    pub value: String,
}

impl Instruction {
    /// Returns the value of an option.
    pub fn flag(&self, name: &str) -> Option<&str> {
        self.flags.iter().find(|flag| flag.name == name).map(|flag| flag.value.as_str())
    }

    /// Whether its arguments are a JSON array.
    pub fn is_json(&self) -> bool {
        serde_json::from_str::<Vec<String>>(self.arguments.text()).is_ok()
    }

    /// Returns what a `RUN` gives to the shell: the only heredoc, or the arguments; `None` for the
    /// JSON form, for a heredoc with an interpreter, and for other instructions.
    pub fn script(&self, text: &str) -> Option<Logical> {
        if self.keyword != "RUN" || self.is_json() {
            return None;
        }
        match self.heredocs.as_slice() {
            [] => Some(self.arguments.clone()),
            [only] if heredoc::is_alone(self.arguments.text()) => {
                let body = text.get(only.body.clone())?;
                (!body.starts_with("#!")).then(|| Logical::slice(body, only.body.start))
            }
            _ => None,
        }
    }
}
