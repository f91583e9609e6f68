//! The map of a sparse file: segments of its content, stored back to back without the holes between
//! them.
//!
//! Old GNU members store the map in their headers, PAX members of version 0 in records, those of
//! version 1.0 before the data. A map that overlaps itself, is out of order or claims more than is
//! stored is rejected.

use std::ops::Range;

/// Maximum number of segments kept of a map, or of all maps of a layer: they take 24 MB.
pub(crate) const MAX_SEGMENTS: usize = 1_000_000;

/// The map of one sparse file.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct SparseMap {
    size: u64,
    /// In ascending order, none empty.
    segments: Vec<Segment>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Segment {
    offset: u64,
    length: u64,
    /// Position in the tar, in bytes.
    at: u64,
}

/// A part of a read that is not a hole.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Piece {
    /// The part, relative to the start of the read.
    pub(crate) part: Range<usize>,
    /// Position in the tar, in bytes.
    pub(crate) at: u64,
}

impl SparseMap {
    /// Creates the map of a file of `size` bytes whose data, of `stored` bytes, starts at `at`;
    /// `numbers` are alternating offsets and lengths. Returns `None` if the numbers are invalid.
    pub(super) fn new(numbers: &[u64], size: u64, at: u64, stored: u64) -> Option<Self> {
        let (pairs, []) = numbers.as_chunks::<2>() else {
            return None;
        };
        let stored_end = at.checked_add(stored)?;
        let (mut end, mut at, mut segments) = (0, at, Vec::new());
        for &[offset, length] in pairs {
            let start = Some(offset).filter(|&offset| offset >= end)?;
            end = start.checked_add(length).filter(|&end| end <= size)?;
            if length > 0 {
                segments.push(Segment { offset, length, at });
            }
            at = at.checked_add(length).filter(|&at| at <= stored_end)?;
        }
        Some(Self { size, segments })
    }

    /// Size of the file in bytes, its holes included.
    pub(crate) fn size(&self) -> u64 {
        self.size
    }

    /// Number of segments.
    pub(crate) fn segments(&self) -> usize {
        self.segments.len()
    }

    /// Returns offsets and lengths of all segments, in bytes.
    pub(crate) fn data(&self) -> impl Iterator<Item = (u64, u64)> {
        self.segments.iter().map(|segment| (segment.offset, segment.length))
    }

    /// Returns the parts of the `length` bytes from `offset` that are not holes.
    pub(crate) fn pieces_in(&self, offset: u64, length: usize) -> impl Iterator<Item = Piece> {
        let end = offset.saturating_add(length as u64);
        let first = self.segments.partition_point(|segment| segment.offset + segment.length <= offset);
        let reached = self.segments.get(first..).unwrap_or_default().iter();
        reached.take_while(move |segment| segment.offset < end).map(move |segment| {
            let start = segment.offset.max(offset);
            let stop = (segment.offset + segment.length).min(end);
            let within = |position: u64| usize::try_from(position - offset).unwrap_or(usize::MAX);
            Piece { part: within(start)..within(stop), at: segment.at + (start - segment.offset) }
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn map_locates_every_byte() {
        let map = SparseMap::new(&[2, 3, 10, 4, 20, 0], 20, 1000, 7).expect("a map");
        assert_eq!((map.size(), map.segments()), (20, 2));
        let pieces = |offset, length| map.pieces_in(offset, length).collect::<Vec<_>>();
        assert_eq!(pieces(0, 20), [Piece { part: 2..5, at: 1000 }, Piece { part: 10..14, at: 1003 }]);
        assert_eq!(pieces(4, 7), [Piece { part: 0..1, at: 1002 }, Piece { part: 6..7, at: 1003 }]);
        assert_eq!(pieces(5, 5), []);
        assert_eq!(pieces(12, 1), [Piece { part: 0..1, at: 1005 }]);
        assert_eq!(pieces(14, 100), []);
    }

    #[test]
    fn inconsistent_numbers_are_rejected() {
        for numbers in
            [&[0, 1, 0, 1][..], &[4, 1, 2, 1], &[0], &[9, 2], &[0, 8], &[u64::MAX, 1], &[1, u64::MAX]]
        {
            assert_eq!(SparseMap::new(numbers, 10, 0, 7), None, "{numbers:?}");
        }
        assert!(SparseMap::new(&[0, 7], 10, 0, 7).is_some());
        assert_eq!(SparseMap::new(&[0, 7], 10, u64::MAX - 3, 7), None);
    }
}
