//! Reads an image: opens its source, reads its layers in parallel, stacks them, compares contents.
//!
//! The calling thread builds the tree and reports progress. A pool of threads reads the layers, the
//! largest first, and sends their entries in batches. One thread reads a streamed archive, whose
//! manifest is parsed after its layers. A report reads strictly and writes nothing; the browser
//! keeps the readable part of a broken image, and a copy of a streamed archive.

use std::collections::HashMap;
use std::fs::File;
use std::io;
use std::path::Path;
use std::sync::Arc;

use dockopt_core::evidence::Fact;
use dockopt_core::facts::Evidence;
use dockopt_core::tree::{Tree, TreeBuilder};
use dockopt_core::warning::Warning;
use dockopt_core::warning_kind::WarningKind;

use super::check;
use super::compare::Comparer;
use super::error::ReadError;
use super::image::{Image, LayerFailure, Opened};
use super::options::ReadOptions;
use super::parallel::{self, PendingLayer};
use super::watch::{Growing, Watch};
use crate::bytes::decode::ByteStream;
use crate::bytes::hash::Hasher;
use crate::bytes::points::SeekPoints;
use crate::bytes::sniff::Looks;
use crate::bytes::spool::{MAX_COPY, Share, Spool};
use crate::bytes::window::{Window, peek};
use crate::contents::{BlobHome, Contents, Unavailable};
use crate::layer::{EncodedIndex, LayerError, LayerOutcome};
use crate::manifest::{Choice, Plan, PlannedBlob, plan};
use crate::reference::Located;
use crate::source::{
    ArchiveFile, Capturing, Format, Known, LayerAt, LayoutDirectory, Source, SourceError, StreamedArchive,
    capture,
};

/// The index of each layer that has one.
type Indexes = Vec<Option<Box<EncodedIndex>>>;

/// An archive that can be read only once, as a stream.
pub(super) struct Passing {
    pub(super) name: String,
    pub(super) open: Box<dyn FnOnce() -> io::Result<ByteStream<'static>> + Send>,
    /// Its length in bytes, if known.
    pub(super) length: Option<u64>,
    /// Whether its stream must end without an error, even after the last member.
    pub(super) whole: bool,
    /// Whether to build indexes of its layers.
    pub(super) index: bool,
    /// Indexes from the cache: their layers are not read.
    pub(super) known: Known,
}

impl Passing {
    pub(super) fn new(
        name: &str,
        open: impl FnOnce() -> io::Result<ByteStream<'static>> + Send + 'static,
    ) -> Self {
        let (name, open) = (name.to_owned(), Box::new(open));
        Self { name, open, length: None, whole: false, index: false, known: Known::default() }
    }
}

/// A read in progress.
pub(super) struct Reader<'r> {
    pub(super) located: &'r Located,
    pub(super) options: &'r ReadOptions,
    pub(super) hasher: Hasher,
    pub(super) watch: Watch<'r>,
}

