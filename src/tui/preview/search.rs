//! Searches a file for a pattern, window by window, forward or backward, wrapping around once.
//!
//! A search is a job: [`FileSearch::step`] searches a few windows, so that the search can be
//! cancelled between two steps. Lines up to the length of a window are searched whole. A longer
//! line is searched in parts that overlap by a sixteenth of a window (more, if the text is longer),
//! so an expression misses longer matches there.

use std::ops::Range;

use super::cells::Match;
use super::lines::{LineIndex, Piece};
use super::pattern::Pattern;
use super::windows::Windows;
use super::{length, position};

/// Windows that one step searches.
const STEP: usize = 16;

/// Bytes before a part of a line that an expression may look back at.
const CONTEXT: usize = 16;

/// Direction of a search.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Direction {
    /// Towards the end of the file.
    Forward,
    /// Towards the start of the file.
    Backward,
}

/// A match in a file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct FileMatch {
    /// Its bytes in the file.
    pub(crate) bytes: Range<u64>,
    /// Its line, if lines are counted.
    pub(crate) line: Option<FoundLine>,
    /// Whether the search wrapped around to find it.
    pub(crate) wrapped: bool,
}

/// Position of a match in a line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct FoundLine {
    /// Number of the line, from 1.
    pub(crate) number: u64,
    /// Its bytes in the line, from 0.
    pub(crate) columns: Range<u64>,
}

/// Result of a step.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Searching {
    /// There is more to search.
    Going,
    /// The nearest match.
    Found(FileMatch),
    /// The file has no match.
    Nowhere,
}

/// A search in progress.
#[derive(Debug)]
pub(crate) struct FileSearch {
    pattern: Pattern,
    direction: Direction,
    origin: u64,
    cursor: u64,
    wrapped: bool,
}

impl FileSearch {
    /// Starts a search for the first match at `origin` or later, or for the last that starts before
    /// it.
    pub(crate) fn new(pattern: Pattern, direction: Direction, origin: u64) -> Self {
        Self { pattern, direction, origin, cursor: origin, wrapped: false }
    }

    /// Searches a few windows.
    ///
    /// An index, if given, gets the lines of the searched part. Without an index, a search can
    /// start anywhere in a huge file at once.
    pub(crate) fn step(
        &mut self,
        windows: &mut Windows,
        mut index: Option<&mut LineIndex>,
    ) -> Result<Searching, String> {
        for _ in 0..STEP {
            let reached = index.as_ref().map_or(u64::MAX, |index| index.reached());
            if let Some(index) = index.as_deref_mut().filter(|_| reached < self.cursor.min(windows.size())) {
                index.extend(windows)?;
            } else if self.is_at_end(windows.size()) {
                if self.wrapped {
                    return Ok(Searching::Nowhere);
                }
                self.wrapped = true;
                self.cursor = if self.direction == Direction::Forward { 0 } else { windows.size() };
            } else if let Some(bytes) = self.look(windows)? {
                return self.found(bytes, windows, index);
            }
        }
        Ok(Searching::Going)
    }

    /// Returns the number of bytes searched.
    pub(crate) fn searched(&self, size: u64) -> u64 {
        let (from, to) = match self.direction {
            Direction::Forward => (self.origin, self.cursor),
            Direction::Backward => (self.cursor, self.origin),
        };
        if self.wrapped { size.saturating_sub(from.saturating_sub(to)) } else { to.saturating_sub(from) }
    }

    fn is_at_end(&self, size: u64) -> bool {
        match (self.direction, self.wrapped) {
            (Direction::Forward, false) => self.cursor >= size,
            (Direction::Forward, true) => self.cursor >= self.origin,
            (Direction::Backward, false) => self.cursor == 0,
            (Direction::Backward, true) => self.cursor <= self.origin,
        }
    }

    fn look(&mut self, windows: &mut Windows) -> Result<Option<Range<u64>>, String> {
        match self.direction {
            Direction::Forward => self.look_forward(windows),
            Direction::Backward => self.look_backward(windows),
        }
    }

