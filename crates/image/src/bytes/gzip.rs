//! Decodes gzip and collects seek points.
//!
//! Output and errors are those of [`flate2::bufread::MultiGzDecoder`], whose parser also reads the
//! headers here. The inflater is driven directly because only then can it stop between blocks.
//!
//! The inflater reports the byte at which it stopped but not the bit. [`super::resume`] derives
//! the bit from the bytes that follow, so a point is complete only when some of them are decoded.

use std::io::{self, BufRead, Read};

use flate2::Crc;
use flate2::bufread::GzDecoder;
use zlib_rs::{Inflate, InflateFlush, Status};

use crate::bytes::points::{History, Point, PointCollector, Start, WINDOW};

/// Bytes kept after a point to determine its bit.
const AFTER: usize = 1024;
/// The longest stored block, in bytes.
const MAX_STORED: u64 = 65_535;
/// The checksum and the length at the end of a member.
const TRAILER: usize = 8;

/// A gzip decoder.
pub(crate) struct GzipReader<R> {
    input: Counted<R>,
    state: State,
    maker: PointMaker,
}

/// The state of the decoder: what it reads next.
enum State {
    /// The first member.
    First,
    /// Another member, or the end.
    Next,
    Body(Inflate, Crc),
    Trailer(Crc),
    End,
}

impl<R: BufRead> GzipReader<R> {
    pub(crate) fn new(input: R, points: PointCollector) -> Self {
        let maker = PointMaker { points, window: Vec::with_capacity(2 * WINDOW), next: None };
        Self { input: Counted { input, position: 0 }, state: State::First, maker }
    }

    /// Parses the header of a member.
    fn begin(&mut self) -> io::Result<State> {
        self.maker.begin_member(self.input.position);
        let mut member = GzDecoder::new(&mut self.input);
        if member.header().is_none() {
            // The first read fails with the header's error.
            member.read_exact(&mut [0])?;
        }
        Ok(State::Body(Inflate::new(false, 15), Crc::new()))
    }

    fn end(&mut self, crc: &Crc) -> io::Result<State> {
        let mut trailer = [0; TRAILER];
        self.input.read_exact(&mut trailer).map_err(plain_end)?;
        let [sum, length] = [crc.sum(), crc.amount()].map(u32::to_le_bytes);
        if trailer != [sum, length].concat().as_slice() {
            let message = "corrupt gzip stream does not have a matching checksum";
            return Err(io::Error::new(io::ErrorKind::InvalidInput, message));
        }
        Ok(State::Next)
    }

    /// Decodes a piece of a member; returns its length and whether the member ends with it.
    fn inflate(
        &mut self,
        inflate: &mut Inflate,
        crc: &mut Crc,
        buffer: &mut [u8],
    ) -> io::Result<(usize, bool)> {
        loop {
            let piece = self.input.fill_buf()?;
            let (available, is_end) = (piece.len(), piece.is_empty());
            let flush = match is_end {
                true => InflateFlush::Finish,
                false if self.maker.wants_boundary() => InflateFlush::Block,
                false => InflateFlush::NoFlush,
            };
            let before = (inflate.total_in(), inflate.total_out());
            let outcome = inflate.decompress(piece, buffer, flush);
            let consumed = to_usize(inflate.total_in() - before.0);
            let read = to_usize(inflate.total_out() - before.1);
            self.input.consume(consumed);
            let status = outcome.map_err(|_| corrupt())?;
            let new = buffer.get(..read).unwrap_or_default();
            crc.update(new);
            // With input and room left, the inflater stops only at a block boundary.
            let stopped = status == Status::Ok && consumed < available && read < buffer.len();
            let is_boundary = stopped && flush == InflateFlush::Block;
            self.maker.take(new, is_boundary.then_some(self.input.position));
            match status {
                Status::StreamEnd => return Ok((read, true)),
                _ if read > 0 || buffer.is_empty() => return Ok((read, false)),
                _ if is_end => return Err(incomplete()),
                _ => {}
            }
        }
    }
}

impl<R: BufRead> Read for GzipReader<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        loop {
            self.state = match std::mem::replace(&mut self.state, State::End) {
                State::Next if self.input.fill_buf()?.is_empty() => State::End,
                State::First | State::Next => self.begin()?,
                State::Trailer(crc) => self.end(&crc)?,
                State::End => return Ok(0),
                State::Body(mut inflate, mut crc) => {
                    let (read, is_last) = self.inflate(&mut inflate, &mut crc, buffer)?;
                    self.state = if is_last {
                        self.maker.end_member();
                        State::Trailer(crc)
                    } else {
                        State::Body(inflate, crc)
                    };
                    if read > 0 || buffer.is_empty() {
                        return Ok(read);
                    }
                    continue;
                }
            };
        }
    }
}

