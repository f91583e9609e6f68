//! The content of a file.

use std::convert::Infallible;

use dockopt_core::evidence::{OutOfReach, Places};

/// The most bytes that a reader requests at once.
pub(crate) const PART: usize = 64 * 1024;

/// Content that can be read at any place.
pub trait Content {
    /// The reason of a failed read.
    type Error;

    /// Length in bytes.
    fn size(&self) -> u64;

    /// Returns `length` bytes from `offset` on; fewer only where the content ends.
    fn read(&mut self, offset: u64, length: usize) -> Result<Vec<u8>, Self::Error>;
}

/// Content in memory.
impl Content for &[u8] {
    type Error = Infallible;

    fn size(&self) -> u64 {
        Places::size(self)
    }

    fn read(&mut self, offset: u64, length: usize) -> Result<Vec<u8>, Infallible> {
        // All of it is in reach.
        Ok(Places::read(self, offset, length).unwrap_or_default())
    }
}

/// Content that a probe reads at places.
pub(crate) struct Placed<'p>(pub(crate) &'p mut dyn Places);

impl Content for Placed<'_> {
    type Error = OutOfReach;

    fn size(&self) -> u64 {
        self.0.size()
    }

    fn read(&mut self, offset: u64, length: usize) -> Result<Vec<u8>, OutOfReach> {
        self.0.read(offset, length)
    }
}

/// Converts an offset to a position in memory. An offset that does not fit is behind the end of any
/// content in memory; the largest value is as well.
pub(crate) fn position(offset: u64) -> usize {
    usize::try_from(offset).unwrap_or(usize::MAX)
}

/// Converts a length to an offset.
pub(crate) fn length(bytes: usize) -> u64 {
    u64::try_from(bytes).unwrap_or(u64::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_read_stops_at_the_end() {
        let mut content = &b"abcdef"[..];
        assert_eq!(Content::read(&mut content, 4, 9), Ok(b"ef".to_vec()));
        assert_eq!(Content::read(&mut content, 1, 2), Ok(b"bc".to_vec()));
        assert_eq!(Content::read(&mut content, u64::MAX, 1), Ok(Vec::new()));
        assert_eq!(Content::size(&content), 6);
    }
}
