//! An image as a directory: an OCI layout, or an unpacked archive.
//!
//! Keys come from untrusted documents. A path that would leave the directory is treated as missing.

use std::fs::File;
use std::io::Read;
use std::path::{Component, Path, PathBuf};
use std::sync::Arc;

use dockopt_core::image::SourceKind;

use super::error::SourceError;
use super::source::{BlobKey, LayerAt, Source, too_large};
use crate::bytes::limits::MAX_DOCUMENT;
use crate::bytes::window::Window;

/// A directory that contains an image.
pub(crate) struct LayoutDirectory {
    root: PathBuf,
}

impl LayoutDirectory {
    pub(crate) fn new(root: &Path) -> Self {
        Self { root: root.to_owned() }
    }

    /// Returns the path and size in bytes of a blob, if it is a regular file inside the directory.
    fn find(&self, key: &BlobKey) -> Option<(PathBuf, u64)> {
        let relative = PathBuf::from(key.path());
        if !relative
            .components()
            .all(|component| matches!(component, Component::Normal(_) | Component::CurDir))
        {
            return None;
        }
        let path = self.root.join(relative);
        let facts = path.metadata().ok().filter(std::fs::Metadata::is_file)?;
        Some((path, facts.len()))
    }
}

impl Source for LayoutDirectory {
    fn kind(&self) -> SourceKind {
        SourceKind::OciDirectory
    }

    fn document(&self, key: &BlobKey) -> Result<Option<Vec<u8>>, SourceError> {
        let Some((path, size)) = self.find(key) else {
            return Ok(None);
        };
        if size > MAX_DOCUMENT {
            return Err(too_large(key, size));
        }
        let mut bytes = Vec::new();
        let read = File::open(&path).and_then(|file| file.take(MAX_DOCUMENT).read_to_end(&mut bytes));
        read.map_err(|source| SourceError::Io { path, source })?;
        Ok(Some(bytes))
    }

    fn size(&self, key: &BlobKey) -> Option<u64> {
        self.find(key).map(|(_, size)| size)
    }

    fn layer(&self, key: &BlobKey) -> Result<Option<LayerAt>, SourceError> {
        let Some((path, size)) = self.find(key) else {
            return Ok(None);
        };
        let file = File::open(&path).map_err(|source| SourceError::Io { path, source })?;
        Ok(Some(LayerAt::File(Window::new(Arc::new(file), 0, size))))
    }

    fn looks_like(&self) -> String {
        let has = |name: &str| self.root.join(name).exists();
        let looks_like = if has("etc") && has("usr") {
            "it looks like a root filesystem"
        } else if has("blobs") {
            "it has blobs, but neither an index.json nor a manifest.json"
        } else {
            "the directory has neither an index.json nor a manifest.json"
        };
        looks_like.to_owned()
    }
}
