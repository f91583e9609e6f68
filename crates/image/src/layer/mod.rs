//! One layer: from the bytes of its blob to batches of entries, and the index that replaces the
//! blob when the layer is read again.

mod batch;
mod error;
mod facts;
mod index;
mod probing;
mod reader;
mod sender;
#[cfg(test)]
pub(crate) mod testing;
mod trailer;
mod written;

pub(crate) use batch::{Batch, CHANNEL_DEPTH};
pub use error::LayerError;
pub(crate) use facts::{LayerFacts, LayerWarning};
pub(crate) use index::{EncodedIndex, MAX_PAYLOAD};
pub(crate) use reader::{Blob, Context, LayerOutcome, ReadLayer, read_index, read_layer};
#[cfg(test)]
pub(crate) use sender::BatchSender;
