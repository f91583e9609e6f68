//! Reads the layers of a source that can be read at any position, several at a time.
//!
//! The largest layers start first, so that no thread is left with a big one at the end. A blob that
//! occurs more than once in the image is read once. A blob whose index is in the cache is not read.

use std::collections::HashMap;
use std::sync::mpsc::SyncSender;
use std::sync::{Arc, Mutex, PoisonError};

use dockopt_core::image::SourceKind;
use rayon::{ThreadPool, ThreadPoolBuilder};

use super::error::ReadError;
use super::options::ReadOptions;
use crate::bytes::decode::PieceStream;
use crate::bytes::hash::Hasher;
use crate::bytes::progress::{Gauge, Meter};
use crate::bytes::remote::Fetch;
use crate::bytes::spool::{Keeping, MAX_COPY, Share, Spool};
use crate::bytes::stages::SpareThreads;
use crate::bytes::window::Window;
use crate::cache::{Cache, CacheKey};
use crate::contents::{BlobHome, Unavailable};
use crate::layer::{
    Batch, Blob, Context, EncodedIndex, LayerError, LayerOutcome, ReadLayer, read_index, read_layer,
};
use crate::manifest::{Obstacle, Plan, PlannedBlob};
use crate::registry::RegistryError;
use crate::source::{BlobKey, LayerAt, Source};

/// Number of layers that are fetched at once, including the one that is being read.
const TRANSFERS: usize = 3;

/// A layer to read.
pub(crate) struct PendingLayer {
    pub(crate) blob: LayerBlob,
    /// The lowest layer with this blob, for errors.
    pub(crate) index: usize,
    /// The name of the blob, for errors.
    pub(crate) name: String,
    pub(crate) gauge: Arc<Gauge>,
    /// The cache entry for its index; `None` if the index is not stored.
    pub(crate) keep: Option<(Cache, CacheKey)>,
    /// The index of an earlier read that lacks the facts of some probes.
    known: Option<Arc<EncodedIndex>>,
}

/// Location of the blob of a layer.
pub(crate) enum LayerBlob {
    File(Window),
    /// Remote. If files may be opened later, the received bytes are copied.
    Remote {
        fetch: Arc<dyn Fetch>,
        size: u64,
        copy: Option<Arc<Spool>>,
    },
    /// Remote, with its index from the cache.
    Indexed {
        index: EncodedIndex,
        home: Arc<dyn Fetch>,
    },
    Missing,
}

impl LayerBlob {
    /// Returns the number of bytes to read.
    fn length(&self) -> u64 {
        match self {
            Self::File(window) => window.length(),
            Self::Remote { size, .. } => *size,
            Self::Indexed { .. } | Self::Missing => 0,
        }
    }
}

impl PendingLayer {
    pub(crate) fn new(blob: LayerBlob, index: usize, name: String, meter: &Meter) -> Self {
        let is_missing = matches!(blob, LayerBlob::Missing);
        let total = blob.length();
        let gauge = meter.layer(&name, (!is_missing).then_some(total));
        if is_missing {
            gauge.finish(true);
        }
        Self { blob, index, name, gauge, keep: None, known: None }
    }

    /// Sets the cache entry for the layer's index.
    pub(crate) fn kept(self, keep: Option<(Cache, CacheKey)>) -> Self {
        Self { keep, ..self }
    }

    /// Sets the index of an earlier read.
    fn with_known(self, known: Option<Arc<EncodedIndex>>) -> Self {
        Self { known, ..self }
    }

    /// Returns the window of a blob in a file.
    pub(crate) fn window(&self) -> Option<&Window> {
        match &self.blob {
            LayerBlob::File(window) => Some(window),
            _ => None,
        }
    }

    /// Returns where the files of a layer that has been read can be read: in the blob's file, in a
    /// complete copy, or remotely. Fails if the copy ran out of room or the blob is missing.
    pub(crate) fn home(&self) -> Result<BlobHome, Unavailable> {
        match &self.blob {
            LayerBlob::File(window) => Ok(BlobHome::File(window.clone_from_here())),
            LayerBlob::Remote { copy: Some(copy), size, .. } if copy.length() == *size => {
                let file = copy.file().map_err(Unavailable::NoRoom)?;
                Ok(BlobHome::File(Window::new(file, 0, *size)))
            }
            LayerBlob::Remote { fetch, .. } | LayerBlob::Indexed { home: fetch, .. } => {
                Ok(BlobHome::Remote(Arc::clone(fetch)))
            }
            LayerBlob::Missing => Err(Unavailable::Missing),
        }
    }

