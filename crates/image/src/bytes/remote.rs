//! Blobs that are somewhere else, and are fetched when somebody wants them.

use std::fmt;
use std::io::{self, Read};

use crate::bytes::decode::PieceStream;

/// A blob that can be fetched, any number of times.
pub(crate) trait Fetch: fmt::Debug + Send + Sync {
    /// Starts to fetch the blob from its first byte. What goes wrong is told by the stream when it is read.
    fn open(&self) -> PieceStream<'static>;

    /// How much has come of what is fetched for it.
    fn fetched(&self) -> Fetched;
}

/// How much has come of what is fetched, and how much there is; in bytes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Fetched {
    /// What has come.
    pub received: u64,
    /// All there is, as its source says.
    pub total: u64,
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
