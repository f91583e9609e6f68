//! What rules examine, and what they find.

use std::collections::{BTreeSet, HashMap, HashSet};
use std::fmt::Write as _;

use dockopt_core::Analysis;
use dockopt_core::cause::Cause;
use dockopt_core::facts::Evidence;
use dockopt_core::findings::{Claim, Confidence, Finding, Fix, FoundPath, Saves, Severity};
use dockopt_core::ledger::{WasteRow, rows_with_entries};
use dockopt_core::ownership::Ownership;
use dockopt_core::path::EntryPath;
use dockopt_core::tree::{EntryId, Tree};
use sha2::{Digest, Sha256};

use super::rule::Rule;
use crate::build::steps::{Step, Steps};

/// Most paths of a finding; those with fewer bytes are left out.
const MAX_PATHS: usize = 50;

/// An image, with everything that is known of it.
pub struct Case<'c> {
    /// Its description and its numbers.
    pub analysis: &'c Analysis,
    /// Its files.
    pub tree: &'c Tree,
    /// Facts about its files.
    pub evidence: &'c Evidence,
    /// The owners of its files.
    pub ownership: &'c Ownership,
    /// The instructions that made it.
    pub steps: Steps,
    /// Its waste, with the entries that hold it.
    pub(super) waste: Vec<(WasteRow, Vec<EntryId>)>,
    /// The layer that ended each wasted entry, and how.
    pub(super) ends: HashMap<EntryId, (usize, Cause)>,
}

impl<'c> Case<'c> {
    /// Creates a case.
    pub fn new(
        analysis: &'c Analysis,
        tree: &'c Tree,
        evidence: &'c Evidence,
        ownership: &'c Ownership,
        steps: Steps,
    ) -> Self {
        let waste = rows_with_entries(tree);
        let ends = waste
            .iter()
            .flat_map(|(row, entries)| entries.iter().map(|entry| (*entry, (row.wasted_by, row.cause))));
        let ends = ends.collect();
        Self { analysis, tree, evidence, ownership, steps, waste, ends }
    }

    /// The number of layers of the base.
    pub(super) fn base_layers(&self) -> usize {
        self.analysis.ledger.base_layers
    }

    /// Returns the step that made a layer.
    pub(super) fn step(&self, layer: usize) -> Option<&Step> {
        self.steps.of_layer(layer)
    }

    /// Names a layer with its instruction: `layer 3 (RUN make)`.
    pub(super) fn layer_name(&self, layer: usize) -> String {
        let step = self.step(layer).map(|step| shortened(&step.instruction)).unwrap_or_default();
        if step.is_empty() { format!("layer {layer}") } else { format!("layer {layer} (`{step}`)") }
    }

    /// Returns the bytes that an entry stores.
    pub(super) fn stored(&self, entry: EntryId) -> u64 {
        self.tree.entry(entry).map_or(0, |facts| facts.stored)
    }

    fn layer_of(&self, entry: EntryId) -> Option<usize> {
        self.tree.entry(entry).map(|facts| facts.layer)
    }
}

/// The start of an instruction, on one line, safe to show.
pub(super) fn shortened(instruction: &str) -> String {
    const CHARACTERS: usize = 48;
    let words: Vec<&str> = instruction.split_whitespace().filter(|word| *word != "\\").collect();
    let line = dockopt_core::path::escape_text(&words.join(" ")).replace('`', "'");
    if line.chars().count() <= CHARACTERS {
        return line;
    }
    let start: String = line.chars().take(CHARACTERS - 1).collect();
    format!("{}…", start.trim_end())
}

/// A finding in the making.
pub(super) struct Draft {
    /// The layer whose instruction is to change.
    pub(super) layer: usize,
    pub(super) message: String,
    pub(super) fix: String,
    pub(super) confidence: Confidence,
    /// Whether the savings are exact.
    pub(super) exact: bool,
    pub(super) paths: Vec<FoundPath>,
    pub(super) claims: Vec<Claim>,
}

/// What the rules have found so far.
#[derive(Default)]
pub(super) struct Gathered {
    pub(super) findings: Vec<Finding>,
    /// The entries that findings claim. General rules leave out what a special one has claimed.
    claimed: HashSet<EntryId>,
}

impl Gathered {
    /// Whether a finding claims an entry.
    pub(super) fn is_claimed(&self, entry: EntryId) -> bool {
        self.claimed.contains(&entry)
    }

    /// Adds a finding of a rule.
    pub(super) fn add(&mut self, case: &Case<'_>, rule: &'static Rule, draft: Draft) {
        let Draft { layer, message, fix, confidence, exact, mut paths, mut claims } = draft;
        claims.sort_unstable();
        claims.dedup();
        self.claimed.extend(claims.iter().map(|claim| claim.entry));
        let stored: u64 = claims.iter().map(|claim| claim.bytes).sum();
        let stored_in: BTreeSet<usize> = claims.iter().filter_map(|one| case.layer_of(one.entry)).collect();
        let base = !stored_in.is_empty() && stored_in.iter().all(|layer| *layer < case.base_layers());
        paths.sort_by(|one, other| (other.bytes, &one.path).cmp(&(one.bytes, &other.path)));
        paths.truncate(MAX_PATHS);
        let step = case.step(layer);
        self.findings.push(Finding {
            rule: rule.id,
            severity: if base { Severity::Info } else { rule.severity(stored) },
            title: rule.title,
            message,
            layer: Some(layer),
            stored_in: stored_in.into_iter().collect(),
            instruction: step.map(|step| step.instruction.clone()).filter(|text| !text.is_empty()),
            location: step.and_then(|step| step.location.clone()),
            located_by: step.and_then(|step| step.located_by),
            paths,
            saves: Saves { stored, transfer: None, exact },
            fix: Fix { text: fix, patch: None },
            confidence,
            base,
            fingerprint: String::new(),
            claims,
        });
    }

    /// Returns the findings with their fingerprints.
    pub(super) fn into_findings(mut self) -> Vec<Finding> {
        self.findings.sort_by_key(|finding| finding.layer);
        let mut seen: HashMap<String, u32> = HashMap::new();
        for finding in &mut self.findings {
            let path = finding.paths.first().map(|found| found.path.to_text()).unwrap_or_default();
            let name = format!("{}\0{path}", finding.rule);
            let number = seen.entry(name.clone()).or_default();
            finding.fingerprint = fingerprint(&name, *number);
            *number += 1;
        }
        self.findings
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

/// Sums bytes and files by path.
#[derive(Default)]
pub(super) struct PathSums {
    sums: HashMap<EntryPath, (u64, u64)>,
}

impl PathSums {
    pub(super) fn add(&mut self, path: EntryPath, bytes: u64) {
        let (sum, files) = self.sums.entry(path).or_default();
        *sum += bytes;
        *files += 1;
    }

    pub(super) fn into_paths(self) -> Vec<FoundPath> {
        let found = |(path, (bytes, files))| FoundPath { path, bytes, files };
        self.sums.into_iter().map(found).collect()
    }
}