    /// Reads the layer; `None` if its blob is missing or has no stream.
    fn read(
        &self,
        slot: u32,
        stream: Option<PieceStream<'static>>,
        context: &Context,
    ) -> Option<LayerOutcome> {
        let outcome = match (&self.blob, stream) {
            (LayerBlob::File(window), _) => read_layer(Blob::File(window.clone_from_here()), slot, context),
            (LayerBlob::Remote { copy: None, .. }, Some(stream)) => {
                read_layer(Blob::Stream(stream), slot, context)
            }
            (LayerBlob::Remote { copy: Some(copy), .. }, Some(stream)) => {
                let kept = Keeping::new(stream, Arc::clone(copy));
                read_layer(Blob::Stream(Box::new(kept)), slot, context)
            }
            (LayerBlob::Indexed { index, .. }, _) => read_index(index, slot, context),
            (LayerBlob::Remote { .. } | LayerBlob::Missing, _) => return None,
        };
        Some(outcome.map(|layer| self.keep(layer)))
    }

    /// Starts to fetch a remote blob.
    fn open(&self) -> Option<PieceStream<'static>> {
        match &self.blob {
            LayerBlob::Remote { fetch, .. } => Some(fetch.open()),
            _ => None,
        }
    }

    /// Stores the index of the layer in the cache. A failure is ignored, as if there were no cache.
    fn keep(&self, mut layer: ReadLayer) -> ReadLayer {
        if let (Some((cache, key)), Some(index)) = (&self.keep, layer.index.take()) {
            let _ = cache.store(key, &index);
        }
        layer
    }
}

/// Returns the slot of each layer of the plan. Equal blobs share a slot.
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

/// Returns the blob of every slot, and an error for each one that is missing or cannot be read.
pub(crate) fn find(
    source: &dyn Source,
    plan: &Plan,
    slots: &[u32],
    (options, meter): (&ReadOptions, &Meter),
) -> (Vec<PendingLayer>, Vec<(u32, ReadError)>) {
    let (mut layers, mut missing) = (Vec::new(), Vec::new());
    let share = Share::new(MAX_COPY);
    for (index, (blob, &slot)) in plan.blobs.iter().zip(slots).enumerate() {
        if slot as usize != layers.len() {
            continue;
        }
        let (key, mut known) = (blob_key(options, &blob.key), None);
        let found = match source.layer(&blob.key) {
            Ok(Some(LayerAt::File(window))) => LayerBlob::File(window),
            // An encrypted blob cannot be read: fetching it would only cost time.
            Ok(Some(LayerAt::Remote(_))) if blob.obstacle == Some(Obstacle::Encrypted) => {
                missing.push((slot, unreadable(plan, index, LayerError::Encrypted)));
                LayerBlob::Missing
            }
            Ok(Some(LayerAt::Remote(fetch))) => {
                let copy = || options.contents.then(|| Arc::new(Spool::new(Arc::clone(&share))));
                let size = source.size(&blob.key).or(blob.size).unwrap_or(0);
                match key.as_ref().map_or(Kept::Nothing, |key| kept(key, options)) {
                    Kept::Whole(index) => LayerBlob::Indexed { index, home: fetch },
                    Kept::Part(index) => {
                        known = Some(Arc::new(index));
                        LayerBlob::Remote { fetch, size, copy: copy() }
                    }
                    Kept::Nothing => LayerBlob::Remote { fetch, size, copy: copy() },
                }
            }
            Ok(_) => {
                missing.push((slot, self::missing(index, blob, source.kind())));
                LayerBlob::Missing
            }
            Err(error) => {
                missing.push((slot, error.into()));
                LayerBlob::Missing
            }
        };
        let keep = if matches!(found, LayerBlob::Remote { .. }) { key } else { None };
        layers
            .push(PendingLayer::new(found, index, blob.key.to_string(), meter).kept(keep).with_known(known));
    }
    (layers, missing)
}

/// What the cache has of a layer.
enum Kept {
    Nothing,
    /// An index without the facts of some probes.
    Part(EncodedIndex),
    /// An index with the facts of all probes.
    Whole(EncodedIndex),
}

fn kept((cache, key): &(Cache, CacheKey), options: &ReadOptions) -> Kept {
    match if options.verify { None } else { cache.load(key) } {
        Some(index) if index.has_all_evidence_of(&options.probes) => Kept::Whole(index),
        Some(index) if index.can_be_extended() => Kept::Part(index),
        _ => Kept::Nothing,
    }
}

/// Returns the cache entry of a blob; `None` without a cache or if the blob has no digest.
///
/// Digests are verified when blobs are fetched.
fn blob_key(options: &ReadOptions, key: &BlobKey) -> Option<(Cache, CacheKey)> {
    match (&options.cache, key) {
        (Some(cache), BlobKey::Digest(digest)) => {
            Some((cache.clone(), CacheKey { scope: "blob".to_owned(), digest: digest.clone() }))
        }
        _ => None,
    }
}

/// Returns the error about a missing layer.
pub(crate) fn missing(index: usize, blob: &PlannedBlob, source: SourceKind) -> ReadError {
    let source_kind = match source {
        SourceKind::OciDirectory => "directory",
        SourceKind::Registry => "registry",
        _ => "archive",
    };
    let name = blob.key.to_string();
    match &blob.obstacle {
        Some(Obstacle::Foreign { url }) => {
            ReadError::ForeignLayer { index, name, source_kind, url: url.clone() }
        }
        _ => ReadError::MissingLayer { index, name, source_kind },
    }
}

