//! What rules examine.

use std::collections::{BTreeMap, HashMap};

use dockopt_core::Analysis;
use dockopt_core::facts::Evidence;
use dockopt_core::findings::{Claim, FoundPath};
use dockopt_core::ledger::{WasteRow, rows_with_entries};
use dockopt_core::ownership::Ownership;
use dockopt_core::packages::Package;
use dockopt_core::quantity::plural;
use dockopt_core::tree::{EntryId, NodeId, Tree};
use foldhash::fast::RandomState;

use super::debs::{Installed, states};
use crate::build::dockerfile::Dockerfile;
use crate::build::patch::{Edit, apply, unified_diff};
use crate::build::steps::{Step, Steps};
use crate::evidence::secrets::redacted;

/// What to do about bytes of the base.
pub(super) const ANOTHER_BASE: &str = "only another base can save these bytes";

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
    /// The Dockerfile that the instructions are in.
    pub(super) dockerfile: Option<&'c Dockerfile>,
    /// The name of the Dockerfile.
    file: &'c str,
    /// Its waste, with the entries that hold it.
    pub(super) waste: Vec<(WasteRow, Vec<EntryId>)>,
    /// The layer that ended each wasted entry.
    pub(super) ends: HashMap<EntryId, usize, RandomState>,
    /// Its live files with content, in the order of the layers.
    live: Vec<Live>,
    /// The instructions of layers that have secrets, without these.
    redacted: HashMap<usize, String>,
    /// The packages of dpkg that are installed after each layer that changes them.
    pub(super) installed: BTreeMap<usize, Installed>,
}

impl<'c> Case<'c> {
    /// Creates a case.
    pub fn new(
        analysis: &'c Analysis,
        tree: &'c Tree,
        evidence: &'c Evidence,
        ownership: &'c Ownership,
    ) -> Self {
        let steps = Steps::of(&analysis.info);
        let waste = rows_with_entries(tree);
        let ends =
            waste.iter().flat_map(|(row, entries)| entries.iter().map(|entry| (*entry, row.wasted_by)));
        let ends = ends.collect();
        let with_secret = |step: &Step| Some((step.layer?, redacted(&step.instruction)?));
        let (installed, live) = (states(tree, evidence), live(tree));
        let redacted = steps.all().iter().filter_map(with_secret).collect();
        Self {
            analysis,
            tree,
            evidence,
            ownership,
            steps,
            dockerfile: None,
            file: "",
            waste,
            ends,
            live,
            redacted,
            installed,
        }
    }

    /// Adds the Dockerfile of the image, with its name.
    #[must_use]
    pub fn with_dockerfile(mut self, dockerfile: &'c Dockerfile, file: &'c str) -> Self {
        self.steps = self.steps.located(dockerfile, file);
        if let Some(build) = self.analysis.info.build.as_ref().filter(|build| build.text == dockerfile.text) {
            self.steps = self.steps.proven(dockerfile, (build, file));
        }
        (self.dockerfile, self.file) = (Some(dockerfile), file);
        self
    }

    /// The number of layers of the base.
    pub(super) fn base_layers(&self) -> usize {
        self.analysis.ledger.base_layers
    }

    /// Iterates over the live files of all layers.
    pub(super) fn live(&self) -> impl Iterator<Item = Live> {
        self.live.iter().copied()
    }

    /// Iterates over the live files of the user's layers.
    pub(super) fn own_live(&self) -> impl Iterator<Item = Live> {
        self.live().filter(|file| file.layer >= self.base_layers())
    }

    /// Returns the step that made a layer.
    pub(super) fn step(&self, layer: usize) -> Option<&Step> {
        self.steps.of_layer(layer)
    }

    /// Returns the instruction that made a layer, without secrets.
    pub(super) fn instruction(&self, layer: usize) -> Option<&str> {
        let written = || self.step(layer).map(|step| step.instruction.as_str());
        self.redacted.get(&layer).map(String::as_str).or_else(written)
    }

    /// Names a layer with its instruction: `layer 3 (RUN make)`.
    pub(super) fn layer_name(&self, layer: usize) -> String {
        let step = self.instruction(layer).map(shortened).unwrap_or_default();
        if step.is_empty() { format!("layer {layer}") } else { format!("layer {layer} (`{step}`)") }
    }

