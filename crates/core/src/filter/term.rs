//! One condition on a path.

use std::cmp::Ordering;

use crate::comparison::{Change, Comparison, State, States};
use crate::model::entry::EntryKind;
use crate::model::packages::Package;
use crate::ownership::Ownership;
use crate::tree::{EntryFacts, NodeId, NodeSet, Tree};

use super::text::Pattern;

/// A condition, possibly negated.
#[derive(Clone, Debug)]
pub(super) struct Term {
    pub(super) condition: Condition,
    pub(super) negated: bool,
}

/// A condition on a path.
#[derive(Clone, Debug)]
pub(super) enum Condition {
    /// The path with its leading slash contains or matches this.
    Path(Pattern),
    /// The size of a regular file in bytes.
    Size(Relation, u64),
    Kind(Kind),
    State(States),
    Is(Property),
    Owner {
        user: Option<u32>,
        group: Option<u32>,
    },
    /// A layer that shipped an entry of the path.
    Layer(usize),
    /// The owner of the file: its name, or `NAME@VERSION`, in lower-case letters.
    Package(String),
}

/// How a size relates to another.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Relation {
    Above,
    AtLeast,
    Below,
    AtMost,
    Equal,
}

impl Relation {
    pub(super) fn holds(self, ordering: Ordering) -> bool {
        match self {
            Self::Above => ordering.is_gt(),
            Self::AtLeast => ordering.is_ge(),
            Self::Below => ordering.is_lt(),
            Self::AtMost => ordering.is_le(),
            Self::Equal => ordering.is_eq(),
        }
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    File,
    Directory,
    Symlink,
    HardLink,
    Device,
    Fifo,
    Executable,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Property {
    /// A copy of the file is wasted.
    Wasted,
    /// Part of the final filesystem.
    Live,
    /// Setuid or setgid.
    Setuid,
    /// A file without content, or a directory without visible contents.
    Empty,
    /// A regular file that no package owns.
    Unowned,
}

impl Term {
    /// Whether the term selects invisible paths and is not negated.
    pub(super) fn asks_for_ghosts(&self) -> bool {
        let is_about_them = match self.condition {
            Condition::State(states) => states.intersects(States::GHOST),
            Condition::Is(property) => property == Property::Wasted,
            _ => false,
        };
        is_about_them && !self.negated
    }

    /// Whether the term is about owners of files.
    pub(super) fn asks_for_owners(&self) -> bool {
        matches!(self.condition, Condition::Package(_) | Condition::Is(Property::Unowned))
    }

    /// Does the work that is the same for all paths.
    pub(super) fn prepare(&self, tree: &Tree, ownership: &Ownership) -> Prepared {
        match &self.condition {
            Condition::Path(pattern) => Prepared::Nodes(pattern.matches(tree)),
            Condition::Package(wanted) => {
                let packages = ownership.packages().packages.iter();
                Prepared::Packages(packages.map(|package| is_named(package, wanted)).collect())
            }
            _ => Prepared::Nothing,
        }
    }

    /// Whether the term matches a path; `prepared` is the result of [`Term::prepare`].
    pub(super) fn holds(&self, scene: &Scene<'_>, node: NodeId, prepared: &Prepared) -> bool {
        let Scene { tree, comparison, ownership } = *scene;
        let row = Row { tree, comparison, ownership, node };
        let holds = match prepared {
            Prepared::Nodes(nodes) => nodes.contains(node),
            Prepared::Packages(packages) => {
                row.owner().and_then(|owner| packages.get(owner)).is_some_and(|is_named| *is_named)
            }
            Prepared::Nothing => self.condition.holds(&row),
        };
        holds != self.negated
    }
}

/// What a term found out about all paths at once.
pub(super) enum Prepared {
    /// The paths with a matching text.
    Nodes(NodeSet),
    /// Whether each package has the name.
    Packages(Vec<bool>),
    /// Each path must be looked at.
    Nothing,
}

/// What a filter applies to.
#[derive(Clone, Copy)]
pub(super) struct Scene<'t> {
    pub(super) tree: &'t Tree,
    pub(super) comparison: &'t Comparison,
    pub(super) ownership: &'t Ownership,
}

/// A path in a comparison.
struct Row<'t> {
    tree: &'t Tree,
    comparison: &'t Comparison,
    ownership: &'t Ownership,
    node: NodeId,
}

