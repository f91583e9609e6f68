//! What the keys of the findings do.

use dockopt_core::findings::Finding;
use dockopt_core::quantity::size;

use super::state;
use crate::tui::app::App;
use crate::tui::areas::Region;

/// Fewest lines of the pane for its details.
const DETAILS: usize = 7;

impl App {
    /// Makes the rows if the image has changed.
    pub(crate) fn update_findings(&mut self) {
        let Some(subject) = self.subject.clone() else { return };
        self.findings.update(&subject);
    }

    /// Returns the finding at the cursor.
    pub(crate) fn finding(&self) -> Option<&Finding> {
        let findings = &self.subject.as_ref()?.analysis.findings.as_ref()?.findings;
        findings.get(self.findings.row()?)
    }

    /// Whether a layer is the one to change for the finding at the cursor, in the open pane.
    pub(crate) fn is_to_change(&self, layer: usize) -> bool {
        self.main == state::ID && self.finding().is_some_and(|finding| finding.layer == Some(layer))
    }

    /// Returns the lines of the pane that show rows; the others are for the details.
    pub(crate) fn finding_lines(&self) -> usize {
        let lines = usize::from(self.areas().inside(Region::Main).height);
        let rows = self.findings.rows.len().max(1);
        if lines < 2 * DETAILS { lines } else { rows.min(lines / 2).max(3) }
    }

    /// Follows the finding at the cursor, or no longer, and says what that changes.
    pub(crate) fn choose_finding(&mut self) {
        let (Some(subject), Some(number)) = (self.subject.clone(), self.findings.row()) else { return };
        let Some(findings) = &subject.analysis.findings else { return };
        let is_possible = |finding: &Finding| !finding.base && finding.saves.stored > 0;
        if !findings.findings.get(number).is_some_and(is_possible) {
            return self.complain("this saves nothing in your layers");
        }
        let stored = subject.analysis.ledger.total.stored;
        self.findings.choose(number, findings, stored);
        let plan = &self.findings.plan;
        self.say(format!("{} saved, {} left", size(plan.saves), size(plan.stored)));
    }

    /// Goes to the largest path of the finding at the cursor, in its layer.
    pub(crate) fn show_files_of_finding(&mut self) {
        let Some((path, layer)) = self.finding().and_then(|finding| {
            Some((finding.paths.first()?.path.clone(), finding.stored_in.last().copied().or(finding.layer)))
        }) else {
            return self.complain("this is about no file");
        };
        if let Some(layer) = layer {
            self.show_layer(layer);
        }
        match self.subject.as_ref().and_then(|subject| subject.tree.find(path.as_bytes())) {
            Some(node) => self.go_to(node),
            None => self.complain(format!("{path} is not in the tree")),
        }
    }
}
