//! What a path shows.

use super::arena::NodeId;
use super::record::EntryId;

/// [`Seen::Nothing`] as a number.
pub(super) const NOTHING: u32 = u32::MAX;
/// [`Seen::ImpliedDirectory`] as a number.
pub(super) const IMPLIED: u32 = u32::MAX - 1;

/// What a path shows.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Seen {
    Nothing,
    /// A directory that no layer lists, but that has contents.
    ImpliedDirectory,
    Entry(EntryId),
}

impl Seen {
    /// Returns a number: an entry's own, or one of the two largest numbers.
    pub(crate) fn to_code(self) -> u32 {
        match self {
            Self::Nothing => NOTHING,
            Self::ImpliedDirectory => IMPLIED,
            Self::Entry(id) => id.0,
        }
    }

    pub(crate) fn of_code(code: u32) -> Self {
        match code {
            NOTHING => Self::Nothing,
            IMPLIED => Self::ImpliedDirectory,
            id => Self::Entry(EntryId(id)),
        }
    }

    pub(crate) fn entry(self) -> Option<EntryId> {
        match self {
            Self::Entry(id) => Some(id),
            Self::Nothing | Self::ImpliedDirectory => None,
        }
    }

    /// Returns what a node shows before the first layer: the root is a directory, nothing else
    /// exists.
    pub(crate) fn before_all_layers(node: NodeId) -> Self {
        if node == NodeId::ROOT { Self::ImpliedDirectory } else { Self::Nothing }
    }
}
