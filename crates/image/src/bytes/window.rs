//! Positioned reads of a range of a file.
//!
//! Layers of an uncompressed archive are read in parallel from one open file. Every [`Window`]
//! keeps its own position and moves it without a system call, so skipping content costs nothing.
//! Positioned reads were measured against memory maps: the same processor time and a fraction of
//! the resident memory, and a file that shrinks causes an error instead of a signal.

use std::fs::File;
use std::io::{self, BufRead, Read};
use std::sync::Arc;

/// Bytes that [`BufRead::fill_buf`] reads at once.
const BUFFER_SIZE: usize = 256 * 1024;

/// Longest read that counts as one of a tar header, in bytes.
const HEADER: usize = 512;
/// Largest distance between headers that are read together.
const NEAR: u64 = 2048;
/// Bytes read at once where headers are near each other.
const AHEAD: usize = 16 * 1024;

/// Input of a tar reader: bytes that can be skipped without being read, where possible.
pub(crate) trait Input: BufRead {
    /// Skips up to `bytes` bytes and returns how many were skipped: fewer only at the end.
    fn skip(&mut self, bytes: u64) -> io::Result<u64>;

    /// Reads `offset` bytes after the next unread byte, without moving; short only at the end.
    /// Fails for streams.
    fn peek_at(&self, buffer: &mut [u8], offset: u64) -> io::Result<usize>;
}

/// A buffered stream that skips by reading.
pub(crate) struct Streamed<R>(pub(crate) R);

impl<R: BufRead> Read for Streamed<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        self.0.read(buffer)
    }
}

impl<R: BufRead> BufRead for Streamed<R> {
    fn fill_buf(&mut self) -> io::Result<&[u8]> {
        self.0.fill_buf()
    }

    fn consume(&mut self, amount: usize) {
        self.0.consume(amount);
    }
}

impl<R: BufRead> Input for Streamed<R> {
    fn skip(&mut self, bytes: u64) -> io::Result<u64> {
        let mut left = bytes;
        while left > 0 {
            let available = match self.0.fill_buf() {
                Ok(available) => available.len(),
                Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
                Err(error) => return Err(error),
            };
            if available == 0 {
                break;
            }
            let step = usize::try_from(left).unwrap_or(usize::MAX).min(available);
            self.0.consume(step);
            left -= step as u64;
        }
        Ok(bytes - left)
    }

    fn peek_at(&self, _buffer: &mut [u8], _offset: u64) -> io::Result<usize> {
        Err(io::ErrorKind::Unsupported.into())
    }
}

/// A range of a file, read from its start to its end.
#[derive(Debug)]
pub(crate) struct Window {
    file: Arc<File>,
    /// Next byte of the file to read.
    position: u64,
    /// End of the range in the file.
    end: u64,
    buffer: Vec<u8>,
    /// Bytes of the buffer that come from the file, and those of them that were read.
    filled: usize,
    consumed: usize,
    headers: Headers,
}

/// The distance between headers: small files are read together with their neighbours, and between
/// large ones nothing is read.
#[derive(Debug, Default)]
struct Headers {
    /// Position after the last header.
    end: u64,
    /// Number of headers in a row that were near their predecessor.
    near: u32,
}

impl Headers {
    /// Counts a header at a position; returns whether its successors are likely to be near.
    fn count(&mut self, position: u64) -> bool {
        let is_near = position.checked_sub(self.end).is_some_and(|distance| distance <= NEAR);
        self.near = if is_near { self.near.saturating_add(1) } else { 0 };
        self.end = position + HEADER as u64;
        self.near > 1
    }
}

impl Window {
    /// Creates a window on `length` bytes of `file` from `start`.
    pub(crate) fn new(file: Arc<File>, start: u64, length: u64) -> Self {
        let end = start.saturating_add(length);
        let (buffer, headers) = (Vec::new(), Headers::default());
        Self { file, position: start, end, buffer, filled: 0, consumed: 0, headers }
    }

    /// Returns another window on the unread rest of this one.
    pub(crate) fn clone_from_here(&self) -> Self {
        let position = self.position - self.buffered().len() as u64;
        Self::new(Arc::clone(&self.file), position, self.end - position)
    }

