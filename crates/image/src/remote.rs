//! Blobs that are somewhere else, and are fetched when somebody wants them.

use std::fmt;
use std::io::{self, Read};

use crate::decode::ByteStream;

/// A blob that can be fetched, any number of times.
pub(crate) trait Fetch: fmt::Debug + Send + Sync {
    /// Starts to fetch the blob from its first byte. What goes wrong is told by the stream when it is read.
    fn open(&self) -> ByteStream<'static>;
}

/// A stream that could not be started: it has nothing but an error.
pub(crate) struct Failing(Option<io::Error>);

impl Failing {
    pub(crate) fn new(error: io::Error) -> Self {
        Self(Some(error))
    }
}

impl Read for Failing {
    fn read(&mut self, _buffer: &mut [u8]) -> io::Result<usize> {
        self.0.take().map_or(Ok(0), Err)
    }
}
