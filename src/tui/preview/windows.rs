//! A file as windows of 64 KiB, the most recent of which are cached.
//!
//! All reads of content go through here, so that moving within a file reads each part once, and
//! memory is bounded whatever the size of the file.

use std::collections::VecDeque;

use dockopt_advice::evidence::content::Content;

use super::{Bytes, length, position};

/// Bytes of a window.
pub(crate) const WINDOW: usize = 64 * 1024;

/// Cached windows: those of one screen, of the last search, and some to go back to.
const KEPT: usize = 8;

/// A file with its most recently used windows.
pub(crate) struct Windows {
    bytes: Box<dyn Bytes>,
    size: u64,
    length: usize,
    kept: VecDeque<Window>,
}

struct Window {
    number: u64,
    bytes: Vec<u8>,
}

impl Windows {
    /// Opens a file without reading it.
    pub(crate) fn new(bytes: impl Bytes + 'static) -> Self {
        Self::of_length(bytes, WINDOW)
    }

    /// Opens a file with windows of `length` bytes, at least 64.
    pub(super) fn of_length(bytes: impl Bytes + 'static, length: usize) -> Self {
        let size = bytes.size();
        Self { bytes: Box::new(bytes), size, length: length.max(64), kept: VecDeque::new() }
    }

    /// Returns the size of the file in bytes.
    pub(crate) fn size(&self) -> u64 {
        self.size
    }

    /// Returns the length of a window in bytes; the last one of a file is shorter.
    pub(crate) fn window_length(&self) -> usize {
        self.length
    }

    /// Returns a window by its number; empty after the end of the file.
    pub(crate) fn window(&mut self, number: u64) -> Result<&[u8], String> {
        let known = self.kept.iter().position(|window| window.number == number);
        let window = match known.and_then(|place| self.kept.remove(place)) {
            Some(window) => window,
            None => Window { number, bytes: self.load(number)? },
        };
        self.kept.truncate(KEPT - 1);
        self.kept.push_front(window);
        Ok(self.kept.front().map_or(&[], |window| &window.bytes))
    }

    /// Reads a part of the file into memory; it is shorter than `bytes` only at the end of the
    /// file.
    pub(crate) fn read(&mut self, offset: u64, bytes: usize) -> Result<Vec<u8>, String> {
        let end = offset.saturating_add(length(bytes)).min(self.size);
        let mut part = Vec::with_capacity(position(end.saturating_sub(offset)));
        let mut at = offset;
        while at < end {
            let number = at / length(self.length);
            let start = number * length(self.length);
            let window = self.window(number)?;
            let shown = window.get(position(at - start)..).unwrap_or_default();
            let wanted = shown.get(..position(end - at)).unwrap_or(shown);
            part.extend_from_slice(wanted);
            at += length(wanted.len().max(1));
        }
        Ok(part)
    }

    fn load(&mut self, number: u64) -> Result<Vec<u8>, String> {
        let start = number.saturating_mul(length(self.length));
        let expected = position(self.size.saturating_sub(start)).min(self.length);
        let mut bytes = vec![0; expected];
        let mut filled = 0;
        while let Some(rest) = bytes.get_mut(filled..).filter(|rest| !rest.is_empty()) {
            match self.bytes.read_at(start + length(filled), rest)? {
                0 => {
                    return Err(format!(
                        "content ends after {} of {} bytes",
                        start + length(filled),
                        self.size
                    ));
                }
                read => filled += read,
            }
        }
        Ok(bytes)
    }
}

impl Content for Windows {
    type Error = String;

    fn size(&self) -> u64 {
        self.size
    }

    fn read(&mut self, offset: u64, length: usize) -> Result<Vec<u8>, String> {
        Windows::read(self, offset, length)
    }
}