    fn found(
        &self,
        bytes: Range<u64>,
        windows: &mut Windows,
        index: Option<&mut LineIndex>,
    ) -> Result<Searching, String> {
        let is_behind_origin = match self.direction {
            Direction::Forward => bytes.start >= self.origin,
            Direction::Backward => bytes.start < self.origin,
        };
        if self.wrapped && is_behind_origin {
            return Ok(Searching::Nowhere);
        }
        let mut line = None;
        if let Some(index) = index {
            index.cover(windows, bytes.start)?;
            let place = index.locate(windows, bytes.start)?;
            let columns = bytes.start - place.line_start..bytes.end - place.line_start;
            line = Some(FoundLine { number: place.line + 1, columns });
        }
        Ok(Searching::Found(FileMatch { bytes, line, wrapped: self.wrapped }))
    }

    /// Searches the window after the cursor and moves the cursor to its end.
    fn look_forward(&mut self, windows: &mut Windows) -> Result<Option<Range<u64>>, String> {
        let most = windows.window_length();
        let stretch = Stretch::read(windows, self.cursor, most + self.overlap(windows))?;
        self.cursor = stretch.base + length(stretch.next(most));
        let Some(candidate) = self.pattern.candidate(&stretch.bytes, stretch.from) else {
            return Ok(None);
        };
        let mut start = stretch.line_start(candidate);
        loop {
            let (line, next) = stretch.line(start);
            let is_part = next.is_none() && !stretch.ends;
            if is_part && start > stretch.from {
                return Ok(None);
            }
            let found = self.pattern.next(line, stretch.from.saturating_sub(start));
            if let Some(found) = found.filter(|found| !is_part || found.start < stretch.from + most) {
                return Ok(Some(stretch.offsets(start, found)));
            }
            let Some(next) = next else {
                return Ok(None);
            };
            start = next;
        }
    }

    /// Searches the window before the cursor and moves the cursor to its start.
    fn look_backward(&mut self, windows: &mut Windows) -> Result<Option<Range<u64>>, String> {
        let most = windows.window_length();
        let low = self.cursor.saturating_sub(length(most));
        let before = position(self.cursor - low);
        let stretch = Stretch::read(windows, low, before + most.max(self.overlap(windows)))?;
        let end = stretch.from + before;
        let first = stretch.first_line(end);
        self.cursor = stretch.base + length(first);
        let candidate = self.pattern.candidate(&stretch.bytes, first).filter(|candidate| *candidate < end);
        let mut start = candidate.map_or(end, |candidate| stretch.line_start(candidate));
        let mut last = None;
        while start < end {
            let (line, next) = stretch.line(start);
            let matches = self.pattern.all(line, first.saturating_sub(start));
            let nearer = matches.take_while(|found| start + found.start < end).last();
            last = nearer.map(|found| stretch.offsets(start, found)).or(last);
            start = next.unwrap_or(end);
        }
        Ok(last)
    }

    fn overlap(&self, windows: &Windows) -> usize {
        self.pattern.reach().max(windows.window_length() / 16)
    }
}

/// A part of a file to search, with some bytes before it.
struct Stretch {
    /// Offset of the first byte.
    base: u64,
    /// Index at which the search begins. The bytes before it belong to the same line; an expression
    /// may look back at them.
    from: usize,
    bytes: Vec<u8>,
    /// Whether the file ends here.
    ends: bool,
}

impl Stretch {
    fn read(windows: &mut Windows, offset: u64, most: usize) -> Result<Self, String> {
        let base = offset.saturating_sub(length(CONTEXT));
        let mut from = position(offset - base);
        let mut bytes = windows.read(base, from + most)?;
        let ends = base + length(bytes.len()) >= windows.size();
        let before = bytes.get(..from).unwrap_or_default();
        let other_lines = before.iter().rposition(|byte| *byte == b'\n').map_or(0, |end| end + 1);
        bytes.drain(..other_lines);
        from -= other_lines;
        Ok(Self { base: base + length(other_lines), from, bytes, ends })
    }

    /// Returns where the next stretch begins: at the last line if it is incomplete, or `most` bytes
    /// further in a longer line.
    fn next(&self, most: usize) -> usize {
        let last_line = self.line_start(self.bytes.len());
        match last_line {
            _ if self.ends => self.bytes.len(),
            whole if whole > self.from => whole,
            _ => self.from + most,
        }
    }

