//! Packages: which one owns which live and wasted bytes. `docs/packages.md` defines the rules.

mod canonical;
mod claims;
mod collect;
mod purl;
mod sources;

use std::collections::HashMap;

use dockopt_core::entry::EntryKind;
use dockopt_core::facts::Evidence;
use dockopt_core::packages::{Packages, Unowned};
use dockopt_core::tree::{EntryFacts, EntryId, Tree};

use self::canonical::Canonical;
use self::claims::Claims;
use self::sources::Sources;

/// Whose number an entry has that no package owns.
const NOBODY: u32 = u32::MAX;

/// The packages of an image and the owner of each file.
#[derive(Clone, Debug, Default)]
pub struct Ownership {
    /// The packages and the bytes that each owns.
    pub packages: Packages,
    /// The index of the owner of each entry that stores content; empty if nothing is owned.
    owners: Vec<u32>,
}

impl Ownership {
    /// Finds the packages of an image. Every stored byte belongs to one package or to none.
    pub fn of(tree: &Tree, evidence: &Evidence) -> Self {
        let mut sources = Sources { tree, evidence, canonical: Canonical::new(tree) };
        let mut claims = collect::claims(&mut sources);
        let (owners, unowned) = assign(tree, &mut sources.canonical, &mut claims);
        let mut packages = Vec::new();
        let mut place = HashMap::new();
        for (number, package) in claims.into_listed() {
            place.insert(number, u32::try_from(packages.len()).unwrap_or(NOBODY));
            packages.push(package);
        }
        let listed =
            |owner: Option<usize>| owner.and_then(|number| place.get(&number)).copied().unwrap_or(NOBODY);
        let owners = owners.into_iter().map(listed).collect();
        Self { packages: Packages { packages, unowned }, owners }
    }

    /// Returns the index of the package that owns an entry's content.
    pub fn owner(&self, tree: &Tree, entry: EntryId) -> Option<usize> {
        let inode = tree.entry(entry)?.inode;
        let owner = *self.owners.get(inode.index())?;
        (owner != NOBODY).then_some(owner as usize)
    }
}

/// Adds the bytes of each file to its owner. Returns the owner of each entry, by its index, and
/// what nobody owns.
fn assign(tree: &Tree, canonical: &mut Canonical<'_>, claims: &mut Claims) -> (Vec<Option<usize>>, Unowned) {
    let mut owners = Vec::new();
    let mut unowned = Unowned::default();
    let links = if claims.is_empty() { HashMap::new() } else { other_names(tree) };
    for (entry, facts) in stored_files(tree) {
        let names = std::iter::once(entry).chain(links.get(&entry).into_iter().flatten().copied());
        let mut owner = |name: EntryId| {
            let path = canonical.node(tree.entry_node(name)?)?;
            claims.owner(tree, path, facts.layer)
        };
        let owner = if claims.is_empty() { None } else { names.into_iter().find_map(&mut owner) };
        if owner.is_some() {
            owners.resize(owners.len().max(entry.index() + 1), None);
            owners.get_mut(entry.index()).into_iter().for_each(|slot| *slot = owner);
        }
        let package = owner.and_then(|number| claims.packages.get_mut(number));
        let (live, wasted, files) = match package {
            Some(package) => (&mut package.live, &mut package.wasted, &mut package.files),
            None => (&mut unowned.live, &mut unowned.wasted, &mut unowned.files),
        };
        if facts.live {
            *live += facts.stored;
            *files += 1;
        } else {
            *wasted += facts.stored;
        }
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
fn other_names(tree: &Tree) -> HashMap<EntryId, Vec<EntryId>> {
    let mut names: HashMap<EntryId, Vec<EntryId>> = HashMap::new();
    for entry in (0..tree.layer_count()).flat_map(|layer| tree.layer_entries(layer)) {
        if let Some(facts) = tree.entry(entry).filter(|facts| facts.is_hard_link && facts.inode != entry) {
            names.entry(facts.inode).or_default().push(entry);
        }
    }
    names
}

#[cfg(test)]
mod tests;
