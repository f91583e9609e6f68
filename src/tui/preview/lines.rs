//! The lines of a file.
//!
//! [`LineIndex`] stores the line at the start of every window that has been read, so that one
//! window is read to find a position again (a few, in files of many gigabytes: the index keeps at
//! most 65,536 of these checkpoints). Lines are shown in [`Piece`]s. A line is one piece, unless it
//! is longer than a sixteenth of a window; then it is cut into pieces of that length, so that a
//! line of 100 MB costs no more than a screen of short ones. Line numbers start at 0 here.

use super::windows::Windows;
use super::{length, position};

/// Most checkpoints in an index: 1 MiB.
const CHECKPOINTS: usize = 65_536;

/// Longest character in bytes.
const CHARACTER: usize = 4;

/// A position in a file: how many lines end before it, and where its line starts.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct LinePosition {
    /// Number of lines that end before this position: the number of its line.
    pub(crate) line: u64,
    /// Offset of the first byte of its line.
    pub(crate) line_start: u64,
}

impl LinePosition {
    /// Advances over bytes that start at the offset.
    fn pass(&mut self, bytes: &[u8], offset: u64) {
        self.line += line_ends(bytes);
        if let Some(last) = bytes.iter().rposition(|byte| *byte == b'\n') {
            self.line_start = offset + length(last) + 1;
        }
    }
}

/// The lines of the part of a file that has been read from its start without a gap.
#[derive(Debug)]
pub(crate) struct LineIndex {
    /// The positions at the windows 0, `stride`, 2 × `stride`, ….
    checkpoints: Vec<LinePosition>,
    stride: u64,
    reached: u64,
    end: LinePosition,
}

impl Default for LineIndex {
    fn default() -> Self {
        Self { checkpoints: Vec::new(), stride: 1, reached: 0, end: LinePosition::default() }
    }
}

impl LineIndex {
    /// Returns the number of bytes read.
    pub(crate) fn reached(&self) -> u64 {
        self.reached
    }

    /// Returns the number of lines found so far, and whether these are all.
    pub(crate) fn lines(&self, size: u64) -> (u64, bool) {
        (self.end.line + u64::from(self.end.line_start < self.reached), self.reached >= size)
    }

    /// Returns the number of checkpoints.
    #[cfg(test)]
    pub(super) fn places(&self) -> usize {
        self.checkpoints.len()
    }

    /// Reads the next window; `false` if there is none.
    pub(crate) fn extend(&mut self, windows: &mut Windows) -> Result<bool, String> {
        if self.reached >= windows.size() {
            return Ok(false);
        }
        let number = self.reached / length(windows.window_length());
        let bytes = windows.window(number)?;
        if number.is_multiple_of(self.stride) {
            self.checkpoints.push(self.end);
        }
        self.end.pass(bytes, self.reached);
        self.reached += length(bytes.len());
        if self.checkpoints.len() >= CHECKPOINTS {
            self.thin_out();
        }
        Ok(true)
    }

    /// Reads up to an offset. Only for offsets nearby: elsewhere a job has to do this window by
    /// window.
    pub(crate) fn cover(&mut self, windows: &mut Windows, offset: u64) -> Result<(), String> {
        while self.reached < offset.min(windows.size()) {
            self.extend(windows)?;
        }
        Ok(())
    }

    fn thin_out(&mut self) {
        let mut keep = false;
        self.checkpoints.retain(|_| {
            keep = !keep;
            keep
        });
        self.stride *= 2;
    }

    /// Returns the line of a byte that has been read.
    pub(crate) fn locate(&self, windows: &mut Windows, offset: u64) -> Result<LinePosition, String> {
        let step = self.stride * length(windows.window_length());
        let nearest = position(offset / step).min(self.checkpoints.len().saturating_sub(1));
        let mut place = self.checkpoints.get(nearest).copied().unwrap_or_default();
        let mut at = length(nearest) * step;
        while at < offset.min(self.reached) {
            let bytes = windows.window(at / length(windows.window_length()))?;
            place.pass(bytes.get(..position(offset - at)).unwrap_or(bytes), at);
            at += length(bytes.len().max(1));
        }
        Ok(place)
    }

    /// Returns the offset of the first byte of a line, if it starts in the part that has been read.
    pub(crate) fn start_of(&self, windows: &mut Windows, line: u64) -> Result<Option<u64>, String> {
        let before = self.checkpoints.partition_point(|place| place.line < line);
        let Some(nearest) = before.checked_sub(1) else {
            return Ok((line == 0 && self.reached > 0).then_some(0));
        };
        let mut passed = self.checkpoints.get(nearest).map_or(0, |place| place.line);
        let mut at = length(nearest) * self.stride * length(windows.window_length());
        while at < self.reached {
            let bytes = windows.window(at / length(windows.window_length()))?;
            let mut ends = bytes.iter().enumerate().filter(|(_, byte)| **byte == b'\n');
            if let Some((end, _)) = ends.nth(position(line - passed - 1)) {
                let start = at + length(end) + 1;
                return Ok((start < self.reached).then_some(start));
            }
            passed += line_ends(bytes);
            at += length(bytes.len().max(1));
        }
        Ok(None)
    }

    /// Returns the piece before another one.
    pub(crate) fn before(&self, windows: &mut Windows, spot: Spot) -> Result<Option<Spot>, String> {
        if spot.start > spot.line_start {
            return Spot::within(windows, spot.place(), spot.start - 1).map(Some);
        }
        if spot.start == 0 {
            return Ok(None);
        }
        let line_start = match line_start_near(windows, spot.start - 1)? {
            Some(near) => near,
            None => self.locate(windows, spot.start - 1)?.line_start,
        };
        let place = LinePosition { line: spot.line.saturating_sub(1), line_start };
        Spot::within(windows, place, (spot.start - 1).max(line_start)).map(Some)
    }

