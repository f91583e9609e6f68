//! Previews a file of an image: its kind, its text by line, its bytes in hex, its difference from
//! another version.
//!
//! Files may be terabytes long and may have to be unpacked first, so nothing here reads a whole
//! file. Content comes through [`windows`] of 64 KiB. Work that needs many of them (jumping to the
//! last line, a search) is a job in steps, so that its thread can check for new commands in
//! between. [`mod@file`] combines everything into an open file, which lives on a thread of its own;
//! drawing reads nothing. Content is hostile: [`cells`] decides what is safe to show.

pub(crate) mod cells;
pub(crate) mod difference;
pub(crate) mod file;
pub(crate) mod hex;
pub(crate) mod lines;
pub(crate) mod pager;
pub(crate) mod pattern;
pub(crate) mod search;
pub(crate) mod thread;
pub(crate) mod windows;

#[cfg(test)]
mod pager_tests;
#[cfg(test)]
mod search_tests;
#[cfg(test)]
mod testing;

/// The content of a file, with random access.
pub(crate) trait Bytes: Send {
    /// Returns the size in bytes.
    fn size(&self) -> u64;

    /// Fills the buffer from an offset and returns the number of bytes read. It may be less than
    /// the buffer holds, and 0 only at the end of the file.
    ///
    /// The error is a sentence for people, escaped.
    fn read_at(&mut self, offset: u64, buffer: &mut [u8]) -> Result<usize, String>;
}

/// Converts an offset in memory to an index. An offset that does not fit cannot be in memory, so it
/// becomes the largest value.
fn position(offset: u64) -> usize {
    usize::try_from(offset).unwrap_or(usize::MAX)
}

/// Converts a length to an offset.
fn length(bytes: usize) -> u64 {
    u64::try_from(bytes).unwrap_or(u64::MAX)
}