/// Returns the error of the plain decoder for a stream that ends too early.
fn plain_end(error: io::Error) -> io::Error {
    if error.kind() == io::ErrorKind::UnexpectedEof { error.kind().into() } else { error }
}

fn corrupt() -> io::Error {
    io::Error::new(io::ErrorKind::InvalidInput, "corrupt deflate stream")
}

fn incomplete() -> io::Error {
    io::Error::new(io::ErrorKind::UnexpectedEof, "incomplete deflate stream")
}

fn to_usize(count: u64) -> usize {
    usize::try_from(count).unwrap_or(usize::MAX)
}

/// The state needed to make points: the last unpacked bytes and the incomplete point.
struct PointMaker {
    points: PointCollector,
    /// The last bytes of the member, up to 32 KiB.
    window: Vec<u8>,
    next: Option<NextPoint>,
}

/// A point that is not complete yet.
struct NextPoint {
    stored: u64,
    unpacked: u64,
    before: Vec<u8>,
    after: Vec<u8>,
}

impl PointMaker {
    /// Whether the decoder should stop before the next block.
    fn wants_boundary(&self) -> bool {
        match &self.next {
            // The bit is easier to determine after an empty block, which writers insert where they
            // flush.
            Some(next) => next.after.is_empty(),
            None => self.points.with(|points| points.is_due()),
        }
    }

    fn begin_member(&mut self, stored: u64) {
        self.window.clear();
        self.points.with(|points| {
            if points.is_due() {
                let unpacked = points.length();
                points.add(Point { stored, unpacked, start: Start::Member });
            }
        });
    }

    /// Discards the incomplete point: this close to the end of its member, it is not worth its
    /// memory.
    fn end_member(&mut self) {
        self.next = None;
    }

    /// Takes unpacked bytes, and the position in the blob if a block starts after them.
    fn take(&mut self, new: &[u8], boundary: Option<u64>) {
        let (unpacked, is_due) = self.points.with(|points| {
            points.grow(new.len() as u64);
            (points.length(), points.is_due())
        });
        self.complete(new, unpacked);
        self.remember(new);
        let Some(stored) = boundary else { return };
        if let Some(next) = &mut self.next {
            if next.after.is_empty() {
                next.stored = stored;
            }
        } else if is_due {
            let before = self.window.clone();
            self.next = Some(NextPoint { stored, unpacked, before, after: Vec::new() });
        }
    }

    /// Adds the next point once the member continues beyond the longest stored block, so that no
    /// stored block that starts at the point is the member's last.
    fn complete(&mut self, new: &[u8], unpacked: u64) {
        let Some(next) = &mut self.next else { return };
        let wanted = AFTER.saturating_sub(next.after.len()).min(new.len());
        next.after.extend_from_slice(new.get(..wanted).unwrap_or_default());
        if unpacked - next.unpacked <= MAX_STORED {
            return;
        }
        if let Some(next) = self.next.take()
            && let Ok(history) = History::new(&next.before, &next.after)
        {
            let NextPoint { stored, unpacked, .. } = next;
            let point = Point { stored, unpacked, start: Start::Block(history) };
            self.points.with(|points| points.add(point));
        }
    }

    fn remember(&mut self, new: &[u8]) {
        if let Some(last) = new.len().checked_sub(WINDOW) {
            self.window.clear();
            self.window.extend_from_slice(new.get(last..).unwrap_or_default());
            return;
        }
        let excess = (self.window.len() + new.len()).saturating_sub(WINDOW);
        self.window.drain(..excess);
        self.window.extend_from_slice(new);
    }
}

/// Counts consumed bytes.
struct Counted<R> {
    input: R,
    position: u64,
}

impl<R: BufRead> Read for Counted<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let read = self.input.read(buffer)?;
        self.position += read as u64;
        Ok(read)
    }
}

impl<R: BufRead> BufRead for Counted<R> {
    /// Retries after an interruption, which the decoder's state would not survive.
    fn fill_buf(&mut self) -> io::Result<&[u8]> {
        loop {
            match self.input.fill_buf() {
                Ok([]) => return Ok(&[]),
                Ok(_) => return self.input.fill_buf(),
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => return Err(error),
            }
        }
    }

    fn consume(&mut self, amount: usize) {
        self.input.consume(amount);
        self.position += amount as u64;
    }
}

#[cfg(test)]
#[path = "seek_tests.rs"]
mod tests;
