//! Rows and layout of the waste lens.

use dockopt_core::ledger::WasteRow;

use crate::tui::app::App;
use crate::tui::areas::Region;

/// Lines that explain the chosen row.
pub(crate) const EXPLANATION: u16 = 3;

impl App {
    /// Returns the rows of the lens, the largest first.
    pub(crate) fn waste_rows(&self) -> &[WasteRow] {
        self.subject.as_ref().map(|subject| subject.analysis.ledger.waste.as_slice()).unwrap_or_default()
    }

    /// Returns the lines of the lens that show rows: what the heading and the explanation leave.
    pub(crate) fn waste_height(&self) -> usize {
        let lines = self.areas().inside(Region::Main).height;
        usize::from(if self.has_waste_heading() { lines - 1 - EXPLANATION } else { lines })
    }

    /// Returns whether there is room for a heading and an explanation.
    pub(crate) fn has_waste_heading(&self) -> bool {
        self.areas().inside(Region::Main).height >= 8
    }
}
