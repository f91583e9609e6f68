//! Fetches the archive of an image from the cache, to open its files.
//!
//! An engine exports an image as a whole, so the first request for a layer fetches all layers. They
//! are kept in one temporary file without a name, as when the archive is read at once. The export
//! of an engine on this machine starts before the first request.

use dockopt_core::evidence::Probes;
use std::fmt;
use std::io;
use std::sync::mpsc::sync_channel;
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;

use super::error::ReadError;
use crate::bytes::decode::{ByteStream, PieceStream, in_pieces};
use crate::bytes::hash::Hasher;
use crate::bytes::progress::{Expected, Meter};
use crate::bytes::remote::{Failing, Fetch, Fetched};
use crate::bytes::spool::{MAX_COPY, Share, Spool};
use crate::bytes::window::Window;
use crate::manifest::{Choice, plan};
use crate::reference::ReferenceError;
use crate::source::{Capturing, Format, Known, SourceError, capture};

/// Starts the export of an archive.
type Open = Box<dyn Fn() -> ByteStream<'static> + Send + Sync>;

/// An archive that is fetched on demand; dropping it cancels the transfer.
pub(super) struct ArchiveOnDemand(Arc<Archive>);

struct Archive {
    name: String,
    open: Open,
    wanted: Choice,
    meter: Arc<Meter>,
    /// `None` until the archive is fetched.
    layers: Mutex<Option<Vec<Window>>>,
}

/// One layer of the archive.
pub(super) struct LayerOnDemand {
    archive: Arc<ArchiveOnDemand>,
    index: usize,
}

impl ArchiveOnDemand {
    pub(super) fn new(name: &str, wanted: Choice, expected: Expected, open: Open) -> Arc<Self> {
        let meter = Arc::<Meter>::default();
        meter.expect(expected);
        let archive = Archive { name: name.to_owned(), open, wanted, meter, layers: Mutex::default() };
        Arc::new(Self(Arc::new(archive)))
    }

    pub(super) fn layer(self: &Arc<Self>, index: usize) -> LayerOnDemand {
        LayerOnDemand { archive: Arc::clone(self), index }
    }

    /// Starts the transfer. After an error, the next request for a layer retries and reports its
    /// error.
    pub(super) fn begin(&self) {
        let archive = Arc::clone(&self.0);
        let fetch = move || {
            let mut layers = archive.layers.lock().unwrap_or_else(PoisonError::into_inner);
            if layers.is_none() {
                *layers = archive.fetch().ok();
            }
        };
        // Without a thread, the first request fetches it.
        drop(thread::Builder::new().name("fetch archive".to_owned()).spawn(fetch));
    }
}

impl Drop for ArchiveOnDemand {
    fn drop(&mut self) {
        self.0.meter.cancel();
    }
}

impl Archive {
    /// Returns the blob of a layer; waits until the whole archive is fetched.
    fn window(&self, index: usize) -> io::Result<Window> {
        let mut layers = self.layers.lock().unwrap_or_else(PoisonError::into_inner);
        let windows = match layers.take() {
            Some(windows) => windows,
            None => self.fetch().map_err(io::Error::other)?,
        };
        let window = windows.get(index).map(Window::clone_from_here);
        *layers = Some(windows);
        window.ok_or_else(|| io::Error::other("the image has fewer layers than before"))
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
            probes: Probes::default(),
            known: Known::default(),
            threads: 1,
            spool: Some(Arc::clone(&spool)),
        };
        let (sender, batches) = sync_channel(1);
        let captured = std::thread::scope(|scope| {
            // The cache has the entries of the layers.
            scope.spawn(move || batches.iter().for_each(drop));
            let captured = capture((self.open)(), &capturing, &sender);
            drop(sender);
            captured
        })?;
        let plan = plan(&captured, &self.name, Format::Any, &self.wanted)?;
        let failed = |error: Arc<io::Error>| SourceError::Io {
            path: self.name.clone().into(),
            source: io::Error::other(error),
        };
        let copy = spool.file().map_err(failed)?;
        let missing = || ReferenceError::NotFound { reference: self.name.clone() }.into();
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

