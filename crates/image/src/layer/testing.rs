//! Batches and indexes for tests.

use dockopt_core::entry::{Content, Entry, EntryKind, Metadata, Timestamp};
use dockopt_core::evidence::Probes;
use dockopt_core::warning_kind::WarningKind;
use proptest::prelude::*;
use proptest::strategy::Union;

use super::batch::Batch;
use super::facts::{LayerFacts, LayerWarning};
use super::index::{EncodedIndex, IndexWriter};
use crate::bytes::sniff::Looks;

pub(crate) fn facts() -> LayerFacts {
    LayerFacts {
        looks: Some(Looks::Gzip),
        blob_digest: Some("sha256:b".to_owned()),
        diff_digest: None,
        warnings: [(WarningKind::TrailingData, "odd"), (WarningKind::TruncatedBlob, "odder")]
            .map(|(kind, message)| LayerWarning { kind, message: message.to_owned() })
            .into(),
    }
}

pub(crate) fn index_of(batches: &[Batch]) -> EncodedIndex {
    let mut writer = IndexWriter::new();
    for batch in batches {
        writer.add(batch);
    }
    writer.finish(&facts(), &Probes::default(), &[]).expect("an index")
}

/// Creates an index with some entries that differ for each number.
pub(crate) fn numbered(number: usize) -> EncodedIndex {
    let mut batch = Batch::new(0);
    for entry in 0..40_u128 {
        let path = format!("dir/{number}/{entry}");
        let content =
            Content::Hashed { hash: entry.wrapping_mul(0x9e37_79b9_7f4a_7c15_f39c_c060_5ced_c835), at: 512 };
        let metadata = Metadata { size: 1, mode: 0o644, ..Metadata::new(EntryKind::File) };
        batch.push(&Entry { path: path.as_bytes(), link: b"", metadata, content });
    }
    index_of(&[batch.complete()])
}

/// Formats everything in the batches.
pub(crate) fn shown(batches: &[Batch]) -> Vec<String> {
    let text = |batch: &Batch| {
        let entries: Vec<_> = batch.entries().collect();
        format!("{:?} {entries:?}", batch.completes())
    };
    batches.iter().map(text).collect()
}

/// Generates the batches of a layer in slot 0 that can be indexed.
pub(crate) fn batches() -> impl Strategy<Value = Vec<Batch>> {
    prop::collection::vec(prop::collection::vec(entry(), 0..20), 1..4).prop_map(|layer| {
        let last = layer.len() - 1;
        let batch = |(number, entries): (usize, Vec<OwnedEntry>)| {
            let mut batch = Batch::new(0);
            for entry in &entries {
                entry.push_into(&mut batch);
            }
            if number == last { batch.complete() } else { batch }
        };
        layer.into_iter().enumerate().map(batch).collect()
    })
}

type Numbers = (u8, u64, u32, u32, u32, i64, u32, (u32, u32));

#[derive(Clone, Debug)]
struct OwnedEntry {
    names: (Vec<u8>, Vec<u8>),
    kind: EntryKind,
    numbers: Numbers,
    xattrs: Option<u128>,
    content: Content,
}

impl OwnedEntry {
    fn push_into(&self, batch: &mut Batch) {
        let (type_flag, size, mode, uid, gid, seconds, nanos, device) = self.numbers;
        let metadata = Metadata {
            kind: self.kind,
            type_flag,
            size,
            mode,
            uid,
            gid,
            modified: Timestamp { seconds, nanos },
            device,
            xattrs: self.xattrs,
        };
        let (path, link) = &self.names;
        batch.push(&Entry { path, link, metadata, content: self.content });
    }
}

/// All kinds of entries, in the order of their numbers in an index.
pub(crate) const KINDS: [EntryKind; 8] = [
    EntryKind::Directory,
    EntryKind::File,
    EntryKind::HardLink,
    EntryKind::Symlink,
    EntryKind::CharDevice,
    EntryKind::BlockDevice,
    EntryKind::Fifo,
    EntryKind::Unknown,
];

fn entry() -> impl Strategy<Value = OwnedEntry> {
    let name = prop::collection::vec(any::<u8>(), 0..40);
    let contents = Union::new([
        Just(Content::None).boxed(),
        any::<(u128, u64)>().prop_map(|(hash, at)| Content::Hashed { hash, at }).boxed(),
        any::<(u128, u64)>().prop_map(|(hash, at)| Content::Sparse { hash, at }).boxed(),
    ]);
    let parts = (
        (name.clone(), name),
        Union::new(KINDS.map(Just)),
        any::<Numbers>(),
        any::<Option<u128>>(),
        contents,
    );
    parts.prop_map(|(names, kind, numbers, xattrs, content)| OwnedEntry {
        names,
        kind,
        numbers,
        xattrs,
        content,
    })
}
