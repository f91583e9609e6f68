//! The contents of an image's files, for viewing and extracting.
//!
//! Plain layers are read in place. A compressed or remote layer is unpacked once, on first use, by
//! a thread of its own into a temporary file; readers wait only until their bytes are available.
//! Nothing is trusted twice: the bytes read are checked against the tree, and missing bytes are an
//! error, never zeros.

use std::collections::HashMap;
use std::sync::Arc;

use dockopt_core::entry::EntryKind;
use dockopt_core::tree::{EntryId, Tree};

use super::attributes::{Attributes, Wanted};
use super::error::{ContentError, Unavailable};
use super::layer::{BlobHome, StoredLayer};
use super::reader::{ContentReader, Object};
use crate::bytes::spool::Share;

/// Maximum size of all compressed layers of an image in temporary files, unpacked: 8 GiB.
const MAX_UNPACKED: u64 = 8 << 30;

/// The contents of an image's files. Clones share unpacked layers and are usable from several
/// threads.
#[derive(Clone, Debug)]
pub struct Contents {
    layers: Arc<Vec<Arc<StoredLayer>>>,
}

impl Contents {
    /// Creates the contents of layers from one blob per layer; layers in the same slot share what
    /// is unpacked.
    pub(crate) fn new(slots: &[u32], blobs: Vec<Result<BlobHome, Unavailable>>) -> Self {
        let share = Share::new(MAX_UNPACKED);
        let mut by_slot = HashMap::new();
        let mut layers = Vec::new();
        for ((index, blob), slot) in blobs.into_iter().enumerate().zip(slots) {
            let new = || Arc::new(StoredLayer::new(index, blob, Arc::clone(&share)));
            layers.push(Arc::clone(by_slot.entry(*slot).or_insert_with(new)));
        }
        Self { layers: Arc::new(layers) }
    }

    /// Reads the extended attributes of entries; for hard links, those of their targets. Reads the
    /// headers of each affected layer again.
    pub(crate) fn attributes(
        &self,
        tree: &Tree,
        entries: impl Iterator<Item = EntryId>,
        gives_up: &dyn Fn() -> bool,
    ) -> Result<HashMap<EntryId, Attributes>, ContentError> {
        let mut wanted: HashMap<usize, Wanted> = HashMap::new();
        let with_attributes =
            entries.filter_map(|entry| tree.entry(entry)).filter(|facts| facts.metadata.xattrs.is_some());
        for inode in with_attributes.map(|facts| facts.inode) {
            if let Some(facts) = tree.entry(inode) {
                wanted.entry(facts.layer).or_default().insert(inode);
            }
        }
        let mut found = HashMap::new();
        for (layer, wanted) in wanted {
            let stored = self.layers.get(layer);
            found.extend(wanted.read(tree, (layer, stored.map(AsRef::as_ref)), gives_up)?);
        }
        Ok(found)
    }

    /// Opens the content of a regular file in any layer; a hard link opens the content of its
    /// inode.
    ///
    /// Nothing is read yet: errors of a missing or broken layer are returned by the reader.
    ///
    /// # Errors
    ///
    /// [`ContentError::NotAFile`] for anything but a regular file.
    pub fn open(&self, tree: &Tree, entry: EntryId) -> Result<ContentReader, ContentError> {
        let path = || tree.entry_path(entry).unwrap_or_default();
        let not_a_file = || ContentError::NotAFile { path: path() };
        let inode = tree.entry(entry).map(|facts| facts.inode).ok_or_else(not_a_file)?;
        let facts = tree.entry(inode).ok_or_else(not_a_file)?;
        if facts.metadata.kind != EntryKind::File {
            return Err(not_a_file());
        }
        let layer = self.layers.get(facts.layer).cloned();
        if let Some(layer) = &layer {
            layer.forget_failure();
        }
        let object = Object { layer: facts.layer, path: path() };
        Ok(ContentReader::new(object, layer, &facts))
    }
}
