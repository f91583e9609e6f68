//! An image archive that is read once, from start to end: standard input, or a compressed file.
//!
//! The manifest often comes last, so every member that looks like a layer is read as one when it
//! arrives, into a slot of the tree, and documents are kept. The manifest decides which slots make
//! up the image. A broken layer is an error only if the image needs it. Separate threads decode the
//! layers ([`super::workers`]).

use std::collections::HashMap;
use std::fs::File;
use std::io::{self, Read};
use std::sync::Arc;
use std::sync::mpsc::SyncSender;

use dockopt_core::entry::EntryKind;
use dockopt_core::evidence::Probes;
use dockopt_core::image::SourceKind;
use dockopt_core::path::escape;

use super::archive::with_end;
use super::error::SourceError;
use super::known::Known;
use super::members::Members;
use super::repeating::Repeating;
use super::source::{BlobKey, LayerAt, Source, too_large};
use super::workers::Workers;
use crate::bytes::decode::{ByteStream, buffered, decoded, in_pieces};
use crate::bytes::hash::Hasher;
use crate::bytes::limits::MAX_DOCUMENT;
use crate::bytes::progress::{Gauge, Meter, Metered};
use crate::bytes::sniff::Looks;
use crate::bytes::spool::{Keeping, Spool};
use crate::bytes::window::{Input, Streamed, Window};
use crate::layer::Batch;
use crate::layer::EncodedIndex;
use crate::layer::{Context, LayerError, LayerOutcome, read_index};
use crate::tar::{End, Member, Walker};

/// Largest total size of kept documents: 64 MiB.
const MAX_DOCUMENTS: u64 = 64 * MAX_DOCUMENT / 8;
/// Most bytes read after the end of the archive, so that the writer of a pipe can finish: 1 MiB.
const MAX_TRAILER: u64 = 1024 * 1024;

/// A member of the archive.
enum Captured {
    Document(Vec<u8>),
    /// A document that is too large to be kept.
    Oversized(u64),
    Layer {
        slot: u32,
        /// Offset in the archive, in bytes.
        at: u64,
        size: u64,
    },
    /// Neither a layer nor a document.
    Other {
        size: u64,
        looks: Looks,
    },
}

/// The documents and layers of an archive that was read.
pub(crate) struct StreamedArchive {
    members: Members<Captured>,
    /// Outcome of the layer in each slot.
    outcomes: HashMap<u32, LayerOutcome>,
    slots: u32,
    end: Option<End>,
}

/// Settings and shared state of reading a stream.
pub(crate) struct Capturing {
    pub(crate) name: String,
    pub(crate) hasher: Hasher,
    pub(crate) meter: Arc<Meter>,
    /// Length of the stream in bytes, if known.
    pub(crate) length: Option<u64>,
    pub(crate) verify: bool,
    /// Whether an error after the end of the archive fails the read: the sender may report a
    /// failure late.
    pub(crate) whole: bool,
    /// Probes that see the contents of files.
    pub(crate) probes: Probes,
    /// Whether to build indexes of layers.
    pub(crate) index: bool,
    /// Indexes of layers. One with the facts of all probes replaces reading its layer.
    pub(crate) known: Known,
    /// Number of threads that read layers.
    pub(crate) threads: usize,
    /// Spool for a copy of the unpacked archive; `None` keeps no copy.
    pub(crate) spool: Option<Arc<Spool>>,
}

