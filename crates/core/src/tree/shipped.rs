//! The entries and markers that one layer ships, in the order of its tar, including those that
//! later layers hide.

use super::arena::NodeId;
use super::build::{Slot, WHITEOUT_PREFIX};
use super::record::{EntryId, Role};
use super::tree::Tree;

/// An entry that hides files of the layers below its own.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Marker {
    /// The entry.
    pub entry: EntryId,
    /// Its path as its layer writes it: `a/.wh.b` for a whiteout of `a/b`.
    pub node: NodeId,
    /// What it hides.
    pub kind: MarkerKind,
}

/// The kind of a marker.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum MarkerKind {
    /// `.wh.NAME` hides NAME and everything below it.
    Whiteout,
    /// `.wh..wh..opq` hides everything below its directory.
    Opaque,
}

impl Tree {
    /// Iterates over the entries of a layer in tar order, markers included; none for a layer that
    /// does not exist.
    pub fn layer_entries(&self, layer: usize) -> impl Iterator<Item = EntryId> {
        self.layers.get(layer).into_iter().flat_map(Slot::entries)
    }

    /// Iterates over the markers of a layer in tar order.
    pub fn markers(&self, layer: usize) -> impl Iterator<Item = Marker> {
        self.layer_entries(layer).filter_map(|entry| {
            let record = self.record(entry)?;
            let kind = match record.role {
                Role::Whiteout => MarkerKind::Whiteout,
                Role::Opaque => MarkerKind::Opaque,
                Role::Member | Role::Aside => return None,
            };
            Some(Marker { entry, node: record.node, kind })
        })
    }

    /// Returns the name that a whiteout hides in its directory; `None` for an opaque marker.
    pub fn hidden_name(&self, marker: &Marker) -> Option<&[u8]> {
        let name = self.name(marker.node).strip_prefix(WHITEOUT_PREFIX)?;
        (marker.kind == MarkerKind::Whiteout).then_some(name)
    }
}
