//! Bodies of answers, whole and broken.

use std::io::{self, Write};
use std::thread;
use std::time::Duration;

/// The body of an answer, and the way to send it.
#[derive(Clone, Debug)]
pub enum Body {
    /// All bytes, with `Content-Length`.
    Whole(Vec<u8>),
    /// `Content-Length` is for all bytes; the connection closes after the first N.
    Cut(Vec<u8>, usize),
    /// Chunks of N bytes.
    Chunked(Vec<u8>, usize),
    /// Chunks of N bytes; the connection closes instead of the last, empty chunk.
    ChunkedCut(Vec<u8>, usize),
    /// All bytes with `Content-Length`, N at a time with a pause after each.
    Drip(Vec<u8>, usize, Duration),
    /// These bytes again and again, in chunks, until the client closes the connection.
    Endless(Vec<u8>),
    /// `Content-Length` is for all bytes; after the first N the connection stays open without any
    /// more.
    Stall(Vec<u8>, usize),
    /// No answer, not even a status; the connection stays open.
    Silence,
}

impl From<Vec<u8>> for Body {
    fn from(bytes: Vec<u8>) -> Self {
        Self::Whole(bytes)
    }
}

impl From<&[u8]> for Body {
    fn from(bytes: &[u8]) -> Self {
        Self::Whole(bytes.to_vec())
    }
}

impl From<&str> for Body {
    fn from(text: &str) -> Self {
        Self::Whole(text.as_bytes().to_vec())
    }
}

impl From<String> for Body {
    fn from(text: String) -> Self {
        Self::Whole(text.into_bytes())
    }
}

/// The connection's fate after an answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum After {
    Keep,
    Close,
    /// It stays open without any more answers.
    Hang,
}

impl Body {
    /// Returns the header with the length of the body.
    pub(super) fn length_header(&self) -> (String, String) {
        match self {
            Self::Whole(bytes) | Self::Cut(bytes, _) | Self::Drip(bytes, ..) | Self::Stall(bytes, _) => {
                ("Content-Length".to_owned(), bytes.len().to_string())
            }
            Self::Chunked(..) | Self::ChunkedCut(..) | Self::Endless(_) | Self::Silence => {
                ("Transfer-Encoding".to_owned(), "chunked".to_owned())
            }
        }
    }

    /// Sends the body; `stopped` ends endless ones.
    pub(super) fn send(&self, out: &mut dyn Write, stopped: &dyn Fn() -> bool) -> io::Result<After> {
        match self {
            Self::Whole(bytes) => out.write_all(bytes).map(|()| After::Keep),
            Self::Cut(bytes, sent) => out.write_all(first(bytes, *sent)).map(|()| After::Close),
            Self::Stall(bytes, sent) => out.write_all(first(bytes, *sent)).map(|()| After::Hang),
            Self::Silence => Ok(After::Hang),
            Self::Chunked(bytes, size) => {
                chunks(out, bytes, *size)?;
                out.write_all(b"0\r\n\r\n").map(|()| After::Keep)
            }
            Self::ChunkedCut(bytes, size) => chunks(out, bytes, *size).map(|()| After::Close),
            Self::Drip(bytes, size, pause) => {
                for piece in bytes.chunks((*size).max(1)).take_while(|_| !stopped()) {
                    out.write_all(piece)?;
                    out.flush()?;
                    thread::sleep(*pause);
                }
                Ok(After::Keep)
            }
            Self::Endless(bytes) => {
                while !stopped() {
                    chunks(out, bytes, bytes.len())?;
                }
                Ok(After::Close)
            }
        }
    }
}

fn first(bytes: &[u8], count: usize) -> &[u8] {
    bytes.get(..count).unwrap_or(bytes)
}

fn chunks(out: &mut dyn Write, bytes: &[u8], size: usize) -> io::Result<()> {
    for piece in bytes.chunks(size.max(1)) {
        write!(out, "{:x}\r\n", piece.len())?;
        out.write_all(piece)?;
        out.write_all(b"\r\n")?;
    }
    out.flush()
}
