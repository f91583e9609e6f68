//! The versions of a path: what each layer put there, and what ended it.

use dockopt_core::entry::EntryKind;
use dockopt_core::history::{Deed, Visit};
use dockopt_core::tree::{EntryId, NodeId, Tree};

/// A version of a path: what one layer put there.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Version {
    pub(crate) layer: usize,
    /// The entry; `None` for a directory that no layer lists, only its contents.
    pub(crate) entry: Option<EntryId>,
    /// What ended it; `None` if the final filesystem shows it.
    pub(crate) end: Option<Ending>,
}

/// The change that ended a version.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Ending {
    pub(crate) layer: usize,
    pub(crate) what: Deed,
}

/// What a path shows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Sight {
    Nothing,
    /// A directory that no layer lists.
    Implied,
    Entry(EntryId),
}

/// Returns the word for a change in JSON and tables. If the change ends a file's life, it is the
/// word of the report's causes.
pub(crate) fn word(what: Deed) -> &'static str {
    match what {
        Deed::Added => "added",
        Deed::Overwritten => "overwritten",
        Deed::MetadataChanged(_) => "metadata",
        Deed::Identical => "identical",
        Deed::Rewritten => "rewritten",
        Deed::TypeChanged | Deed::ReplacedAbove => "replaced",
        Deed::Deleted => "deleted",
        Deed::HiddenByOpaque => "opaque",
    }
}

/// Returns whether a change removed what was there without replacing it.
pub(crate) fn takes_away(what: Deed) -> bool {
    matches!(what, Deed::Deleted | Deed::HiddenByOpaque | Deed::ReplacedAbove)
}

/// Returns what a path shows after a layer.
pub(crate) fn sight_after(tree: &Tree, node: NodeId, layer: usize) -> Sight {
    let visits = tree.visits(node);
    let last = visits.iter().take_while(|visit| visit.layer <= layer).last();
    last.map_or(before_all_layers(node), sight_of)
}

/// Returns what a path shows in the final filesystem.
pub(crate) fn final_sight(tree: &Tree, node: NodeId) -> Sight {
    tree.visits(node).last().map_or(before_all_layers(node), sight_of)
}

/// Returns what a path showed last, before it vanished.
pub(crate) fn last_sight(tree: &Tree, node: NodeId) -> Sight {
    let visits = tree.visits(node);
    let last = visits.iter().rev().find(|visit| !takes_away(visit.what));
    last.map_or(before_all_layers(node), sight_of)
}

/// Returns what a layer ships at a path, markers excluded.
pub(crate) fn shipped_by(tree: &Tree, node: NodeId, layer: usize) -> Option<EntryId> {
    let visits = tree.visits(node);
    visits.iter().rev().filter(|visit| visit.layer == layer).find_map(|visit| visit.entry)
}

fn before_all_layers(node: NodeId) -> Sight {
    if node == NodeId::ROOT { Sight::Implied } else { Sight::Nothing }
}

fn sight_of(visit: &Visit) -> Sight {
    match visit.entry {
        Some(entry) => Sight::Entry(entry),
        None if takes_away(visit.what) => Sight::Nothing,
        None => Sight::Implied,
    }
}

impl Sight {
    pub(crate) fn entry(self) -> Option<EntryId> {
        match self {
            Self::Entry(entry) => Some(entry),
            Self::Nothing | Self::Implied => None,
        }
    }

    pub(crate) fn is_directory(self, tree: &Tree) -> bool {
        match self {
            Self::Nothing => false,
            Self::Implied => true,
            Self::Entry(entry) => is_directory(tree, Some(entry)),
        }
    }
}

/// Returns whether an entry is a directory; `None`, one that no layer lists, is.
pub(crate) fn is_directory(tree: &Tree, entry: Option<EntryId>) -> bool {
    entry.is_none_or(|entry| {
        tree.entry(entry).is_some_and(|facts| facts.metadata.kind == EntryKind::Directory)
    })
}

/// Returns all versions of a path, the oldest first. A directory that is listed again stays the
/// same version.
pub(crate) fn versions(tree: &Tree, node: NodeId) -> Vec<Version> {
    let mut versions = Vec::new();
    let mut current: Option<Version> = None;
    for visit in tree.visits(node) {
        let ending = Ending { layer: visit.layer, what: visit.what };
        let end = |version: Version| Version { end: Some(ending), ..version };
        if takes_away(visit.what) {
            versions.extend(current.take().map(end));
            continue;
        }
        let next = Version { layer: visit.layer, entry: visit.entry, end: None };
        let goes_on = |version: &Version| is_directory(tree, version.entry) && is_directory(tree, next.entry);
        versions.extend(current.filter(|version| !goes_on(version)).map(end));
        current = Some(next);
    }
    versions.extend(current);
    versions
}

/// Returns whether an entry is a symbolic link.
pub(crate) fn is_symlink(tree: &Tree, entry: Option<EntryId>) -> bool {
    entry.and_then(|entry| tree.entry(entry)).is_some_and(|facts| facts.metadata.kind == EntryKind::Symlink)
}