/// Reads an archive with its layers.
///
/// Fails if the stream is not an archive, is broken or cannot be read, or if the read is cancelled.
/// Broken layers are reported by [`StreamedArchive::take_outcome`].
pub(crate) fn capture(
    stream: ByteStream<'_>,
    capturing: &Capturing,
    batches: &SyncSender<Batch>,
) -> Result<StreamedArchive, SourceError> {
    let name = &capturing.name;
    let failed = |source| SourceError::Io { path: name.into(), source };
    let metered = Metered::new(stream, capturing.meter.stream(capturing.length));
    let (looks, mut plain) = decoded(in_pieces(Repeating::new(metered))).map_err(failed)?;
    if !matches!(looks, Looks::Tar | Looks::Gzip | Looks::Zstd) {
        let reason = looks.not_an_archive();
        return Err(SourceError::NotAnImage { name: name.clone(), reason });
    }
    if let Some(spool) = &capturing.spool {
        plain = Box::new(Keeping::new(plain, Arc::clone(spool)));
    }
    let mut walker = Walker::new(Streamed(buffered(plain)), capturing.hasher.clone());
    let workers = Workers::new(capturing.threads);
    let members = Members::new();
    let mut capture = Capture { capturing, batches, workers, documents: 0, slots: 0, members };
    loop {
        match walker.next() {
            Ok(Some(member)) => capture.take(&mut walker, &member)?,
            Ok(None) => break,
            Err(_) if capturing.meter.is_cancelled() => return Err(SourceError::Cancelled),
            Err(source) => return Err(SourceError::Archive { name: name.clone(), source }),
        }
    }
    let end = walker.end();
    // An error after the end of a file's archive does not affect the image.
    let trailer = io::copy(&mut walker.into_input().take(MAX_TRAILER), &mut io::sink());
    let outcomes = capture.workers.finish();
    if capturing.meter.is_cancelled() {
        return Err(SourceError::Cancelled);
    }
    if capturing.whole {
        trailer.map_err(failed)?;
    }
    Ok(StreamedArchive { members: capture.members, outcomes, slots: capture.slots, end })
}

impl StreamedArchive {
    /// Returns the number of slots that its layers fill.
    pub(crate) fn slots(&self) -> u32 {
        self.slots
    }

    /// Takes the outcome of a layer; `None` if the slot has no layer or its outcome was already
    /// taken.
    pub(crate) fn take_outcome(&mut self, slot: u32) -> Option<LayerOutcome> {
        self.outcomes.remove(&slot)
    }

    /// Returns the blob of a layer in a copy of the unpacked archive.
    pub(crate) fn window(&self, key: &BlobKey, copy: &Arc<File>) -> Option<Window> {
        match self.members.get(&key.path())? {
            Captured::Layer { at, size, .. } => Some(Window::new(Arc::clone(copy), *at, *size)),
            Captured::Document(_) | Captured::Oversized(_) | Captured::Other { .. } => None,
        }
    }
}

struct Capture<'c> {
    capturing: &'c Capturing,
    batches: &'c SyncSender<Batch>,
    workers: Workers,
    /// Total bytes of kept documents.
    documents: u64,
    slots: u32,
    members: Members<Captured>,
}

