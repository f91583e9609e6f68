//! Sources of images for dockopt-dive, and readers of their layers.
//!
//! [`Reference::parse`] parses the user's text, [`Reference::locate`] looks for it on disk and in
//! engines. [`open_image`] recognises the format of the file or stream, chooses the image, reads
//! its layers in parallel and returns a tree and the contents of its files; [`read_image`] returns
//! the tree alone. Nothing here prints. Only the cache and [`ReadOptions::contents`] write to disk.

mod bytes;
mod cache;
mod contents;
mod engine;
mod extract;
#[cfg(any(test, feature = "fuzzing"))]
pub mod fuzzing;
mod host;
mod layer;
mod manifest;
mod read;
mod reference;
mod registry;
mod source;
mod tar;

pub use self::bytes::hash::HashSeed;
pub use self::bytes::progress::{LayerProgress, OnProgress, Progress};
pub use self::bytes::remote::Fetched;
pub use self::tar::TarError;
pub use cache::{Cache, CacheError, CacheInfo, Pruned};
pub use contents::{ContentError, ContentReader, Contents};
pub use engine::{
    Attempt, DiscoverError, Elsewhere, EngineError, EngineKind, LocalEngine, LocalImage, LocalImages,
    LocateError,
};
pub use extract::{
    ExtractError, ExtractProgress, Extracted, Extraction, OnExtract, Selection, Skipped, TarExport, View,
};
pub use host::Environment;
pub use layer::LayerError;
pub use manifest::{ManifestError, parse_platform};
pub use read::{
    Image, LayerFailure, Opened, ReadError, ReadOptions, Snapshot, Watcher, describe_image, open_image,
    read_image,
};
pub use reference::{Located, Reference, ReferenceError, SCHEMES, Scheme};
pub use registry::{ImageName, Reason, RegistryError, RegistryOptions};
pub use source::SourceError;
