//! Content at places: read in place from an uncompressed layer, or kept while the layer passes.
//!
//! Both allow the same reads, so that the facts do not depend on the form of a layer.

use std::io;
use std::ops::Range;

use dockopt_core::evidence::{HEAD, MAX_PARTS, OutOfReach, Places};

/// Reads a content from an offset on, without moving. Short only at its end.
type ReadAt<'a> = &'a dyn Fn(&mut [u8], u64) -> io::Result<usize>;

/// The parts of a content that may be read: sorted, apart from each other.
#[derive(Debug, Default)]
pub(super) struct Parts(Vec<Range<u64>>);

impl Parts {
    /// Adds the start of the content to the wanted parts. Those beyond [`MAX_PARTS`] bytes are
    /// left out. Without wanted parts there is none.
    pub(super) fn of(wanted: Vec<Range<u64>>, size: u64) -> Self {
        let mut left = MAX_PARTS;
        let mut parts: Vec<Range<u64>> = Vec::new();
        for part in wanted {
            let end = part.end.min(size).min(part.start.saturating_add(left));
            if part.start < end {
                left -= end - part.start;
                parts.push(part.start..end);
            }
        }
        if parts.is_empty() {
            return Self::default();
        }
        parts.push(0..size.min(HEAD as u64));
        parts.sort_by_key(|part| part.start);
        let mut merged: Vec<Range<u64>> = Vec::new();
        for part in parts {
            match merged.last_mut().filter(|last| part.start <= last.end) {
                Some(last) => last.end = last.end.max(part.end),
                None => merged.push(part),
            }
        }
        Self(merged)
    }

    pub(super) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Returns the bytes of a read that a content of this size has, and the number of the part that
    /// contains them; `None` if there are none.
    fn find(&self, offset: u64, length: usize, size: u64) -> Result<Option<(usize, Range<u64>)>, OutOfReach> {
        let range = clip(offset, length, size);
        if range.is_empty() {
            return Ok(None);
        }
        let within = |part: &Range<u64>| part.start <= range.start && range.end <= part.end;
        let number = self.0.iter().position(within).ok_or(OutOfReach)?;
        Ok(Some((number, range)))
    }
}

/// Returns the bytes of a read that a content has.
fn clip(offset: u64, length: usize, size: u64) -> Range<u64> {
    offset.min(size)..offset.saturating_add(length as u64).min(size)
}

/// Content of an uncompressed layer.
pub(super) struct InPlace<'a> {
    pub(super) read_at: ReadAt<'a>,
    pub(super) size: u64,
    pub(super) parts: Parts,
    /// The first error of a read.
    pub(super) error: Option<io::Error>,
}

impl InPlace<'_> {
    fn fill(&mut self, range: &Range<u64>) -> Result<Vec<u8>, OutOfReach> {
        let length = usize::try_from(range.end - range.start).map_err(|_| OutOfReach)?;
        let mut bytes = vec![0; length];
        match (self.read_at)(&mut bytes, range.start) {
            Ok(read) => bytes.truncate(read),
            Err(error) => {
                self.error.get_or_insert(error);
                return Err(OutOfReach);
            }
        }
        Ok(bytes)
    }

    /// Returns the first bytes.
    pub(super) fn head(&mut self) -> Result<Vec<u8>, OutOfReach> {
        self.fill(&clip(0, HEAD, self.size))
    }
}

impl Places for InPlace<'_> {
    fn size(&self) -> u64 {
        self.size
    }

    fn read(&mut self, offset: u64, length: usize) -> Result<Vec<u8>, OutOfReach> {
        let found = self.parts.find(offset, length, self.size)?;
        found.map_or(Ok(Vec::new()), |(_, range)| self.fill(&range))
    }
}

/// Parts of a content that were kept while it passed.
#[derive(Debug, Default)]
pub(super) struct Kept {
    size: u64,
    parts: Parts,
    /// The bytes of all parts, one after another.
    bytes: Vec<u8>,
    /// Bytes of the content that have passed.
    position: u64,
}

