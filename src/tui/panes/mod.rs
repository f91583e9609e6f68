//! The panes of the browser, one folder each: state, drawing and journeys.
//!
//! To add a pane, write its folder and add it to [`PANES`]; its key is a row of the table of keys.

pub(crate) mod details;
pub(crate) mod findings;
pub(crate) mod layers;
mod lens;
pub(crate) mod packages;
pub(crate) mod pane;
pub(crate) mod preview;
pub(crate) mod tree;
pub(crate) mod waste;

use self::pane::Pane;
use super::areas::{PaneId, Region};

/// All panes.
pub(crate) const PANES: [&dyn Pane; 8] = [
    &layers::LayersPane,
    &tree::TreePane,
    &findings::FindingsPane,
    &waste::WastePane,
    &packages::PackagesPane,
    &preview::PreviewPane,
    &details::LayerDetailsPane,
    &details::ImageDetailsPane,
];

/// Returns the pane in a region; `main` is the pane of the main region.
pub(crate) fn shown(region: Region, main: PaneId) -> &'static dyn Pane {
    let is_shown =
        |pane: &&&dyn Pane| pane.region() == region && (region != Region::Main || pane.id() == main);
    PANES.iter().find(is_shown).copied().unwrap_or(&tree::TreePane)
}
