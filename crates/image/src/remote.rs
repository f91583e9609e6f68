//! Blobs that are somewhere else, and are fetched when somebody wants them.

use std::fmt;

use crate::decode::ByteStream;

/// A blob that can be fetched, any number of times.
pub(crate) trait Fetch: fmt::Debug + Send + Sync {
    /// Starts to fetch the blob from its first byte. What goes wrong is told by the stream when it is read.
    fn open(&self) -> ByteStream<'static>;
}
