//! What every path showed from layer to layer, and the history of a path.
//!
//! One array holds the events of all paths, eight bytes each: from this layer on the path shows an entry, a directory that
//! no layer lists, or nothing. Events belong to the path where things really end up: `lib/x` over `lib -> usr/lib` is
//! part of the history of `usr/lib/x`. What a rewrite changed is found out when somebody asks.

use std::fmt;

use crate::model::entry::{EntryKind, MetadataFields};
use crate::tree::{EntryId, Grouped, MODE_BITS, NodeId, Record, Seen, Shared, Tree, TreeBuilder, inode_of};

/// What one layer did to a path.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Visit {
    /// The layer, counted from the lowest.
    pub layer: usize,
    /// What it did.
    pub what: Deed,
    /// The entry that the path shows from then on; `None` where something vanished, or for a directory that
    /// the layer does not list.
    pub entry: Option<EntryId>,
}

/// What a layer can do to a path.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Deed {
    /// There was nothing before.
    Added,
    /// The same type with other content: file content, link target or device numbers.
    Overwritten,
    /// The same content, but other metadata.
    MetadataChanged(MetadataFields),
    /// Rewritten with nothing changed.
    Identical,
    /// Rewritten with content of the same size; whether it is the same is not known.
    Rewritten,
    /// The path became something of another type.
    TypeChanged,
    /// A whiteout of the path, or of a directory above it.
    Deleted,
    /// An opaque marker on a directory above it.
    HiddenByOpaque,
    /// A directory above it became something else.
    ReplacedAbove,
}

impl fmt::Display for Deed {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let words = match self {
            Self::MetadataChanged(fields) => return write!(formatter, "{fields} changed"),
            Self::Added => "added",
            Self::Overwritten => "overwritten",
            Self::Identical => "rewritten, nothing changed",
            Self::Rewritten => "rewritten",
            Self::TypeChanged => "type changed",
            Self::Deleted => "deleted",
            Self::HiddenByOpaque => "hidden, directory is opaque",
            Self::ReplacedAbove => "gone, directory replaced",
        };
        formatter.write_str(words)
    }
}

/// How what a path showed vanished, unless something else took its place in the same moment.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum End {
    Deleted,
    Opaque,
    ReplacedAbove,
}

/// From some layer on, a path shows something.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Event {
    seen: u32,
    /// The layer, and in the lowest two bits the end of what was seen before.
    layer_and_end: u32,
}

const _: () = assert!(size_of::<Event>() == 8, "a million paths should cost 30 MB");

impl Event {
    const ENDS: [(End, u32); 3] = [(End::Deleted, 1), (End::Opaque, 2), (End::ReplacedAbove, 3)];

    pub(crate) fn new(layer: u32, seen: Seen, end: Option<End>) -> Self {
        let code = end.and_then(|end| Self::ENDS.into_iter().find(|(one, _)| *one == end));
        Self { seen: seen.to_code(), layer_and_end: layer << 2 | code.map_or(0, |(_, code)| code) }
    }

    pub(crate) fn layer(self) -> usize {
        (self.layer_and_end >> 2) as usize
    }

    pub(crate) fn seen(self) -> Seen {
        Seen::of_code(self.seen)
    }

    pub(crate) fn end(self) -> Option<End> {
        Self::ENDS.into_iter().find(|(_, code)| *code == self.layer_and_end & 3).map(|(end, _)| end)
    }
}

/// The events of all nodes, and the children of each.
#[derive(Debug, Default)]
pub(crate) struct Timeline {
    events: Grouped<Event>,
    /// For each node its number among those that have children.
    branches: Vec<u32>,
    /// The children of each of those, sorted by name. Nodes that never showed anything are not listed.
    children: Grouped<NodeId>,
    shared: Shared,
}

const LEAF: u32 = u32::MAX;

impl Timeline {
    /// Sorts a log of events by nodes.
    pub(crate) fn new(log: &[(NodeId, Event)], builder: &TreeBuilder) -> Self {
        let TreeBuilder { arena, names, records, .. } = builder;
        let events = Grouped::new(arena.len(), log.iter().map(|(node, event)| (node.index(), *event)));
        let shown = || arena.nodes().skip(1).filter(|node| !events.get(node.index()).is_empty());
        let mut branches = vec![LEAF; arena.len()];
        let mut count = 0;
        for node in shown() {
            if let Some(branch) = branches.get_mut(arena.parent(node).index())
                && *branch == LEAF
            {
                *branch = count;
                count += 1;
            }
        }
        let branch_above =
            |node| branches.get(arena.parent(node).index()).map_or(0, |&branch| branch as usize);
        let mut children = Grouped::new(count as usize, shown().map(|node| (branch_above(node), node)));
        for branch in 0..children.len() {
            children.get_mut(branch).sort_unstable_by_key(|&node| names.get(arena.name(node)));
        }
        let shared = Shared::find(arena, &events, records);
        Self { events, branches, children, shared }
    }

