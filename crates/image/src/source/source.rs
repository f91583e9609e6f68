//! The interface of a source of images.
//!
//! A source returns documents (manifests, indexes, configurations) and layers by key, and never
//! decompresses or interprets them. [`crate::manifest`] and [`crate::read`] derive everything else,
//! in the same way for all sources.

use std::fmt;
use std::sync::Arc;

use dockopt_core::image::SourceKind;

use super::error::SourceError;
use crate::bytes::limits::MAX_DOCUMENT;
use crate::bytes::remote::Fetch;
use crate::bytes::sniff::Looks;
use crate::bytes::window::Window;

/// Key of a blob in its source.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) enum BlobKey {
    /// A file in an archive or directory.
    Path(String),
    /// A digest, `algorithm:hex`.
    Digest(String),
}

impl BlobKey {
    /// Returns the path of the blob in an OCI layout.
    pub(crate) fn path(&self) -> String {
        match self {
            Self::Path(path) => path.clone(),
            Self::Digest(digest) => format!("blobs/{}", digest.replacen(':', "/", 1)),
        }
    }
}

impl fmt::Display for BlobKey {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Path(name) | Self::Digest(name) => {
                formatter.write_str(&dockopt_core::path::escape(name.as_bytes()))
            }
        }
    }
}

/// Location of a layer in a source.
pub(crate) enum LayerAt {
    /// In a file, not read yet.
    File(Window),
    /// Already read from a stream, into this slot.
    Slot(u32),
    /// Remote, fetched when it is read. Its descriptor has its length.
    Remote(Arc<dyn Fetch>),
    /// Present, but in a format that no layer has.
    NotALayer(Looks),
}

/// A source of images.
pub(crate) trait Source: Sync {
    /// Returns the kind of the source.
    fn kind(&self) -> SourceKind;

    /// Returns a document; `None` if the source does not have the key.
    fn document(&self, key: &BlobKey) -> Result<Option<Vec<u8>>, SourceError>;

    /// Returns a manifest or an index by its digest, for sources that keep them apart from other
    /// documents.
    fn manifest(&self, key: &BlobKey) -> Result<Option<Vec<u8>>, SourceError> {
        self.document(key)
    }

    /// Returns whether each document costs a request, so that only needed ones are read, and each
    /// listed blob is assumed to exist.
    fn is_remote(&self) -> bool {
        false
    }

    /// Returns the size of a blob in bytes; `None` if the source does not have the key.
    fn size(&self, key: &BlobKey) -> Option<u64>;

    /// Returns a layer; `None` if the source does not have the key.
    fn layer(&self, key: &BlobKey) -> Result<Option<LayerAt>, SourceError>;

    /// Returns whether the key is that of a symbolic link.
    fn is_link(&self, _key: &BlobKey) -> bool {
        false
    }

    /// Describes a source without a manifest, for the error.
    fn looks_like(&self) -> String;
}

/// Returns the error about a document that is too large to be read.
pub(crate) fn too_large(key: &BlobKey, size: u64) -> SourceError {
    let reason = format!("{size} bytes exceed the limit of {MAX_DOCUMENT} bytes for a document");
    SourceError::Document { document: key.to_string(), reason }
}