    /// Returns the last piece of a file that has been read to its end; `None` if the file is empty.
    pub(crate) fn last(&self, windows: &mut Windows) -> Result<Option<Spot>, String> {
        let LinePosition { line, line_start } = self.end;
        if line_start < self.reached {
            return Spot::within(windows, self.end, self.reached - 1).map(Some);
        }
        self.before(windows, Spot { line, line_start, start: line_start })
    }
}

/// Returns the start of the line that holds the byte at `offset`, which may be a line end, if it is
/// no more than a window away.
fn line_start_near(windows: &mut Windows, offset: u64) -> Result<Option<u64>, String> {
    // Most lines are short: read a whole window only if necessary.
    for near in [piece_length(windows), length(windows.window_length())] {
        let base = offset.saturating_sub(near);
        let bytes = windows.read(base, position(offset - base))?;
        if let Some(end) = bytes.iter().rposition(|byte| *byte == b'\n') {
            return Ok(Some(base + length(end) + 1));
        }
        if base == 0 {
            return Ok(Some(0));
        }
    }
    Ok(None)
}

/// Start of a piece.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Spot {
    /// Number of the line, from 0.
    pub(crate) line: u64,
    /// Offset of the first byte of the line.
    pub(crate) line_start: u64,
    /// Offset of the first byte of the piece.
    pub(crate) start: u64,
}

impl Spot {
    /// Returns the piece of a line that holds the byte at an offset of this line or of its end.
    pub(crate) fn within(windows: &mut Windows, place: LinePosition, offset: u64) -> Result<Self, String> {
        let LinePosition { line, line_start } = place;
        let mut nth = (offset - line_start) / piece_length(windows);
        loop {
            let start = cut(windows, line_start, nth)?;
            let spot = Self { line, line_start, start };
            // The cut may be after the offset, or at the end of the line, where no piece starts.
            if nth == 0 || start <= offset && !is_line_end(windows, start)? {
                return Ok(spot);
            }
            nth -= 1;
        }
    }

    /// Returns the position of its line.
    pub(crate) fn place(self) -> LinePosition {
        LinePosition { line: self.line, line_start: self.line_start }
    }

    /// Reads the piece that starts here; `None` at the end of the file.
    pub(crate) fn read(self, windows: &mut Windows) -> Result<Option<Piece>, String> {
        if self.start >= windows.size() {
            return Ok(None);
        }
        let nth = (self.start - self.line_start) / piece_length(windows);
        let end = cut(windows, self.line_start, nth + 1)?;
        let most = position(end - self.start);
        let mut bytes = windows.read(self.start, most + 2)?;
        let (kept, next) = match line_end(&bytes, most) {
            Some((kept, end)) => {
                let start = self.start + length(end);
                (kept, Self { line: self.line + 1, line_start: start, start })
            }
            None => (most, Self { start: end, ..self }),
        };
        bytes.truncate(kept);
        let rest = next.start < windows.size();
        Ok(Some(Piece { spot: self, bytes, end: next.start, next: rest.then_some(next) }))
    }
}

/// A line, or a part of a long one.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Piece {
    pub(crate) spot: Spot,
    /// Content without the line end.
    pub(crate) bytes: Vec<u8>,
    /// Offset after the piece and the line end.
    pub(crate) end: u64,
    /// The next piece.
    pub(crate) next: Option<Spot>,
}

/// Returns the bytes of a piece; up to three more may follow, for a character that starts in it.
fn piece_length(windows: &Windows) -> u64 {
    length(windows.window_length() / 16)
}

#[expect(clippy::naive_bytecount, reason = "the compiler turns it into the same instructions")]
fn line_ends(bytes: &[u8]) -> u64 {
    length(bytes.iter().filter(|byte| **byte == b'\n').count())
}

/// Finds the line end, if the text before it has at most `most` bytes. Returns the length of that
/// text, and the length with the line end.
fn line_end(bytes: &[u8], most: usize) -> Option<(usize, usize)> {
    let newline = bytes.iter().position(|byte| *byte == b'\n')?;
    let text = match newline.checked_sub(1) {
        Some(last) if bytes.get(last) == Some(&b'\r') => last,
        _ => newline,
    };
    (text <= most).then_some((text, newline + 1))
}

fn is_line_end(windows: &mut Windows, offset: u64) -> Result<bool, String> {
    let bytes = windows.read(offset, 2)?;
    Ok(bytes.is_empty() || line_end(&bytes, 0).is_some())
}

/// Returns the start of the piece number `nth` of a line, if the line is that long; never inside a
/// character.
fn cut(windows: &mut Windows, line_start: u64, nth: u64) -> Result<u64, String> {
    let offset = line_start.saturating_add(nth.saturating_mul(piece_length(windows))).min(windows.size());
    let base = offset.saturating_sub(length(CHARACTER) - 1).max(line_start);
    let bytes = windows.read(base, 2 * CHARACTER - 1)?;
    let nominal = position(offset - base);
    // If the cut would split a character, that character starts at the last byte before the cut
    // that can start one.
    let starts =
        (0..nominal).rev().find(|at| bytes.get(*at).is_some_and(|byte| !(0x80..0xc0).contains(byte)));
    let character = starts.and_then(|start| Some(start..start + first_character(bytes.get(start..)?)?));
    Ok(base + length(character.map_or(nominal, |bytes| bytes.end.max(nominal))))
}

/// Returns the length in bytes of the character at the start, if it is complete.
fn first_character(bytes: &[u8]) -> Option<usize> {
    let chunk = bytes.utf8_chunks().next()?;
    chunk.valid().chars().next().map(char::len_utf8)
}