    /// Returns a window on `length` bytes that starts `offset` bytes after the next unread byte; it
    /// ends no later than this one.
    pub(crate) fn part(&self, offset: u64, length: u64) -> Self {
        let start = (self.position - self.buffered().len() as u64).saturating_add(offset);
        Self::new(Arc::clone(&self.file), start, length.min(self.end.saturating_sub(start)))
    }

    /// Unread bytes in the window.
    pub(crate) fn length(&self) -> u64 {
        self.left() + self.buffered().len() as u64
    }

    /// Reads `offset` bytes after the next unread byte, without moving the window; returns fewer
    /// bytes only at its end.
    pub(crate) fn read_at(&self, buffer: &mut [u8], offset: u64) -> io::Result<usize> {
        let mut part = self.part(offset, buffer.len() as u64);
        let mut read = 0;
        while let Some(rest) = buffer.get_mut(read..).filter(|rest| !rest.is_empty()) {
            match part.read_file(rest)? {
                0 => break,
                more => read += more,
            }
        }
        Ok(read)
    }

    fn left(&self) -> u64 {
        self.end.saturating_sub(self.position)
    }

    fn buffered(&self) -> &[u8] {
        self.buffer.get(self.consumed..self.filled).unwrap_or_default()
    }

    /// Reads from the file, bypassing the buffer; short only at the end of the range or of the
    /// file.
    fn read_file(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let wanted = usize::try_from(self.left()).unwrap_or(usize::MAX).min(buffer.len());
        let Some(buffer) = buffer.get_mut(..wanted) else {
            return Ok(0);
        };
        let read = read_at(&self.file, buffer, self.position)?;
        self.position += read as u64;
        Ok(read)
    }

    /// Replaces the empty buffer with the next bytes of the file, at most `length`.
    fn fill(&mut self, length: usize) -> io::Result<()> {
        let mut buffer = std::mem::take(&mut self.buffer);
        if buffer.len() < length {
            buffer = vec![0; length];
        }
        self.filled = self.read_file(buffer.get_mut(..length).unwrap_or_default())?;
        self.buffer = buffer;
        self.consumed = 0;
        Ok(())
    }
}

impl Read for Window {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let position = self.position - self.buffered().len() as u64;
        let reads_ahead = buffer.len() == HEADER && self.headers.count(position);
        if self.buffered().is_empty() {
            if !reads_ahead {
                return self.read_file(buffer);
            }
            self.fill(AHEAD)?;
        }
        let read = self.buffered().read(buffer)?;
        self.consume(read);
        Ok(read)
    }
}

impl BufRead for Window {
    fn fill_buf(&mut self) -> io::Result<&[u8]> {
        if self.buffered().is_empty() {
            self.fill(BUFFER_SIZE)?;
        }
        Ok(self.buffered())
    }

    fn consume(&mut self, amount: usize) {
        self.consumed = self.consumed.saturating_add(amount).min(self.filled);
    }
}

impl Input for Window {
    fn skip(&mut self, bytes: u64) -> io::Result<u64> {
        let from_buffer = (self.buffered().len() as u64).min(bytes);
        self.consume(usize::try_from(from_buffer).unwrap_or(usize::MAX));
        let from_file = (bytes - from_buffer).min(self.left());
        self.position += from_file;
        Ok(from_buffer + from_file)
    }

    fn peek_at(&self, buffer: &mut [u8], offset: u64) -> io::Result<usize> {
        self.read_at(buffer, offset)
    }
}

/// Reads at a position without moving the file's cursor.
pub(crate) fn read_at(file: &File, buffer: &mut [u8], position: u64) -> io::Result<usize> {
    loop {
        #[cfg(unix)]
        let result = std::os::unix::fs::FileExt::read_at(file, buffer, position);
        #[cfg(windows)]
        let result = std::os::windows::fs::FileExt::seek_read(file, buffer, position);
        match result {
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            result => return result,
        }
    }
}

