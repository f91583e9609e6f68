//! A layer whose files can be opened: its unpacked bytes, and the holes of its sparse files.

use std::io::{self, BufRead, Read};
use std::sync::{Arc, Mutex, PoisonError, Weak};
use std::time::Duration;

use super::error::Unavailable;
use super::holes::{Holes, HolesError};
use super::seekable::Seekable;
use crate::bytes::decode::{PieceStream, decoded, in_pieces};
use crate::bytes::points::SeekPoints;
use crate::bytes::remote::{Fetch, Fetched};
use crate::bytes::sniff::Looks;
use crate::bytes::spool::{Missing, Share, Spool};
use crate::bytes::window::{Input, Window, peek};
use crate::tar::SparseMap;

/// Minimum time before a failed fetch is retried.
const RETRY_AFTER: Duration = Duration::from_secs(1);
/// Bytes unpacked or read at once.
const BUFFER: usize = 256 * 1024;

/// The location of a layer's blob.
#[derive(Debug)]
pub(crate) enum BlobHome {
    File(Window),
    /// A compressed blob in a file, with known seek points.
    Seekable(Window, Arc<SeekPoints>),
    /// A blob that must be fetched.
    Remote(Arc<dyn Fetch>),
}

impl BlobHome {
    /// Adds the seek points to the blob, if there are any.
    pub(crate) fn with_points(self, points: Option<Arc<SeekPoints>>) -> Self {
        match (self, points) {
            (Self::File(blob), Some(points)) => Self::Seekable(blob, points),
            (home, _) => home,
        }
    }
}

/// A layer as stored in its source.
#[derive(Debug)]
pub(crate) struct StoredLayer {
    /// The index of the lowest layer with this blob.
    index: usize,
    blob: Result<BlobHome, Unavailable>,
    share: Arc<Share>,
    unpacked: Mutex<Option<Arc<Unpacked>>>,
    holes: Mutex<Holes>,
}

impl StoredLayer {
    pub(super) fn new(index: usize, blob: Result<BlobHome, Unavailable>, share: Arc<Share>) -> Self {
        Self { index, blob, share, unpacked: Mutex::default(), holes: Mutex::default() }
    }

    /// Returns the layer's tar; starts unpacking a compressed layer on first use.
    pub(super) fn unpacked(&self) -> Result<Arc<Unpacked>, &Unavailable> {
        let blob = self.blob.as_ref()?;
        let mut unpacked = self.unpacked.lock().unwrap_or_else(PoisonError::into_inner);
        let new = || Arc::new(Unpacked::new(blob, &self.share, self.index));
        Ok(Arc::clone(unpacked.get_or_insert_with(new)))
    }

    /// Forgets a fetch that failed some time ago, so that the next use retries it.
    pub(super) fn forget_failure(&self) {
        let mut unpacked = self.unpacked.lock().unwrap_or_else(PoisonError::into_inner);
        let has_failed = |unpacked: &Arc<Unpacked>| match &**unpacked {
            Unpacked::Spooled(spool) => spool.broke_before(RETRY_AFTER),
            Unpacked::Plain(_) | Unpacked::Seekable(_) => false,
        };
        if matches!(self.blob, Ok(BlobHome::Remote(_))) && unpacked.as_ref().is_some_and(has_failed) {
            *unpacked = None;
        }
    }

    /// Returns the progress of the layer's transfer, or `None` if it is not being fetched.
    pub(super) fn fetched(&self) -> Option<Fetched> {
        let Ok(BlobHome::Remote(fetch)) = &self.blob else { return None };
        let unpacked = self.unpacked.lock().unwrap_or_else(PoisonError::into_inner).clone();
        match unpacked.as_deref() {
            Some(Unpacked::Spooled(spool)) if spool.is_growing() => Some(fetch.fetched()),
            _ => None,
        }
    }

    /// Returns the hole map of the sparse file whose data starts at `place`.
    pub(super) fn holes(
        &self,
        unpacked: &Unpacked,
        (place, size): (u64, u64),
        gives_up: &dyn Fn() -> bool,
    ) -> Result<Arc<SparseMap>, HolesError> {
        let mut holes = self.holes.lock().unwrap_or_else(PoisonError::into_inner);
        holes.find(|position| UnpackedReader::new(unpacked, position, gives_up), place, size)
    }
}

/// A layer's tar, readable at any position.
#[derive(Debug)]
pub(crate) enum Unpacked {
    Plain(Window),
    /// Unpacked in parts, on demand.
    Seekable(Seekable),
    /// Unpacked from start to end.
    Spooled(Arc<Spool>),
}