impl Reader<'_> {
    pub(super) fn path(&mut self, path: &Path, format: Format) -> Result<Opened, ReadError> {
        let failed = |source| SourceError::Io { path: path.to_owned(), source };
        let facts = path.metadata().map_err(failed)?;
        if facts.is_dir() {
            path.read_dir().map_err(failed)?;
            return self.source(&LayoutDirectory::new(path), format);
        }
        let name = path.display().to_string();
        if is_device(&facts) {
            return Err(SourceError::NotAnImage { name, reason: "it is a device".to_owned() }.into());
        }
        if !facts.is_file() {
            let path = path.to_owned();
            return self.archive(Passing::new(&name, move || Ok(Box::new(File::open(path)?))));
        }
        let file = Arc::new(File::open(path).map_err(failed)?);
        let start = peek(&mut Window::new(Arc::clone(&file), 0, 512)).map_err(failed)?;
        match Looks::at(&start) {
            Looks::Tar => {
                let owned = path.to_owned();
                let opened = self.watch.work(move || ArchiveFile::open(&owned, file, facts.len()))?;
                self.source(&opened?, format)
            }
            Looks::Gzip | Looks::Zstd => {
                let window = Window::new(file, 0, facts.len());
                let passing = Passing::new(&name, || Ok(Box::new(window)));
                self.archive(Passing { length: Some(facts.len()), ..passing })
            }
            looks => Err(SourceError::NotAnImage { name, reason: looks.not_an_archive() }.into()),
        }
    }

    /// Reads from a source with random access.
    pub(super) fn source(&mut self, source: &dyn Source, format: Format) -> Result<Opened, ReadError> {
        let plan = self.plan(source, format)?;
        let slots = parallel::slots(&plan);
        let (layers, missing) = parallel::find(source, &plan, &slots, (self.options, &self.watch.meter));
        let missing = self.allowed(missing)?;
        let (plan, files, contents, failures) = self.layers(plan, &slots, layers, missing)?;
        Ok(Opened { image: finish(source, plan, files), contents, failures })
    }

    /// Reads the layers of a plan.
    pub(super) fn layers(
        &mut self,
        mut plan: Plan,
        slots: &[u32],
        layers: Vec<PendingLayer>,
        missing: Vec<(u32, ReadError)>,
    ) -> Result<(Plan, Files, Contents, Vec<LayerFailure>), ReadError> {
        self.watch.planned(&plan.info, slots);
        let layers = Arc::new(layers);
        let mut growing = Growing::default();
        let (options, hasher, work) = (self.options.clone(), self.hasher.clone(), Arc::clone(&layers));
        let mut outcomes = self
            .watch
            .read(&mut growing, move |batches| parallel::read(&work, &options, &hasher, batches))?;
        let points = seek_points(&outcomes);
        let facts = take_facts(&mut outcomes);
        let failures = self.settle(&mut plan, slots, outcomes, missing)?;
        let tree = self.stack(growing.builder, slots, Arc::clone(&layers))?;
        let files = Files::new(tree, slots, &facts);
        let home = |slot: &u32| match layers.get(*slot as usize) {
            Some(layer) => layer.home().map(|home| home.with_points(points.get(slot).cloned())),
            None => Err(Unavailable::Missing),
        };
        let contents = Contents::new(slots, slots.iter().map(home).collect());
        Ok((plan, files, contents, failures))
    }

    /// Reads a streamed archive.
    pub(super) fn archive(&mut self, passing: Passing) -> Result<Opened, ReadError> {
        self.stream(passing).map(|(opened, _)| opened)
    }

    /// Reads a streamed archive; returns the indexes of its layers if [`Passing::index`] is set.
    pub(super) fn stream(&mut self, passing: Passing) -> Result<(Opened, Indexes), ReadError> {
        let spool = self.options.contents.then(|| Arc::new(Spool::new(Share::new(MAX_COPY))));
        let Passing { name, open, length, whole, index, known } = passing;
        let capturing = Capturing {
            name,
            hasher: self.hasher.clone(),
            meter: Arc::clone(&self.watch.meter),
            length,
            verify: self.options.verify,
            whole,
            probes: self.options.probes.clone(),
            index,
            known,
            threads: parallel::thread_count(self.options),
            spool: spool.clone(),
        };
        let mut growing = Growing::default();
        let captured = self.watch.read(&mut growing, move |batches| {
            let failed = |source| SourceError::Io { path: capturing.name.clone().into(), source };
            capture(open().map_err(failed)?, &capturing, batches)
        })?;
        let mut source = captured?;
        let mut plan = self.plan(&source, self.located.format())?;
        let (slots, missing) = streamed_slots(&source, &plan);
        let missing = self.allowed(missing)?;
        self.watch.planned(&plan.info, &slots);
        let mut outcomes: Vec<_> =
            slots.iter().filter_map(|&slot| Some((slot, source.take_outcome(slot)?))).collect();
        let indexes = take_indexes(&slots, &mut outcomes);
        let points = seek_points(&outcomes);
        let facts = take_facts(&mut outcomes);
        let failures = self.settle(&mut plan, &slots, outcomes, missing)?;
        let tree = self.stack(growing.builder, &slots, Arc::default())?;
        let files = Files::new(tree, &slots, &facts);
        let blobs = copied(&source, &mut plan, spool.as_deref());
        let with_points = |(blob, slot): (Result<BlobHome, _>, &u32)| {
            blob.map(|blob| blob.with_points(points.get(slot).cloned()))
        };
        let blobs = blobs.into_iter().zip(&slots).map(with_points).collect();
        let contents = Contents::new(&slots, blobs);
        Ok((Opened { image: finish(&source, plan, files), contents, failures }, indexes))
    }

    fn plan(&self, source: &dyn Source, format: Format) -> Result<Plan, ReadError> {
        plan_of(source, (&self.located.text, format), &self.wanted())
    }

    /// Returns the selection of the image.
    pub(super) fn wanted(&self) -> Choice {
        Choice {
            image: self.options.image.clone().or_else(|| self.located.image.clone()),
            platform: self.options.platform.clone(),
            verify: self.options.verify,
        }
    }

    /// Fails with the error of the first missing layer, unless the read is lenient.
    pub(super) fn allowed(&self, missing: Vec<(u32, ReadError)>) -> Result<Vec<(u32, ReadError)>, ReadError> {
        if self.options.lenient {
            return Ok(missing);
        }
        missing.into_iter().next().map_or(Ok(Vec::new()), |(_, error)| Err(error))
    }

    /// Converts the outcomes of layers to errors and warnings, in the order of layers.
    fn settle(
        &self,
        plan: &mut Plan,
        slots: &[u32],
        outcomes: Vec<(u32, LayerOutcome)>,
        missing: Vec<(u32, ReadError)>,
    ) -> Result<Vec<LayerFailure>, ReadError> {
        let mut outcomes: HashMap<_, _> = outcomes.into_iter().collect();
        let mut failed: HashMap<_, _> =
            missing.into_iter().map(|(slot, error)| (slot, Arc::new(error))).collect();
        for (index, slot) in slots.iter().enumerate() {
            let Some(outcome) = outcomes.remove(slot) else {
                continue;
            };
            let result = match outcome {
                Ok(layer) => check::layer(plan, index, &layer.facts, self.options.verify),
                Err(LayerError::Cancelled) => return Err(ReadError::Cancelled),
                Err(source) => Err(parallel::unreadable(plan, index, source)),
            };
            match result {
                Err(error) if self.options.lenient => drop(failed.insert(*slot, Arc::new(error))),
                result => result?,
            }
        }
        let failure = |(layer, slot)| Some(LayerFailure { layer, error: Arc::clone(failed.get(slot)?) });
        Ok(slots.iter().enumerate().filter_map(failure).collect())
    }

    /// Stacks the layers, and compares contents where the tree needs it.
    fn stack(
        &mut self,
        mut builder: TreeBuilder,
        slots: &[u32],
        layers: Arc<Vec<PendingLayer>>,
    ) -> Result<Tree, ReadError> {
        let comparer = Comparer {
            layers,
            options: self.options.clone(),
            hasher: self.hasher.clone(),
            meter: Arc::clone(&self.watch.meter),
        };
        let slots = slots.to_vec();
        self.watch.work(move || {
            if let Some(&last) = slots.iter().max().filter(|_| comparer.options.lenient) {
                builder.open_slot(last);
            }
            comparer.answer(builder.stack(&slots)?)
        })?
    }
}

