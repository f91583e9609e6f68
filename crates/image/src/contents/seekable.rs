//! A compressed layer in a file, with seek points, so that parts of it can be unpacked alone.
//!
//! A segment lies between two points. Its unpacked bytes, from its start on, are kept in an unnamed
//! temporary file, so nothing is decoded twice, whatever the order in which files are read. The
//! reader that needs bytes decodes them itself; other readers of the layer wait meanwhile.

use std::fmt;
use std::fs::File;
use std::io::{self, Read};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};

use crate::bytes::points::SeekPoints;
use crate::bytes::resume::{Resumed, resume};
use crate::bytes::spool::{Missing, PATIENCE, Share};
use crate::bytes::window::{Window, read_at, write_all_at};

/// Bytes decoded at once.
const PIECE: u64 = 256 * 1024;

/// A layer that is unpacked in parts.
pub(crate) struct Seekable {
    blob: Window,
    points: Arc<SeekPoints>,
    share: Arc<Share>,
    /// The unpacked bytes, each at its position.
    file: io::Result<File>,
    state: Mutex<SeekState>,
    changed: Condvar,
}

struct SeekState {
    /// Number of bytes of each segment in the file.
    kept: Vec<u64>,
    /// Bytes taken from the share.
    taken: u64,
    decoder: Decoder,
}

/// The decoder of the last read, which the next read may continue.
enum Decoder {
    Idle(Option<Resumed>),
    /// A thread is decoding.
    Busy,
}

/// A part of a segment, in bytes of the unpacked layer.
struct Part {
    segment: usize,
    /// Start of the segment.
    start: u64,
    /// End of the part.
    end: u64,
}

impl Seekable {
    /// Creates the layer in `blob`; `share` limits how much of it is kept unpacked.
    pub(super) fn new(blob: Window, points: Arc<SeekPoints>, share: Arc<Share>) -> Self {
        let state = SeekState { kept: vec![0; points.len()], taken: 0, decoder: Decoder::Idle(None) };
        let file = tempfile::tempfile();
        Self { blob, points, share, file, state: Mutex::new(state), changed: Condvar::new() }
    }

    /// Reads at a position; returns fewer bytes only at the end.
    pub(super) fn read_at(
        &self,
        buffer: &mut [u8],
        position: u64,
        gives_up: &dyn Fn() -> bool,
    ) -> Result<usize, Missing> {
        let wanted = usize::try_from(self.points.length().saturating_sub(position)).unwrap_or(usize::MAX);
        let wanted = wanted.min(buffer.len());
        let end = position + wanted as u64;
        let mut at = position;
        while at < end {
            let part = self.part(at, end);
            at = part.end;
            self.unpack(&part, gives_up)?;
        }
        let file = self.file()?;
        let mut read = 0;
        while let Some(rest) = buffer.get_mut(read..wanted).filter(|rest| !rest.is_empty()) {
            match read_at(file, rest, position + read as u64).map_err(failed)? {
                0 => return Err(failed(io::ErrorKind::UnexpectedEof.into())),
                more => read += more,
            }
        }
        Ok(wanted)
    }

    fn file(&self) -> Result<&File, Missing> {
        self.file.as_ref().map_err(|error| failed(io::Error::new(error.kind(), error.to_string())))
    }

    /// Returns the part before `end` that lies in the segment of a position.
    fn part(&self, position: u64, end: u64) -> Part {
        let segment = self.points.at_or_before(position);
        let start = self.points.position(segment).unwrap_or(0);
        let next = self.points.position(segment + 1).unwrap_or(self.points.length());
        Part { segment, start, end: end.min(next) }
    }

    fn state(&self) -> MutexGuard<'_, SeekState> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Unpacks a part into the file, unless it is already there.
    fn unpack(&self, part: &Part, gives_up: &dyn Fn() -> bool) -> Result<(), Missing> {
        let mut state = self.state();
        loop {
            if part.start + state.kept(part.segment) >= part.end {
                return Ok(());
            }
            if let Decoder::Idle(last) = &mut state.decoder {
                let mut turn = Turn { layer: self, decoder: last.take() };
                state.decoder = Decoder::Busy;
                let position = part.start + state.kept(part.segment);
                drop(state);
                return turn.decode(part, position, gives_up);
            }
            drop(state);
            if gives_up() {
                return Err(Missing::GivenUp);
            }
            let is_busy = |state: &mut SeekState| matches!(state.decoder, Decoder::Busy);
            let waited = self.changed.wait_timeout_while(self.state(), PATIENCE, is_busy);
            state = waited.unwrap_or_else(PoisonError::into_inner).0;
        }
    }

    fn keep(&self, part: &Part, position: u64, piece: &[u8]) -> Result<(), Missing> {
        let amount = piece.len() as u64;
        self.state().taken += amount;
        self.share.take(amount).map_err(failed)?;
        write_all_at(self.file()?, piece, position).map_err(failed)?;
        if let Some(kept) = self.state().kept.get_mut(part.segment) {
            *kept = position + amount - part.start;
        }
        Ok(())
    }
}

/// The exclusive right of one thread to decode. When dropped, the next thread can decode.
struct Turn<'s> {
    layer: &'s Seekable,
    decoder: Option<Resumed>,
}

