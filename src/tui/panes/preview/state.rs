//! State of the preview: the file, its version, and the display mode.

use dockopt_core::tree::{EntryId, NodeId};
use dockopt_image::Fetched;

use crate::tui::areas::PaneId;
use crate::tui::preview::thread::PreviewFrame;

/// Name of the pane.
pub(crate) const ID: PaneId = PaneId("preview");

/// The previewed file.
pub(crate) struct PreviewState {
    /// Grows with every file opened.
    pub(crate) session: u64,
    pub(crate) node: NodeId,
    pub(crate) entry: EntryId,
    /// The versions of the file: each layer that stores one, with its entry, the lowest layer
    /// first.
    pub(crate) versions: Vec<(usize, EntryId)>,
    /// Index of the shown version.
    pub(crate) at: usize,
    pub(crate) wrap: bool,
    /// Whether to show bytes in hexadecimal.
    pub(crate) hex: bool,
    /// Whether to show the difference from the previous version.
    pub(crate) difference: bool,
    /// The last frame of the preview thread.
    pub(crate) frame: Option<Box<PreviewFrame>>,
    /// Progress of fetching the layer, before the first frame.
    pub(super) fetched: Option<Fetched>,
    /// Columns and rows of the last request.
    pub(super) size: (usize, usize),
    /// The pane to return to.
    pub(super) back: PaneId,
}
