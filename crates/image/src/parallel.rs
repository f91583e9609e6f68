//! Reads the layers of a source that can be read at any position, several at a time.
//!
//! The largest layers start first, so that no thread is left with a big one at the end. A blob that occurs in the image
//! more than once is read once.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};

use rayon::{ThreadPool, ThreadPoolBuilder};

use crate::error::ReadError;
use crate::layer::{Blob, Context, LayerError, LayerFacts, read_layer};
use crate::manifest::{Plan, PlannedBlob};
use crate::read::ReadOptions;
use crate::source::{BlobKey, LayerAt, Source};
use crate::window::Window;

/// A layer to read, in a file.
pub(crate) struct FileLayer {
    pub(crate) window: Window,
    /// Size of the blob in bytes.
    pub(crate) length: u64,
    /// The lowest layer it is, and the name of its blob: for errors.
    pub(crate) index: usize,
    pub(crate) name: String,
}

/// The slot of each layer of the plan: equal blobs share one.
pub(crate) fn slots(plan: &Plan) -> Vec<u32> {
    let mut numbers: HashMap<&BlobKey, u32> = HashMap::new();
    let mut next = 0;
    let number = |blob| {
        *numbers.entry(blob).or_insert_with(|| {
            next += 1;
            next - 1
        })
    };
    plan.blobs.iter().map(|blob| &blob.key).map(number).collect()
}

/// Finds the blob of every slot.
pub(crate) fn find(source: &dyn Source, plan: &Plan, slots: &[u32]) -> Result<Vec<FileLayer>, ReadError> {
    let mut layers = Vec::new();
    for (index, (blob, &slot)) in plan.blobs.iter().zip(slots).enumerate() {
        if slot as usize == layers.len() {
            let Some(LayerAt::File(window)) = source.layer(&blob.key)? else {
                return Err(missing(index, blob, source.kind()));
            };
            let length = window.length();
            layers.push(FileLayer { window, length, index, name: blob.key.to_string() });
        }
    }
    Ok(layers)
}

/// The error about a layer that is not there.
pub(crate) fn missing(index: usize, blob: &PlannedBlob, source_kind: &'static str) -> ReadError {
    let source_kind = if source_kind == "oci" { "directory" } else { "archive" };
    ReadError::MissingLayer { index, name: blob.key.to_string(), source_kind }
}

/// As many threads as were asked for; without them the work is done on the calling thread.
pub(crate) fn pool(options: &ReadOptions) -> Option<ThreadPool> {
    ThreadPoolBuilder::new().num_threads(options.threads.unwrap_or(0)).build().ok()
}

/// Reads all layers; the results are in the order of slots.
pub(crate) fn read(
    layers: &[FileLayer],
    options: &ReadOptions,
    context: &Context,
) -> Vec<(u32, Result<LayerFacts, LayerError>)> {
    let mut order: Vec<(u32, &FileLayer)> = (0..).zip(layers).collect();
    order.sort_by_key(|(slot, layer)| (std::cmp::Reverse(layer.length), *slot));
    let outcomes = Mutex::new(Vec::new());
    let work = &|slot, layer: &FileLayer| {
        let outcome = read_layer(Blob::File(layer.window.clone_from_here()), slot, context);
        outcomes.lock().unwrap_or_else(PoisonError::into_inner).push((slot, outcome));
    };
    match pool(options) {
        Some(pool) => pool.scope_fifo(|scope| {
            for (slot, layer) in order {
                scope.spawn_fifo(move |_| work(slot, layer));
            }
        }),
        None => order.into_iter().for_each(|(slot, layer)| work(slot, layer)),
    }
    outcomes.into_inner().unwrap_or_else(PoisonError::into_inner)
}