impl<'t> Row<'t> {
    fn facts(&self) -> Option<EntryFacts<'t>> {
        self.comparison.entry(self.tree, self.node).and_then(|id| self.tree.entry(id))
    }

    /// Returns the index of the package that owns the file.
    fn owner(&self) -> Option<usize> {
        self.ownership.owner(self.tree, self.comparison.entry(self.tree, self.node)?)
    }

    /// Iterates over the entries that the path showed, up to the last layer of the range.
    fn entries(&self) -> impl Iterator<Item = EntryFacts<'t>> {
        let last = self.comparison.range().last;
        let events = self.tree.timeline().events(self.node).iter();
        let entries =
            events.take_while(move |event| event.layer() <= last).filter_map(|event| event.seen().entry());
        entries.filter_map(|id| self.tree.entry(id))
    }
}

impl Condition {
    fn holds(&self, row: &Row<'_>) -> bool {
        match *self {
            Self::Path(_) | Self::Package(_) => false,
            Self::Size(relation, size) => row.facts().is_some_and(|facts| {
                facts.metadata.kind == EntryKind::File && relation.holds(facts.metadata.size.cmp(&size))
            }),
            Self::Kind(kind) => kind.holds(row),
            Self::State(states) => states.intersects(row.comparison.state(row.node).into()),
            Self::Is(property) => property.holds(row),
            Self::Owner { user, group } => row.facts().is_some_and(|facts| {
                user.is_none_or(|user| facts.metadata.uid == user)
                    && group.is_none_or(|group| facts.metadata.gid == group)
            }),
            Self::Layer(layer) => row.entries().any(|facts| facts.layer == layer),
        }
    }
}

impl Kind {
    fn holds(self, row: &Row<'_>) -> bool {
        if self == Self::Directory {
            return row.comparison.is_directory(row.tree, row.node);
        }
        row.facts().is_some_and(|facts| match self {
            Self::File => facts.metadata.kind == EntryKind::File,
            Self::Directory => false,
            Self::Symlink => facts.metadata.kind == EntryKind::Symlink,
            Self::HardLink => facts.is_hard_link,
            Self::Device => matches!(facts.metadata.kind, EntryKind::CharDevice | EntryKind::BlockDevice),
            Self::Fifo => facts.metadata.kind == EntryKind::Fifo,
            Self::Executable => facts.metadata.kind == EntryKind::File && facts.metadata.mode & 0o111 != 0,
        })
    }
}

impl Property {
    fn holds(self, row: &Row<'_>) -> bool {
        match self {
            Self::Wasted => row.entries().any(|facts| !facts.live && facts.stored > 0),
            Self::Live => {
                if row.comparison.is_directory(row.tree, row.node) {
                    row.tree.shows_directory_at_the_end(row.node)
                } else {
                    row.facts().is_some_and(|facts| facts.live)
                }
            }
            Self::Unowned => {
                let is_file = |facts: EntryFacts<'_>| facts.metadata.kind == EntryKind::File;
                row.facts().is_some_and(is_file) && row.owner().is_none()
            }
            Self::Setuid => row.facts().is_some_and(|facts| {
                facts.metadata.kind == EntryKind::File && facts.metadata.mode & 0o6000 != 0
            }),
            Self::Empty => {
                if row.comparison.is_directory(row.tree, row.node) {
                    !row.tree.children(row.node).iter().any(|&child| is_visible(row.comparison, child))
                } else {
                    row.facts().is_some_and(|facts| {
                        facts.metadata.kind == EntryKind::File && facts.metadata.size == 0
                    })
                }
            }
        }
    }
}

/// Whether a package has this name, this `NAME@VERSION`, or this package URL without its scheme, in
/// lower-case letters.
fn is_named(package: &Package, wanted: &str) -> bool {
    if package.purl.to_lowercase().strip_prefix("pkg:") == Some(wanted) {
        return true;
    }
    let Some(rest) = wanted.strip_prefix(&package.name.to_lowercase()) else { return false };
    rest.is_empty() || rest.strip_prefix('@').is_some_and(|version| version == package.version.to_lowercase())
}

fn is_visible(comparison: &Comparison, node: NodeId) -> bool {
    matches!(comparison.state(node), State::Shown(Change::Unmodified | Change::Added | Change::Modified))
}
