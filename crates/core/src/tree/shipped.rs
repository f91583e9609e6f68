//! What one layer ships, whatever becomes of it: its entries in the order of its tar, and its markers.

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

/// The kinds of markers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum MarkerKind {
    /// `.wh.NAME` hides NAME and everything below it.
    Whiteout,
    /// `.wh..wh..opq` hides everything below the directory it lies in.
    Opaque,
}

impl Tree {
    /// The entries of a layer in the order of its tar, markers included. Empty for a layer that does not exist.
    pub fn layer_entries(&self, layer: usize) -> impl Iterator<Item = EntryId> {
        self.layers.get(layer).into_iter().flat_map(Slot::entries)
    }

    /// The markers of a layer in the order of its tar.
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

    /// The name that a whiteout hides in the directory of its node.
    pub fn hidden_name(&self, marker: &Marker) -> Option<&[u8]> {
        let name = self.name(marker.node).strip_prefix(WHITEOUT_PREFIX)?;
        (marker.kind == MarkerKind::Whiteout).then_some(name)
    }
}
