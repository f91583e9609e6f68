//! Rolls wasted files up to the paths that explain them.
//!
//! A `chown -R` ends 23,000 files, an `rm -rf lists/*` a few hundred: one row says more than
//! thousands. Rows are joined in a directory if one layer left nothing below it unchanged; each
//! cause has its own rows. Every ending carries its ceiling, the highest directory of which its
//! layer left nothing, so that only the changes remain to be counted.

use std::collections::{BTreeSet, HashMap};

use foldhash::fast::RandomState;

use super::waste::WasteRow;
use crate::model::cause::Cause;
use crate::model::entry::MetadataFields;
use crate::tree::{EntryId, NodeId, Tree, Wasted};

/// Values for each place and cause.
type ByPlace<T> = HashMap<(NodeId, Cause), T, RandomState>;
/// The changes at each place, with their ceilings.
type Changes = ByPlace<(Heap, NodeId)>;

/// The waste of one change, or of several joined ones.
#[derive(Debug, Default)]
struct Heap {
    bytes: u64,
    files: u64,
    stored_in: BTreeSet<u32>,
    changed: MetadataFields,
    entries: Vec<EntryId>,
}

impl Heap {
    fn add(&mut self, other: Self) {
        self.bytes += other.bytes;
        self.files += other.files;
        self.stored_in.extend(other.stored_in);
        self.changed = self.changed.union(other.changed);
        self.entries.extend(other.entries);
    }
}

/// Returns all waste rows of a tree, sorted for display.
pub(super) fn rows(tree: &Tree) -> Vec<WasteRow> {
    rows_with_entries(tree).into_iter().map(|(row, _)| row).collect()
}

/// Returns all waste rows of a tree, sorted for display, with the entries that hold their bytes.
pub fn rows_with_entries(tree: &Tree) -> Vec<(WasteRow, Vec<EntryId>)> {
    let mut rows = Vec::new();
    for of_layer in tree.wasted.chunk_by(|one, next| one.by == next.by) {
        rows.extend(layer_rows(tree, of_layer));
    }
    rows.sort_by(|(one, _), (other, _)| {
        other.bytes.cmp(&one.bytes).then_with(|| {
            (&one.path, one.cause, one.wasted_by).cmp(&(&other.path, other.cause, other.wasted_by))
        })
    });
    rows
}

fn layer_rows(tree: &Tree, wasted: &[Wasted]) -> Vec<(WasteRow, Vec<EntryId>)> {
    let mut changes: Changes = HashMap::default();
    for one in wasted {
        let Some(record) = tree.record(one.inode) else {
            continue;
        };
        let (heap, _) = changes.entry((one.at, one.cause)).or_insert_with(|| (Heap::default(), one.ceiling));
        heap.bytes += record.stored_bytes();
        heap.files += 1;
        heap.stored_in.insert(record.layer);
        heap.changed = heap.changed.union(one.changed);
        heap.entries.push(one.inode);
    }
    let covers = covers(tree, &changes);
    let mut joined: ByPlace<Heap> = HashMap::default();
    for ((at, cause), (heap, ceiling)) in changes {
        let place = place(tree, &covers, (at, cause), ceiling);
        joined.entry((place, cause)).or_default().add(heap);
    }
    let by = wasted.first().map_or(0, |one| one.by as usize);
    joined.into_iter().map(|((node, cause), heap)| row(tree, node, cause, heap, by)).collect()
}

/// Counts, for each directory up to the ceilings, the changes of each cause at or below it.
fn covers(tree: &Tree, changes: &Changes) -> ByPlace<u32> {
    let mut covers: ByPlace<u32> = HashMap::default();
    for (&(at, cause), &(_, ceiling)) in changes {
        for node in path_up(tree, at, ceiling) {
            *covers.entry((node, cause)).or_insert(0) += 1;
        }
    }
    covers
}

/// Returns the lowest directory that contains all changes of the cause below the ceiling.
fn place(tree: &Tree, covers: &ByPlace<u32>, change: (NodeId, Cause), ceiling: NodeId) -> NodeId {
    let (at, cause) = change;
    let all = covers.get(&(ceiling, cause));
    path_up(tree, at, ceiling).find(|&node| covers.get(&(node, cause)) == all).unwrap_or(at)
}

/// Iterates over the nodes from one up to another, both included.
fn path_up(tree: &Tree, from: NodeId, to: NodeId) -> impl Iterator<Item = NodeId> {
    std::iter::successors(Some(from), move |&node| (node != to).then(|| tree.arena.parent(node)))
}

fn row(tree: &Tree, node: NodeId, cause: Cause, heap: Heap, wasted_by: usize) -> (WasteRow, Vec<EntryId>) {
    let mut entries = heap.entries;
    entries.sort_unstable();
    let row = WasteRow {
        path: tree.path(node),
        bytes: heap.bytes,
        files: heap.files,
        cause,
        changed: heap.changed,
        stored_in: heap.stored_in.into_iter().map(|layer| layer as usize).collect(),
        wasted_by,
    };
    (row, entries)
}