/// Returns the error about a layer that cannot be read, derived from its bytes and its descriptor.
pub(crate) fn unreadable(plan: &Plan, index: usize, source: LayerError) -> ReadError {
    let blob = plan.blobs.get(index);
    let name = blob.map(|blob| blob.key.to_string()).unwrap_or_default();
    let is_absent = matches!(RegistryError::within(&source), Some(RegistryError::NotFound { .. }));
    match (blob, blob.and_then(|blob| blob.obstacle.as_ref())) {
        (Some(_), Some(Obstacle::Encrypted)) => {
            ReadError::Layer { index, name, source: LayerError::Encrypted }
        }
        (Some(blob), Some(Obstacle::Foreign { .. })) if is_absent => {
            missing(index, blob, SourceKind::Registry)
        }
        _ => {
            let media_type = plan.info.layers.get(index).and_then(|layer| layer.media_type.as_deref());
            ReadError::Layer { index, name, source: source.of_type(media_type) }
        }
    }
}

/// Returns the number of threads that read layers: the requested number, or one per processor.
pub(crate) fn thread_count(options: &ReadOptions) -> usize {
    let processors = || std::thread::available_parallelism().map_or(1, std::num::NonZero::get);
    options.threads.unwrap_or_else(processors)
}

/// Creates a pool of the requested number of threads; `None` if they cannot be started. Then the
/// calling thread does the work.
pub(crate) fn pool(options: &ReadOptions) -> Option<ThreadPool> {
    ThreadPoolBuilder::new().num_threads(options.threads.unwrap_or(0)).build().ok()
}

/// The layers in reading order, and the open streams of remote ones.
///
/// The next layers are requested ahead of their turn, so that no thread waits for a response.
struct Turns<'l> {
    order: Vec<(u32, &'l PendingLayer)>,
    opened: Mutex<OpenStreams>,
}

/// Streams by turn.
#[derive(Default)]
struct OpenStreams {
    streams: HashMap<usize, PieceStream<'static>>,
    /// Number of layers opened so far.
    count: usize,
}

impl<'l> Turns<'l> {
    /// Sorts the layers, the largest first.
    fn new(layers: &'l [PendingLayer]) -> Self {
        let mut order: Vec<(u32, &PendingLayer)> = (0..).zip(layers).collect();
        order.sort_by_key(|(slot, layer)| (std::cmp::Reverse(layer.blob.length()), *slot));
        Self { order, opened: Mutex::default() }
    }

    /// Returns the stream of the layer whose turn it is, and opens the next ones. `None` if the
    /// layer is not remote.
    fn take(&self, turn: usize) -> Option<PieceStream<'static>> {
        let mut opened = self.opened.lock().unwrap_or_else(PoisonError::into_inner);
        while let Some((_, layer)) = self.order.get(opened.count).filter(|_| opened.count < turn + TRANSFERS)
        {
            let number = opened.count;
            opened.count += 1;
            if let Some(stream) = layer.open() {
                opened.streams.insert(number, stream);
            }
        }
        opened.streams.remove(&turn)
    }
}

/// Reads all layers whose blobs exist; returns their slots and outcomes.
pub(crate) fn read(
    layers: &[PendingLayer],
    options: &ReadOptions,
    hasher: &Hasher,
    batches: &SyncSender<Batch>,
) -> Vec<(u32, LayerOutcome)> {
    let turns = &Turns::new(layers);
    let outcomes = Mutex::new(Vec::new());
    let spare = SpareThreads::new(thread_count(options));
    for _ in layers {
        spare.begin_layer();
    }
    let work = &|turn, slot, layer: &PendingLayer| {
        let context = Context {
            hasher: hasher.clone(),
            gauge: Arc::clone(&layer.gauge),
            batches: batches.clone(),
            verify: options.verify,
            index: layer.keep.is_some(),
            points: options.contents,
            probes: options.probes.clone(),
            known: layer.known.clone(),
            spare: Arc::clone(&spare),
        };
        let outcome = layer.read(slot, turns.take(turn), &context);
        spare.end_layer();
        if let Some(outcome) = outcome {
            outcomes.lock().unwrap_or_else(PoisonError::into_inner).push((slot, outcome));
        }
    };
    let each = turns.order.iter().enumerate();
    match pool(options) {
        Some(pool) => pool.scope_fifo(|scope| {
            each.for_each(|(turn, &(slot, layer))| scope.spawn_fifo(move |_| work(turn, slot, layer)));
        }),
        None => each.for_each(|(turn, &(slot, layer))| work(turn, slot, layer)),
    }
    outcomes.into_inner().unwrap_or_else(PoisonError::into_inner)
}
