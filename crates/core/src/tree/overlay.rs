//! The filesystem while layers are stacked.
//!
//! One array holds what each node shows. Each directory lists its visible children, so the cost of
//! hiding it depends on what is visible below it, not on what once was. Each directory also counts
//! the paths with content below it: the count says whether a layer left anything of the directory.
//! Lists are cleaned lazily: a child that is hidden on its own stays listed until its directory is
//! hidden or the child returns.

use foldhash::fast::RandomState;
use hashbrown::HashMap;

use super::arena::{Arena, NodeId};
use super::event::{End, Event};
use super::record::{EntryId, Record, has_content, inode_of};
use super::recorder::Recorder;
use super::seen::{IMPLIED, NOTHING, Seen};
use crate::model::entry::EntryKind;

const END: u32 = u32::MAX;
const UNLISTED: u32 = u32::MAX - 1;

/// Why a path stopped showing its inode.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Loss {
    Deleted,
    Opaque,
    Replaced,
    /// Another regular file took the path; comparing the contents decides whether it differs.
    Rewritten(EntryId),
}

impl Loss {
    /// Returns how the loss appears in a path's history; `None` if something else takes the path.
    fn end(self, at_the_path_itself: bool) -> Option<End> {
        match self {
            Self::Deleted => Some(End::Deleted),
            Self::Opaque => Some(End::Opaque),
            Self::Replaced if !at_the_path_itself => Some(End::ReplacedAbove),
            Self::Replaced | Self::Rewritten(_) => None,
        }
    }
}

/// An inode that lost its last path.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Ending {
    pub(crate) inode: EntryId,
    pub(crate) layer: u32,
    pub(crate) loss: Loss,
    /// The path of the change that ended it.
    pub(crate) at: NodeId,
    /// The highest directory above `at` in which the layer left no content of lower layers.
    pub(crate) ceiling: NodeId,
}

#[derive(Debug)]
pub(crate) struct Overlay {
    visible: Vec<u32>,
    first_child: Vec<u32>,
    next_sibling: Vec<u32>,
    /// The number of paths with content strictly below, as the layers before the current one left
    /// them.
    below: Vec<u32>,
    /// Whether the node counts in its ancestors' `below`.
    counted: Vec<bool>,
    /// The number of paths beyond the first, for inodes with several.
    extra_paths: HashMap<EntryId, u32, RandomState>,
    /// Nodes at which the current layer shows something new.
    touched: Vec<NodeId>,
    pub(crate) endings: Vec<Ending>,
    /// Index of the first ending of the current layer.
    layer_start: usize,
    /// Records all changes.
    pub(crate) recorder: Recorder,
}

/// The result of stacking.
pub(crate) struct View {
    /// What every node shows.
    pub(crate) seen: Vec<Seen>,
    pub(crate) endings: Vec<Ending>,
    /// What happened at every node.
    pub(crate) log: Vec<(NodeId, Event)>,
}

impl Overlay {
    /// Creates an empty filesystem; `entries` is the number of entries to expect.
    pub(crate) fn new(entries: usize) -> Self {
        Self {
            visible: Vec::new(),
            first_child: Vec::new(),
            next_sibling: Vec::new(),
            below: Vec::new(),
            counted: Vec::new(),
            extra_paths: HashMap::default(),
            touched: Vec::new(),
            endings: Vec::new(),
            layer_start: 0,
            recorder: Recorder::new(entries),
        }
    }

    /// Makes room for nodes that were added to the arena.
    pub(crate) fn grow(&mut self, nodes: usize) {
        if self.visible.is_empty() {
            self.visible.push(IMPLIED);
            self.next_sibling.push(END);
        }
        self.visible.resize(nodes, NOTHING);
        self.next_sibling.resize(nodes, UNLISTED);
        self.first_child.resize(nodes, END);
        self.below.resize(nodes, 0);
        self.counted.resize(nodes, false);
        self.recorder.grow(nodes);
    }

    pub(crate) fn seen(&self, node: NodeId) -> Seen {
        self.visible.get(node.index()).map_or(Seen::Nothing, |&code| Seen::of_code(code))
    }

    pub(crate) fn is_directory(&self, node: NodeId, records: &[Record]) -> bool {
        match self.seen(node) {
            Seen::Nothing => false,
            Seen::ImpliedDirectory => true,
            Seen::Entry(id) => {
                records.get(id.index()).is_some_and(|record| record.kind == EntryKind::Directory)
            }
        }
    }

