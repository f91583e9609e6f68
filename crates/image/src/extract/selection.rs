//! What to take out of an image.

use dockopt_core::comparison::LayerRange;
use dockopt_core::tree::NodeId;

/// What to take out of an image.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Selection {
    /// A file, or a directory with all below it.
    pub node: NodeId,
    /// How it is seen.
    pub view: View,
}

/// How a selection is seen.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum View {
    /// As the filesystem shows it after the last layer of the range. What the range removed, or what is a ghost, is taken as it was
    /// last shown, and with it what was removed, or is a ghost, below it.
    Range(LayerRange),
    /// Only what one layer ships.
    Layer(usize),
}