impl Unpacked {
    fn new(blob: &BlobHome, share: &Arc<Share>, index: usize) -> Self {
        let stored: Box<dyn FnOnce() -> PieceStream<'static> + Send> = match blob {
            BlobHome::Remote(fetch) => {
                let fetch = Arc::clone(fetch);
                Box::new(move || fetch.open())
            }
            BlobHome::Seekable(window, points) => {
                let (blob, points) = (window.clone_from_here(), Arc::clone(points));
                return Self::Seekable(Seekable::new(blob, points, Arc::clone(share)));
            }
            BlobHome::File(window) => {
                let blob = window.clone_from_here();
                match peek(&mut window.clone_from_here()).map(|start| Looks::at(&start)) {
                    Ok(Looks::Gzip | Looks::Zstd) => Box::new(move || Box::new(in_pieces(blob))),
                    // An unreadable blob fails again, with its cause, when it is read.
                    _ => return Self::Plain(blob),
                }
            }
        };
        let spool = Arc::new(Spool::new(Arc::clone(share)));
        let weak = Arc::downgrade(&spool);
        let thread = std::thread::Builder::new().name(format!("unpack layer {index}"));
        if let Err(error) = thread.spawn(move || unpack(stored(), &weak)) {
            spool.finish(Err(error));
        }
        Self::Spooled(spool)
    }

    /// Reads at a position; returns fewer bytes only at the end.
    pub(super) fn read_at(
        &self,
        buffer: &mut [u8],
        position: u64,
        gives_up: &dyn Fn() -> bool,
    ) -> Result<usize, Missing> {
        match self {
            Self::Plain(window) => {
                window.read_at(buffer, position).map_err(|error| Missing::Failed(Arc::new(error)))
            }
            Self::Seekable(layer) => layer.read_at(buffer, position, gives_up),
            Self::Spooled(spool) => spool.read_at(buffer, position, gives_up),
        }
    }
}

/// Unpacks a layer, until the spool is dropped.
fn unpack(stored: PieceStream<'static>, spool: &Weak<Spool>) {
    let result = decoded(stored).and_then(|(_, mut plain)| {
        let mut buffer = vec![0; BUFFER];
        loop {
            let read = match plain.read(&mut buffer) {
                Ok(0) => return Ok(()),
                Ok(read) => read,
                Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
                Err(error) => return Err(error),
            };
            let Some(spool) = spool.upgrade() else {
                return Ok(());
            };
            if !spool.append(buffer.get(..read).unwrap_or_default()) {
                return Ok(());
            }
        }
    });
    if let Some(spool) = spool.upgrade() {
        spool.finish(result);
    }
}

/// A reader of an unpacked layer from a position, as input of a tar walker.
pub(super) struct UnpackedReader<'u> {
    unpacked: &'u Unpacked,
    gives_up: &'u dyn Fn() -> bool,
    /// Position of the next byte to read.
    position: u64,
    buffer: Vec<u8>,
    consumed: usize,
}

impl<'u> UnpackedReader<'u> {
    pub(super) fn new(unpacked: &'u Unpacked, position: u64, gives_up: &'u dyn Fn() -> bool) -> Self {
        Self { unpacked, gives_up, position, buffer: Vec::new(), consumed: 0 }
    }

    fn buffered(&self) -> &[u8] {
        self.buffer.get(self.consumed..).unwrap_or_default()
    }

    fn read_layer(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let failed = |missing| match missing {
            Missing::Failed(error) => io::Error::new(error.kind(), error),
            Missing::GivenUp => io::Error::other("given up"),
        };
        let read = self.unpacked.read_at(buffer, self.position, self.gives_up).map_err(failed)?;
        self.position += read as u64;
        Ok(read)
    }
}

impl Read for UnpackedReader<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        if self.buffered().is_empty() {
            return self.read_layer(buffer);
        }
        let read = self.buffered().read(buffer)?;
        self.consume(read);
        Ok(read)
    }
}

impl BufRead for UnpackedReader<'_> {
    fn fill_buf(&mut self) -> io::Result<&[u8]> {
        if self.buffered().is_empty() {
            let mut buffer = vec![0; BUFFER];
            let read = self.read_layer(&mut buffer)?;
            buffer.truncate(read);
            (self.buffer, self.consumed) = (buffer, 0);
        }
        Ok(self.buffered())
    }

    fn consume(&mut self, amount: usize) {
        self.consumed = self.consumed.saturating_add(amount).min(self.buffer.len());
    }
}

impl Input for UnpackedReader<'_> {
    fn skip(&mut self, bytes: u64) -> io::Result<u64> {
        let from_buffer = (self.buffered().len() as u64).min(bytes);
        self.consume(usize::try_from(from_buffer).unwrap_or(usize::MAX));
        // The next read detects a skip beyond the end: it returns no bytes.
        self.position = self.position.saturating_add(bytes - from_buffer);
        Ok(bytes)
    }

    fn peek_at(&self, _buffer: &mut [u8], _offset: u64) -> io::Result<usize> {
        Err(io::ErrorKind::Unsupported.into())
    }
}
