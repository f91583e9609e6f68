//! Files with several names.
//!
//! The names of a file are kept in the order of a walk that leaves a directory only when all below it is done: what is
//! below any directory stands in a row. That is what it takes to count a file once in each directory.

use super::arena::{Arena, NodeId};
use super::event::Event;
use super::grouped::Grouped;
use super::record::{EntryId, NO_INODE, Record, inode_of};
use crate::model::entry::EntryKind;

/// The inodes to which hard links lead, each with all nodes that ever showed it.
#[derive(Debug, Default)]
pub(crate) struct Shared {
    names: Vec<(EntryId, NodeId)>,
}

impl Shared {
    pub(crate) fn find(arena: &Arena, events: &Grouped<Event>, records: &[Record]) -> Self {
        let mut linked = vec![false; records.len()];
        for link in
            records.iter().filter(|record| record.kind == EntryKind::HardLink && record.place != NO_INODE)
        {
            if let Some(linked) = usize::try_from(link.place).ok().and_then(|inode| linked.get_mut(inode)) {
                *linked = true;
            }
        }
        if !linked.contains(&true) {
            return Self::default();
        }
        let inodes = |node: NodeId| {
            let entries = events.get(node.index()).iter().filter_map(|event| event.seen().entry());
            entries.map(|entry| inode_of(entry, records))
        };
        let shared = |node| {
            let inodes = inodes(node).filter(|inode| linked.get(inode.index()) == Some(&true));
            inodes.map(move |inode| (inode, node))
        };
        let mut names: Vec<(EntryId, NodeId)> = arena.nodes().flat_map(shared).collect();
        let order = order_of_walk(arena);
        names.sort_unstable_by_key(|&(inode, node)| (inode, order.get(node.index()).copied()));
        names.dedup();
        Self { names }
    }

    /// The names of each file.
    pub(crate) fn files(&self) -> impl Iterator<Item = &[(EntryId, NodeId)]> {
        self.names.chunk_by(|one, next| one.0 == next.0)
    }
}

/// For each node its place in a walk from the root that finishes a directory before it goes on.
fn order_of_walk(arena: &Arena) -> Vec<u32> {
    let mut sizes = vec![1_u32; arena.len()];
    for node in arena.nodes().rev().filter(|&node| node != NodeId::ROOT) {
        let size = sizes.get(node.index()).copied().unwrap_or(0);
        if let Some(above) = sizes.get_mut(arena.parent(node).index()) {
            *above += size;
        }
    }
    let mut order = vec![0_u32; arena.len()];
    // The place of each directory's next child.
    let mut next = vec![1_u32; arena.len()];
    for node in arena.nodes().skip(1) {
        let size = sizes.get(node.index()).copied().unwrap_or(0);
        let Some(free) = next.get_mut(arena.parent(node).index()) else { continue };
        let place = *free;
        *free += size;
        for (values, value) in [(&mut order, place), (&mut next, place + 1)] {
            if let Some(slot) = values.get_mut(node.index()) {
                *slot = value;
            }
        }
    }
    order
}
