//! The filesystem as it is while layers are stacked.
//!
//! One array says for every node what is visible there. Directories keep lists of their visible children, so that hiding a
//! directory costs what is visible below it and not what once was; and counts of the content-bearing paths below, which
//! tell whether a layer left anything of a directory. The lists are cleaned lazily: a child that is hidden on its
//! own stays listed until its directory is hidden or it comes back.

use std::collections::HashMap;

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
    /// Another regular file took the path; whether it differs is known once contents are compared.
    Rewritten(EntryId),
}

impl Loss {
    /// As a path's history tells it; nothing if something else takes the path.
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
    /// The path of the change that did it.
    pub(crate) at: NodeId,
    /// The highest directory above `at` in which the layer left no content of lower layers.
    pub(crate) ceiling: NodeId,
}

#[derive(Debug)]
pub(crate) struct Overlay {
    visible: Vec<u32>,
    first_child: Vec<u32>,
    next_sibling: Vec<u32>,
    /// Content-bearing paths strictly below, as the layers before the current one left them.
    below: Vec<u32>,
    /// Whether the node's path is part of its ancestors' `below`.
    counted: Vec<bool>,
    /// Paths beyond the first of inodes that have several.
    extra_paths: HashMap<EntryId, u32>,
    /// Nodes the current layer has put something at.
    touched: Vec<NodeId>,
    pub(crate) endings: Vec<Ending>,
    /// Index of the first ending of the current layer.
    layer_start: usize,
    /// Notes what changes.
    pub(crate) recorder: Recorder,
}

/// What is left of an overlay.
pub(crate) struct View {
    /// What every node shows.
    pub(crate) seen: Vec<Seen>,
    pub(crate) endings: Vec<Ending>,
    /// What happened at every node.
    pub(crate) log: Vec<(NodeId, Event)>,
}

impl Overlay {
    /// An empty filesystem, on which layers of so many entries will be applied.
    pub(crate) fn new(entries: usize) -> Self {
        Self {
            visible: Vec::new(),
            first_child: Vec::new(),
            next_sibling: Vec::new(),
            below: Vec::new(),
            counted: Vec::new(),
            extra_paths: HashMap::new(),
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

    /// Shows `seen` at a node whose parent is a visible directory. What was there must have been hidden.
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

    /// One more path shows the inode.
    pub(crate) fn add_path(&mut self, inode: EntryId, records: &[Record]) {
        if has_content(inode, records) {
            *self.extra_paths.entry(inode).or_insert(0) += 1;
        }
    }

    /// One path less shows the inode, which has several.
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

    /// Ends a layer: finds how far up it left nothing, and counts the paths it added.
    pub(crate) fn finish_layer(&mut self, arena: &Arena, records: &[Record]) {
        let below = &self.below;
        for ending in self.endings.iter_mut().skip(self.layer_start) {
            // The root is no ceiling: it would explain nothing.
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

    /// What every node shows, once all layers are applied.
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

/// What hiding needs to know beside the overlay.
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
    #[expect(clippy::indexing_slicing, reason = "`grow` has made room for every node of the arena")]
    &mut values[node.index()]
}

fn set<T>(values: &mut [T], node: NodeId, value: T) {
    *get_mut(values, node) = value;
}
