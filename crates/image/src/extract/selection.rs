//! What to extract from an image.

use dockopt_core::comparison::LayerRange;
use dockopt_core::tree::NodeId;

/// A file or directory to extract.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Selection {
    /// A file, or a directory with everything below it.
    pub node: NodeId,
    /// The view to extract it from.
    pub view: View,
}

/// The state of the filesystem to extract from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum View {
    /// The filesystem after the last layer of the range. A path that the range removed, or a ghost,
    /// is extracted as it was last shown, with removed paths, or ghosts, below it.
    Range(LayerRange),
    /// Only what one layer ships.
    Layer(usize),
}
