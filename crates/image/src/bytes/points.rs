//! Seek points: positions in a compressed layer at which decoding can restart.
//!
//! They are collected while reading a layer whose files will be opened. A file deep in the layer is
//! then decoded from the last point before it, which takes milliseconds, and not from the start. A
//! point is the first byte of a gzip member, or lies between two blocks of one. In the latter case
//! it keeps the 32 KiB before it, which later blocks refer to.

use std::io;
use std::sync::{Arc, Mutex, PoisonError};

/// Unpacked bytes between two points: 4 MiB, some 10 ms of decoding.
pub(crate) const SPACING: u64 = 4 << 20;
/// Memory limit for the points of one layer, in bytes: 8 MiB. Above it the spacing doubles.
const MAX_SIZE: usize = 8 << 20;
/// Memory a point takes besides its history, in bytes.
const POINT_SIZE: usize = 64;
/// How far blocks of deflate refer back: 32 KiB.
pub(super) const WINDOW: usize = 32 * 1024;
/// Compression level of the histories.
const LEVEL: i32 = 1;

/// The seek points of one layer, in order; the first is its first byte.
#[derive(Debug)]
pub(crate) struct SeekPoints {
    points: Vec<Point>,
    spacing: u64,
    max_size: usize,
    /// Approximate memory the points take, in bytes.
    size: usize,
    /// Bytes unpacked so far.
    length: u64,
}

/// A seek point.
#[derive(Debug)]
pub(super) struct Point {
    /// Position in the blob, in bytes.
    pub(super) stored: u64,
    /// Position in the unpacked layer, in bytes.
    pub(super) unpacked: u64,
    pub(super) start: Start,
}

/// What starts at a point.
#[derive(Debug)]
pub(super) enum Start {
    /// A gzip member.
    Member,
    /// A block within a gzip member.
    Block(History),
}

/// The unpacked bytes around a point.
#[derive(Debug)]
pub(super) struct History {
    /// The bytes before the point and then those after it, compressed.
    packed: Box<[u8]>,
    /// Number of bytes before the point.
    before: usize,
    after: usize,
}

impl SeekPoints {
    pub(super) fn new(spacing: u64) -> Self {
        let first = Point { stored: 0, unpacked: 0, start: Start::Member };
        Self { points: vec![first], spacing, max_size: MAX_SIZE, size: POINT_SIZE, length: 0 }
    }

    /// The number of points.
    pub(crate) fn len(&self) -> usize {
        self.points.len()
    }

    /// Returns the position of a point in the unpacked layer.
    pub(crate) fn position(&self, number: usize) -> Option<u64> {
        self.points.get(number).map(|point| point.unpacked)
    }

    /// Returns the number of the last point at or before a position in the unpacked layer.
    pub(crate) fn at_or_before(&self, position: u64) -> usize {
        self.points.partition_point(|point| point.unpacked <= position).saturating_sub(1)
    }

    /// Returns the points from `number` down to the first.
    pub(super) fn down_from(&self, number: usize) -> impl Iterator<Item = &Point> {
        self.points.iter().take(number.saturating_add(1)).rev()
    }

    /// Length of the unpacked layer, in bytes.
    pub(crate) fn length(&self) -> u64 {
        self.length
    }

    /// Counts unpacked bytes.
    pub(super) fn grow(&mut self, bytes: u64) {
        self.length += bytes;
    }

    /// Returns whether the last point is far enough behind for a new one.
    pub(super) fn is_due(&self) -> bool {
        let last = self.points.last().map_or(0, |point| point.unpacked);
        self.length.saturating_sub(last) >= self.spacing
    }

    pub(super) fn add(&mut self, point: Point) {
        self.size += point.size();
        self.points.push(point);
        while self.size > self.max_size && self.points.len() > 2 {
            self.thin();
        }
    }

    /// Drops every second point.
    fn thin(&mut self) {
        self.spacing = self.spacing.saturating_mul(2);
        let mut number = 0_usize;
        self.points.retain(|_| {
            number += 1;
            number % 2 == 1
        });
        self.size = self.points.iter().map(Point::size).sum();
    }
}

impl Point {
    fn size(&self) -> usize {
        match &self.start {
            Start::Member => POINT_SIZE,
            Start::Block(history) => POINT_SIZE + history.packed.len(),
        }
    }
}

impl History {
    pub(super) fn new(before: &[u8], after: &[u8]) -> io::Result<Self> {
        let packed = zstd::bulk::compress(&[before, after].concat(), LEVEL)?.into_boxed_slice();
        Ok(Self { packed, before: before.len(), after: after.len() })
    }

    /// The bytes before the point and those after it.
    pub(super) fn unpack(&self) -> io::Result<(Vec<u8>, Vec<u8>)> {
        let mut before = zstd::bulk::decompress(&self.packed, self.before + self.after)?;
        let after = before.split_off(self.before.min(before.len()));
        Ok((before, after))
    }
}

/// Collects the seek points of a layer while it is decoded; clones share the points.
#[derive(Clone, Debug)]
pub(crate) struct PointCollector(Arc<Mutex<SeekPoints>>);

impl PointCollector {
    pub(crate) fn new() -> Self {
        Self::with_spacing(SPACING)
    }

    pub(super) fn with_spacing(spacing: u64) -> Self {
        Self(Arc::new(Mutex::new(SeekPoints::new(spacing))))
    }

    /// Returns the points, or `None` if there are none after the first byte.
    pub(crate) fn finish(&self) -> Option<SeekPoints> {
        let points = self.with(|points| std::mem::replace(points, SeekPoints::new(points.spacing)));
        (points.len() > 1).then_some(points)
    }

    pub(super) fn with<T>(&self, act: impl FnOnce(&mut SeekPoints) -> T) -> T {
        act(&mut self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn points_stay_within_their_memory_limit() {
        let mut points = SeekPoints::new(10);
        points.max_size = 10 * POINT_SIZE;
        for stored in 1..1000 {
            points.grow(10);
            if points.is_due() {
                points.add(Point { stored, unpacked: points.length(), start: Start::Member });
            }
        }
        assert!((5..=10).contains(&points.len()), "{}", points.len());
        let positions: Vec<_> = points.points.iter().map(|point| point.unpacked).collect();
        assert_eq!(positions.first(), Some(&0));
        let is_spaced = positions.is_sorted_by(|one, next| next - one >= points.spacing / 2);
        assert!(is_spaced, "{positions:?}");
        assert_eq!(points.size, points.len() * POINT_SIZE);
    }

    #[test]
    fn point_for_a_position_is_the_last_at_or_before_it() {
        let mut points = SeekPoints::new(10);
        for at in [100, 200] {
            points.add(Point { stored: at, unpacked: at, start: Start::Member });
        }
        let found = [0, 99, 100, 150, 200, 9999].map(|position| points.at_or_before(position));
        assert_eq!(found, [0, 0, 1, 1, 2, 2]);
        let positions = [0, 1, 2, 3].map(|number| points.position(number));
        assert_eq!(positions, [Some(0), Some(100), Some(200), None]);
    }
}
