//! Reads an image: opens its source, reads its layers in parallel, stacks them, compares what needs comparing.
//!
//! The calling thread builds the tree and reports progress; layers are read by a pool of threads, the largest first,
//! and arrive in batches. A source that passes by once is read by one thread, and its manifest is understood afterwards.

use std::fs::File;
use std::io;
use std::ops::ControlFlow;
use std::path::Path;
use std::sync::Arc;
use std::sync::mpsc::{Receiver, RecvTimeoutError, sync_channel};
use std::time::{Duration, Instant};

use dockopt_core::image::{ImageInfo, Platform};
use dockopt_core::tree::{Tree, TreeBuilder};
use dockopt_core::warning::Warning;

use crate::batch::{Batch, CHANNEL_DEPTH};
use crate::decode::ByteStream;
use crate::error::ReadError;
use crate::hash::Hasher;
use crate::layer::{Context, LayerError, LayerFacts};
use crate::manifest::{Plan, PlannedBlob, Wanted, plan};
use crate::progress::{Meter, Metered, OnProgress, Progress};
use crate::reference::{Format, Place, Reference};
use crate::sniff::Looks;
use crate::source::{ArchiveFile, LayerAt, LayoutDirectory, Source, capture, peek};
use crate::window::Window;
use crate::{compare, parallel};

/// Time between two reports of progress.
const REPORT_INTERVAL: Duration = Duration::from_millis(40);

/// How to read an image.
#[derive(Clone, Debug, Default)]
pub struct ReadOptions {
    /// Which of several images: a name, a digest, or a number in the order they are listed.
    pub image: Option<String>,
    /// Which platform of it.
    pub platform: Option<Platform>,
    /// Whether to check the digests of all blobs and layers.
    pub verify: bool,
    /// Threads that read layers; as many as there are processors if not given.
    pub threads: Option<usize>,
}

/// An image that was read.
#[derive(Debug)]
pub struct Image {
    /// What it says about itself.
    pub info: ImageInfo,
    /// Its files.
    pub tree: Tree,
    /// What is odd about it.
    pub warnings: Vec<Warning>,
}

/// Reads an image; `on_progress` is called on this thread, about 25 times a second.
pub fn read_image(
    reference: &Reference,
    options: &ReadOptions,
    on_progress: &mut OnProgress<'_>,
) -> Result<Image, ReadError> {
    let reader = Reader { reference, options, hasher: Hasher::random(), meter: Arc::new(Meter::default()) };
    match &reference.place {
        Place::StandardInput { .. } => {
            reader.stream("standard input", Box::new(io::stdin()), None, on_progress)
        }
        Place::File { path, format } => reader.path(path, *format, on_progress),
    }
}

/// Why something that is no tar is no image archive.
pub(crate) fn not_an_archive(looks: Looks) -> &'static str {
    match looks {
        Looks::Empty => "it is empty",
        Looks::Json => "it is JSON; an image is an archive or a directory with blobs",
        Looks::Other("xz") => "it is compressed with xz, which is not supported; gzip and zstd are",
        Looks::Other("bzip2") => "it is compressed with bzip2, which is not supported; gzip and zstd are",
        Looks::Tar | Looks::Gzip | Looks::Zstd | Looks::Other(_) | Looks::Unknown => {
            "it is not a tar archive"
        }
    }
}

struct Reader<'r> {
    reference: &'r Reference,
    options: &'r ReadOptions,
    hasher: Hasher,
    meter: Arc<Meter>,
}

