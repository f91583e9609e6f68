//! An uncompressed image archive in a file.
//!
//! One walk over its headers finds every member. Documents and layers are then read in place,
//! layers by several threads at once.

use std::fs::File;
use std::io::Read;
use std::path::Path;
use std::sync::Arc;

use dockopt_core::entry::EntryKind;
use dockopt_core::image::SourceKind;

use super::error::SourceError;
use super::members::Members;
use super::source::{BlobKey, LayerAt, Source, too_large};
use crate::bytes::hash::Hasher;
use crate::bytes::limits::MAX_DOCUMENT;
use crate::bytes::window::Window;
use crate::tar::{End, Walker};

/// Position of a member's data, in bytes.
#[derive(Clone, Copy, Debug)]
struct Place {
    offset: u64,
    size: u64,
}

/// An archive file that can be read at any position.
pub(crate) struct ArchiveFile {
    name: String,
    kind: SourceKind,
    file: Arc<File>,
    members: Members<Place>,
    end: Option<End>,
}

impl ArchiveFile {
    /// Opens an archive and finds its members. Fails if the archive is broken.
    pub(crate) fn open(path: &Path, file: Arc<File>, length: u64) -> Result<Self, SourceError> {
        let name = path.display().to_string();
        let mut walker = Walker::new(Window::new(Arc::clone(&file), 0, length), Hasher::random());
        let mut members = Members::new();
        let broken = |source| SourceError::Archive { name: name.clone(), source };
        while let Some(member) = walker.next().map_err(broken)? {
            match member.metadata.kind {
                EntryKind::File if member.holes.is_none() => {
                    members.insert(
                        walker.path(),
                        Place { offset: member.data_offset, size: member.metadata.size },
                    );
                }
                EntryKind::Symlink => members.insert_symlink(walker.path(), walker.link()),
                EntryKind::HardLink => members.insert_hard_link(walker.path(), walker.link()),
                _ => {}
            }
        }
        let kind = members.archive_kind();
        let end = walker.end();
        Ok(Self { name, kind, file, members, end })
    }

    fn window(&self, place: Place) -> Window {
        Window::new(Arc::clone(&self.file), place.offset, place.size)
    }
}

impl Source for ArchiveFile {
    fn kind(&self) -> SourceKind {
        self.kind
    }

    fn document(&self, key: &BlobKey) -> Result<Option<Vec<u8>>, SourceError> {
        let Some(&place) = self.members.get(&key.path()) else {
            return Ok(None);
        };
        if place.size > MAX_DOCUMENT {
            return Err(too_large(key, place.size));
        }
        let mut bytes = Vec::new();
        let read = self.window(place).read_to_end(&mut bytes);
        read.map_err(|source| SourceError::Io { path: self.name.clone().into(), source })?;
        Ok(Some(bytes))
    }

    fn size(&self, key: &BlobKey) -> Option<u64> {
        self.members.get(&key.path()).map(|place| place.size)
    }

    fn layer(&self, key: &BlobKey) -> Result<Option<LayerAt>, SourceError> {
        Ok(self.members.get(&key.path()).map(|&place| LayerAt::File(self.window(place))))
    }

    fn is_link(&self, key: &BlobKey) -> bool {
        self.members.is_symlink(&key.path())
    }

    fn looks_like(&self) -> String {
        with_end(self.members.looks_like(), self.end)
    }
}

/// Returns what an archive looks like, with a note if it may be truncated.
pub(super) fn with_end(looks_like: &str, end: Option<End>) -> String {
    match end {
        Some(End::Unmarked) => {
            format!("{looks_like}; it ends without an end-of-archive block, and may be truncated")
        }
        _ => looks_like.to_owned(),
    }
}