    /// Shows `seen` at a node whose parent is a visible directory. The node must show nothing
    /// before.
    pub(crate) fn show(&mut self, node: NodeId, parent: NodeId, seen: Seen) {
        set(&mut self.visible, node, seen.to_code());
        self.recorder.show(node, seen);
        if get(&self.next_sibling, node) == UNLISTED {
            let head = get(&self.first_child, parent);
            set(&mut self.next_sibling, node, head);
            set(&mut self.first_child, parent, node.0);
        }
        self.touched.push(node);
    }

    /// Counts one more path of an inode.
    pub(crate) fn add_path(&mut self, inode: EntryId, records: &[Record]) {
        if has_content(inode, records) {
            *self.extra_paths.entry(inode).or_insert(0) += 1;
        }
    }

    /// Counts one path less of an inode that has several.
    pub(crate) fn drop_path(&mut self, inode: EntryId) {
        if let Some(paths) = self.extra_paths.get_mut(&inode) {
            *paths -= 1;
            if *paths == 0 {
                self.extra_paths.remove(&inode);
            }
        }
    }

    /// Hides what a node shows, not what is below it.
    pub(crate) fn hide(&mut self, node: NodeId, loss: Loss, at: NodeId, space: &Space<'_>) {
        let seen = self.seen(node);
        set(&mut self.visible, node, NOTHING);
        if seen != Seen::Nothing {
            self.recorder.hide(node, loss.end(node == at));
        }
        let Seen::Entry(id) = seen else { return };
        let inode = inode_of(id, space.records);
        if !has_content(inode, space.records) {
            return;
        }
        if std::mem::replace(get_mut(&mut self.counted, node), false) {
            self.change_counts(node, space.arena, |count| count.saturating_sub(1));
        }
        if self.extra_paths.contains_key(&inode) {
            self.drop_path(inode);
        } else {
            let layer = space.layer;
            self.endings.push(Ending { inode, layer, loss, at, ceiling: at });
        }
    }

    /// Hides everything below a node.
    pub(crate) fn hide_below(&mut self, node: NodeId, loss: Loss, at: NodeId, space: &Space<'_>) {
        let mut open = vec![node];
        while let Some(directory) = open.pop() {
            let mut child = std::mem::replace(get_mut(&mut self.first_child, directory), END);
            while child != END {
                let node = NodeId(child);
                child = std::mem::replace(get_mut(&mut self.next_sibling, node), UNLISTED);
                self.hide(node, loss, at, space);
                open.push(node);
            }
        }
    }

    /// Ends a layer: finds the ceiling of each ending, and counts the paths that the layer added.
    pub(crate) fn finish_layer(&mut self, arena: &Arena, records: &[Record]) {
        let below = &self.below;
        for ending in self.endings.iter_mut().skip(self.layer_start) {
            // The root is never a ceiling: it would explain nothing.
            let mut above = arena.parent(ending.ceiling);
            while above != NodeId::ROOT && get(below, above) == 0 {
                ending.ceiling = above;
                above = arena.parent(above);
            }
        }
        self.layer_start = self.endings.len();
        for node in std::mem::take(&mut self.touched) {
            let Seen::Entry(id) = self.seen(node) else {
                continue;
            };
            let inode = inode_of(id, records);
            if has_content(inode, records) && !std::mem::replace(get_mut(&mut self.counted, node), true) {
                self.change_counts(node, arena, |count| count.saturating_add(1));
            }
        }
    }

    /// Returns what every node shows once all layers are applied.
    pub(crate) fn into_view(self) -> View {
        let seen = self.visible.iter().map(|&code| Seen::of_code(code)).collect();
        View { seen, endings: self.endings, log: self.recorder.into_log() }
    }

    fn change_counts(&mut self, node: NodeId, arena: &Arena, change: impl Fn(u32) -> u32) {
        let mut node = node;
        while node != NodeId::ROOT {
            node = arena.parent(node);
            let count = get_mut(&mut self.below, node);
            *count = change(*count);
        }
    }
}

/// The rest of the tree, as far as hiding needs it.
pub(crate) struct Space<'a> {
    pub(crate) arena: &'a Arena,
    pub(crate) records: &'a [Record],
    /// The layer being applied.
    pub(crate) layer: u32,
}

fn get<T: Copy + Default>(values: &[T], node: NodeId) -> T {
    values.get(node.index()).copied().unwrap_or_default()
}

fn get_mut<T>(values: &mut [T], node: NodeId) -> &mut T {
    #[expect(clippy::indexing_slicing, reason = "`grow` makes room for every node of the arena")]
    &mut values[node.index()]
}

fn set<T>(values: &mut [T], node: NodeId, value: T) {
    *get_mut(values, node) = value;
}
