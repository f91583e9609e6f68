//! Opens the image that a reference names.

use std::io;
use std::ops::ControlFlow;

use dockopt_core::image::{ImageInfo, LayerInfo};

use super::error::ReadError;
use super::image::{Image, Opened};
use super::options::ReadOptions;
use super::reader::{Passing, Reader};
use super::watch::{ProgressOnly, Watch, Watcher};
use crate::bytes::hash::Hasher;
use crate::bytes::progress::{OnProgress, Progress};
use crate::cache::Cache;
use crate::engine::LocatedImage;
use crate::reference::{Located, Place};

/// Reads an image without the contents of its files. Calls `on_progress` on this thread, about 25
/// times a second.
pub fn read_image(
    located: &Located,
    options: &ReadOptions,
    on_progress: &mut OnProgress<'_>,
) -> Result<Image, ReadError> {
    let options = ReadOptions { lenient: false, contents: false, ..options.clone() };
    open_image(located, &options, &mut ProgressOnly(on_progress)).map(|opened| opened.image)
}

/// Reads the description of an image, and no more of its layers than has to pass to reach it: an
/// archive on standard input is read to its end, an engine that knows its layers is only asked.
pub fn describe_image(located: &Located, options: &ReadOptions) -> Result<ImageInfo, ReadError> {
    if let Place::Engine { found, .. } = &located.place
        && !found.image.is_index
        && !found.image.layers.is_empty()
    {
        return Ok(described(&located.text, found));
    }
    let options = ReadOptions { lenient: false, contents: false, ..options.clone() };
    let mut describing = Describing::default();
    match open_image(located, &options, &mut describing) {
        Ok(opened) => Ok(opened.image.info),
        Err(error) => describing.info.ok_or(error),
    }
}

/// Returns what an engine says about an image.
fn described(reference: &str, LocatedImage { engine, image }: &LocatedImage) -> ImageInfo {
    let layer = |diff_id: &String| LayerInfo { diff_id: Some(diff_id.clone()), ..LayerInfo::default() };
    ImageInfo {
        reference: reference.to_owned(),
        source: Some(engine.kind().source()),
        digest: image.digest(),
        id: Some(image.id.clone()),
        platform: image.platform.clone(),
        tags: image.tags.clone(),
        created: image.created.clone(),
        layers: image.layers.iter().map(layer).collect(),
        ..ImageInfo::default()
    }
}

/// Cancels a read as soon as the image is described.
#[derive(Default)]
struct Describing {
    info: Option<ImageInfo>,
}

impl Watcher for Describing {
    fn planned(&mut self, info: &ImageInfo) {
        self.info = Some(info.clone());
    }

    fn progress(&mut self, _progress: &Progress) -> ControlFlow<()> {
        if self.info.is_some() { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
    }
}

/// Reads an image. Calls `watcher` on this thread.
///
/// A cancelled read returns at once. Its threads end with their next read, so a thread that waits
/// for a silent pipe remains until the program ends.
pub fn open_image(
    located: &Located,
    options: &ReadOptions,
    watcher: &mut dyn Watcher,
) -> Result<Opened, ReadError> {
    let mut reader = Reader { located, options, hasher: hasher(options), watch: Watch::new(watcher) };
    match &located.place {
        Place::StandardInput { .. } => {
            reader.archive(Passing::new("standard input", || Ok(Box::new(io::stdin()))))
        }
        Place::File { path, format } => reader.path(path, *format),
        Place::Engine { name, found } => reader.engine(name, found),
        Place::Registry { name } => reader.registry(name),
    }
}

/// Returns the hasher of contents: hashes in the cache are comparable across runs only with its
/// seed.
fn hasher(options: &ReadOptions) -> Hasher {
    Hasher::new(options.cache.as_ref().map_or(options.seed, Cache::seed))
}
