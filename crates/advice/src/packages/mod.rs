//! Packages: which one owns which live and wasted bytes. `docs/packages.md` defines the rules.

mod canonical;
mod claims;

use std::collections::HashMap;

use dockopt_core::entry::EntryKind;
use dockopt_core::facts::Evidence;
use dockopt_core::packages::{Package, Packages, Unowned};
use dockopt_core::tree::{EntryId, Tree};

use self::canonical::Canonical;
use self::claims::Claims;

/// Returns the packages of an image and the bytes that each owns. Every stored byte belongs to one
/// package or to none.
pub fn packages(tree: &Tree, evidence: &Evidence) -> Packages {
    let mut canonical = Canonical::new(tree);
    let mut claims = Claims::of(tree, evidence, &mut canonical);
    let links = if claims.is_empty() { HashMap::new() } else { other_names(tree) };
    let mut unowned = Unowned::default();
    let entries = (0..tree.layer_count()).flat_map(|layer| tree.layer_entries(layer));
    for entry in entries {
        let Some(facts) = tree.entry(entry) else { continue };
        if facts.inode != entry || facts.metadata.kind != EntryKind::File {
            continue;
        }
        let names = std::iter::once(entry).chain(links.get(&entry).into_iter().flatten().copied());
        let mut owner = |name: EntryId| {
            let path = canonical.node(tree.entry_node(name)?)?;
            claims.owner(path, facts.layer)
        };
        let owner = if claims.is_empty() { None } else { names.into_iter().find_map(&mut owner) };
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
    Packages { packages: listed(claims), unowned }
}

/// Returns the packages that are installed or own files, those with most bytes first.
fn listed(claims: Claims) -> Vec<Package> {
    let Claims { packages, installed, .. } = claims;
    let mut packages: Vec<_> = packages
        .into_iter()
        .zip(installed)
        .filter(|(package, installed)| *installed || package.live + package.wasted + package.files > 0)
        .map(|(package, _)| package)
        .collect();
    packages.sort_by(|one, other| {
        let bytes = (other.live + other.wasted).cmp(&(one.live + one.wasted));
        bytes.then_with(|| {
            (&one.name, &one.version, &one.purl).cmp(&(&other.name, &other.version, &other.purl))
        })
    });
    packages
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
