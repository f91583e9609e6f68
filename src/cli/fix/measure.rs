//! Measures what changes have saved: compares the image of the old Dockerfile with that of the new
//! one.

use std::collections::{BTreeMap, BTreeSet, HashSet};

use dockopt_core::entry::EntryKind;
use dockopt_core::findings::Finding;
use dockopt_core::path::EntryPath;
use dockopt_core::tree::{EntryId, Tree};
use serde::Serialize;

/// What a finding predicts and what was measured, in stored bytes.
#[derive(Debug, Serialize)]
pub(super) struct Measurement {
    pub(super) rule: &'static str,
    pub(super) fingerprint: String,
    pub(super) exact: bool,
    pub(super) predicted: u64,
    /// Negative if the new image stores more.
    pub(super) measured: i128,
}

/// A path of the final filesystem that differs.
#[derive(Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub(super) struct Differing {
    pub(super) path: String,
    pub(super) what: &'static str,
}

/// Measures findings. Those about the same paths share what was measured in proportion to what they
/// predict.
pub(super) fn findings(
    findings: &[&Finding],
    examined: &Tree,
    (old, new): (&Tree, &Tree),
    base_layers: usize,
) -> Vec<Measurement> {
    let areas: Vec<Area> = findings.iter().map(|finding| Area::of(finding, examined)).collect();
    let mut measured = Vec::new();
    for group in groups(&areas) {
        let area = group.iter().filter_map(|number| areas.get(*number)).fold(Area::default(), Area::joined);
        let saved = i128::from(area.stored(old, base_layers)) - i128::from(area.stored(new, base_layers));
        let members: Vec<&Finding> =
            group.iter().filter_map(|number| findings.get(*number).copied()).collect();
        let predicted: u64 = members.iter().map(|finding| finding.saves.stored).sum();
        measured.extend(members.into_iter().map(|finding| Measurement {
            rule: finding.rule,
            fingerprint: finding.fingerprint.clone(),
            exact: finding.saves.exact,
            predicted: finding.saves.stored,
            measured: saved * i128::from(finding.saves.stored) / i128::from(predicted.max(1)),
        }));
    }
    measured.sort_by_key(|one| std::cmp::Reverse(one.predicted));
    measured
}

/// The paths that a finding is about: files, and directories with everything in them.
#[derive(Clone, Default)]
struct Area {
    paths: HashSet<EntryPath>,
}

impl Area {
    fn of(finding: &Finding, tree: &Tree) -> Self {
        let claimed = finding.claims.iter().filter_map(|claim| tree.entry_path(claim.entry));
        Self { paths: finding.paths.iter().map(|found| found.path.clone()).chain(claimed).collect() }
    }

    fn joined(mut self, other: &Self) -> Self {
        self.paths.extend(other.paths.iter().cloned());
        self
    }

    /// Whether a path, or a directory above it, is in the area.
    fn contains(&self, path: &EntryPath) -> bool {
        let bytes = path.as_bytes();
        let ends = (0..bytes.len()).filter(|at| bytes.get(*at) == Some(&b'/')).chain([bytes.len()]);
        let mut parents = ends.map(|end| EntryPath::clean(bytes.get(..end).unwrap_or_default()));
        parents.any(|parent| self.paths.contains(&parent))
    }

    fn meets(&self, other: &Self) -> bool {
        self.paths.iter().any(|path| other.paths.contains(path))
    }

    /// Returns the bytes that the layers above the base store in it.
    fn stored(&self, tree: &Tree, base_layers: usize) -> u64 {
        let mut inside = vec![false; tree.node_count()];
        // Parents come before their children.
        for node in tree.nodes() {
            let parent = tree.parent(node);
            let above = parent != node && inside.get(parent.index()) == Some(&true);
            if let Some(slot) = inside.get_mut(node.index()) {
                *slot = above || self.paths.contains(&tree.path(node));
            }
        }
        let entries = (base_layers..tree.layer_count()).flat_map(|layer| tree.layer_entries(layer));
        let stored = |entry: EntryId| {
            let node = tree.entry_node(entry)?;
            (inside.get(node.index()) == Some(&true)).then(|| tree.entry(entry).map(|facts| facts.stored))?
        };
        entries.filter_map(stored).sum()
    }
}

/// Groups the areas that meet.
fn groups(areas: &[Area]) -> Vec<Vec<usize>> {
    let mut groups: Vec<Vec<usize>> = Vec::new();
    for (number, area) in areas.iter().enumerate() {
        let meets =
            |group: &Vec<usize>| group.iter().any(|one| areas.get(*one).is_some_and(|one| one.meets(area)));
        let (met, mut rest): (Vec<_>, Vec<_>) = groups.into_iter().partition(meets);
        let mut group: Vec<usize> = met.into_iter().flatten().collect();
        group.push(number);
        rest.push(group);
        groups = rest;
    }
    groups
}

/// What a path of the final filesystem is.
#[derive(PartialEq, Eq)]
struct Outline {
    kind: EntryKind,
    mode: u32,
    owner: (u32, u32),
    size: u64,
    link: Vec<u8>,
    hash: Option<u128>,
}

/// Compares two final filesystems, without times, and without what the findings say is to go.
/// Contents are compared by size, and by hash where both were hashed.
pub(super) fn differences(
    findings: &[&Finding],
    examined: &Tree,
    (old, new): (&Tree, &Tree),
) -> Vec<Differing> {
    let areas = findings.iter().map(|finding| Area::of(finding, examined));
    let area = areas.fold(Area::default(), |all, one| all.joined(&one));
    let (old, new) = (shown(old), shown(new));
    let paths: BTreeSet<&EntryPath> = old.keys().chain(new.keys()).collect();
    let what = |path: &EntryPath| match (old.get(path), new.get(path)) {
        (Some(_), None) => (!area.contains(path)).then_some("removed"),
        (None, Some(_)) => Some("added"),
        (Some(old), Some(new)) => differing(old, new),
        (None, None) => None,
    };
    paths.into_iter().filter_map(|path| Some(Differing { path: path.to_text(), what: what(path)? })).collect()
}

fn differing(old: &Outline, new: &Outline) -> Option<&'static str> {
    let is_known = old.hash.is_some() && new.hash.is_some();
    if (old.kind, old.size, &old.link) != (new.kind, new.size, &new.link)
        || (is_known && old.hash != new.hash)
    {
        Some("content")
    } else if (old.mode, old.owner) != (new.mode, new.owner) {
        Some("owner or mode")
    } else {
        None
    }
}

fn shown(tree: &Tree) -> BTreeMap<EntryPath, Outline> {
    let show = |node| {
        let facts = tree.entry(tree.final_entry(node)?)?;
        let metadata = facts.metadata;
        let shown = Outline {
            kind: metadata.kind,
            mode: metadata.mode,
            owner: (metadata.uid, metadata.gid),
            size: metadata.size,
            link: if facts.is_hard_link { Vec::new() } else { facts.link.to_vec() },
            hash: tree.content_hash(facts.inode),
        };
        Some((tree.path(node), shown))
    };
    tree.nodes().filter_map(show).collect()
}
