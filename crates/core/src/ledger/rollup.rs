//! Rolls wasted files up to the paths that explain them.
//!
//! A `chown -R` ends 23,000 files, an `rm -rf lists/*` a few hundred: one row each says more than thousands. Rows join
//! in a directory when one layer ended all content below it by one cause. The overlay has noted for every ending how far
//! up its layer left nothing (the ceiling), so that only the cause remains to be compared.

use std::collections::{BTreeSet, HashMap};

use crate::ledger::{Cause, WasteRow};
use crate::tree::{NodeId, Tree, Wasted};

/// The waste of one change, or of several that were joined.
#[derive(Debug, Default)]
struct Heap {
    bytes: u64,
    files: u64,
    stored_in: BTreeSet<u32>,
}

impl Heap {
    fn add(&mut self, other: Self) {
        self.bytes += other.bytes;
        self.files += other.files;
        self.stored_in.extend(other.stored_in);
    }
}

/// The changes of one layer that lie at or below a directory.
#[derive(Clone, Copy)]
struct Cover {
    /// `None` when causes differ.
    cause: Option<Cause>,
    changes: u32,
}

/// All waste rows of a tree, sorted for reading.
pub(super) fn rows(tree: &Tree) -> Vec<WasteRow> {
    let mut rows = Vec::new();
    for of_layer in tree.wasted.chunk_by(|one, next| one.by == next.by) {
        rows.extend(layer_rows(tree, of_layer));
    }
    rows.sort_by(|one, other| {
        other.bytes.cmp(&one.bytes).then_with(|| {
            (&one.path, one.cause, one.wasted_by).cmp(&(&other.path, other.cause, other.wasted_by))
        })
    });
    rows
}

fn layer_rows(tree: &Tree, wasted: &[Wasted]) -> Vec<WasteRow> {
    let mut changes: HashMap<(NodeId, Cause), (Heap, NodeId)> = HashMap::new();
    for one in wasted {
        let Some(record) = tree.record(one.inode) else {
            continue;
        };
        let (heap, _) = changes
            .entry((one.at, one.cause))
            .or_insert_with(|| (Heap::default(), one.ceiling));
        heap.add(Heap {
            bytes: record.stored_bytes(),
            files: 1,
            stored_in: BTreeSet::from([record.layer]),
        });
    }
    let covers = covers(tree, &changes);
    let mut joined: HashMap<(NodeId, Cause), Heap> = HashMap::new();
    for ((at, cause), (heap, ceiling)) in changes {
        let place = place(tree, &covers, at, ceiling);
        joined.entry((place, cause)).or_default().add(heap);
    }
    let by = wasted.first().map_or(0, |one| one.by as usize);
    joined
        .into_iter()
        .map(|((node, cause), heap)| row(tree, node, cause, heap, by))
        .collect()
}

/// For every directory up to the ceilings: how many changes lie at or below it, and their cause.
fn covers(tree: &Tree, changes: &HashMap<(NodeId, Cause), (Heap, NodeId)>) -> HashMap<NodeId, Cover> {
    let mut covers: HashMap<NodeId, Cover> = HashMap::new();
    for (&(at, cause), &(_, ceiling)) in changes {
        let mut node = at;
        loop {
            let cover = covers.entry(node).or_insert(Cover {
                cause: Some(cause),
                changes: 0,
            });
            cover.changes += 1;
            cover.cause = cover.cause.filter(|&known| known == cause);
            if node == ceiling {
                break;
            }
            node = tree.arena.parent(node);
        }
    }
    covers
}

/// The lowest directory that holds all the changes which the highest one with a single cause holds.
fn place(tree: &Tree, covers: &HashMap<NodeId, Cover>, at: NodeId, ceiling: NodeId) -> NodeId {
    let (mut node, mut best, mut most) = (at, at, 0);
    loop {
        let Some(cover) = covers.get(&node).filter(|cover| cover.cause.is_some()) else {
            return best;
        };
        if cover.changes > most {
            (best, most) = (node, cover.changes);
        }
        if node == ceiling {
            return best;
        }
        node = tree.arena.parent(node);
    }
}

fn row(tree: &Tree, node: NodeId, cause: Cause, heap: Heap, wasted_by: usize) -> WasteRow {
    WasteRow {
        path: tree.path(node),
        bytes: heap.bytes,
        files: heap.files,
        cause,
        stored_in: heap.stored_in.into_iter().map(|layer| layer as usize).collect(),
        wasted_by,
    }
}
