//! Findings: what to change in an image, and what each change saves.
//!
//! A finding claims bytes that layers store. Two findings may claim the same bytes, so savings are
//! never added: the [`Plan`] counts every byte once.

use std::collections::HashMap;
use std::fmt;

use serde::Serialize;

use crate::model::path::EntryPath;
use crate::tree::EntryId;

/// How much a finding matters.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Severity {
    /// Good to know.
    #[default]
    Info,
    /// Below 5 MB.
    Low,
    /// Below 50 MB.
    Medium,
    /// At least 50 MB, or a risk.
    High,
}

impl Severity {
    /// Returns the severity of so many bytes.
    pub fn of_bytes(bytes: u64) -> Self {
        match bytes {
            0..64_000 => Self::Info,
            64_000..5_000_000 => Self::Low,
            5_000_000..50_000_000 => Self::Medium,
            _ => Self::High,
        }
    }

    /// Returns the name in reports.
    pub fn name(self) -> &'static str {
        match self {
            Self::Info => "info",
            Self::Low => "low",
            Self::Medium => "medium",
            Self::High => "high",
        }
    }
}

impl fmt::Display for Severity {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.pad(self.name())
    }
}

/// How sure a finding is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Confidence {
    /// A person must decide.
    Possible,
    /// It holds for most images.
    Likely,
    /// It follows from the bytes.
    Certain,
}

/// What tells which instruction made a layer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum LocatedBy {
    /// The provenance of the builder.
    Provenance,
    /// A Dockerfile whose instructions match the history.
    Dockerfile,
    /// The history alone.
    History,
}

/// Lines of a Dockerfile.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Location {
    /// The name of the file.
    pub file: String,
    /// The first line, from 1.
    pub line: usize,
    /// The last line.
    pub end_line: usize,
}

/// A path with the bytes that a finding is about.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FoundPath {
    /// The path: a file, or a directory with everything in it that the finding is about.
    pub path: EntryPath,
    /// Bytes.
    pub bytes: u64,
    /// Number of files.
    pub files: u64,
}

/// What a change saves.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Saves {
    /// Stored bytes.
    pub stored: u64,
    /// Bytes to transfer, where they are known.
    pub transfer: Option<u64>,
    /// Whether the number is exact; otherwise it is an estimate.
    pub exact: bool,
}

/// What to change.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Fix {
    /// The change in words.
    pub text: String,
    /// The change as a unified diff of the Dockerfile, if it can be written safely.
    pub patch: Option<String>,
    /// A Dockerfile to start from, where the change is too large for a patch that is safe.
    pub example: Option<String>,
}

/// Bytes of one stored file that a change would not store.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Claim {
    /// The entry that stores them.
    pub entry: EntryId,
    /// The number of bytes, at most those of the entry.
    pub bytes: u64,
}

/// Something to change, or to know.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Finding {
    /// The rule, in kebab case.
    pub rule: &'static str,
    /// How much it matters.
    pub severity: Severity,
    /// The title of the rule.
    pub title: &'static str,
    /// One sentence with the bytes; names from the image are escaped.
    pub message: String,
    /// The layer whose instruction is to change.
    pub layer: Option<usize>,
    /// The layers that store the bytes, in ascending order.
    pub stored_in: Vec<usize>,
    /// The instruction of the layer.
    pub instruction: Option<String>,
    /// Where the instruction is, in a Dockerfile.
    pub location: Option<Location>,
    /// What tells the instruction.
    pub located_by: Option<LocatedBy>,
    /// The paths, those with most bytes first.
    pub paths: Vec<FoundPath>,
    /// What the change saves by itself.
    pub saves: Saves,
    /// What to change.
    pub fix: Fix,
    /// How sure it is.
    pub confidence: Confidence,
    /// Whether only another base image could change it.
    pub base: bool,
    /// Identifies the finding in later builds of the image.
    pub fingerprint: String,
    /// The bytes it is about, sorted by entry.
    pub claims: Vec<Claim>,
}

impl Finding {
    /// Whether it is about a danger, not about bytes.
    pub fn is_risk(&self) -> bool {
        self.claims.is_empty() && self.severity >= Severity::Medium
    }

    /// Whether the plan includes it: the user can change it, and it saves bytes worth the change.
    pub fn is_planned(&self) -> bool {
        !self.base
            && self.severity > Severity::Info
            && self.saves.stored > 0
            && self.confidence > Confidence::Possible
    }
}