impl Kept {
    /// Creates an empty one in the memory of another.
    pub(super) fn new(size: u64, parts: Parts, mut memory: Vec<u8>) -> Self {
        let wanted: u64 = parts.0.iter().map(|part| part.end - part.start).sum();
        memory.clear();
        memory.reserve_exact(usize::try_from(wanted).unwrap_or_default());
        Self { size, parts, bytes: memory, position: 0 }
    }

    /// Returns the memory.
    pub(super) fn into_memory(self) -> Vec<u8> {
        self.bytes
    }

    /// Keeps the bytes of the next piece that are in a part.
    pub(super) fn take(&mut self, piece: &[u8]) {
        let start = self.position;
        self.position += piece.len() as u64;
        for part in &self.parts.0 {
            let (from, to) = (part.start.max(start), part.end.min(self.position));
            if from < to {
                let position = |at: u64| usize::try_from(at - start).unwrap_or(usize::MAX);
                self.bytes.extend_from_slice(piece.get(position(from)..position(to)).unwrap_or_default());
            }
        }
    }

    /// Returns where the bytes of a part start.
    fn start_of(&self, number: usize) -> u64 {
        self.parts.0.iter().take(number).map(|part| part.end - part.start).sum()
    }
}

impl Places for Kept {
    fn size(&self) -> u64 {
        self.size
    }

    fn read(&mut self, offset: u64, length: usize) -> Result<Vec<u8>, OutOfReach> {
        let Some((number, range)) = self.parts.find(offset, length, self.size)? else {
            return Ok(Vec::new());
        };
        let part = self.parts.0.get(number).ok_or(OutOfReach)?;
        let start = self.start_of(number);
        let position =
            |at: u64| usize::try_from(start + (at - part.start)).unwrap_or(usize::MAX).min(self.bytes.len());
        Ok(self.bytes.get(position(range.start)..position(range.end)).unwrap_or_default().to_vec())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parts(wanted: &[Range<u64>], size: u64) -> Vec<Range<u64>> {
        Parts::of(wanted.to_vec(), size).0
    }

    #[test]
    fn parts_are_sorted_merged_and_limited() {
        let head = HEAD as u64;
        assert_eq!(parts(&[], 9), []);
        assert_eq!(parts(&[20..30], 9), []);
        assert_eq!(parts(&[0..u64::MAX], 9), [0..9]);
        assert_eq!(
            parts(&[90_000..90_010, 5000..6000, 5500..7000], 100_000),
            [0..head, 5000..7000, 90_000..90_010]
        );
        let most = MAX_PARTS;
        assert_eq!(
            parts(&[0..most - 5, 2 * most..3 * most], 4 * most),
            [0..most - 5, 2 * most..2 * most + 5]
        );
    }

    #[test]
    fn kept_and_in_place_allow_the_same_reads() {
        let content: Vec<u8> = (0..50_000_u32).map(|number| number.to_le_bytes()[0]).collect();
        let size = content.len() as u64;
        let wanted = vec![10_000..20_000, 49_000..60_000];
        let mut kept = Kept::new(size, Parts::of(wanted.clone(), size), b"old".to_vec());
        content.chunks(777).for_each(|piece| kept.take(piece));
        let read_at = |buffer: &mut [u8], offset: u64| {
            let from = usize::try_from(offset).expect("small");
            let length = buffer.len().min(content.len() - from);
            buffer[..length].copy_from_slice(&content[from..from + length]);
            Ok(length)
        };
        let parts = Parts::of(wanted, size);
        let mut in_place = InPlace { read_at: &read_at, size, parts, error: None };
        for (offset, length, is_allowed) in [
            (0, 4096, true),
            (0, 4097, false),
            (10_000, 10_000, true),
            (9_999, 2, false),
            (15_000, 6000, false),
            (49_500, 9000, true),
            (50_000, 1, true),
            (u64::MAX, usize::MAX, true),
        ] {
            let found = kept.read(offset, length);
            assert_eq!(found, in_place.read(offset, length), "{offset}");
            assert_eq!(found.is_ok(), is_allowed, "{offset}");
            if let Ok(found) = found {
                let from = content.len().min(usize::try_from(offset).unwrap_or(usize::MAX));
                let to = content.len().min(from.saturating_add(length));
                assert_eq!(found, content[from..to]);
            }
        }
    }
}