impl Turn<'_> {
    /// Decodes a part from `position` on.
    fn decode(&mut self, part: &Part, position: u64, gives_up: &dyn Fn() -> bool) -> Result<(), Missing> {
        let mut decoder = match self.decoder.take() {
            Some(decoder) if decoder.position == position => decoder,
            _ => resume(&self.layer.blob, &self.layer.points, part.segment).map_err(failed)?,
        };
        let mut piece = Vec::new();
        while decoder.position < part.end {
            if gives_up() {
                self.decoder = Some(decoder);
                return Err(Missing::GivenUp);
            }
            let is_kept = decoder.position < position;
            let border = if is_kept { position } else { part.end };
            piece.clear();
            let mut rest = (&mut decoder.stream).take(PIECE.min(border - decoder.position));
            rest.read_to_end(&mut piece).map_err(failed)?;
            if piece.is_empty() {
                return Err(failed(io::ErrorKind::UnexpectedEof.into()));
            }
            if !is_kept {
                self.layer.keep(part, decoder.position, &piece)?;
            }
            decoder.position += piece.len() as u64;
        }
        self.decoder = Some(decoder);
        Ok(())
    }
}

impl Drop for Turn<'_> {
    fn drop(&mut self) {
        self.layer.state().decoder = Decoder::Idle(self.decoder.take());
        self.layer.changed.notify_all();
    }
}

impl SeekState {
    fn kept(&self, segment: usize) -> u64 {
        self.kept.get(segment).copied().unwrap_or(0)
    }
}

impl fmt::Debug for Seekable {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("Seekable").field("points", &self.points.len()).finish_non_exhaustive()
    }
}

impl Drop for Seekable {
    fn drop(&mut self) {
        self.share.give_back(self.state().taken);
    }
}

fn failed(error: io::Error) -> Missing {
    Missing::Failed(Arc::new(error))
}

#[cfg(test)]
mod tests {
    use std::io::Write;
    use std::sync::atomic::{AtomicUsize, Ordering};

    use dockopt_testkit::{Compression, compress};

    use super::*;
    use crate::bytes::gzip::GzipReader;
    use crate::bytes::points::PointCollector;

    fn content() -> Vec<u8> {
        (0..5_000_000_u32).flat_map(|at| at.wrapping_mul(at).to_le_bytes()).collect()
    }

    fn seekable(content: &[u8], limit: u64) -> Seekable {
        let blob = compress(content, Compression::GzipBlocks);
        let points = PointCollector::new();
        let mut reader = GzipReader::new(&blob[..], points.clone());
        io::copy(&mut reader, &mut io::sink()).expect("gzip");
        let mut file = tempfile::tempfile().expect("a temporary file");
        file.write_all(&blob).expect("room on the disk");
        let blob = Window::new(Arc::new(file), 0, blob.len() as u64);
        let points = points.finish().expect("several points");
        Seekable::new(blob, Arc::new(points), Share::new(limit))
    }

    fn read(layer: &Seekable, position: usize, length: usize) -> Result<Vec<u8>, Missing> {
        let mut buffer = vec![0; length];
        let read = layer.read_at(&mut buffer, position as u64, &|| false)?;
        buffer.truncate(read);
        Ok(buffer)
    }

    fn kept(layer: &Seekable) -> Vec<bool> {
        layer.state().kept.iter().map(|&kept| kept > 0).collect()
    }

    #[test]
    fn read_unpacks_the_segments_it_needs() {
        let content = content();
        let layer = seekable(&content, u64::MAX);
        let end = content.len();
        assert!(read(&layer, end - 10, 99).expect("bytes") == content[end - 10..]);
        assert_eq!(kept(&layer), [false, false, false, false, true]);
        assert_eq!(read(&layer, end, 1).expect("the end"), b"");
        let border = usize::try_from(layer.points.position(2).expect("a point")).expect("small");
        let across = border - 5..border + 5;
        assert!(read(&layer, across.start, 10).expect("bytes") == content[across]);
        assert_eq!(kept(&layer), [false, true, true, false, true]);
        assert!(read(&layer, 0, end).expect("bytes") == content);
    }

    #[test]
    fn threads_read_the_same_bytes() {
        let content = content();
        let layer = seekable(&content, u64::MAX);
        std::thread::scope(|scope| {
            for thread in 0..4 {
                let (layer, content) = (&layer, &content);
                scope.spawn(move || {
                    for turn in 0..40 {
                        let at = (turn * 7 + thread * 3) % 40 * content.len() / 40;
                        assert!(read(layer, at, 1000).expect("bytes") == content[at..at + 1000]);
                    }
                });
            }
        });
    }

    #[test]
    fn reader_that_gives_up_does_not_block_others() {
        let content = content();
        let layer = seekable(&content, u64::MAX);
        let asked = AtomicUsize::new(0);
        let gives_up = || asked.fetch_add(1, Ordering::Relaxed) == 2;
        let mut buffer = vec![0; 3_000_000];
        let result = layer.read_at(&mut buffer, 0, &gives_up);
        assert!(matches!(result, Err(Missing::GivenUp)));
        let kept = layer.state().kept.first().copied();
        assert_eq!(kept, Some(2 * PIECE), "what is unpacked stays");
        assert!(read(&layer, 0, 3_000_000).expect("bytes") == content[..3_000_000]);
    }

    #[test]
    fn kept_bytes_stay_within_the_share() {
        let content = content();
        let layer = seekable(&content, 6_000_000);
        assert!(read(&layer, 0, 100).is_ok());
        let error = read(&layer, 0, content.len()).expect_err("no more room");
        assert!(matches!(error, Missing::Failed(error) if error.to_string().contains("unpacked")));
        let share = Arc::clone(&layer.share);
        drop(layer);
        assert!(share.take(6_000_000).is_ok(), "it is given back");
    }
}
