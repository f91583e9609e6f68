//! Threads that read the layers of a stream while the stream goes on.
//!
//! The stream is taken as fast as it comes, and what is taken of a layer waits in a pipe of bounded length until it is decoded:
//! so several layers are decoded at once though they come one after the other.

use std::collections::{HashMap, VecDeque};
use std::io::Read;
use std::sync::Arc;
use std::thread::{Builder, JoinHandle};

use crate::bytes::decode::{PieceStream, in_pieces};
use crate::bytes::pipe::{PIECE, pipe};
use crate::bytes::stages::SpareThreads;
use crate::layer::{Blob, Context, LayerError, LayerOutcome, read_layer};

/// Bytes that may wait to be decoded, all layers together: 32 MiB.
const WAITING: usize = 32 * 1024 * 1024;
/// A smaller layer is not worth a thread.
const SMALL: u64 = 256 * 1024;

/// Reads layers on so many threads.
pub(super) struct Workers {
    limit: usize,
    spare: Arc<SpareThreads>,
    running: VecDeque<(u32, JoinHandle<LayerOutcome>)>,
    outcomes: HashMap<u32, LayerOutcome>,
}

impl Workers {
    pub(super) fn new(limit: usize) -> Self {
        let spare = SpareThreads::new(limit);
        Self { limit, spare, running: VecDeque::new(), outcomes: HashMap::new() }
    }

    /// Threads that read no layer.
    pub(super) fn spare(&self) -> &Arc<SpareThreads> {
        &self.spare
    }

    /// Takes a layer of `size` bytes to its end; it may be read on after this returns.
    pub(super) fn read(&mut self, stream: &mut (dyn Read + Send), size: u64, slot: u32, context: Context) {
        if self.limit < 2 || size < SMALL {
            let outcome = count_and_read(Box::new(in_pieces(stream)), slot, &context);
            self.outcomes.insert(slot, outcome);
            return;
        }
        while self.running.len() >= self.limit {
            self.settle_one();
        }
        let (writer, reader) = pipe(WAITING / PIECE / self.limit);
        let work = move || count_and_read(Box::new(reader), slot, &context);
        match Builder::new().name(format!("layer {slot}")).spawn(work) {
            Ok(thread) => {
                self.running.push_back((slot, thread));
                // The layer misses what is missing here, and the walk over the archive meets the same error again.
                let _ = writer.copy(stream);
            }
            Err(error) => drop(self.outcomes.insert(slot, Err(LayerError::Read(error)))),
        }
    }

    /// Notes how a layer went that was read elsewhere.
    pub(super) fn settle(&mut self, slot: u32, outcome: LayerOutcome) {
        self.outcomes.insert(slot, outcome);
    }

    /// How reading went, for all layers.
    pub(super) fn finish(mut self) -> HashMap<u32, LayerOutcome> {
        while !self.running.is_empty() {
            self.settle_one();
        }
        self.outcomes
    }

    /// Waits for the layer that is most likely to be read next.
    fn settle_one(&mut self) {
        let ended = self.running.iter().position(|(_, thread)| thread.is_finished());
        let Some((slot, thread)) = self.running.remove(ended.unwrap_or(0)) else { return };
        let outcome = thread.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic));
        self.outcomes.insert(slot, outcome);
    }
}

/// Reads a layer, which needs one of the threads meanwhile.
fn count_and_read(stream: PieceStream<'_>, slot: u32, context: &Context) -> LayerOutcome {
    context.spare.begin_layer();
    let outcome = read_layer(Blob::Stream(stream), slot, context);
    context.spare.end_layer();
    outcome
}
