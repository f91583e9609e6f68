//! Files with several names.
//!
//! The names of a file are in depth-first order, so the names below any directory are consecutive.
//! That order allows counting a file once in each directory.

use super::arena::{Arena, NodeId};
use super::event::Event;
use super::grouped::Grouped;
use super::record::{EntryId, NO_INODE, Record, inode_of};
use crate::model::entry::EntryKind;

/// The targets of hard links, each with all nodes that ever showed it.
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

    /// Iterates over the files, each with its names.
    pub(crate) fn files(&self) -> impl Iterator<Item = &[(EntryId, NodeId)]> {
        self.names.chunk_by(|one, next| one.0 == next.0)
    }
}

/// Returns the position of each node in a depth-first walk from the root.
fn order_of_walk(arena: &Arena) -> Vec<u32> {
    let mut sizes = vec![1_u32; arena.len()];
    for node in arena.nodes().rev().filter(|&node| node != NodeId::ROOT) {
        let size = sizes.get(node.index()).copied().unwrap_or(0);
        if let Some(above) = sizes.get_mut(arena.parent(node).index()) {
            *above += size;
        }
    }
    let mut order = vec![0_u32; arena.len()];
    // The position of each directory's next child.
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
