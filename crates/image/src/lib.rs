//! Where dockopt-dive's images come from, and how their layers are read.
//!
//! [`Reference::parse`] understands what the user typed, [`open_image`] does the rest: it finds out what the file or
//! stream is, chooses the image, reads its layers in parallel and gives back a tree and the contents of its files;
//! [`read_image`] does so for those who want the tree alone. Nothing here prints, and unless an image is read to be
//! browsed nothing writes to disk.

mod batch;
mod cache;
mod check;
mod compare;
mod contents;
mod decode;
mod engine;
mod environment;
mod error;
mod extract;
#[cfg(any(test, feature = "fuzzing"))]
pub mod fuzzing;
mod hash;
mod layer;
mod local;
mod manifest;
mod parallel;
mod pipe;
mod progress;
mod read;
mod reference;
mod registry;
mod remote;
mod sniff;
mod source;
mod spool;
mod tar;
mod tls;
mod verify;
mod watch;
mod window;

pub use self::tar::TarError;
pub use cache::{Cache, CacheError, CacheInfo, Pruned};
pub use contents::{ContentError, ContentReader, Contents};
pub use engine::{Attempt, DiscoverError, EngineError, EngineKind};
pub use environment::Environment;
pub use error::{Elsewhere, ReadError};
pub use extract::{
    ExtractError, ExtractProgress, Extracted, Extraction, OnExtract, Selection, Skipped, View,
};
pub use layer::LayerError;
pub use local::{LocalEngine, LocalImage, LocalImages};
pub use manifest::parse_platform;
pub use progress::{LayerProgress, OnProgress, Progress};
pub use read::{Image, LayerFailure, Opened, ReadOptions, open_image, read_image};
pub use reference::Reference;
pub use registry::{Cause, ImageName, RegistryError, RegistryOptions};
pub use remote::Fetched;
pub use watch::{Snapshot, Watcher};