/// Writes all bytes at a position without moving the file's cursor.
pub(crate) fn write_all_at(file: &File, bytes: &[u8], position: u64) -> io::Result<()> {
    let mut written = 0;
    while let Some(rest) = bytes.get(written..).filter(|rest| !rest.is_empty()) {
        #[cfg(unix)]
        let result = std::os::unix::fs::FileExt::write_at(file, rest, position + written as u64);
        #[cfg(windows)]
        let result = std::os::windows::fs::FileExt::seek_write(file, rest, position + written as u64);
        match result {
            Ok(0) => return Err(io::ErrorKind::WriteZero.into()),
            Ok(more) => written += more,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    }
    Ok(())
}

/// Returns up to 512 bytes from the window's start, without consuming them.
pub(crate) fn peek(window: &mut Window) -> io::Result<Vec<u8>> {
    let start = window.fill_buf()?;
    Ok(start.get(..512.min(start.len())).unwrap_or_default().to_vec())
}

#[cfg(test)]
mod tests {
    use std::io::Write;

    use super::*;

    fn window(content: &[u8], start: u64, length: u64) -> Window {
        let mut file = tempfile::tempfile().expect("a temporary file");
        file.write_all(content).expect("room on the disk");
        Window::new(Arc::new(file), start, length)
    }

    #[test]
    fn window_ends_at_the_end_of_its_range() {
        let mut text = String::new();
        window(b"0123456789", 2, 5).read_to_string(&mut text).expect("readable");
        assert_eq!(text, "23456");
    }

    #[test]
    fn skipping_stops_at_the_end() {
        let mut window = window(b"0123456789", 0, 8);
        assert_eq!(window.skip(3).expect("skipped"), 3);
        assert_eq!(window.fill_buf().expect("readable"), b"34567");
        window.consume(1);
        assert_eq!(window.skip(2).expect("skipped"), 2);
        assert_eq!(window.skip(9).expect("skipped"), 2);
        assert_eq!(window.read(&mut [0; 4]).expect("readable"), 0);
    }

    /// Headers with contents of these lengths behind them.
    fn read_headers(window: &mut Window, lengths: &[u64]) -> Vec<u8> {
        let mut starts = Vec::new();
        for length in lengths {
            let mut header = [0; HEADER];
            window.read_exact(&mut header).expect("readable");
            starts.push(header[0]);
            assert_eq!(window.skip(*length).expect("skipped"), *length);
        }
        starts
    }

    #[test]
    fn headers_are_the_same_whether_near_or_far() {
        let lengths = [0, 0, 512, 1024, 0, 100_000, 0, 0, 0, 2048, 4096, 0, 0, 0, 0, 0, 70_000, 0, 0, 0];
        let mut content = vec![0xee; 100];
        for (number, length) in (1..).zip(lengths) {
            content.extend([number; HEADER]);
            content.resize(content.len() + usize::try_from(length).expect("small"), 0xff);
        }
        let length = content.len() as u64 - 100;
        content.extend([0xee; 100]);
        let mut window = window(&content, 100, length);
        let numbers: Vec<u8> = (1..).take(lengths.len()).collect();
        assert_eq!(read_headers(&mut window, &lengths), numbers);
        assert_eq!((window.length(), window.read(&mut [0; HEADER]).expect("the end")), (0, 0));
    }

    #[test]
    fn only_headers_near_each_other_are_read_ahead() {
        let content = vec![1; 1_000_000];
        let mut window = window(&content, 0, 1_000_000);
        for far in [4096; 20] {
            read_headers(&mut window, &[far, 0]);
            assert!(window.buffer.is_empty());
        }
        read_headers(&mut window, &[0, 0, 0]);
        assert_eq!(window.buffer.len(), AHEAD);
    }

    #[test]
    fn stream_skips_by_reading() {
        let mut stream = Streamed(&b"0123456789"[..]);
        assert_eq!(stream.skip(4).expect("skipped"), 4);
        assert_eq!(stream.fill_buf().expect("readable"), b"456789");
        assert_eq!(stream.skip(10).expect("skipped"), 6);
    }
}