impl Reader<'_> {
    fn path(
        &self,
        path: &Path,
        format: Format,
        on_progress: &mut OnProgress<'_>,
    ) -> Result<Image, ReadError> {
        let failed = |source| ReadError::Io { path: path.to_owned(), source };
        let facts = path.metadata().map_err(failed)?;
        if facts.is_dir() {
            path.read_dir().map_err(failed)?;
            return self.source(&LayoutDirectory::new(path), format, on_progress);
        }
        let name = path.display().to_string();
        if is_device(&facts) {
            return Err(ReadError::NotAnImage { name, reason: "it is a device".to_owned() });
        }
        let file = File::open(path).map_err(failed)?;
        if !facts.is_file() {
            return self.stream(&name, Box::new(file), None, on_progress);
        }
        let file = Arc::new(file);
        let start = peek(&mut Window::new(Arc::clone(&file), 0, 512)).map_err(failed)?;
        match Looks::at(&start) {
            Looks::Tar => self.source(&ArchiveFile::open(path, file, facts.len())?, format, on_progress),
            Looks::Gzip | Looks::Zstd => {
                let window = Window::new(file, 0, facts.len());
                self.stream(&name, Box::new(window), Some(facts.len()), on_progress)
            }
            looks => Err(ReadError::NotAnImage { name, reason: not_an_archive(looks).to_owned() }),
        }
    }

    /// Reads from a source that can be read at any position.
    fn source(
        &self,
        source: &dyn Source,
        format: Format,
        on_progress: &mut OnProgress<'_>,
    ) -> Result<Image, ReadError> {
        let mut plan = self.plan(source, format)?;
        let slots = parallel::slots(&plan);
        let layers = parallel::find(source, &plan, &slots)?;
        let total = layers.iter().map(|layer| layer.length).sum();
        let (builder, outcomes) = self.build(
            |context| parallel::read(&layers, self.options, context),
            Totals { bytes: Some(total), layers: Some(layers.len()) },
            on_progress,
        )?;
        self.settle(&mut plan, &slots, outcomes)?;
        let draft = builder.stack(&slots)?;
        let tree = compare::answer(draft, &layers, self.options, &self.hasher, &self.meter)?;
        Ok(finish(source, plan, tree))
    }

    /// Reads an archive that passes by once.
    fn stream(
        &self,
        name: &str,
        stream: ByteStream<'_>,
        length: Option<u64>,
        on_progress: &mut OnProgress<'_>,
    ) -> Result<Image, ReadError> {
        let metered = Box::new(Metered::new(stream, Arc::clone(&self.meter)));
        let (builder, captured) = self.build(
            |context| capture(name, metered, context),
            Totals { bytes: length, layers: None },
            on_progress,
        )?;
        let mut source = captured?;
        let format = match self.reference.place {
            Place::File { format, .. } | Place::StandardInput { format } => format,
        };
        let mut plan = self.plan(&source, format)?;
        let slots = streamed_slots(&source, &plan)?;
        let outcomes = slots.iter().filter_map(|&slot| Some((slot, source.outcome(slot)?))).collect();
        self.settle(&mut plan, &slots, outcomes)?;
        let tree = builder.stack(&slots)?.finish();
        Ok(finish(&source, plan, tree))
    }

    fn plan(&self, source: &dyn Source, format: Format) -> Result<Plan, ReadError> {
        let wanted = Wanted {
            image: self.options.image.clone().or_else(|| self.reference.image.clone()),
            platform: self.options.platform.clone(),
            verify: self.options.verify,
        };
        let mut plan = plan(source, &self.reference.text, format, &wanted)?;
        plan.info.reference.clone_from(&self.reference.text);
        let kind = match format {
            Format::Any => source.kind(),
            Format::DockerArchive => "docker-archive",
            Format::OciArchive => "oci-archive",
            Format::OciDirectory => "oci",
        };
        plan.info.source.push_str(kind);
        Ok(plan)
    }

    /// Runs `work` on threads of its own and builds the tree of what it sends.
    fn build<R: Send>(
        &self,
        work: impl FnOnce(&Context) -> R + Send,
        totals: Totals,
        on_progress: &mut OnProgress<'_>,
    ) -> Result<(TreeBuilder, R), ReadError> {
        let (sender, receiver) = sync_channel(CHANNEL_DEPTH);
        let context = Context {
            hasher: self.hasher.clone(),
            meter: Arc::clone(&self.meter),
            batches: sender,
            verify: self.options.verify,
        };
        std::thread::scope(|scope| {
            let worker = scope.spawn(move || work(&context));
            let built = self.collect(&receiver, totals, on_progress);
            // Readers that still have something to send must not wait for somebody to take it.
            drop(receiver);
            if built.is_err() {
                self.meter.cancel();
            }
            match worker.join() {
                Ok(result) => Ok((built?, result)),
                Err(panic) => std::panic::resume_unwind(panic),
            }
        })
    }

    fn collect(
        &self,
        batches: &Receiver<Batch>,
        totals: Totals,
        on_progress: &mut OnProgress<'_>,
    ) -> Result<TreeBuilder, ReadError> {
        let mut builder = TreeBuilder::default();
        let mut reported = Instant::now();
        loop {
            match batches.recv_timeout(REPORT_INTERVAL) {
                Ok(batch) => batch.push_into(&mut builder)?,
                Err(RecvTimeoutError::Timeout) => {}
                Err(RecvTimeoutError::Disconnected) => return Ok(builder),
            }
            if reported.elapsed() >= REPORT_INTERVAL {
                reported = Instant::now();
                if on_progress(totals.progress(&self.meter, builder.entry_count())) == ControlFlow::Break(())
                {
                    return Err(ReadError::Cancelled);
                }
            }
        }
    }

    /// Turns what was found out while reading layers into errors and warnings, in the order of layers.
    fn settle(
        &self,
        plan: &mut Plan,
        slots: &[u32],
        outcomes: Vec<(u32, Result<LayerFacts, LayerError>)>,
    ) -> Result<(), ReadError> {
        let mut outcomes: std::collections::HashMap<_, _> = outcomes.into_iter().collect();
        for (index, slot) in slots.iter().enumerate() {
            let Some(outcome) = outcomes.remove(slot) else {
                continue;
            };
            let name = plan.blobs.get(index).map(|blob| blob.key.to_string()).unwrap_or_default();
            match outcome {
                Ok(facts) => crate::check::layer(plan, index, &facts, self.options.verify)?,
                Err(LayerError::Cancelled) => return Err(ReadError::Cancelled),
                Err(source) => return Err(ReadError::Layer { index, name, source }),
            }
        }
        Ok(())
    }
}

