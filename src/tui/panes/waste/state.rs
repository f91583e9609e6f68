//! Rows of the waste lens.

use dockopt_core::ledger::WasteRow;

use crate::tui::app::App;

impl App {
    /// Returns the rows of the lens, the largest first.
    pub(crate) fn waste_rows(&self) -> &[WasteRow] {
        self.subject.as_ref().map(|subject| subject.analysis.ledger.waste.as_slice()).unwrap_or_default()
    }
}
