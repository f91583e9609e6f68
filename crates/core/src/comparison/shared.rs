//! Files with several names: their content exists once, however many paths show it.
//!
//! Sums are first taken as if every path had content of its own, and corrected here: as in `du`, a
//! directory counts a file once. Content that was stored before is not added, and content that
//! another path still shows is neither removed nor a ghost. For two names that are neighbours in a
//! depth-first walk, their lowest common directory has counted one too many.

use super::comparison::Comparison;
use super::glance::Glance;
use super::state::{Change, State};
use super::totals::Totals;
use crate::tree::{EntryId, NodeId, Record, Seen, Tree, inode_of};

/// One of the sums of a directory.
#[derive(Clone, Copy, Debug)]
enum Sum {
    Bytes,
    Changed,
    Ghosts,
}

/// A file with several names, and when it was visible.
struct File {
    inode: EntryId,
    size: u64,
    before: bool,
    after: bool,
}

/// Corrects the sums of a comparison whose nodes are all decided.
pub(super) fn correct(comparison: &mut Comparison, tree: &Tree) {
    for names in tree.timeline().files_with_several_names() {
        let Some(&(inode, _)) = names.first() else { continue };
        let glances: Vec<(NodeId, Glance)> =
            names.iter().map(|&(_, node)| (node, comparison.glance(tree, node))).collect();
        let size = tree.record(inode).map_or(0, Record::stored_bytes);
        let mut file = File { inode, size, before: false, after: false };
        file.before = glances.iter().any(|(_, glance)| file.is(tree, glance.before));
        file.after = glances.iter().any(|(_, glance)| file.is(tree, glance.after));
        for sum in [Sum::Bytes, Sum::Changed, Sum::Ghosts] {
            file.correct(comparison, tree, sum, &glances);
        }
    }
}

impl File {
    fn is(&self, tree: &Tree, seen: Seen) -> bool {
        seen.entry().is_some_and(|entry| inode_of(entry, &tree.records) == self.inode)
    }

    fn correct(&self, comparison: &mut Comparison, tree: &Tree, sum: Sum, names: &[(NodeId, Glance)]) {
        let mut last = None;
        for &(node, glance) in names {
            let directory = tree.parent(node);
            match self.counts(tree, sum, comparison.state(node), glance) {
                None => {}
                Some(false) => self.take_from(comparison, tree, sum, directory),
                Some(true) => {
                    if let Some(last) = last.replace(directory) {
                        self.take_from(comparison, tree, sum, meeting_of(tree, last, directory));
                    }
                }
            }
        }
    }

    /// Whether a path counts in a sum: `None` if it is no part of the sum, false if another path
    /// counts for the file.
    fn counts(&self, tree: &Tree, sum: Sum, state: State, glance: Glance) -> Option<bool> {
        let (seen, counts) = match (sum, state) {
            (Sum::Bytes, State::Shown(Change::Unmodified | Change::Added | Change::Modified)) => {
                (glance.after, true)
            }
            (Sum::Changed, State::Shown(Change::Added | Change::Modified)) => (glance.after, !self.before),
            (Sum::Changed, State::Shown(Change::Removed)) => (glance.before, !self.after),
            (Sum::Ghosts, State::Ghost) => (glance.last, !self.after),
            _ => return None,
        };
        self.is(tree, seen).then_some(counts)
    }

    /// Subtracts the file once from the sums of a directory and its ancestors.
    fn take_from(&self, comparison: &mut Comparison, tree: &Tree, sum: Sum, directory: NodeId) {
        let mut directory = directory;
        loop {
            if let Some(totals) = comparison.sums_mut(tree, directory) {
                let sum = sum.of(totals);
                *sum = sum.wrapping_sub(self.size);
            }
            if directory == NodeId::ROOT {
                return;
            }
            directory = tree.parent(directory);
        }
    }
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

/// Returns the lowest common directory of two nodes, which may be one of them.
fn meeting_of(tree: &Tree, one: NodeId, other: NodeId) -> NodeId {
    let (mut one, mut other) = (one, other);
    while one != other {
        // A parent has a smaller number than its children, so the node with the larger number
        // contains neither.
        if one > other {
            one = tree.parent(one);
        } else {
            other = tree.parent(other);
        }
    }
    one
}
