//! The archive of an image whose layers are known: fetched so that its files can be looked into.
//!
//! An engine sends all of an image or nothing, so the first layer that is wanted brings the others with it. They are kept
//! in one temporary file without a name, as when the archive is read at once. An engine on this machine is asked for it
//! before somebody waits.

use std::fmt;
use std::io;
use std::sync::mpsc::sync_channel;
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;

use super::MAX_COPY;
use crate::decode::ByteStream;
use crate::error::ReadError;
use crate::hash::Hasher;
use crate::manifest::{Wanted, plan};
use crate::progress::{Expected, Meter};
use crate::reference::Format;
use crate::remote::{Failing, Fetch, Fetched};
use crate::source::{Capturing, Known, capture};
use crate::spool::{Share, Spool};
use crate::window::Window;

/// Starts to fetch an archive.
type Open = Box<dyn Fn() -> ByteStream<'static> + Send + Sync>;

/// The blobs of an archive's layers, or why there are none.
type Layers = Result<Vec<Window>, Arc<ReadError>>;

/// An archive that is fetched when it is needed, and given up when nobody can want it any more.
pub(super) struct ArchiveOnDemand(Arc<Archive>);

struct Archive {
    name: String,
    open: Open,
    wanted: Wanted,
    meter: Arc<Meter>,
    /// There once it has been fetched.
    layers: Mutex<Option<Layers>>,
}

/// One layer of it.
pub(super) struct LayerOnDemand {
    archive: Arc<ArchiveOnDemand>,
    index: usize,
}

impl ArchiveOnDemand {
    pub(super) fn new(name: &str, wanted: Wanted, expected: Expected, open: Open) -> Arc<Self> {
        let meter = Arc::<Meter>::default();
        meter.expect(expected);
        let archive = Archive { name: name.to_owned(), open, wanted, meter, layers: Mutex::default() };
        Arc::new(Self(Arc::new(archive)))
    }

    pub(super) fn layer(self: &Arc<Self>, index: usize) -> LayerOnDemand {
        LayerOnDemand { archive: Arc::clone(self), index }
    }

    /// Begins to fetch it. If that fails, whoever wants a layer tries again, and is told why it fails.
    pub(super) fn begin(&self) {
        let archive = Arc::clone(&self.0);
        let fetch = move || {
            let mut layers = archive.layers.lock().unwrap_or_else(PoisonError::into_inner);
            if layers.is_none() {
                *layers = archive.fetch().ok().map(Ok);
            }
        };
        // Without a thread it is fetched when it is wanted.
        drop(thread::Builder::new().name("fetch archive".to_owned()).spawn(fetch));
    }
}

impl Drop for ArchiveOnDemand {
    fn drop(&mut self) {
        self.0.meter.cancel();
    }
}

impl Archive {
    /// The blob of a layer; waits until all of the archive is there.
    fn window(&self, index: usize) -> io::Result<Window> {
        let mut layers = self.layers.lock().unwrap_or_else(PoisonError::into_inner);
        match layers.get_or_insert_with(|| self.fetch().map_err(Arc::new)) {
            Ok(windows) => match windows.get(index) {
                Some(window) => Ok(window.clone_from_here()),
                None => Err(io::Error::other("the image has fewer layers than before")),
            },
            Err(error) => Err(io::Error::other(Arc::clone(error))),
        }
    }

    fn fetch(&self) -> Result<Vec<Window>, ReadError> {
        let spool = Arc::new(Spool::new(Share::new(MAX_COPY)));
        let capturing = Capturing {
            name: self.name.clone(),
            hasher: Hasher::random(),
            meter: Arc::clone(&self.meter),
            length: None,
            verify: false,
            whole: true,
            index: false,
            known: Known::default(),
            threads: 1,
            spool: Some(Arc::clone(&spool)),
        };
        let (sender, batches) = sync_channel(1);
        let captured = std::thread::scope(|scope| {
            // What is in the layers is known.
            scope.spawn(move || batches.iter().for_each(drop));
            let captured = capture((self.open)(), &capturing, &sender);
            drop(sender);
            captured
        })?;
        let plan = plan(&captured, &self.name, Format::Any, &self.wanted)?;
        let failed = |error: Arc<io::Error>| ReadError::Io {
            path: self.name.clone().into(),
            source: io::Error::other(error),
        };
        let copy = spool.file().map_err(failed)?;
        let missing = || ReadError::NotFound { reference: self.name.clone() };
        plan.blobs.iter().map(|blob| captured.window(&blob.key, &copy).ok_or_else(missing)).collect()
    }
}

impl fmt::Debug for LayerOnDemand {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "layer {} of {}", self.index, self.archive.0.name)
    }
}

impl Fetch for LayerOnDemand {
    fn fetched(&self) -> Fetched {
        let progress = self.archive.0.meter.progress(0, None);
        Fetched { received: progress.bytes, total: progress.total_bytes.unwrap_or(0) }
    }

    fn open(&self) -> ByteStream<'static> {
        match self.archive.0.window(self.index) {
            Ok(window) => Box::new(window),
            Err(error) => Box::new(Failing::new(error)),
        }
    }
}
