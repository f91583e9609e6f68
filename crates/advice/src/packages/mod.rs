//! Packages: which one owns which live and wasted bytes. `docs/packages.md` defines the rules.

pub(crate) mod canonical;
mod claims;
mod collect;
mod purl;
mod sources;

use std::collections::HashMap;

use dockopt_core::entry::EntryKind;
use dockopt_core::evidence::MAX_IMAGE_FACTS;
use dockopt_core::facts::Evidence;
use dockopt_core::ownership::Ownership;
use dockopt_core::packages::{Package, Packages, Unowned};
use dockopt_core::quantity::plural;
use dockopt_core::tree::{EntryFacts, EntryId, Tree};
use dockopt_core::warning::Warning;
use dockopt_core::warning_kind::WarningKind;
use foldhash::fast::RandomState;

use self::canonical::Canonical;
use self::claims::Claims;
use self::sources::Sources;
use crate::evidence::elf::{ElfFact, Programs};

/// Finds the packages of an image. Every stored byte belongs to one package or to none.
pub fn ownership(tree: &Tree, evidence: &Evidence) -> Ownership {
    let (canonical, warnings) = (Canonical::new(tree), Vec::new());
    let mut sources = Sources { tree, evidence, canonical, warnings };
    let mut claims = collect::claims(&mut sources);
    let (shared, is_cut) = (shared(tree, &claims), claims.is_cut());
    let (owners, unowned) = assign(tree, &strippable(evidence), &mut sources.canonical, &mut claims);
    let mut packages = Vec::new();
    let mut listed = HashMap::new();
    for (at, (number, package)) in (0..).zip(claims.into_listed()) {
        listed.insert(number, at);
        packages.push(package);
    }
    let at = |owner: Option<usize>| owner.and_then(|number| listed.get(&number)).copied();
    let owners = owners.into_iter().map(at).collect();
    let mut warnings = sources.warnings;
    warnings.extend(shared);
    let too_many =
        is_cut.then(|| "the image has too many packages: some of them or their files are missing".to_owned());
    let too_much = evidence
        .is_cut()
        .then(|| format!("the facts about files exceed {MAX_IMAGE_FACTS} bytes: packages are missing"));
    let cuts = too_many.into_iter().chain(too_much);
    warnings.extend(cuts.map(|message| Warning::new(WarningKind::Evidence, None, message)));
    Ownership::new(Packages { packages, unowned }, owners, warnings)
}

/// Returns a warning about the files of the final filesystem that two packages list.
fn shared(tree: &Tree, claims: &Claims) -> Option<Warning> {
    let is_file = |node| {
        let facts = tree.final_entry(node).and_then(|entry| tree.entry(entry));
        facts.is_some_and(|facts| facts.metadata.kind == EntryKind::File)
    };
    let shared = claims.shared().filter(|(node, ..)| is_file(*node));
    let mut shared: Vec<_> = shared.map(|(node, one, other)| (tree.path(node), one, other)).collect();
    shared.sort_by(|(one, ..), (other, ..)| one.cmp(other));
    let (path, one, other) = shared.first()?;
    let (one, other) = (one.title(), other.title());
    let files = plural(shared.len() as u64, "file");
    let message =
        format!("{files} listed by two packages, the first is `{}` by {one} and {other}", path.to_text());
    Some(Warning::new(WarningKind::SharedFiles, None, message))
}

/// Where the bytes of a file are added.
struct Sums<'s> {
    live: &'s mut u64,
    wasted: &'s mut u64,
    files: &'s mut u64,
    strippable: &'s mut u64,
}

impl<'s> Sums<'s> {
    fn of_package(Package { live, wasted, files, strippable, .. }: &'s mut Package) -> Self {
        Self { live, wasted, files, strippable }
    }

    fn of_unowned(Unowned { live, wasted, files, strippable }: &'s mut Unowned) -> Self {
        Self { live, wasted, files, strippable }
    }

    fn add(self, file: &EntryFacts<'_>, strippable: u64) {
        if file.live {
            *self.live += file.stored;
            *self.files += 1;
            *self.strippable += strippable;
        } else {
            *self.wasted += file.stored;
        }
    }
}

/// Returns the bytes that `strip` would remove from each program.
fn strippable(evidence: &Evidence) -> HashMap<EntryId, u64, RandomState> {
    let facts = evidence.of_probe(Programs::ID);
    let facts = facts.filter_map(|(entry, fact)| Some((entry, ElfFact::decode(fact)?.strippable)));
    facts.filter(|(_, bytes)| *bytes > 0).collect()
}

/// Adds the bytes of each file to its owner. Returns the owner of each entry, by its index, and
/// what nobody owns.
fn assign(
    tree: &Tree,
    strippable: &HashMap<EntryId, u64, RandomState>,
    canonical: &mut Canonical<'_>,
    claims: &mut Claims,
) -> (Vec<Option<usize>>, Unowned) {
    let mut owners = Vec::new();
    let mut unowned = Unowned::default();
    let links = if claims.is_empty() { HashMap::default() } else { other_names(tree) };
    for (entry, facts) in stored_files(tree) {
        let names = std::iter::once(entry).chain(links.get(&entry).into_iter().flatten().copied());
        let mut owner = |name: EntryId| {
            let path = canonical.node(tree.entry_node(name)?);
            claims.owner(tree, path, facts.layer)
        };
        let owner = if claims.is_empty() { None } else { names.into_iter().find_map(&mut owner) };
        let owner = owner.or_else(|| claims.described(entry));
        if owner.is_some() {
            owners.resize(owners.len().max(entry.index() + 1), None);
            owners.get_mut(entry.index()).into_iter().for_each(|slot| *slot = owner);
        }
        let package = owner.and_then(|number| claims.packages.get_mut(number));
        let sums = package.map_or_else(|| Sums::of_unowned(&mut unowned), Sums::of_package);
        sums.add(&facts, strippable.get(&entry).copied().unwrap_or(0));
    }
    (owners, unowned)
}

/// Iterates over the regular files that layers store; hard links are not among them.
fn stored_files(tree: &Tree) -> impl Iterator<Item = (EntryId, EntryFacts<'_>)> {
    let entries = (0..tree.layer_count()).flat_map(|layer| tree.layer_entries(layer));
    let entries = entries.filter_map(|entry| Some((entry, tree.entry(entry)?)));
    entries.filter(|(entry, facts)| facts.inode == *entry && facts.metadata.kind == EntryKind::File)
}

/// Returns the hard links to each file.
fn other_names(tree: &Tree) -> HashMap<EntryId, Vec<EntryId>, RandomState> {
    let mut names: HashMap<EntryId, Vec<EntryId>, RandomState> = HashMap::default();
    for entry in (0..tree.layer_count()).flat_map(|layer| tree.layer_entries(layer)) {
        if let Some(facts) = tree.entry(entry).filter(|facts| facts.is_hard_link && facts.inode != entry) {
            names.entry(facts.inode).or_default().push(entry);
        }
    }
    names
}

#[cfg(test)]
mod tests;
