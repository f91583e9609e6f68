//! What every path showed from layer to layer.
//!
//! One array holds the events of all paths, eight bytes each: from this layer on the path shows an entry,
//! a directory that no layer lists, or nothing. Events belong to the path where things really end up:
//! `lib/x` over `lib -> usr/lib` is part of the history of `usr/lib/x`.

use std::sync::{Mutex, OnceLock, PoisonError};

use super::arena::{Arena, NodeId};
use super::event::Event;
use super::grouped::Grouped;
use super::names::Names;
use super::record::{EntryId, Record};
use super::shared::Shared;

/// A log of events, sorted by nodes when the first caller needs it.
///
/// Sorting takes a third of the time of stacking, and half of the callers never ask.
#[derive(Debug)]
pub(super) struct LazyTimeline {
    log: Mutex<Vec<(NodeId, Event)>>,
    sorted: OnceLock<Timeline>,
}

impl LazyTimeline {
    pub(super) fn new(log: Vec<(NodeId, Event)>) -> Self {
        Self { log: Mutex::new(log), sorted: OnceLock::new() }
    }

    /// The sorted events; the first call sorts them and frees the log.
    pub(super) fn get(&self, arena: &Arena, names: &Names, records: &[Record]) -> &Timeline {
        self.sorted.get_or_init(|| {
            let log = std::mem::take(&mut *self.log.lock().unwrap_or_else(PoisonError::into_inner));
            Timeline::new(&log, arena, names, records)
        })
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