    /// For each file that hard links lead to: itself with every node that ever showed it, in the order of a walk that finishes
    /// a directory before it goes on.
    pub(crate) fn files_with_several_names(&self) -> impl Iterator<Item = &[(EntryId, NodeId)]> {
        self.shared.files()
    }

    /// What happened at a node, in the order it happened.
    pub(crate) fn events(&self, node: NodeId) -> &[Event] {
        self.events.get(node.index())
    }

    /// The node's number among those that have children.
    pub(crate) fn branch(&self, node: NodeId) -> Option<usize> {
        self.branches.get(node.index()).filter(|&&branch| branch != LEAF).map(|&branch| branch as usize)
    }

    /// How many nodes have children.
    pub(crate) fn branch_count(&self) -> usize {
        self.children.len()
    }

    pub(crate) fn children(&self, node: NodeId) -> &[NodeId] {
        self.branch(node).map(|branch| self.children.get(branch)).unwrap_or_default()
    }
}

impl Tree {
    /// The history of a path: every layer that touched it, in their order. Empty for a tree without a timeline.
    ///
    /// A layer that takes something away and puts something there again has two visits.
    pub fn visits(&self, node: NodeId) -> Vec<Visit> {
        let mut visits = Vec::new();
        let mut before = Seen::before_all_layers(node);
        for &event in self.timeline.events(node) {
            let (layer, seen) = (event.layer(), event.seen());
            if let Some(end) = event.end() {
                visits.push(Visit { layer, what: end.deed(), entry: None });
                before = Seen::Nothing;
            }
            let entry = seen.entry();
            if seen != Seen::Nothing {
                let what = if before == Seen::Nothing { Deed::Added } else { self.between(before, seen) };
                visits.push(Visit { layer, what, entry });
            }
            before = seen;
        }
        visits
    }

    /// What changes when a path that shows one thing shows another.
    pub(crate) fn between(&self, old: Seen, new: Seen) -> Deed {
        match (self.inode_seen(old), self.inode_seen(new)) {
            (None, None) => Deed::Identical,
            (None, Some(directory)) | (Some(directory), None) => {
                if directory.kind == EntryKind::Directory {
                    of_metadata(changed_from_implied(directory))
                } else {
                    Deed::TypeChanged
                }
            }
            (Some(old), Some(new)) => between_records(old, new),
        }
    }

    /// The inode that a path shows; none for a directory that no layer lists.
    pub(crate) fn inode_seen(&self, seen: Seen) -> Option<&Record> {
        seen.entry().and_then(|id| self.record(inode_of(id, &self.records)))
    }
}

impl End {
    fn deed(self) -> Deed {
        match self {
            Self::Deleted => Deed::Deleted,
            Self::Opaque => Deed::HiddenByOpaque,
            Self::ReplacedAbove => Deed::ReplacedAbove,
        }
    }
}

fn of_metadata(fields: MetadataFields) -> Deed {
    if fields.is_empty() { Deed::Identical } else { Deed::MetadataChanged(fields) }
}

/// How a directory differs from those that engines make for a path that no layer lists: `rwxr-xr-x root root`.
fn changed_from_implied(directory: &Record) -> MetadataFields {
    let owner = if (directory.uid, directory.gid) == (0, 0) { None } else { Some(MetadataFields::OWNER) };
    let mode = (directory.mode & MODE_BITS != 0o755).then_some(MetadataFields::MODE);
    let xattrs = directory.has_xattrs().then_some(MetadataFields::XATTRS);
    [owner, mode, xattrs].into_iter().flatten().fold(MetadataFields::default(), MetadataFields::union)
}

fn between_records(old: &Record, new: &Record) -> Deed {
    // A hard link that is its own inode has no target, and is an empty file.
    let kind = |record: &Record| match record.kind {
        EntryKind::HardLink => EntryKind::File,
        kind => kind,
    };
    if kind(old) != kind(new) {
        return Deed::TypeChanged;
    }
    let differs = match kind(old) {
        EntryKind::File => old.content_differs(new),
        EntryKind::Symlink => Some(old.link != new.link),
        EntryKind::CharDevice | EntryKind::BlockDevice => Some(old.place != new.place),
        _ => Some(false),
    };
    match differs {
        Some(true) => Deed::Overwritten,
        Some(false) => of_metadata(old.metadata_changed(new)),
        None => Deed::Rewritten,
    }
}