impl Capture<'_> {
    fn take(&mut self, walker: &mut Walker<impl Input + Send>, member: &Member) -> Result<(), SourceError> {
        let name = walker.path().to_vec();
        match member.metadata.kind {
            EntryKind::Symlink => self.members.insert_symlink(&name, walker.link()),
            EntryKind::HardLink => self.members.insert_hard_link(&name, walker.link()),
            EntryKind::File if member.holes.is_none() => {
                let captured = self.capture_file(walker, member)?;
                self.members.insert(&name, captured);
            }
            _ => {}
        }
        Ok(())
    }

    fn capture_file(
        &mut self,
        walker: &mut Walker<impl Input + Send>,
        member: &Member,
    ) -> Result<Captured, SourceError> {
        let (name, at) = (escape(walker.path()), member.data_offset);
        let mut start = Vec::new();
        // The walker returns the error again, with its position, when it moves on.
        let _ = walker.data().take(512).read_to_end(&mut start);
        let looks = Looks::at(&start);
        if looks.is_layer() || looks == Looks::Empty {
            let gauge = self.capturing.meter.layer(&name, Some(member.metadata.size));
            let size = member.metadata.size;
            let slot = match self.capturing.known.find(&name).filter(|_| looks == Looks::Tar) {
                Some(index) if index.has_all_evidence_of(&self.capturing.probes) => {
                    self.take_index(index, gauge)?
                }
                known => {
                    let mut whole = io::Cursor::new(start).chain(walker.data());
                    self.read_layer(&mut whole, size, gauge, known.map(Arc::clone))?
                }
            };
            return Ok(Captured::Layer { slot, at, size });
        }
        if looks != Looks::Json {
            return Ok(Captured::Other { size: member.metadata.size, looks });
        }
        if member.metadata.size > MAX_DOCUMENT || self.documents + member.metadata.size > MAX_DOCUMENTS {
            return Ok(Captured::Oversized(member.metadata.size));
        }
        self.documents += member.metadata.size;
        let _ = walker.data().read_to_end(&mut start);
        Ok(Captured::Document(start))
    }

    fn read_layer(
        &mut self,
        stream: &mut (dyn Read + Send),
        size: u64,
        gauge: Arc<Gauge>,
        known: Option<Arc<EncodedIndex>>,
    ) -> Result<u32, SourceError> {
        let (slot, context) = self.next_slot(gauge);
        self.workers.read(stream, size, slot, Context { known, ..context });
        if self.capturing.meter.is_cancelled() { Err(SourceError::Cancelled) } else { Ok(slot) }
    }

    /// Sends the entries of a known index instead of reading the layer.
    fn take_index(&mut self, index: &EncodedIndex, gauge: Arc<Gauge>) -> Result<u32, SourceError> {
        let (slot, context) = self.next_slot(gauge);
        match read_index(index, slot, &context) {
            Err(LayerError::Cancelled) => Err(SourceError::Cancelled),
            outcome => {
                self.workers.settle(slot, outcome);
                Ok(slot)
            }
        }
    }

    fn next_slot(&mut self, gauge: Arc<Gauge>) -> (u32, Context) {
        let slot = self.slots;
        self.slots += 1;
        let Capturing { hasher, verify, index, spool, .. } = self.capturing;
        let (hasher, batches) = (hasher.clone(), self.batches.clone());
        let (verify, index, points) = (*verify, *index, spool.is_some());
        let spare = Arc::clone(self.workers.spare());
        let probes = self.capturing.probes.clone();
        (slot, Context { hasher, gauge, batches, verify, index, points, probes, known: None, spare })
    }
}

impl Source for StreamedArchive {
    fn kind(&self) -> SourceKind {
        self.members.archive_kind()
    }

    fn document(&self, key: &BlobKey) -> Result<Option<Vec<u8>>, SourceError> {
        match self.members.get(&key.path()) {
            Some(Captured::Document(bytes)) => Ok(Some(bytes.clone())),
            Some(Captured::Oversized(size)) => Err(too_large(key, *size)),
            Some(Captured::Layer { .. } | Captured::Other { .. }) => Ok(Some(Vec::new())),
            None => Ok(None),
        }
    }

    fn size(&self, key: &BlobKey) -> Option<u64> {
        self.members.get(&key.path()).map(|captured| match captured {
            Captured::Document(bytes) => bytes.len() as u64,
            Captured::Oversized(size) | Captured::Layer { size, .. } | Captured::Other { size, .. } => *size,
        })
    }

    fn layer(&self, key: &BlobKey) -> Result<Option<LayerAt>, SourceError> {
        match self.members.get(&key.path()) {
            Some(Captured::Layer { slot, .. }) => Ok(Some(LayerAt::Slot(*slot))),
            Some(Captured::Document(_) | Captured::Oversized(_)) => Ok(Some(LayerAt::NotALayer(Looks::Json))),
            Some(Captured::Other { looks, .. }) => Ok(Some(LayerAt::NotALayer(*looks))),
            None => Ok(None),
        }
    }

