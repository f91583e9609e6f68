//! Files with several names: their content is there once, whatever the number of paths that show it.
//!
//! Sums are taken as if every path had content of its own, and put right here: as `du` does, a directory counts a file once
//! however often it lies below. What nothing new is stored for is not added, and what another path still shows is neither
//! removed nor a ghost. Images have few such files, so that only their paths are looked at.

use std::collections::HashSet;

use super::{Change, Comparison, Glance, State, Totals};
use crate::tree::{EntryId, NodeId, Record, Seen, Tree, inode_of};

/// One of the sums.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
enum Sum {
    Bytes,
    Changed,
    Ghosts,
}

impl Sum {
    fn of(self, totals: &mut Totals) -> &mut u64 {
        match self {
            Self::Bytes => &mut totals.bytes,
            Self::Changed => &mut totals.changed_bytes,
            Self::Ghosts => &mut totals.ghost_bytes,
        }
    }
}

/// The files with several names before and after a range.
struct Visible {
    before: HashSet<EntryId>,
    after: HashSet<EntryId>,
}

/// Puts the sums of a comparison right, all of whose nodes are judged.
pub(super) fn correct(comparison: &mut Comparison, tree: &Tree) {
    let paths: Vec<(NodeId, Glance)> =
        tree.timeline.shared().iter().map(|&node| (node, comparison.glance(tree, node))).collect();
    let inodes = |seen: fn(&Glance) -> Seen| {
        paths.iter().filter_map(|(_, glance)| inode(tree, seen(glance))).collect::<HashSet<_>>()
    };
    let visible = Visible { before: inodes(|glance| glance.before), after: inodes(|glance| glance.after) };
    let mut counted = HashSet::new();
    for (node, glance) in paths {
        for (sum, inode, is_elsewhere) in parts(tree, comparison.state(node), glance, &visible) {
            let size = tree.record(inode).map_or(0, Record::stored_bytes);
            let mut directory = node;
            while directory != NodeId::ROOT {
                directory = tree.parent(directory);
                if !is_elsewhere && counted.insert((directory, sum, inode)) {
                    continue;
                }
                if let Some(totals) = comparison.sums_mut(tree, directory) {
                    let sum = sum.of(totals);
                    *sum = sum.wrapping_sub(size);
                }
            }
        }
    }
}

/// The sums that a path is part of, with the file that it adds to each, and whether another path has to answer for that.
fn parts(
    tree: &Tree,
    state: State,
    glance: Glance,
    visible: &Visible,
) -> impl Iterator<Item = (Sum, EntryId, bool)> {
    let file = |seen| inode(tree, seen);
    let elsewhere = |inode: EntryId, others: &HashSet<EntryId>| others.contains(&inode);
    let parts = match state {
        State::Absent => [None, None],
        State::Ghost => {
            [file(glance.last).map(|inode| (Sum::Ghosts, inode, elsewhere(inode, &visible.after))), None]
        }
        State::Shown(Change::Removed) => {
            [file(glance.before).map(|inode| (Sum::Changed, inode, elsewhere(inode, &visible.after))), None]
        }
        State::Shown(Change::Unmodified) => {
            [file(glance.after).map(|inode| (Sum::Bytes, inode, false)), None]
        }
        State::Shown(Change::Added | Change::Modified) => [
            file(glance.after).map(|inode| (Sum::Bytes, inode, false)),
            file(glance.after).map(|inode| (Sum::Changed, inode, elsewhere(inode, &visible.before))),
        ],
    };
    parts.into_iter().flatten()
}

fn inode(tree: &Tree, seen: Seen) -> Option<EntryId> {
    let Seen::Entry(id) = seen else { return None };
    Some(inode_of(id, &tree.records))
}
