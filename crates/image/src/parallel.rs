//! Reads the layers of a source that can be read at any position, several at a time.
//!
//! The largest layers start first, so that no thread is left with a big one at the end. A blob that occurs in the image
//! more than once is read once.

use std::collections::HashMap;
use std::sync::mpsc::SyncSender;
use std::sync::{Arc, Mutex, PoisonError};

use rayon::{ThreadPool, ThreadPoolBuilder};

use crate::batch::Batch;
use crate::error::ReadError;
use crate::hash::Hasher;
use crate::layer::{Blob, Context, LayerError, LayerFacts, read_layer};
use crate::manifest::{Plan, PlannedBlob};
use crate::progress::{Gauge, Meter};
use crate::read::ReadOptions;
use crate::source::{BlobKey, LayerAt, Source};
use crate::window::Window;

/// A layer to read, in a file.
pub(crate) struct FileLayer {
    /// Its blob, if it is there.
    pub(crate) window: Option<Window>,
    /// The lowest layer it is, and the name of its blob: for errors.
    pub(crate) index: usize,
    pub(crate) name: String,
    gauge: Arc<Gauge>,
}

impl FileLayer {
    /// Size of the blob in bytes.
    fn length(&self) -> u64 {
        self.window.as_ref().map_or(0, Window::length)
    }
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

/// Finds the blob of every slot, and tells which are not there.
pub(crate) fn find(
    source: &dyn Source,
    plan: &Plan,
    slots: &[u32],
    meter: &Meter,
) -> (Vec<FileLayer>, Vec<(u32, ReadError)>) {
    let (mut layers, mut missing) = (Vec::new(), Vec::new());
    for (index, (blob, &slot)) in plan.blobs.iter().zip(slots).enumerate() {
        if slot as usize != layers.len() {
            continue;
        }
        let window = match source.layer(&blob.key) {
            Ok(Some(LayerAt::File(window))) => Some(window),
            Ok(_) => {
                missing.push((slot, self::missing(index, blob, source.kind())));
                None
            }
            Err(error) => {
                missing.push((slot, error));
                None
            }
        };
        let name = blob.key.to_string();
        let gauge = meter.layer(&name, window.as_ref().map(Window::length));
        if window.is_none() {
            gauge.finish(true);
        }
        layers.push(FileLayer { window, index, name, gauge });
    }
    (layers, missing)
}

/// The error about a layer that is not there.
pub(crate) fn missing(index: usize, blob: &PlannedBlob, source_kind: &'static str) -> ReadError {
    let source_kind = if source_kind == "oci" { "directory" } else { "archive" };
    ReadError::MissingLayer { index, name: blob.key.to_string(), source_kind }
}

/// How many threads read layers.
pub(crate) fn thread_count(options: &ReadOptions) -> usize {
    let processors = || std::thread::available_parallelism().map_or(1, std::num::NonZero::get);
    options.threads.unwrap_or_else(processors)
}

/// As many threads as were asked for; without them the work is done on the calling thread.
pub(crate) fn pool(options: &ReadOptions) -> Option<ThreadPool> {
    ThreadPoolBuilder::new().num_threads(options.threads.unwrap_or(0)).build().ok()
}

/// Reads all layers that are there.
pub(crate) fn read(
    layers: &[FileLayer],
    options: &ReadOptions,
    hasher: &Hasher,
    batches: &SyncSender<Batch>,
) -> Vec<(u32, Result<LayerFacts, LayerError>)> {
    let mut order: Vec<(u32, &FileLayer)> = (0..).zip(layers).collect();
    order.sort_by_key(|(slot, layer)| (std::cmp::Reverse(layer.length()), *slot));
    let outcomes = Mutex::new(Vec::new());
    let work = &|slot, layer: &FileLayer| {
        let Some(window) = &layer.window else {
            return;
        };
        let context = Context {
            hasher: hasher.clone(),
            gauge: Arc::clone(&layer.gauge),
            batches: batches.clone(),
            verify: options.verify,
            index: false,
        };
        let outcome = read_layer(Blob::File(window.clone_from_here()), slot, &context);
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
