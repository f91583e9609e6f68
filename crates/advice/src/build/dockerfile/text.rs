//! Text with the place of each of its bytes in a Dockerfile.

use std::ops::Range;

/// A text made of parts of a Dockerfile: continued lines are joined, comments are left out.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Logical {
    text: String,
    /// The offset of each byte in the Dockerfile.
    offsets: Vec<usize>,
}

impl Logical {
    /// Returns the text of a part that starts at an offset.
    pub(super) fn slice(text: &str, start: usize) -> Self {
        Self { text: text.to_owned(), offsets: (start..start + text.len()).collect() }
    }

    /// Adds a part of a Dockerfile.
    pub(super) fn push(&mut self, part: &str, start: usize) {
        self.text.push_str(part);
        self.offsets.extend(start..start + part.len());
    }

    /// Returns the text.
    pub fn text(&self) -> &str {
        &self.text
    }

    /// Returns the part from a byte on.
    pub(super) fn from(&self, at: usize) -> Self {
        let text = self.text.get(at..).unwrap_or_default().to_owned();
        Self { text, offsets: self.offsets.get(at..).unwrap_or_default().to_vec() }
    }

    /// Removes spaces at the end.
    pub(super) fn trim_end(&mut self) {
        let length = self.text.trim_end().len();
        self.text.truncate(length);
        self.offsets.truncate(length);
    }

    /// Returns the offset in the Dockerfile of a byte of the text; behind the last byte, the offset
    /// after that.
    pub fn offset(&self, at: usize) -> Option<usize> {
        self.offsets.get(at).copied().or_else(|| self.end().filter(|_| at == self.text.len()))
    }

    /// Returns the offset after the last byte.
    pub fn end(&self) -> Option<usize> {
        self.offsets.last().map(|last| last + 1)
    }

    /// Returns the place of a part of the text.
    pub fn span(&self, part: Range<usize>) -> Option<Range<usize>> {
        let last = part.end.checked_sub(1)?;
        Some(*self.offsets.get(part.start)?..self.offsets.get(last)? + 1)
    }
}