/// What to do, and what all of it saves together.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Plan {
    /// Bytes that the layers store afterwards.
    pub stored: u64,
    /// Bytes saved, each one counted once.
    pub saves: u64,
    /// Numbers of the findings, the one that saves most first.
    pub findings: Vec<usize>,
}

impl Plan {
    /// Plans to follow those findings that `is_chosen` accepts, for an image whose layers store
    /// `stored` bytes.
    pub fn of(findings: &[Finding], stored: u64, is_chosen: impl Fn(usize, &Finding) -> bool) -> Self {
        let chosen = findings.iter().enumerate().filter(|(number, finding)| is_chosen(*number, finding));
        let mut chosen: Vec<(usize, &Finding)> = chosen.collect();
        chosen.sort_by_key(|(number, finding)| (std::cmp::Reverse(finding.saves.stored), *number));
        let mut counted: HashMap<EntryId, u64> = HashMap::new();
        for claim in chosen.iter().flat_map(|(_, finding)| &finding.claims) {
            let bytes = counted.entry(claim.entry).or_default();
            *bytes = (*bytes).max(claim.bytes);
        }
        let saves: u64 = counted.values().sum();
        let findings = chosen.into_iter().map(|(number, _)| number).collect();
        Self { stored: stored.saturating_sub(saves), saves, findings }
    }
}

/// All findings of an image.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Findings {
    /// The findings: risks first, then those that save most.
    pub findings: Vec<Finding>,
    /// The plan that follows all that the user can.
    pub plan: Plan,
}

impl Findings {
    /// Sorts findings and plans them, for an image whose layers store `stored` bytes.
    pub fn new(mut findings: Vec<Finding>, stored: u64) -> Self {
        findings.sort_by(|one, other| {
            let rank = |finding: &Finding| {
                let worth = std::cmp::Reverse((finding.saves.stored, finding.severity));
                (!finding.is_risk(), finding.base, worth, finding.layer)
            };
            rank(one).cmp(&rank(other)).then_with(|| one.rule.cmp(other.rule))
        });
        let plan = Plan::of(&findings, stored, |_, finding| finding.is_planned());
        Self { findings, plan }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn finding(claims: &[(u32, u64)]) -> Finding {
        let claims: Vec<Claim> =
            claims.iter().map(|&(entry, bytes)| Claim { entry: EntryId(entry), bytes }).collect();
        Finding {
            rule: "rule",
            severity: Severity::Low,
            title: "",
            message: String::new(),
            layer: Some(1),
            stored_in: vec![1],
            instruction: None,
            location: None,
            located_by: None,
            paths: Vec::new(),
            saves: Saves {
                stored: claims.iter().map(|claim| claim.bytes).sum(),
                transfer: None,
                exact: true,
            },
            fix: Fix::default(),
            confidence: Confidence::Certain,
            base: false,
            fingerprint: String::new(),
            claims,
        }
    }

    #[test]
    fn plan_counts_every_byte_once() {
        let base = Finding { base: true, ..finding(&[(7, 1000)]) };
        let unsure = Finding { confidence: Confidence::Possible, ..finding(&[(8, 1000)]) };
        let findings =
            Findings::new(vec![finding(&[(1, 10)]), base, unsure, finding(&[(1, 4), (2, 20)])], 5000);
        let saved: Vec<u64> = findings.findings.iter().map(|finding| finding.saves.stored).collect();
        assert_eq!(saved, [1000, 24, 10, 1000], "the base comes last");
        assert_eq!(findings.plan, Plan { stored: 4970, saves: 30, findings: vec![1, 2] });
    }

    #[test]
    fn risks_come_first() {
        let risk = Finding { severity: Severity::High, base: true, ..finding(&[]) };
        let findings = Findings::new(vec![finding(&[(1, 10)]), risk, finding(&[])], 10);
        let risks: Vec<bool> = findings.findings.iter().map(Finding::is_risk).collect();
        assert_eq!(risks, [true, false, false]);
    }

    #[test]
    fn severity_follows_the_bytes() {
        let severities = [0, 64_000, 5_000_000, 50_000_000].map(Severity::of_bytes);
        assert_eq!(severities, [Severity::Info, Severity::Low, Severity::Medium, Severity::High]);
        assert!(severities.is_sorted());
    }
}