    /// Returns the package that owns the content of an entry.
    pub(super) fn owner(&self, entry: EntryId) -> Option<&Package> {
        let owner = self.ownership.owner(self.tree, entry)?;
        self.ownership.packages().packages.get(owner)
    }

    /// Whether a package of the system owns an entry.
    pub(super) fn is_of_system(&self, entry: EntryId) -> bool {
        self.owner(entry).is_some_and(|owner| matches!(owner.ecosystem, "deb" | "rpm" | "apk"))
    }

    /// Returns the bytes of a file that the final filesystem has; `None` of others and of empty ones.
    pub(super) fn live_bytes(&self, entry: EntryId) -> Option<u64> {
        self.tree.entry(entry).filter(|facts| facts.live && facts.stored > 0).map(|facts| facts.stored)
    }

    /// Returns the directory of a file, at most three levels deep: packages have thousands of files.
    pub(super) fn directory(&self, entry: EntryId) -> Option<NodeId> {
        let mut node = self.tree.parent(self.tree.entry_node(entry)?);
        while self.tree.depth(node) > 3 {
            node = self.tree.parent(node);
        }
        Some(node)
    }

    /// Returns the bytes that an entry stores.
    pub(super) fn stored(&self, entry: EntryId) -> u64 {
        self.tree.entry(entry).map_or(0, |facts| facts.stored)
    }

    /// Returns the length of the Dockerfile in bytes, 0 without one.
    pub(super) fn dockerfile_length(&self) -> usize {
        self.dockerfile.map_or(0, |file| file.text.len())
    }

    /// Returns edits of the Dockerfile as a unified diff; `None` if there are none.
    pub(super) fn patch(&self, edits: &[Edit]) -> Option<String> {
        let text = &self.dockerfile.filter(|_| !edits.is_empty())?.text;
        Some(unified_diff(text, &apply(text, &[edits]).0, self.file))
    }

    pub(super) fn layer_of(&self, entry: EntryId) -> Option<usize> {
        self.tree.entry(entry).map(|facts| facts.layer)
    }
}

/// A file that the final filesystem has.
#[derive(Clone, Copy)]
pub(super) struct Live {
    pub(super) layer: usize,
    pub(super) entry: EntryId,
    pub(super) node: NodeId,
    /// The bytes that its layer stores, more than 0.
    pub(super) bytes: u64,
}

fn live(tree: &Tree) -> Vec<Live> {
    let entries = (0..tree.layer_count()).flat_map(|layer| tree.layer_entries(layer));
    let file = |entry| {
        let facts = tree.entry(entry).filter(|facts| facts.live && facts.stored > 0)?;
        Some(Live { layer: facts.layer, entry, node: tree.entry_node(entry)?, bytes: facts.stored })
    };
    entries.filter_map(file).collect()
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

/// Bytes that a finding claims, with their paths.
#[derive(Default)]
pub(super) struct Pile {
    pub(super) claims: Vec<Claim>,
    /// Bytes and files by the node of the path.
    sums: HashMap<NodeId, (u64, u64), RandomState>,
}

impl Pile {
    /// Adds the bytes of a file below a path.
    pub(super) fn add(&mut self, entry: EntryId, bytes: u64, path: NodeId) {
        self.claims.push(Claim { entry, bytes });
        let (sum, files) = self.sums.entry(path).or_default();
        *sum += bytes;
        *files += 1;
    }

    pub(super) fn bytes(&self) -> u64 {
        self.claims.iter().map(|claim| claim.bytes).sum()
    }

    /// Returns the number of files in words.
    pub(super) fn files(&self) -> String {
        plural(self.claims.len() as u64, "file")
    }

    /// Returns the paths, those with most bytes first, and the claims.
    pub(super) fn into_parts(self, tree: &Tree) -> (Vec<FoundPath>, Vec<Claim>) {
        let found = |(node, (bytes, files))| FoundPath { path: tree.path(node), bytes, files };
        let mut paths: Vec<FoundPath> = self.sums.into_iter().map(found).collect();
        paths.sort_by(|one, other| (other.bytes, &one.path).cmp(&(one.bytes, &other.path)));
        (paths, self.claims)
    }
}
