//! Looking inside a file of an image: what it is, its text by line, its bytes in hex, its
//! difference from another version.
//!
//! Files may be terabytes long and may have to be unpacked first, so nothing here reads one whole:
//! content comes through [`windows`] of 64 KiB, and what needs many of them (the last line, a
//! search) is a job done in steps, so that the thread that does it can look for a newer wish in
//! between. [`mod@file`] joins all of it to an open file, for a thread of its own; where the screen is
//! drawn nothing is read. Content is hostile: [`cells`] decides what may be shown.

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

/// The content of a file, read at any place.
pub(crate) trait Bytes: Send {
    /// Bytes that the file has.
    fn size(&self) -> u64;

    /// Fills the buffer from the bytes at the offset and says how many they are: fewer only at the
    /// end of the file.
    ///
    /// The error is a sentence for people, safe to show.
    fn read_at(&mut self, offset: u64, buffer: &mut [u8]) -> Result<usize, String>;
}

/// An offset inside something that is in memory; what does not fit cannot be in memory, so the
/// largest value is as good.
fn position(offset: u64) -> usize {
    usize::try_from(offset).unwrap_or(usize::MAX)
}

/// A length as an offset.
fn length(bytes: usize) -> u64 {
    u64::try_from(bytes).unwrap_or(u64::MAX)
}
