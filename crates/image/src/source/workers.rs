//! Threads that decode the layers of a stream while the stream is read on.
//!
//! Layers arrive one after the other. The stream is read as fast as it arrives, and the bytes of
//! each layer wait in a bounded pipe for its thread, so several layers are decoded at once.

use std::collections::{HashMap, VecDeque};
use std::io::Read;
use std::sync::Arc;
use std::thread::{Builder, JoinHandle};

use crate::bytes::decode::{PieceStream, in_pieces};
use crate::bytes::pipe::{PIECE, pipe};
use crate::bytes::stages::SpareThreads;
use crate::layer::{Blob, Context, LayerError, LayerOutcome, read_layer};

/// Largest amount of undecoded bytes in the pipes of all layers: 32 MiB.
const WAITING: usize = 32 * 1024 * 1024;
/// Layers smaller than this, in bytes, are not worth a thread: 256 KiB.
const SMALL: u64 = 256 * 1024;

/// A set of threads that read layers, at most `limit` at a time.
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

    /// Returns the threads that have no layer to read.
    pub(super) fn spare(&self) -> &Arc<SpareThreads> {
        &self.spare
    }

    /// Consumes a layer of `size` bytes from the stream. A thread may still be decoding it when
    /// this returns.
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
                // An error truncates the layer for its thread, and the stream returns it to the
                // walker again.
                let _ = writer.copy(stream);
            }
            Err(error) => drop(self.outcomes.insert(slot, Err(LayerError::Read(error)))),
        }
    }

    /// Records the outcome of a layer that was not read by these threads.
    pub(super) fn settle(&mut self, slot: u32, outcome: LayerOutcome) {
        self.outcomes.insert(slot, outcome);
    }

    /// Waits for all threads and returns the outcome of every layer.
    pub(super) fn finish(mut self) -> HashMap<u32, LayerOutcome> {
        while !self.running.is_empty() {
            self.settle_one();
        }
        self.outcomes
    }

    /// Waits for a thread that has finished, or else for the one that started first.
    fn settle_one(&mut self) {
        let ended = self.running.iter().position(|(_, thread)| thread.is_finished());
        let Some((slot, thread)) = self.running.remove(ended.unwrap_or(0)) else { return };
        let outcome = thread.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic));
        self.outcomes.insert(slot, outcome);
    }
}

/// Reads a layer; meanwhile it occupies one of the threads.
fn count_and_read(stream: PieceStream<'_>, slot: u32, context: &Context) -> LayerOutcome {
    context.spare.begin_layer();
    let outcome = read_layer(Blob::Stream(stream), slot, context);
    context.spare.end_layer();
    outcome
}
