//! Intact and forged indexes.

use dockopt_core::entry::{Content, Entry, EntryKind, Metadata};
use dockopt_core::evidence::Probes;
use proptest::prelude::*;

use super::*;
use crate::layer::testing::{batches, facts, index_of, shown};

#[test]
fn layer_with_unhashed_contents_has_no_index() {
    let mut writer = IndexWriter::new();
    let mut batch = Batch::new(0);
    batch.push(&Entry { content: Content::At(512), ..entry(b"file") });
    writer.add(&batch);
    writer.add(&Batch::new(0).complete());
    assert!(writer.finish(&facts(), &Probes::default(), &[]).is_none());
}

#[test]
fn incomplete_layer_has_no_index() {
    assert!(IndexWriter::new().finish(&facts(), &Probes::default(), &[]).is_none());
    let mut writer = IndexWriter::new();
    writer.add(&Batch::new(0).complete());
    assert!(writer.finish(&LayerFacts::default(), &Probes::default(), &[]).is_none());
}

#[test]
fn index_keeps_facts_apart_from_the_entries() {
    let index = index_of(&[Batch::new(3).complete()]);
    let (found, expected) = (index.facts(), facts());
    assert_eq!((found.looks, found.warnings), (expected.looks, expected.warnings));
    assert_eq!((found.blob_digest, found.diff_digest), (expected.blob_digest, expected.diff_digest));
    assert_eq!(index.entries(), 0);
}

#[test]
fn batches_are_decoded_for_the_requested_slot() {
    let mut batch = Batch::new(3);
    batch.push(&entry(b"a"));
    let index = index_of(&[batch, Batch::new(3).complete()]);
    let slots: Vec<_> = index.batches(7).map(|batch| batch.expect("whole").completes()).collect();
    assert_eq!(slots, [None, Some(7)]);
}

#[test]
fn too_large_blocks_are_refused() {
    let mut writer = IndexWriter::new();
    let mut batch = Batch::new(0);
    batch.push(&entry(&vec![b'x'; MAX_BLOCK]));
    writer.add(&batch.complete());
    assert!(writer.finish(&facts(), &Probes::default(), &[]).is_none());
    for length in [u32::MAX, u32::try_from(MAX_BLOCK + 1).expect("small")] {
        let forged =
            forged(Head { batches: 1, unpacked: MAX_UNPACKED, ..Head::default() }, &length.to_le_bytes());
        assert_eq!(decoded(&forged), Err(BrokenIndex));
    }
}

#[test]
fn head_with_wrong_counts_is_broken() {
    let mut batch = Batch::new(0);
    batch.push(&entry(b"a"));
    batch.push(&entry(b"b"));
    let index = index_of(&[batch, Batch::new(0).complete()]);
    for change in [
        (|head| head.entries += 1) as fn(&mut Head),
        |head| head.entries -= 1,
        |head| head.batches += 1,
        |head| head.batches -= 1,
        |head| head.unpacked += 1,
        |head| head.unpacked -= 1,
        |head| head.batches = u64::MAX,
        |head| head.entries = u64::MAX,
    ] {
        let mut lying = index.clone();
        change(&mut lying.head);
        assert_eq!(decoded(&lying), Err(BrokenIndex), "{lying:?}");
    }
    for change in [(|head| head.batches = 0) as fn(&mut Head), |head| head.unpacked = u64::MAX] {
        let mut lying = index.clone();
        change(&mut lying.head);
        let payload = [lying.head().expect("a head"), lying.blocks().to_vec()].concat();
        assert!(EncodedIndex::parse(payload).is_none(), "{lying:?}");
    }
}

#[test]
fn bomb_ends_at_the_size_in_its_head() {
    let zeros = zstd::encode_all(io::repeat(0).take(1 << 26), 1).expect("compressed");
    let mut bomb = forged(Head { entries: 1, batches: u64::MAX, unpacked: 4000, ..Head::default() }, b"");
    bomb.payload = zeros;
    let mut empty = 0;
    let last = bomb.batches(0).inspect(|batch| empty += u64::from(batch.is_ok())).last();
    assert!(last.is_some_and(|batch| batch.is_err()));
    assert_eq!(empty, 1000, "a block without entries is four bytes");
}

proptest! {
    #[test]
    fn batches_round_trip(batches in batches()) {
        let index = index_of(&batches);
        let payload = [index.head().expect("a head"), index.blocks().to_vec()].concat();
        let read = EncodedIndex::parse(payload).expect("an index");
        let decoded: Vec<Batch> = read.batches(0).collect::<Result<_, _>>().expect("whole");
        prop_assert_eq!(shown(&decoded), shown(&batches));
        prop_assert_eq!(read.facts().warnings, facts().warnings);
    }

    #[test]
    fn arbitrary_payload_does_not_panic(payload in prop::collection::vec(any::<u8>(), 0..200)) {
        if let Some(index) = EncodedIndex::parse(payload) {
            let _ = decoded(&index);
        }
    }

    #[test]
    fn arbitrary_blocks_do_not_panic(blocks in prop::collection::vec(any::<u8>(), 0..200), entries in 0_u64..9) {
        let unpacked = 4 + blocks.len() as u64;
        let length = u32::try_from(blocks.len()).expect("small").to_le_bytes();
        let head = Head { entries, batches: 1, unpacked, ..Head::default() };
        let _ = decoded(&forged(head, &[&length[..], &blocks].concat()));
    }
}

fn entry(path: &[u8]) -> Entry<'_> {
    let metadata = Metadata { mode: 0o755, ..Metadata::new(EntryKind::Directory) };
    Entry { path, link: b"", metadata, content: Content::None }
}

/// Creates an index from arbitrary parts.
fn forged(head: Head, blocks: &[u8]) -> EncodedIndex {
    EncodedIndex { head, payload: zstd::encode_all(blocks, 1).expect("compressed"), start: 0 }
}

fn decoded(index: &EncodedIndex) -> Result<usize, BrokenIndex> {
    index.batches(0).try_fold(0, |entries, batch| Ok(entries + batch?.entries().len()))
}
