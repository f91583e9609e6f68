//! The library's ledger in the model's types, and the comparison of both.

use super::{Bytes, NaiveCause, NaiveEntry, NaiveKind, NaiveLayer, NaiveLedger, NaiveRow, Path, Visible};
use dockopt_core::cause::Cause;
use dockopt_core::entry::{Content, Entry, EntryKind, Metadata, Timestamp};
use dockopt_core::ledger::{Account, Ledger, WasteRow};
use dockopt_core::path::EntryPath;
use dockopt_core::tree::{Draft, EntryId, Tree, TreeBuilder, TreeError};
use std::collections::{BTreeMap, BTreeSet};

/// How the library receives contents.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Reading {
    /// With the entry, as from a compressed layer.
    Hashed,
    /// As an answer, as from a layer that can seek.
    Asked,
    /// Alternately.
    Mixed,
}

/// The library's result for a stack of layers.
pub(crate) struct Real {
    pub(crate) tree: Tree,
    pub(crate) ledger: Ledger,
    /// The slot and position of the entries whose hash it requested.
    pub(crate) asked: BTreeSet<(usize, usize)>,
}

/// Pushes the layers in order, each into the slot of its number, and stacks them.
pub(crate) fn account(layers: &[NaiveLayer], reading: Reading, base_layers: usize) -> Real {
    let arrival = layers.iter().enumerate().flat_map(|(slot, layer)| vec![slot; layer.len()]);
    let order: Vec<usize> = (0..layers.len()).collect();
    stack(layers, reading, arrival, &order, base_layers)
}

/// Pushes entries in the order of `arrival` (a slot number for each entry), and stacks the slots in
/// `order`.
pub(crate) fn stack(
    slots: &[NaiveLayer],
    reading: Reading,
    arrival: impl IntoIterator<Item = usize>,
    order: &[usize],
    base_layers: usize,
) -> Real {
    try_stack(slots, reading, arrival, order, base_layers).unwrap()
}

/// Returns a builder with these layers, pushed in order.
pub(crate) fn builder(layers: &[NaiveLayer], reading: Reading) -> TreeBuilder {
    let arrival = layers.iter().enumerate().flat_map(|(slot, layer)| vec![slot; layer.len()]);
    push(layers, reading, arrival).unwrap()
}

/// Returns a builder with these layers, pushed from the highest to the lowest.
pub(crate) fn builder_from_the_top(layers: &[NaiveLayer], reading: Reading) -> TreeBuilder {
    let arrival = layers.iter().enumerate().rev().flat_map(|(slot, layer)| vec![slot; layer.len()]);
    push(layers, reading, arrival).unwrap()
}

/// Like [`stack`], for layers that the library may reject.
pub(crate) fn try_stack(
    slots: &[NaiveLayer],
    reading: Reading,
    arrival: impl IntoIterator<Item = usize>,
    order: &[usize],
    base_layers: usize,
) -> Result<Real, TreeError> {
    let order: Vec<u32> = order.iter().map(|slot| narrow(*slot)).collect();
    let draft = push(slots, reading, arrival)?.stack(&order)?;
    Ok(finish(draft, slots, base_layers))
}

fn push(
    slots: &[NaiveLayer],
    reading: Reading,
    arrival: impl IntoIterator<Item = usize>,
) -> Result<TreeBuilder, TreeError> {
    let mut builder = TreeBuilder::default();
    for slot in 0..slots.len() {
        builder.open_slot(narrow(slot));
    }
    let mut next = vec![0; slots.len()];
    for slot in arrival {
        let position = next[slot];
        next[slot] += 1;
        let entry = entry(&slots[slot][position], position, reading);
        builder.push(narrow(slot), &entry)?;
    }
    assert!(next.iter().zip(slots).all(|(pushed, slot)| *pushed == slot.len()), "all entries are pushed");
    Ok(builder)
}

/// Answers the draft's requests.
fn finish(mut draft: Draft, slots: &[NaiveLayer], base_layers: usize) -> Real {
    let mut asked = BTreeSet::new();
    for wanted in draft.open_comparisons() {
        let (slot, position) = (wanted.slot as usize, position_at(wanted.offset));
        let file = &slots[slot][position];
        assert_eq!(wanted.size, file.size);
        draft.answer(wanted.entry, hash(file));
        asked.insert((slot, position));
    }
    let tree = draft.finish();
    let ledger = Ledger::of(&tree, base_layers);
    Real { tree, ledger, asked }
}

fn narrow(slot: usize) -> u32 {
    u32::try_from(slot).unwrap()
}

fn entry(naive: &NaiveEntry, position: usize, reading: Reading) -> Entry<'_> {
    let given = naive.metadata;
    let metadata = Metadata {
        kind: kind(naive.kind),
        type_flag: b'0',
        size: naive.size,
        mode: given.mode,
        uid: given.uid,
        gid: given.gid,
        modified: Timestamp { seconds: given.seconds, nanos: given.nanos },
        device: (0, naive.content.into()),
        xattrs: given.xattrs,
    };
    Entry { path: &naive.path, link: &naive.link, metadata, content: content(naive, position, reading) }
}