    fn is_link(&self, key: &BlobKey) -> bool {
        self.members.is_symlink(&key.path())
    }

    fn looks_like(&self) -> String {
        with_end(self.members.looks_like(), self.end)
    }
}

#[cfg(test)]
mod tests {
    use std::sync::mpsc::sync_channel;

    use dockopt_testkit::{Archive, Content, Layer};

    use super::*;

    fn captured(archive: &Archive) -> StreamedArchive {
        let (sender, _batches) = sync_channel(64);
        let capturing = Capturing {
            name: "name".to_owned(),
            hasher: Hasher::with_seed(1),
            meter: Arc::default(),
            length: None,
            verify: false,
            whole: false,
            index: false,
            probes: Probes::default(),
            known: Known::default(),
            threads: 2,
            spool: None,
        };
        let stream = Box::new(io::Cursor::new(archive.to_tar()));
        capture(stream, &capturing, &sender).expect("an archive")
    }

    fn key(path: &str) -> BlobKey {
        BlobKey::Path(path.to_owned())
    }

    fn archive() -> Archive {
        let mut archive = Archive::new();
        archive
            .insert("a/layer.tar", Layer::new().file("f", "1").into_tar())
            .insert("a/VERSION", "1.0")
            .insert("config.json", "{\"a\":1}")
            .insert("b/layer.tar", Layer::new().file("g", "1").into_tar())
            .insert_member("c/layer.tar", Content::Symlink("../a/layer.tar".to_owned()));
        archive
    }

    #[test]
    fn documents_are_kept_and_layers_are_read() {
        let mut source = captured(&archive());
        assert_eq!(source.kind(), SourceKind::OciArchive);
        assert_eq!(source.document(&key("config.json")).expect("kept"), Some(b"{\"a\":1}".to_vec()));
        assert_eq!(source.document(&key("nothing")).expect("no error"), None);
        for (path, expected) in [("a/layer.tar", 0), ("b/layer.tar", 1), ("c/layer.tar", 0)] {
            let found = source.layer(&key(path)).expect("a layer");
            assert!(matches!(found, Some(LayerAt::Slot(slot)) if slot == expected), "{path}");
        }
        assert_eq!(source.size(&key("a/VERSION")), Some(3));
        assert!(source.take_outcome(0).is_some_and(|outcome| outcome.is_ok()));
        assert!(source.take_outcome(0).is_none(), "an outcome is returned once");
        assert!(source.take_outcome(9).is_none());
    }

    #[test]
    fn member_that_is_no_layer_is_reported_as_such() {
        let source = captured(&archive());
        for path in ["config.json", "a/VERSION"] {
            assert!(matches!(source.layer(&key(path)), Ok(Some(LayerAt::NotALayer(_)))), "{path}");
        }
        assert!(source.layer(&key("nothing")).expect("no error").is_none());
        let document = source.document(&key("a/layer.tar")).expect("no error");
        assert_eq!(document, Some(Vec::new()), "a layer is no document");
    }

    #[test]
    fn oversized_document_fails_only_when_requested() {
        let mut archive = archive();
        let size = usize::try_from(MAX_DOCUMENT).expect("small") + 1;
        archive.insert("huge.json", dockopt_testkit::json_of_size(size));
        let source = captured(&archive);
        let error = source.document(&key("huge.json")).expect_err("too large");
        assert!(error.to_string().starts_with("huge.json: 8388609 bytes"), "{error}");
        assert_eq!(source.size(&key("huge.json")), Some(MAX_DOCUMENT + 1));
    }

    #[test]
    fn broken_layer_fails_only_its_own_slot() {
        let mut archive = archive();
        archive.edit("b/layer.tar", |bytes| bytes.truncate(512));
        let mut source = captured(&archive);
        assert!(source.take_outcome(0).is_some_and(|outcome| outcome.is_ok()));
        assert!(source.take_outcome(1).is_some_and(|outcome| outcome.is_err()));
    }
}
