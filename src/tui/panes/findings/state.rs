//! Rows of the findings, and which of them are followed.

use std::collections::HashSet;
use std::sync::Arc;

use dockopt_core::findings::{Finding, Findings, Plan};

use crate::tui::areas::PaneId;
use crate::tui::list::ListState;
use crate::tui::subject::{Subject, same};

/// The pane.
pub(crate) const ID: PaneId = PaneId("findings");

/// State of the pane.
#[derive(Debug, Default)]
pub(crate) struct FindingsState {
    pub(crate) list: ListState,
    /// Numbers of the findings: risks first, then those of the plan.
    pub(crate) rows: Vec<usize>,
    /// Numbers of the findings that the person has chosen to follow.
    pub(crate) chosen: HashSet<usize>,
    /// What the chosen ones save together.
    pub(crate) plan: Plan,
    /// The image of the rows.
    of: Option<Arc<Subject>>,
}

impl FindingsState {
    /// Makes the rows if the image has changed.
    pub(super) fn update(&mut self, subject: &Arc<Subject>) {
        if self.of.as_ref().is_some_and(|of| same(of, subject)) {
            return;
        }
        self.of = Some(Arc::clone(subject));
        let Some(Findings { findings, plan }) = &subject.analysis.findings else {
            self.rows.clear();
            return;
        };
        let others = (0..findings.len()).filter(|number| !plan.findings.contains(number));
        let is_risk = |number: &usize| findings.get(*number).is_some_and(Finding::is_risk);
        let (risks, others): (Vec<usize>, Vec<usize>) = others.partition(is_risk);
        self.rows = [risks, plan.findings.clone(), others].concat();
        self.chosen = plan.findings.iter().copied().collect();
        self.plan = plan.clone();
    }

    /// Chooses a finding, or no longer, and plans anew.
    pub(super) fn choose(&mut self, number: usize, findings: &Findings, stored: u64) {
        if !self.chosen.remove(&number) {
            self.chosen.insert(number);
        }
        self.plan = Plan::of(&findings.findings, stored, |number, _| self.chosen.contains(&number));
    }

    /// Returns the number of the finding at the cursor.
    pub(crate) fn row(&self) -> Option<usize> {
        self.rows.get(self.list.cursor).copied()
    }
}
