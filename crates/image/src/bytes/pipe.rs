//! A bounded pipe that passes pieces of bytes between threads; each end notices when the other is
//! dropped.
//!
//! One thread takes data from an engine, a registry or a pipe as fast as it arrives while another
//! decodes it. The bound limits memory where decoding is slower.

use std::io::{self, BufRead, Read};
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::sync::{Arc, Weak};

/// Size of the pieces cut from a stream, in bytes: 256 KiB.
pub(crate) const PIECE: usize = 256 * 1024;

/// The sending end. If it is dropped without [`PipeWriter::end`], the reader gets an error.
pub(crate) struct PipeWriter<B> {
    sender: SyncSender<Message<B>>,
    reader: Weak<()>,
}

/// A piece, the end, or an error.
type Message<B> = io::Result<Option<B>>;

/// The receiving end.
pub(crate) struct PipeReader<B> {
    receiver: Receiver<Message<B>>,
    piece: Option<B>,
    consumed: usize,
    ended: bool,
    /// Alive as long as the reader is; the writer holds a weak reference.
    _here: Arc<()>,
}

/// Error of a writer whose reader was dropped.
#[derive(Clone, Copy, Debug)]
pub(crate) struct ReaderGone;

/// Creates a pipe that holds at most `depth` pieces.
pub(crate) fn pipe<B: AsRef<[u8]>>(depth: usize) -> (PipeWriter<B>, PipeReader<B>) {
    let (sender, receiver) = sync_channel(depth);
    let here = Arc::new(());
    let writer = PipeWriter { sender, reader: Arc::downgrade(&here) };
    (writer, PipeReader { receiver, piece: None, consumed: 0, ended: false, _here: here })
}

impl<B> PipeWriter<B> {
    /// Sends a piece; blocks while the pipe is full.
    pub(crate) fn send(&self, piece: B) -> Result<(), ReaderGone> {
        self.sender.send(Ok(Some(piece))).map_err(|_| ReaderGone)
    }

    /// Sends the end of the stream, or the error that ended it. Does nothing if the reader was
    /// dropped.
    pub(crate) fn end(&self, outcome: io::Result<()>) {
        let _ = self.sender.send(outcome.map(|()| None));
    }

    /// Returns whether the reader still exists.
    pub(crate) fn is_wanted(&self) -> bool {
        self.reader.strong_count() > 0
    }
}

impl<B> Clone for PipeWriter<B> {
    fn clone(&self) -> Self {
        Self { sender: self.sender.clone(), reader: Weak::clone(&self.reader) }
    }
}

impl PipeWriter<Vec<u8>> {
    /// Sends the whole stream and its end; stops early if the reader is dropped.
    pub(crate) fn copy(&self, stream: &mut dyn Read) -> io::Result<()> {
        loop {
            let mut piece = Vec::with_capacity(PIECE);
            stream.take(PIECE as u64).read_to_end(&mut piece)?;
            if piece.is_empty() {
                self.end(Ok(()));
                return Ok(());
            }
            if self.send(piece).is_err() {
                return Ok(());
            }
        }
    }
}

impl<B: AsRef<[u8]>> PipeReader<B> {
    /// The unread rest of the current piece.
    fn rest(&self) -> &[u8] {
        self.piece.as_ref().and_then(|piece| piece.as_ref().get(self.consumed..)).unwrap_or_default()
    }
}

impl<B: AsRef<[u8]>> Read for PipeReader<B> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let read = self.fill_buf()?.read(buffer)?;
        self.consume(read);
        Ok(read)
    }
}

impl<B: AsRef<[u8]>> BufRead for PipeReader<B> {
    fn fill_buf(&mut self) -> io::Result<&[u8]> {
        while self.rest().is_empty() && !self.ended {
            match self.receiver.recv() {
                Ok(Ok(None)) => self.ended = true,
                Ok(piece) => (self.piece, self.consumed) = (piece?, 0),
                Err(_) => return Err(io::Error::other("the sender was dropped")),
            }
        }
        Ok(self.rest())
    }

    fn consume(&mut self, amount: usize) {
        self.consumed += amount.min(self.rest().len());
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bytes_arrive_in_order_for_any_piece_size() {
        let content: Vec<u8> = (0..1_000_000_u32).map(|at| (at % 251) as u8).collect();
        let (writer, mut reader) = pipe(2);
        let mut found = Vec::new();
        std::thread::scope(|scope| {
            let content = content.as_slice();
            scope.spawn(move || {
                writer.send(Vec::new()).expect("a reader");
                writer.copy(&mut &*content)
            });
            reader.read_to_end(&mut found).expect("bytes");
        });
        assert_eq!(found, content);
    }

    #[test]
    fn error_arrives_after_the_bytes_before_it() {
        let (writer, mut reader) = pipe(2);
        writer.send(b"12".to_vec()).expect("room");
        writer.end(Err(io::Error::other("broken")));
        let mut buffer = [0; 2];
        assert_eq!(reader.read(&mut buffer).expect("bytes"), 2);
        assert_eq!(reader.read(&mut buffer).expect_err("an error").to_string(), "broken");
    }

    #[test]
    fn dropped_writer_is_an_error_not_an_end() {
        let mut buffer = [0; 2];
        let (writer, mut reader) = pipe(2);
        writer.send(b"12".to_vec()).expect("room");
        drop(writer);
        assert_eq!(reader.read(&mut buffer).expect("bytes"), 2);
        assert!(reader.read(&mut buffer).is_err());
        let (writer, mut reader) = pipe::<Vec<u8>>(2);
        writer.end(Ok(()));
        drop(writer);
        assert_eq!([(); 2].map(|()| reader.read(&mut buffer).expect("the end")), [0, 0]);
    }

    #[test]
    fn writer_notices_a_dropped_reader() {
        let (writer, reader) = pipe::<Vec<u8>>(1);
        assert!(writer.is_wanted());
        drop(reader);
        assert!(!writer.is_wanted());
        assert!(writer.send(Vec::new()).is_err());
        assert!(writer.copy(&mut &b"123"[..]).is_ok(), "that is no error of the stream");
    }
}
