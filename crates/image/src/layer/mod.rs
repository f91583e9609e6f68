//! One layer: from the bytes of its blob to batches of entries, and the index that takes the blob's place next time.

mod batch;
mod index;
mod reader;
#[cfg(test)]
pub(crate) mod testing;
mod written;

#[cfg(test)]
pub(crate) use batch::BatchSender;
pub(crate) use batch::{Batch, CHANNEL_DEPTH};
pub(crate) use index::{EncodedIndex, MAX_PAYLOAD};
pub use reader::LayerError;
pub(crate) use reader::{Blob, Context, LayerFacts, read_index, read_layer};