    /// Returns the start of the line that holds an index, or 0 if the line starts before this
    /// stretch.
    fn line_start(&self, index: usize) -> usize {
        let before = self.bytes.get(..index).unwrap_or_default();
        before.iter().rposition(|byte| *byte == b'\n').map_or(0, |end| end + 1)
    }

    /// Returns the line, or the part of it, that starts at an index, without its end, and the index
    /// of the next line.
    fn line(&self, start: usize) -> (&[u8], Option<usize>) {
        let rest = self.bytes.get(start..).unwrap_or_default();
        let Some(end) = rest.iter().position(|byte| *byte == b'\n') else {
            return (rest, None);
        };
        let line = rest.get(..end).unwrap_or_default();
        (line.strip_suffix(b"\r").unwrap_or(line), Some(start + end + 1))
    }

    /// Returns the start of the first line that starts between `from` and `end`; `from` if there is
    /// none.
    fn first_line(&self, end: usize) -> usize {
        if self.from == 0 {
            return 0;
        }
        let part = self.bytes.get(self.from..end).unwrap_or_default();
        let newline = part.iter().position(|byte| *byte == b'\n').map(|newline| self.from + newline + 1);
        newline.filter(|first| *first < end).unwrap_or(self.from)
    }

    fn offsets(&self, start: usize, found: Range<usize>) -> Range<u64> {
        let line = self.base + length(start);
        line + length(found.start)..line + length(found.end)
    }
}

/// What to mark in the visible text.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Highlight<'a> {
    /// The pattern; all its matches are marked.
    pub(crate) pattern: Option<&'a Pattern>,
    /// The current match.
    pub(crate) found: Option<&'a FileMatch>,
}

impl Highlight<'_> {
    /// Returns the matches in a piece, as ranges of its bytes.
    pub(super) fn within(self, windows: &mut Windows, piece: &Piece) -> Result<Vec<Match>, String> {
        let Some(pattern) = self.pattern else {
            return Ok(Vec::new());
        };
        let spot = piece.spot;
        let end = spot.start + length(piece.bytes.len());
        let around = length(pattern.reach().max(windows.window_length() / 16));
        let base = spot.start.saturating_sub(around).max(spot.line_start);
        let bytes = windows.read(base, position(end - base + around))?;
        let before = position(spot.start - base);
        let rest = bytes.get(before..).unwrap_or_default();
        let line_end = rest.iter().position(|byte| *byte == b'\n').unwrap_or(rest.len());
        let line = bytes.get(..before + line_end).unwrap_or_default();
        let line = line.strip_suffix(b"\r").unwrap_or(line);
        let part = spot.start..end;
        let found = pattern.all(line, 0).map(|found| base + length(found.start)..base + length(found.end));
        Ok(self.marks(found).into_iter().filter_map(|mark| mark.within(&part)).collect())
    }

    /// Returns the current match, and those that do not overlap with it.
    fn marks(self, found: impl Iterator<Item = Range<u64>>) -> Vec<MatchedBytes> {
        let current = self.found.map(|found| found.bytes.clone());
        let is_apart = |bytes: &Range<u64>| {
            current.as_ref().is_none_or(|current| bytes.end <= current.start || bytes.start >= current.end)
        };
        let others = found.filter(is_apart).map(|bytes| MatchedBytes { bytes, current: false });
        let mut marks: Vec<MatchedBytes> = others.collect();
        marks.extend(current.clone().map(|bytes| MatchedBytes { bytes, current: true }));
        marks.sort_by_key(|mark| mark.bytes.start);
        marks
    }
}

/// A match by its offsets in the file.
struct MatchedBytes {
    bytes: Range<u64>,
    current: bool,
}

impl MatchedBytes {
    /// Returns its part inside a part of the file, if any.
    fn within(&self, part: &Range<u64>) -> Option<Match> {
        let start = self.bytes.start.max(part.start);
        let end = self.bytes.end.min(part.end);
        let range = || position(start - part.start)..position(end - part.start);
        (start < end).then(|| Match { range: range(), current: self.current })
    }
}
