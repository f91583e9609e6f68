//! Pieces of bytes from one thread to another: bounded, and noticed at both ends when the other one has gone.
//!
//! What arrives (from an engine, a registry, a pipe) is taken as fast as it comes while another thread decodes it; the bound
//! keeps memory small where decoding is the slower half.

use std::io::{self, BufRead, Read};
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::sync::{Arc, Weak};

/// Size of the pieces that are cut from a stream, in bytes: 256 KiB.
pub(crate) const PIECE: usize = 256 * 1024;

/// The end that gives bytes. Dropped before it has said that this was all, the other end sees an error.
pub(crate) struct PipeWriter<B> {
    sender: SyncSender<Message<B>>,
    reader: Weak<()>,
}

/// A piece, the end, or an error.
type Message<B> = io::Result<Option<B>>;

/// The end that takes bytes.
pub(crate) struct PipeReader<B> {
    receiver: Receiver<Message<B>>,
    piece: Option<B>,
    consumed: usize,
    ended: bool,
    /// As long as it is there, somebody wants the bytes.
    _here: Arc<()>,
}

/// The reader has gone: nobody wants the bytes.
#[derive(Clone, Copy, Debug)]
pub(crate) struct ReaderGone;

/// A pipe that holds so many pieces.
pub(crate) fn pipe<B: AsRef<[u8]>>(depth: usize) -> (PipeWriter<B>, PipeReader<B>) {
    let (sender, receiver) = sync_channel(depth);
    let here = Arc::new(());
    let writer = PipeWriter { sender, reader: Arc::downgrade(&here) };
    (writer, PipeReader { receiver, piece: None, consumed: 0, ended: false, _here: here })
}

impl<B> PipeWriter<B> {
    /// Gives a piece; waits while the pipe is full.
    pub(crate) fn send(&self, piece: B) -> Result<(), ReaderGone> {
        self.sender.send(Ok(Some(piece))).map_err(|_| ReaderGone)
    }

    /// Says that this was all, or why it was not. Who has stopped reading does not want to know.
    pub(crate) fn end(&self, outcome: io::Result<()>) {
        let _ = self.sender.send(outcome.map(|()| None));
    }

    /// Whether the other end is still there.
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
    /// Gives all that a stream has, and its end; stops early when nobody wants it.
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
    /// What is left of the piece.
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
                Err(_) => return Err(io::Error::other("who sends it has gone")),
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
    fn bytes_arrive_in_order_whatever_their_pieces() {
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
    fn an_error_arrives_after_what_was_before_it() {
        let (writer, mut reader) = pipe(2);
        writer.send(b"12".to_vec()).expect("room");
        writer.end(Err(io::Error::other("broken")));
        let mut buffer = [0; 2];
        assert_eq!(reader.read(&mut buffer).expect("bytes"), 2);
        assert_eq!(reader.read(&mut buffer).expect_err("an error").to_string(), "broken");
    }

    #[test]
    fn a_writer_that_vanishes_is_no_end() {
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
    fn a_writer_notices_that_nobody_reads() {
        let (writer, reader) = pipe::<Vec<u8>>(1);
        assert!(writer.is_wanted());
        drop(reader);
        assert!(!writer.is_wanted());
        assert!(writer.send(Vec::new()).is_err());
        assert!(writer.copy(&mut &b"123"[..]).is_ok(), "that is no error of the stream");
    }
}
