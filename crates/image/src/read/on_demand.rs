//! The archive of an image whose layers are known: fetched when somebody wants to look into a file.
//!
//! An engine sends all of an image or nothing, so the first layer that is wanted brings the others with it. They are kept
//! in one temporary file without a name, as when the archive is read at once.

use std::fmt;
use std::io;
use std::sync::mpsc::sync_channel;
use std::sync::{Arc, Mutex, PoisonError};

use super::MAX_COPY;
use crate::decode::ByteStream;
use crate::error::ReadError;
use crate::hash::Hasher;
use crate::manifest::{Wanted, plan};
use crate::reference::Format;
use crate::remote::{Failing, Fetch};
use crate::source::{Capturing, Known, capture};
use crate::spool::{Share, Spool};
use crate::window::Window;

/// Starts to fetch an archive.
type Open = Box<dyn Fn() -> ByteStream<'static> + Send + Sync>;

/// An archive that is fetched at most once.
pub(super) struct ArchiveOnDemand {
    name: String,
    open: Open,
    wanted: Wanted,
    /// The blobs of its layers, or why there are none.
    layers: Mutex<Option<Result<Vec<Window>, Arc<ReadError>>>>,
}

/// One layer of it.
pub(super) struct LayerOnDemand {
    archive: Arc<ArchiveOnDemand>,
    index: usize,
}

impl ArchiveOnDemand {
    pub(super) fn new(name: &str, wanted: Wanted, open: Open) -> Arc<Self> {
        Arc::new(Self { name: name.to_owned(), open, wanted, layers: Mutex::default() })
    }

    pub(super) fn layer(self: &Arc<Self>, index: usize) -> LayerOnDemand {
        LayerOnDemand { archive: Arc::clone(self), index }
    }

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
            meter: Arc::default(),
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
        write!(formatter, "layer {} of {}", self.index, self.archive.name)
    }
}

impl Fetch for LayerOnDemand {
    fn open(&self) -> ByteStream<'static> {
        match self.archive.window(self.index) {
            Ok(window) => Box::new(window),
            Err(error) => Box::new(Failing::new(error)),
        }
    }
}
