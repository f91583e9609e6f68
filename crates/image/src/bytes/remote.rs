//! Remote blobs, fetched on demand.

use std::fmt;
use std::io::{self, Read};

use crate::bytes::decode::PieceStream;

/// A blob that can be fetched any number of times.
pub(crate) trait Fetch: fmt::Debug + Send + Sync {
    /// Starts to fetch the blob from its first byte. Errors are returned by the stream's reads.
    fn open(&self) -> PieceStream<'static>;

    /// Returns the progress of the transfer that contains the blob.
    fn fetched(&self) -> Fetched;
}

/// Received and total size of a transfer, in bytes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Fetched {
    /// Bytes received so far.
    pub received: u64,
    /// Total bytes, as declared by the source.
    pub total: u64,
}

/// A stream that could not be started; its first read returns the error.
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
