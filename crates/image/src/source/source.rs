//! Homes of images: the minimum each must give.
//!
//! A source hands out documents (manifests, indexes, configurations) and layers by key, and never decompresses
//! or interprets them. Everything else is derived once, for all sources, in [`crate::manifest`] and [`crate::read`].

use std::fmt;
use std::sync::Arc;

use dockopt_core::image::SourceKind;

use super::error::SourceError;
use crate::bytes::limits::MAX_DOCUMENT;
use crate::bytes::remote::Fetch;
use crate::bytes::sniff::Looks;
use crate::bytes::window::Window;

/// What a blob is known by.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) enum BlobKey {
    /// A file in an archive or directory.
    Path(String),
    /// A digest, `algorithm:hex`.
    Digest(String),
}

impl BlobKey {
    /// Where an OCI layout keeps the blob.
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

/// A layer in a source.
pub(crate) enum LayerAt {
    /// Still to be read.
    File(Window),
    /// Read already, while the stream it is in passed by.
    Slot(u32),
    /// Somewhere else, to be fetched when it is read; its length is in its descriptor.
    Remote(Arc<dyn Fetch>),
    /// There, but not what a layer looks like.
    NotALayer(Looks),
}

/// A home of images.
pub(crate) trait Source: Sync {
    /// The kind of the source.
    fn kind(&self) -> SourceKind;

    /// A document, `None` if there is nothing of that key.
    fn document(&self, key: &BlobKey) -> Result<Option<Vec<u8>>, SourceError>;

    /// A manifest or an index by its digest, for sources that keep them apart from other documents.
    fn manifest(&self, key: &BlobKey) -> Result<Option<Vec<u8>>, SourceError> {
        self.document(key)
    }

    /// Whether looking at what is not needed costs time, and everything that is listed is there.
    fn is_remote(&self) -> bool {
        false
    }

    /// Size of a blob in bytes, `None` if there is nothing of that key.
    fn size(&self, key: &BlobKey) -> Option<u64>;

    /// A layer, `None` if there is nothing of that key.
    fn layer(&self, key: &BlobKey) -> Result<Option<LayerAt>, SourceError>;

    /// Whether the key is that of a symbolic link.
    fn is_link(&self, _key: &BlobKey) -> bool {
        false
    }

    /// What the source looks like when it holds no manifest: for the error.
    fn looks_like(&self) -> String;
}

/// A document that is too large to be one.
pub(crate) fn too_large(key: &BlobKey, size: u64) -> SourceError {
    let reason = format!("{size} bytes are too many for a document, the limit is {MAX_DOCUMENT}");
    SourceError::Document { document: key.to_string(), reason }
}
