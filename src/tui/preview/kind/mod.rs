//! What a file is, in a line: from its first 4 KiB, and from the few places further on that these point to.
//!
//! Formats tell more than their names here: who runs a program and whether it is stripped, what is in an archive, how large
//! a picture is. All of it is what the file says of itself, which may be a lie; names in it are escaped and cut.

mod archive;
mod compressed;
mod document;
mod elf;
mod program;
#[cfg(test)]
mod tests;
mod text;
mod values;

use super::windows::Windows;

/// Bytes at the start of a file that decide.
const HEAD: usize = 4096;

/// What a file is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Kind {
    /// How to show it.
    pub(crate) form: Form,
    /// What it is, on one line, safe to show.
    pub(crate) summary: String,
}

/// How to show a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Form {
    /// There is nothing to show.
    Empty,
    /// Text, by lines.
    Text,
    /// Bytes, in hex.
    Binary,
}

/// Looks at a file and says what it is.
pub(crate) fn recognise(windows: &mut Windows) -> Result<Kind, String> {
    let head = windows.read(0, HEAD)?;
    if head.is_empty() {
        return Ok(Kind { form: Form::Empty, summary: "empty".to_owned() });
    }
    if let Some(summary) = binary(windows, &head)? {
        return Ok(Kind { form: Form::Binary, summary });
    }
    Ok(if text::is_text(&head) {
        Kind { form: Form::Text, summary: text::describe(&head) }
    } else {
        Kind { form: Form::Binary, summary: "binary".to_owned() }
    })
}

/// Says what a file is by its first bytes; `None` if it is something else.
type ByHead = fn(&[u8]) -> Option<String>;

/// The same, reading on where this is needed.
type ByWindow = fn(&mut Windows, &[u8]) -> Result<Option<String>, String>;

/// The format of a file that is not text.
fn binary(windows: &mut Windows, head: &[u8]) -> Result<Option<String>, String> {
    const BY_HEAD: [ByHead; 12] = [
        compressed::zstd,
        compressed::xz,
        compressed::bzip2,
        archive::ar,
        archive::rpm,
        program::java,
        program::python,
        program::mach,
        document::pdf,
        document::sqlite,
        document::other,
        text::utf16,
    ];
    const BY_WINDOW: [ByWindow; 6] = [
        elf::recognise,
        compressed::gzip,
        archive::zip,
        archive::tar,
        program::windows_program,
        document::picture,
    ];
    if let Some(found) = BY_HEAD.iter().find_map(|recognise| recognise(head)) {
        return Ok(Some(found));
    }
    for recognise in BY_WINDOW {
        let found = recognise(windows, head)?;
        if found.is_some() {
            return Ok(found);
        }
    }
    Ok(None)
}