/// Plans an image for the reference `text`.
pub(super) fn plan_of(
    source: &dyn Source,
    (text, format): (&str, Format),
    wanted: &Choice,
) -> Result<Plan, ReadError> {
    let mut plan = plan(source, text, format, wanted)?;
    text.clone_into(&mut plan.info.reference);
    plan.info.source = Some(format.source().unwrap_or_else(|| source.kind()));
    Ok(plan)
}

/// The files of an image, and the facts about them.
pub(super) struct Files {
    pub(super) tree: Tree,
    pub(super) evidence: Evidence,
}

/// Takes the facts of each slot.
fn take_facts(outcomes: &mut [(u32, LayerOutcome)]) -> HashMap<u32, Vec<Fact>> {
    let take = |(slot, outcome): &mut (u32, LayerOutcome)| {
        Some((*slot, std::mem::take(&mut outcome.as_mut().ok()?.evidence)))
    };
    outcomes.iter_mut().filter_map(take).collect()
}

impl Files {
    /// Assigns the facts of each slot to the entries of its layers.
    fn new(tree: Tree, slots: &[u32], facts: &HashMap<u32, Vec<Fact>>) -> Self {
        let of_layer = |slot| facts.get(slot).map(Vec::as_slice).unwrap_or_default();
        let layers: Vec<&[Fact]> = slots.iter().map(of_layer).collect();
        Self { evidence: Evidence::of(&tree, &layers), tree }
    }
}