/// What is known beforehand of the work.
#[derive(Clone, Copy)]
struct Totals {
    bytes: Option<u64>,
    layers: Option<usize>,
}

impl Totals {
    fn progress(self, meter: &Meter, entries: usize) -> Progress {
        Progress {
            bytes: meter.bytes(),
            total_bytes: self.bytes,
            layers: meter.layers(),
            total_layers: self.layers,
            entries,
        }
    }
}

fn finish(source: &dyn Source, plan: Plan, mut tree: Tree) -> Image {
    let is_link = |(index, blob): (usize, &PlannedBlob)| source.is_link(&blob.key).then_some(index);
    tree.set_linked(plan.blobs.iter().enumerate().filter_map(is_link).collect());
    let mut warnings = plan.warnings;
    warnings.extend(tree.warnings().iter().cloned());
    warnings.sort_by_key(|warning| warning.layer);
    Image { info: plan.info, tree, warnings }
}

fn streamed_slots(source: &impl Source, plan: &Plan) -> Result<Vec<u32>, ReadError> {
    let slot = |(index, blob): (usize, &PlannedBlob)| match source.layer(&blob.key)? {
        Some(LayerAt::Slot(slot)) => Ok(slot),
        Some(LayerAt::NotALayer) => {
            let source = LayerError::NotATar { found: None };
            Err(ReadError::Layer { index, name: blob.key.to_string(), source })
        }
        Some(LayerAt::File(_)) | None => Err(parallel::missing(index, blob, source.kind())),
    };
    plan.blobs.iter().enumerate().map(slot).collect()
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_reading_thread_can_be_told_from_what_it_sends() {
        let reference = Reference::parse("-", None).expect("a reference");
        let options = ReadOptions::default();
        let reader = Reader {
            reference: &reference,
            options: &options,
            hasher: Hasher::random(),
            meter: Arc::new(Meter::default()),
        };
        let totals = Totals { bytes: None, layers: None };
        let (builder, result) =
            reader.build(|_| 7, totals, &mut |_| ControlFlow::Continue(())).expect("nothing to fail");
        assert_eq!((builder.entry_count(), result), (0, 7));
    }
}
