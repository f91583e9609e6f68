//! A row of a listing: a version of a path, a marker, or a directory on the way to something.

use dockopt_core::entry::EntryKind;
use dockopt_core::tree::{EntryFacts, EntryId, Marker, MarkerKind, NodeId, Tree};

use super::versions::{Ending, Version};

/// A row of a listing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Row {
    pub(crate) node: NodeId,
    pub(crate) what: Listed,
}

/// Kind of row.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Listed {
    Version(Version),
    /// A whiteout or opaque marker of the listed layer.
    Marker {
        marker: Marker,
        layer: usize,
    },
    /// A directory that the layer does not list, but ships something below.
    Way,
}

impl Row {
    pub(super) fn entry(&self) -> Option<EntryId> {
        match self.what {
            Listed::Version(version) => version.entry,
            Listed::Marker { marker, .. } => Some(marker.entry),
            Listed::Way => None,
        }
    }

    /// Returns the attributes; `None` for a directory that no layer lists.
    pub(super) fn facts<'t>(&self, tree: &'t Tree) -> Option<EntryFacts<'t>> {
        self.entry().and_then(|entry| tree.entry(entry))
    }

    /// Returns the layer of the entry.
    pub(super) fn layer(&self) -> Option<usize> {
        match self.what {
            Listed::Version(version) => version.entry.map(|_| version.layer),
            Listed::Marker { layer, .. } => Some(layer),
            Listed::Way => None,
        }
    }

    /// Returns what ended the version; `None` if the final filesystem shows it, and for markers.
    pub(super) fn end(&self) -> Option<Ending> {
        match self.what {
            Listed::Version(version) => version.end,
            Listed::Marker { .. } | Listed::Way => None,
        }
    }

    /// Returns the kind as a word.
    pub(super) fn kind(&self, tree: &Tree) -> &'static str {
        if let Listed::Marker { marker, .. } = self.what {
            return match marker.kind {
                MarkerKind::Whiteout => "whiteout",
                MarkerKind::Opaque => "opaque",
            };
        }
        kind_of(self.facts(tree).as_ref())
    }

    /// Returns the size in bytes; `None` if it cannot have content.
    pub(super) fn size(&self, tree: &Tree) -> Option<u64> {
        let facts = self.facts(tree).filter(|facts| facts.metadata.kind == EntryKind::File);
        facts.filter(|_| !self.is_marker()).map(|facts| facts.metadata.size)
    }

    pub(super) fn is_marker(&self) -> bool {
        matches!(self.what, Listed::Marker { .. })
    }
}

/// Returns the kind of an entry as a word; a directory if no layer lists it.
pub(super) fn kind_of(facts: Option<&EntryFacts<'_>>) -> &'static str {
    match facts.map(|facts| facts.metadata.kind) {
        None | Some(EntryKind::Directory) => "directory",
        Some(EntryKind::File | EntryKind::HardLink) => "file",
        Some(EntryKind::Symlink) => "symlink",
        Some(EntryKind::CharDevice) => "charDevice",
        Some(EntryKind::BlockDevice) => "blockDevice",
        Some(EntryKind::Fifo) => "fifo",
        Some(EntryKind::Unknown) => "unknown",
    }
}

/// Returns the major and minor number of a device.
pub(super) fn device_of(facts: &EntryFacts<'_>) -> Option<(u32, u32)> {
    let is_device = matches!(facts.metadata.kind, EntryKind::CharDevice | EntryKind::BlockDevice);
    is_device.then_some(facts.metadata.device)
}
