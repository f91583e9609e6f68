//! Why a file's content cannot be read. Every error names the file, and the layer that stores its content.

use std::io;
use std::sync::Arc;

use dockopt_core::path::EntryPath;
use thiserror::Error;

/// A content that cannot be read.
#[derive(Clone, Debug, Error)]
pub enum ContentError {
    /// It is no regular file.
    #[error("`{path}` is not a regular file")]
    NotAFile {
        /// Where it is.
        path: EntryPath,
    },
    /// Its layer is not there to be read from.
    #[error("`{path}` cannot be read from layer {layer}: {reason}")]
    Unavailable {
        /// The layer that stores the content.
        layer: usize,
        /// Where the file is.
        path: EntryPath,
        /// Why the layer is not there.
        reason: String,
    },
    /// Its layer cannot be read, not be unpacked, or not be kept unpacked.
    #[error("`{path}` cannot be read from layer {layer}")]
    Read {
        /// The layer that stores the content.
        layer: usize,
        /// Where the file is.
        path: EntryPath,
        /// Why.
        source: Arc<io::Error>,
    },
    /// Its layer ends before the content does.
    #[error("`{path}` is cut short: layer {layer} ends {missing} bytes before it does")]
    Truncated {
        /// The layer that stores the content.
        layer: usize,
        /// Where the file is.
        path: EntryPath,
        /// Bytes that are not there.
        missing: u64,
    },
    /// It is sparse, and the map of its holes makes no sense.
    #[error("`{path}` in layer {layer} has holes that cannot be understood: {reason}")]
    Holes {
        /// The layer that stores the content.
        layer: usize,
        /// Where the file is.
        path: EntryPath,
        /// What is wrong with the map.
        reason: String,
    },
    /// Extended attributes of a layer's files cannot be read.
    #[error("extended attributes of layer {layer} cannot be read: {reason}")]
    Attributes {
        /// The layer.
        layer: usize,
        /// Why.
        reason: String,
    },
    /// Whoever wanted it has given up waiting.
    #[error("given up")]
    GivenUp,
}

/// Why a layer is not there to be read from.
#[derive(Clone, Debug)]
pub(crate) enum Unavailable {
    /// The source does not have it.
    Missing,
    /// It has passed by, and nobody wanted to look inside.
    NotKept,
    /// It has passed by, and could not be kept.
    NoRoom(Arc<io::Error>),
}

impl Unavailable {
    pub(super) fn reason(&self) -> String {
        match self {
            Self::Missing => "the layer is missing".to_owned(),
            Self::NotKept => "the image has passed by as a stream and was not kept".to_owned(),
            Self::NoRoom(error) => format!("no copy of the image could be kept: {error}"),
        }
    }
}