pub(super) fn finish(source: &dyn Source, mut plan: Plan, files: Files) -> Image {
    for (layer, blob) in plan.info.layers.iter_mut().zip(&plan.blobs) {
        layer.linked = source.is_link(&blob.key);
    }
    image(plan, files)
}

pub(super) fn image(plan: Plan, Files { tree, evidence }: Files) -> Image {
    let mut warnings = plan.warnings;
    warnings.extend(tree.warnings().iter().cloned());
    warnings.sort_by_key(|warning| warning.layer);
    Image { info: plan.info, tree, evidence, warnings }
}

/// Returns the slot of each layer, an empty one for a missing layer, and the errors of missing
/// layers by slot.
fn streamed_slots(source: &StreamedArchive, plan: &Plan) -> (Vec<u32>, Vec<(u32, ReadError)>) {
    let mut missing = Vec::new();
    let mut next = source.slots();
    let mut slots = Vec::new();
    for (index, blob) in plan.blobs.iter().enumerate() {
        let error = match source.layer(&blob.key) {
            Ok(Some(LayerAt::Slot(slot))) => {
                slots.push(slot);
                continue;
            }
            Ok(Some(LayerAt::NotALayer(looks))) => {
                parallel::unreadable(plan, index, LayerError::no_layer(looks))
            }
            Ok(Some(LayerAt::File(_) | LayerAt::Remote(_)) | None) => {
                parallel::missing(index, blob, source.kind())
            }
            Err(error) => error.into(),
        };
        missing.push((next, error));
        slots.push(next);
        next += 1;
    }
    (slots, missing)
}

/// Takes the index of each layer from its outcome; of layers with one slot, the lowest gets it.
fn take_indexes(slots: &[u32], outcomes: &mut [(u32, LayerOutcome)]) -> Indexes {
    let mut take = |slot: &u32| {
        let outcome = outcomes.iter_mut().find(|(of, _)| of == slot);
        outcome.and_then(|(_, outcome)| outcome.as_mut().ok()?.index.take())
    };
    slots.iter().map(&mut take).collect()
}

/// Returns the seek points by slot.
fn seek_points(outcomes: &[(u32, LayerOutcome)]) -> HashMap<u32, Arc<SeekPoints>> {
    let points = |outcome: &LayerOutcome| outcome.as_ref().ok()?.points.clone();
    outcomes.iter().filter_map(|(slot, outcome)| Some((*slot, points(outcome)?))).collect()
}

/// Returns the blobs of layers in the copy of a streamed archive.
fn copied(
    source: &StreamedArchive,
    plan: &mut Plan,
    spool: Option<&Spool>,
) -> Vec<Result<BlobHome, Unavailable>> {
    let copy = spool.map(Spool::file);
    if let Some(Err(error)) = &copy {
        let message = format!("file contents cannot be shown, the archive could not be copied: {error}");
        plan.warnings.push(Warning::new(WarningKind::ContentsNotKept, None, message));
    }
    let blob = |blob: &PlannedBlob| match &copy {
        None => Err(Unavailable::NotKept),
        Some(Err(error)) => Err(Unavailable::NoRoom(Arc::clone(error))),
        Some(Ok(copy)) => source.window(&blob.key, copy).map(BlobHome::File).ok_or(Unavailable::Missing),
    };
    plan.blobs.iter().map(blob).collect()
}

#[cfg(unix)]
fn is_device(facts: &std::fs::Metadata) -> bool {
    use std::os::unix::fs::FileTypeExt;
    let kind = facts.file_type();
    kind.is_block_device() || kind.is_char_device() || kind.is_socket()
}

#[cfg(not(unix))]
fn is_device(_facts: &std::fs::Metadata) -> bool {
    false
}
