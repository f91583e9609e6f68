//! What a rule is.

use dockopt_core::findings::{Claim, Severity};

/// A rule: the part that documents it.
#[derive(Debug)]
pub struct Rule {
    /// The name, in kebab case.
    pub id: &'static str,
    /// The title.
    pub title: &'static str,
    /// The highest severity of its findings. Savings of fewer bytes have a lower one; findings about
    /// no bytes have this one.
    pub severity: Severity,
    /// Savings of fewer bytes are only information.
    pub least: u64,
    /// Why it matters and what to do, in Markdown.
    pub help: &'static str,
    /// Where to read more.
    pub links: &'static [&'static str],
}

impl Rule {
    /// Returns the severity of a finding with these claims.
    pub(super) fn severity(&self, claims: &[Claim]) -> Severity {
        if claims.is_empty() {
            return self.severity;
        }
        let saves: u64 = claims.iter().map(|claim| claim.bytes).sum();
        if saves < self.least { Severity::Info } else { Severity::of_bytes(saves).min(self.severity) }
    }
}