fn kind(kind: NaiveKind) -> EntryKind {
    match kind {
        NaiveKind::Directory => EntryKind::Directory,
        NaiveKind::File => EntryKind::File,
        NaiveKind::HardLink => EntryKind::HardLink,
        NaiveKind::Symlink => EntryKind::Symlink,
        NaiveKind::CharDevice => EntryKind::CharDevice,
        NaiveKind::BlockDevice => EntryKind::BlockDevice,
        NaiveKind::Fifo => EntryKind::Fifo,
        NaiveKind::Unknown => EntryKind::Unknown,
    }
}

fn content(naive: &NaiveEntry, position: usize, reading: Reading) -> Content {
    if naive.kind != NaiveKind::File || naive.size == 0 {
        Content::None
    } else if is_asked(position, reading) {
        Content::At(offset_of(position))
    } else {
        Content::Hashed { hash: hash(naive), at: offset_of(position) }
    }
}

/// Returns whether the entry at this position comes without its hash.
pub(crate) fn is_asked(position: usize, reading: Reading) -> bool {
    match reading {
        Reading::Hashed => false,
        Reading::Asked => true,
        Reading::Mixed => position.is_multiple_of(2),
    }
}

fn offset_of(position: usize) -> u64 {
    512 * (position as u64 + 1)
}

fn position_at(offset: u64) -> usize {
    usize::try_from(offset / 512 - 1).unwrap()
}

fn hash(file: &NaiveEntry) -> u128 {
    (u128::from(file.size) << 64) | u128::from(file.content)
}

/// Asserts that library and model agree on these layers.
pub(crate) fn assert_agrees(model: &NaiveLedger, real: &Real) {
    let ledger = &real.ledger;
    let layers: Vec<Bytes> = ledger.layers.iter().map(|layer| bytes(layer.bytes)).collect();
    assert_eq!(model.layers, layers, "the numbers of the layers");
    assert_eq!(model.total, bytes(ledger.total), "the numbers of the image");
    let user = model.layers.get(ledger.base_layers..).unwrap_or_default();
    assert_eq!(super::sum(user), bytes(ledger.user), "the numbers of the user layers");
    assert_same_files(model, &real.tree);
    let rows: Vec<NaiveRow> = ledger.waste.iter().map(row).collect();
    assert_eq!(model.rows, rows, "the waste rows");
}

pub(crate) fn bytes(account: Account) -> Bytes {
    Bytes { stored: account.stored, live: account.live, wasted: account.wasted }
}

pub(crate) fn row(row: &WasteRow) -> NaiveRow {
    let stored_in: BTreeSet<usize> = row.stored_in.iter().copied().collect();
    assert!(stored_in.iter().eq(&row.stored_in), "in ascending order: {:?}", row.stored_in);
    NaiveRow {
        path: components(&row.path),
        cause: match row.cause {
            Cause::Deleted => NaiveCause::Deleted,
            Cause::Opaque => NaiveCause::Opaque,
            Cause::Replaced => NaiveCause::Replaced,
            Cause::Overwritten => NaiveCause::Overwritten,
            Cause::Metadata => NaiveCause::Metadata,
            Cause::Identical => NaiveCause::Identical,
        },
        wasted_by: row.wasted_by,
        bytes: row.bytes,
        files: row.files,
        stored_in,
    }
}

fn components(path: &EntryPath) -> Path {
    let bytes = path.as_bytes();
    if bytes.is_empty() {
        return Path::new();
    }
    bytes.split(|byte| *byte == b'/').map(<[u8]>::to_vec).collect()
}

/// Asserts that both have the same regular files of the same sizes, and the same hard links.
fn assert_same_files(model: &NaiveLedger, tree: &Tree) {
    let mut expected = BTreeMap::new();
    for (path, visible) in &model.visible {
        if let Visible::File { inode, size } = visible {
            expected.insert(path.clone(), (*inode, *size));
        }
    }
    let mut seen: BTreeMap<Path, (EntryId, u64)> = BTreeMap::new();
    for file in tree.final_files() {
        let path = components(&file.path);
        assert!(seen.insert(path, (file.inode, file.size)).is_none(), "{} is shown twice", file.path);
    }
    let sizes = |files: &BTreeMap<Path, (EntryId, u64)>| -> BTreeMap<String, u64> {
        files.iter().map(|(path, (_, size))| (text(path), *size)).collect()
    };
    let expected_sizes: BTreeMap<String, u64> =
        expected.iter().map(|(path, (_, size))| (text(path), *size)).collect();
    assert_eq!(expected_sizes, sizes(&seen), "the files of the final filesystem");
    let pairs: BTreeSet<(usize, EntryId)> =
        expected.iter().map(|(path, (inode, _))| (*inode, seen[path].0)).collect();
    let here: BTreeSet<usize> = pairs.iter().map(|pair| pair.0).collect();
    let there: BTreeSet<EntryId> = pairs.iter().map(|pair| pair.1).collect();
    assert!(pairs.len() == here.len() && pairs.len() == there.len(), "hard links differ: {pairs:?}");
}

/// Formats a path for messages.
pub(crate) fn text(path: &Path) -> String {
    format!("/{}", path.join(&b'/').escape_ascii())
}
