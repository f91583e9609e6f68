//! What every path showed from layer to layer.
//!
//! One array holds the events of all paths, eight bytes each: from this layer on the path shows an
//! entry, a directory that no layer lists, or nothing. Events belong to the resolved path: `lib/x`
//! over `lib -> usr/lib` is part of the history of `usr/lib/x`.

use std::sync::{Mutex, OnceLock, PoisonError};

use super::arena::{Arena, NodeId};
use super::event::Event;
use super::grouped::Grouped;
use super::names::Names;
use super::record::{EntryId, Record};
use super::shared::Shared;

/// A log of events that the first caller sorts by node.
///
/// Sorting costs time, and many callers never need the order.
#[derive(Debug)]
pub(super) struct LazyTimeline {
    log: Mutex<Vec<(NodeId, Event)>>,
    sorted: OnceLock<Timeline>,
}

impl LazyTimeline {
    pub(super) fn new(log: Vec<(NodeId, Event)>) -> Self {
        Self { log: Mutex::new(log), sorted: OnceLock::new() }
    }

    /// Returns the sorted events. The first call sorts them and frees the log.
    pub(super) fn get(&self, arena: &Arena, names: &Names, records: &[Record]) -> &Timeline {
        self.sorted.get_or_init(|| {
            let log = std::mem::take(&mut *self.log.lock().unwrap_or_else(PoisonError::into_inner));
            Timeline::new(&log, arena, names, records)
        })
    }
}

/// The events and the children of all nodes.
#[derive(Debug, Default)]
pub(crate) struct Timeline {
    events: Grouped<Event>,
    /// For each node its number among the nodes with children, or [`LEAF`].
    branches: Vec<u32>,
    /// The children of each of those nodes, sorted by name, without nodes that never showed
    /// anything.
    children: Grouped<NodeId>,
    shared: Shared,
}

const LEAF: u32 = u32::MAX;

impl Timeline {
    /// Sorts a log of events by node.
    fn new(log: &[(NodeId, Event)], arena: &Arena, names: &Names, records: &[Record]) -> Self {
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

    /// Iterates over the targets of hard links: each with every node that ever showed it, in
    /// depth-first order.
    pub(crate) fn files_with_several_names(&self) -> impl Iterator<Item = &[(EntryId, NodeId)]> {
        self.shared.files()
    }

    /// Returns the events of a node in order.
    pub(crate) fn events(&self, node: NodeId) -> &[Event] {
        self.events.get(node.index())
    }

    /// Returns the node's number among the nodes with children.
    pub(crate) fn branch(&self, node: NodeId) -> Option<usize> {
        self.branches.get(node.index()).filter(|&&branch| branch != LEAF).map(|&branch| branch as usize)
    }

    /// Returns the number of nodes with children.
    pub(crate) fn branch_count(&self) -> usize {
        self.children.len()
    }

    pub(crate) fn children(&self, node: NodeId) -> &[NodeId] {
        self.branch(node).map(|branch| self.children.get(branch)).unwrap_or_default()
    }
}
