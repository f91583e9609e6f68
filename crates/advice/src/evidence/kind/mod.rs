//! The kind of a file, in one line: from its first 4 KiB, and the few places that these point to.
//!
//! A format tells more than its name: the interpreter of a program and whether it is stripped, the
//! members of an archive, the size of a picture. All of it is the file's own claim and may be a
//! lie. Names from the file are escaped and cut.

mod archive;
mod compressed;
mod document;
mod elf;
mod program;
#[cfg(test)]
mod tests;
mod text;

use super::content::Content;

/// The number of bytes at the start of a file that decide its kind.
const HEAD: usize = 4096;

/// The kind of a file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Kind {
    /// How to show the file.
    pub form: Form,
    /// A description on one line, safe to show.
    pub summary: String,
}

/// How to show a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Form {
    /// Nothing to show.
    Empty,
    /// Lines of text.
    Text,
    /// Bytes in hex.
    Binary,
}

/// Recognises a file by its content. Fails if the content cannot be read.
pub fn recognise<C: Content>(content: &mut C) -> Result<Kind, C::Error> {
    let head = content.read(0, HEAD)?;
    if head.is_empty() {
        return Ok(Kind { form: Form::Empty, summary: "empty".to_owned() });
    }
    if let Some(summary) = binary(content, &head)? {
        return Ok(Kind { form: Form::Binary, summary });
    }
    Ok(if text::is_text(&head) {
        Kind { form: Form::Text, summary: text::describe(&head) }
    } else {
        Kind { form: Form::Binary, summary: "binary".to_owned() }
    })
}

/// Recognises a file by its first bytes; `None` if it is something else.
type ByHead = fn(&[u8]) -> Option<String>;

/// The same; reads further where necessary.
type ByContent<C> = fn(&mut C, &[u8]) -> Result<Option<String>, <C as Content>::Error>;

/// Describes a file that is not text; `None` if no format matches.
fn binary<C: Content>(content: &mut C, head: &[u8]) -> Result<Option<String>, C::Error> {
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
    let by_content: [ByContent<C>; 6] = [
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
    for recognise in by_content {
        let found = recognise(content, head)?;
        if found.is_some() {
            return Ok(found);
        }
    }
    Ok(None)
}
