//! The file that is shown: which version, and how.

use dockopt_core::tree::{EntryId, NodeId};
use dockopt_image::Fetched;

use crate::tui::areas::PaneId;
use crate::tui::preview::thread::PreviewFrame;

/// Name of the pane.
pub(crate) const ID: PaneId = PaneId("preview");

/// A file that is looked into.
pub(crate) struct PreviewState {
    /// Grows with every file opened.
    pub(crate) session: u64,
    pub(crate) node: NodeId,
    pub(crate) entry: EntryId,
    /// What layers stored at the path: the layer and its entry, the lowest first.
    pub(crate) versions: Vec<(usize, EntryId)>,
    /// The version that is shown.
    pub(crate) at: usize,
    pub(crate) wrap: bool,
    /// Whether bytes are shown as hexadecimal numbers.
    pub(crate) hex: bool,
    /// Whether what changed since the version before is shown.
    pub(crate) difference: bool,
    /// What there is to be seen.
    pub(crate) frame: Option<Box<PreviewFrame>>,
    /// How much has come of what it waits for, before there is anything to be seen.
    pub(super) fetched: Option<Fetched>,
    /// Columns and rows that were last asked for.
    pub(super) size: (usize, usize),
    /// Where to go back to.
    pub(super) back: PaneId,
}
