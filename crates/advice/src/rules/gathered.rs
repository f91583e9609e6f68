//! What rules find.

use std::collections::{BTreeSet, HashMap, HashSet};
use std::fmt::Write as _;

use dockopt_core::findings::{Claim, Confidence, Finding, Fix, FoundPath, Saves, Severity};
use dockopt_core::path::escape_text;
use dockopt_core::tree::EntryId;
use foldhash::fast::RandomState;
use sha2::{Digest, Sha256};

use super::case::Case;
use super::remedy::{Remedy, edits};
use super::rule::Rule;
use crate::build::patch::Edit;

/// Most bytes of Dockerfiles that are changed to make patches: thousands of patches of a real one.
const MAX_PATCHED: usize = 64 << 20;
/// Most paths of a finding; those with fewer bytes are left out.
const MAX_PATHS: usize = 50;

/// A finding in the making.
pub(super) struct Draft {
    /// The layer whose instruction is to change.
    pub(super) layer: Option<usize>,
    pub(super) message: String,
    /// What to do, in words.
    pub(super) fix: String,
    pub(super) remedy: Remedy,
    pub(super) confidence: Confidence,
    /// Whether the savings are exact.
    pub(super) exact: bool,
    pub(super) paths: Vec<FoundPath>,
    pub(super) claims: Vec<Claim>,
}

impl Draft {
    /// A draft about no bytes, with a change in words.
    pub(super) fn note(
        (layer, message): (Option<usize>, String),
        fix: &str,
        confidence: Confidence,
        paths: Vec<FoundPath>,
    ) -> Self {
        let (fix, remedy, claims) = (fix.to_owned(), Remedy::Words, Vec::new());
        Self { layer, message, fix, remedy, confidence, exact: true, paths, claims }
    }
}

/// What a finding is about that saves no bytes.
pub(super) struct Risk {
    pub(super) severity: Severity,
    /// The layers that store it.
    pub(super) stored_in: Vec<usize>,
    /// Whether only another base can end it.
    pub(super) base: bool,
}

/// What the rules have found so far.
#[derive(Default)]
pub(super) struct Gathered {
    pub(super) findings: Vec<Finding>,
    /// The entries that findings claim. General rules leave out what a special one has claimed.
    claimed: HashSet<EntryId, RandomState>,
    /// The edits of each finding.
    edits: Vec<Vec<Edit>>,
    /// Bytes of Dockerfiles that were changed to make patches.
    patched: usize,
}

impl Gathered {
    /// Whether a finding claims an entry.
    pub(super) fn is_claimed(&self, entry: EntryId) -> bool {
        self.claimed.contains(&entry)
    }

    /// Adds a finding of a rule.
    pub(super) fn add(&mut self, case: &Case<'_>, rule: &'static Rule, draft: Draft) {
        let Draft { layer, message, fix, remedy, confidence, exact, mut paths, mut claims } = draft;
        claims.sort_unstable();
        claims.dedup();
        self.claimed.extend(claims.iter().map(|claim| claim.entry));
        let stored: u64 = claims.iter().map(|claim| claim.bytes).sum();
        let stored_in: BTreeSet<usize> = claims.iter().filter_map(|one| case.layer_of(one.entry)).collect();
        let base = !stored_in.is_empty() && stored_in.iter().all(|layer| *layer < case.base_layers());
        paths.sort_by(|one, other| (other.bytes, &one.path).cmp(&(one.bytes, &other.path)));
        paths.truncate(MAX_PATHS);
        let step = layer.and_then(|layer| case.step(layer));
        let edits = if base { Vec::new() } else { self.edits(case, &remedy) };
        let patch = case.patch(&edits);
        let example = if let Remedy::Example(text) = remedy { Some(text) } else { None };
        self.findings.push(Finding {
            rule: rule.id,
            severity: if base { Severity::Info } else { rule.severity(&claims) },
            title: rule.title,
            message,
            layer,
            stored_in: stored_in.into_iter().collect(),
            instruction: layer
                .and_then(|layer| case.instruction(layer))
                .filter(|text| !text.is_empty())
                .map(str::to_owned),
            location: step.and_then(|step| step.location.clone()),
            located_by: step.and_then(|step| step.located_by),
            paths,
            saves: Saves { stored, transfer: None, exact },
            fix: Fix { text: escape_text(&fix), patch, example },
            confidence,
            base,
            fingerprint: String::new(),
            claims,
        });
        self.edits.push(edits);
    }

    /// Returns the edits of a remedy; none if it is words, or if too many patches were made.
    fn edits(&mut self, case: &Case<'_>, remedy: &Remedy) -> Vec<Edit> {
        if *remedy == Remedy::Words || self.patched >= MAX_PATCHED {
            return Vec::new();
        }
        self.patched += case.dockerfile_length();
        edits(case, remedy).unwrap_or_default()
    }

    /// Adds a finding about a risk.
    pub(super) fn add_risk(&mut self, case: &Case<'_>, rule: &'static Rule, draft: Draft, risk: Risk) {
        self.add(case, rule, draft);
        if let Some(finding) = self.findings.last_mut() {
            (finding.severity, finding.stored_in, finding.base) = (risk.severity, risk.stored_in, risk.base);
        }
    }

    /// Returns the findings with their fingerprints, and the edits of each.
    pub(super) fn into_findings(self) -> (Vec<Finding>, HashMap<String, Vec<Edit>>) {
        let mut all: Vec<(Finding, Vec<Edit>)> = self.findings.into_iter().zip(self.edits).collect();
        all.sort_by_key(|(finding, _)| finding.layer);
        let mut seen: HashMap<String, u32> = HashMap::new();
        for (finding, _) in &mut all {
            let path = finding.paths.first().map(|found| found.path.to_text()).unwrap_or_default();
            let name = format!("{}\0{path}", finding.rule);
            let number = seen.entry(name.clone()).or_default();
            finding.fingerprint = fingerprint(&name, *number);
            *number += 1;
        }
        let edits = all.iter().filter(|(_, edits)| !edits.is_empty());
        let edits = edits.map(|(finding, edits)| (finding.fingerprint.clone(), edits.clone())).collect();
        (all.into_iter().map(|(finding, _)| finding).collect(), edits)
    }
}

/// Identifies the finding of a rule by its largest path, so that it stays the same in later builds
/// of the image; findings that share it are numbered.
fn fingerprint(name: &str, number: u32) -> String {
    let hash = Sha256::digest(format!("{name}\0{number}"));
    hash.iter().take(8).fold(String::new(), |mut text, byte| {
        // Writing to a string does not fail.
        let _ = write!(text, "{byte:02x}");
        text
    })
}
