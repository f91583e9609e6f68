//! Errors of reading a file's content. Every error names the file, and the layer that stores its
//! content.

use std::io;
use std::sync::Arc;

use dockopt_core::path::EntryPath;
use thiserror::Error;

/// An error of reading a content.
#[derive(Clone, Debug, Error)]
pub enum ContentError {
    /// The entry is not a regular file.
    #[error("`{path}` is not a regular file")]
    NotAFile {
        /// Path of the entry.
        path: EntryPath,
    },
    /// The layer is not available.
    #[error("`{path}` cannot be read from layer {layer}: {reason}")]
    Unavailable {
        /// The layer that stores the content.
        layer: usize,
        /// Path of the file.
        path: EntryPath,
        /// Why the layer is not available.
        reason: String,
    },
    /// The layer cannot be read or unpacked, or its unpacked bytes cannot be kept.
    #[error("`{path}` cannot be read from layer {layer}")]
    Read {
        /// The layer that stores the content.
        layer: usize,
        /// Path of the file.
        path: EntryPath,
        /// The cause.
        source: Arc<io::Error>,
    },
    /// The layer ends before the content does.
    #[error("`{path}` is cut short: layer {layer} ends {missing} bytes before it does")]
    Truncated {
        /// The layer that stores the content.
        layer: usize,
        /// Path of the file.
        path: EntryPath,
        /// Number of missing bytes.
        missing: u64,
    },
    /// The file is sparse, and its hole map is invalid.
    #[error("the holes of `{path}` in layer {layer} cannot be read: {reason}")]
    Holes {
        /// The layer that stores the content.
        layer: usize,
        /// Path of the file.
        path: EntryPath,
        /// What is wrong with the map.
        reason: String,
    },
    /// The extended attributes of a layer's files cannot be read.
    #[error("extended attributes of layer {layer} cannot be read: {reason}")]
    Attributes {
        /// The layer.
        layer: usize,
        /// The cause.
        reason: String,
    },
    /// The caller gave up waiting.
    #[error("given up")]
    GivenUp,
}

/// Why a layer is not available.
#[derive(Clone, Debug)]
pub(crate) enum Unavailable {
    /// The source does not have it.
    Missing,
    /// The layer was in a stream that was not kept.
    NotKept,
    /// The layer was in a stream, and no copy could be kept.
    NoRoom(Arc<io::Error>),
}

impl Unavailable {
    pub(super) fn reason(&self) -> String {
        match self {
            Self::Missing => "the layer is missing".to_owned(),
            Self::NotKept => "the image was read as a stream and not kept".to_owned(),
            Self::NoRoom(error) => format!("no copy of the image could be kept: {error}"),
        }
    }
}
