//! An instruction less.

use super::edit::Edit;
use crate::build::dockerfile::{Dockerfile, Instruction};

/// Removes an instruction with its line break.
pub fn removed(file: &Dockerfile, instruction: &Instruction) -> Edit {
    let end = instruction.span.end;
    let rest = file.text.get(end..).unwrap_or_default();
    let length = rest.find('\n').map_or(rest.len(), |at| at + 1);
    let before = file.text.get(..instruction.span.start).unwrap_or_default();
    Edit::replace(before.rfind('\n').map_or(0, |at| at + 1)..end + length, String::new())
}