    fn open(&self) -> PieceStream<'static> {
        match self.archive.0.window(self.index) {
            Ok(window) => Box::new(in_pieces(window)),
            Err(error) => Box::new(in_pieces(Failing::new(error))),
        }
    }
}

#[cfg(test)]
mod tests {
    use std::io::Read;
    use std::sync::atomic::{AtomicUsize, Ordering};
    use std::sync::mpsc::channel;

    use dockopt_testkit::{Image, Layer};

    use super::*;

    fn archive() -> Vec<u8> {
        Image::new()
            .layer(Layer::new().file("a", "1"))
            .layer(Layer::new().file("b", "2"))
            .docker_legacy()
            .to_tar()
    }

    /// Returns an archive, and how often it was fetched; `open` returns the n-th stream, from 0.
    fn on_demand(
        open: impl Fn(usize) -> ByteStream<'static> + Send + Sync + 'static,
    ) -> (Arc<ArchiveOnDemand>, Arc<AtomicUsize>) {
        let count = Arc::new(AtomicUsize::new(0));
        let counted = Arc::clone(&count);
        let wanted = Choice { image: None, platform: None, verify: false };
        let open = Box::new(move || open(counted.fetch_add(1, Ordering::SeqCst)));
        (ArchiveOnDemand::new("i", wanted, Expected { content: 2, layers: 2 }, open), count)
    }

    fn read(archive: &Arc<ArchiveOnDemand>, layer: usize) -> io::Result<Vec<u8>> {
        let mut bytes = Vec::new();
        archive.layer(layer).open().read_to_end(&mut bytes).map(|_| bytes)
    }

    #[test]
    fn archive_is_fetched_once() {
        let (lazy, lazily) = on_demand(|_| Box::new(io::Cursor::new(archive())));
        assert_eq!(lazily.load(Ordering::SeqCst), 0);
        let (eager, eagerly) = on_demand(|_| Box::new(io::Cursor::new(archive())));
        eager.begin();
        for layer in [1, 0] {
            let bytes = read(&lazy, layer).expect("a layer");
            assert_eq!(read(&eager, layer).expect("a layer"), bytes);
            assert!(bytes.starts_with(if layer == 0 { b"a" } else { b"b" }));
        }
        assert!(read(&lazy, 2).is_err());
        assert_eq!((lazily.load(Ordering::SeqCst), eagerly.load(Ordering::SeqCst)), (1, 1));
        assert_eq!(lazy.layer(0).fetched(), Fetched { received: 2, total: 2 });
    }

    #[test]
    fn failed_transfer_is_retried_on_request() {
        let (tried, waits) = channel();
        let (archive, count) = on_demand(move |number| {
            let _ = tried.send(());
            match number {
                0 => Box::new(Failing::new(io::Error::other("gone"))),
                1 => Box::new(Failing::new(io::Error::other("still gone"))),
                2 => Box::new(io::Cursor::new(archive())),
                _ => Box::new(Failing::new(io::Error::other("too many transfers"))),
            }
        });
        archive.begin();
        waits.recv().expect("a transfer");
        assert!(read(&archive, 0).is_err());
        assert!(read(&archive, 0).is_ok() && read(&archive, 1).is_ok());
        assert_eq!(count.load(Ordering::SeqCst), 3);
    }

    #[test]
    fn dropped_archive_cancels_the_transfer() {
        struct Endless(std::sync::mpsc::Sender<()>);
        impl Read for Endless {
            fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
                let _ = self.0.send(());
                // A file without an end.
                buffer.fill(b'x');
                Ok(buffer.len())
            }
        }
        let (reads, seen) = channel();
        let mut start = archive();
        // The first member declares the largest possible size.
        let size = b"77777777777";
        start.truncate(512);
        let header = tar::Header::from_byte_slice(&start);
        let mut header = header.clone();
        header.as_mut_bytes()[124..135].copy_from_slice(size);
        header.set_cksum();
        let (archive, _) = on_demand(move |_| {
            Box::new(io::Cursor::new(header.as_bytes().to_vec()).chain(Endless(reads.clone())))
        });
        archive.begin();
        seen.recv().expect("a transfer");
        drop(archive);
        // Ends only if the stream is dropped.
        while seen.recv().is_ok() {}
    }
}
