//! Opens the image that a reference names.

use std::io;

use super::error::ReadError;
use super::image::{Image, Opened};
use super::options::ReadOptions;
use super::reader::{Passing, Reader};
use super::watch::{ProgressOnly, Watch, Watcher};
use crate::bytes::hash::Hasher;
use crate::bytes::progress::OnProgress;
use crate::cache::Cache;
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
