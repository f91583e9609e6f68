//! Entries on their way from the threads that read layers to the one that builds the tree.
//!
//! A batch holds some hundred entries and their names in one buffer; a bounded channel of batches keeps memory
//! small however fast layers are read.

use std::ops::Range;
use std::sync::mpsc::SyncSender;

use dockopt_core::entry::{Content, Entry};
use dockopt_core::tree::{TreeBuilder, TreeError};

use super::index::IndexWriter;
use crate::tar::Member;

const ENTRIES: usize = 512;
const NAME_BYTES: usize = 256 * 1024;
/// Batches that may wait for the builder.
pub(crate) const CHANNEL_DEPTH: usize = 16;

/// Consecutive entries of one layer.
#[derive(Debug, Default)]
pub(crate) struct Batch {
    slot: u32,
    /// Whether all entries of the layer have come.
    complete: bool,
    names: Vec<u8>,
    members: Vec<Packed>,
}

#[derive(Debug)]
struct Packed {
    member: Member,
    content: Content,
    path: Range<usize>,
    link: Range<usize>,
}

impl Batch {
    /// The slot whose layer has come completely with this batch.
    pub(crate) fn completes(&self) -> Option<u32> {
        self.complete.then_some(self.slot)
    }

    /// Without entries so far.
    pub(crate) fn new(slot: u32) -> Self {
        Self { slot, ..Self::default() }
    }

    /// Says that no more entries of the layer will come.
    pub(crate) fn complete(mut self) -> Self {
        self.complete = true;
        self
    }

    /// Adds the entries to the tree.
    pub(crate) fn push_into(&self, builder: &mut TreeBuilder) -> Result<(), TreeError> {
        builder.open_slot(self.slot);
        self.entries().try_for_each(|entry| builder.push(self.slot, &entry))
    }

    /// The entries, in the order of the layer.
    pub(crate) fn entries(&self) -> impl ExactSizeIterator<Item = Entry<'_>> {
        self.members.iter().map(|packed| {
            let member = &packed.member;
            Entry {
                path: self.names.get(packed.path.clone()).unwrap_or_default(),
                kind: member.kind,
                type_flag: member.type_flag,
                link: self.names.get(packed.link.clone()).unwrap_or_default(),
                size: member.size,
                mode: member.mode,
                uid: member.uid,
                gid: member.gid,
                modified: member.modified,
                device: member.device,
                xattrs: member.xattrs,
                content: packed.content,
            }
        })
    }

    /// Adds an entry that was in a batch before.
    pub(crate) fn push(&mut self, entry: &Entry<'_>) {
        let data_offset = match entry.content {
            Content::None => 0,
            Content::At(at) | Content::Hashed { at, .. } | Content::Sparse { at, .. } => at,
        };
        let member = Member {
            kind: entry.kind,
            type_flag: entry.type_flag,
            size: entry.size,
            data_offset,
            mode: entry.mode,
            uid: entry.uid,
            gid: entry.gid,
            modified: entry.modified,
            device: entry.device,
            xattrs: entry.xattrs,
            holes: None,
        };
        self.pack(member, entry.content, entry.path, entry.link);
    }

    fn pack(&mut self, member: Member, content: Content, path: &[u8], link: &[u8]) {
        let start = self.names.len();
        self.names.extend_from_slice(path);
        let middle = self.names.len();
        self.names.extend_from_slice(link);
        let end = self.names.len();
        self.members.push(Packed { member, content, path: start..middle, link: middle..end });
    }

    fn is_full(&self) -> bool {
        self.members.len() >= ENTRIES || self.names.len() >= NAME_BYTES
    }
}

/// The builder has gone: it met an error, or the read was cancelled.
#[derive(Debug)]
pub(crate) struct BuilderGone;

/// Fills batches for one layer and sends them.
pub(crate) struct BatchSender {
    batch: Batch,
    sender: SyncSender<Batch>,
    index: Option<IndexWriter>,
}

impl BatchSender {
    pub(crate) fn new(slot: u32, sender: SyncSender<Batch>) -> Self {
        Self { batch: Batch::new(slot), sender, index: None }
    }

    /// Notes in an index all that is sent.
    pub(crate) fn with_index(self, index: Option<IndexWriter>) -> Self {
        Self { index, ..self }
    }

    pub(crate) fn push(
        &mut self,
        member: Member,
        content: Content,
        path: &[u8],
        link: &[u8],
    ) -> Result<(), BuilderGone> {
        self.batch.pack(member, content, path, link);
        if self.batch.is_full() { self.send() } else { Ok(()) }
    }

    /// Sends what is left, and with it that the layer exists, even if it is empty. Gives back the index.
    pub(crate) fn finish(mut self) -> Result<Option<IndexWriter>, BuilderGone> {
        self.batch.complete = true;
        self.send()?;
        Ok(self.index)
    }

    fn send(&mut self) -> Result<(), BuilderGone> {
        let next = Batch::new(self.batch.slot);
        let full = std::mem::replace(&mut self.batch, next);
        if let Some(index) = &mut self.index {
            index.add(&full);
        }
        self.sender.send(full).map_err(|_| BuilderGone)
    }
}

#[cfg(test)]
mod tests {
    use std::sync::mpsc::{Receiver, sync_channel};

    use super::*;

    fn entries(batches: Receiver<Batch>) -> (TreeBuilder, Vec<usize>) {
        let mut builder = TreeBuilder::default();
        let mut sizes = Vec::new();
        for batch in batches {
            sizes.push(batch.members.len());
            batch.push_into(&mut builder).expect("room");
        }
        (builder, sizes)
    }

    #[test]
    fn entries_arrive_with_their_names() {
        let (sender, batches) = sync_channel(CHANNEL_DEPTH);
        let mut sender = BatchSender::new(0, sender);
        for number in 0..=ENTRIES {
            let name = format!("file-{number}");
            sender.push(Member::small_file(), Content::At(512), name.as_bytes(), b"").expect("a builder");
        }
        sender.finish().expect("a builder");
        let (builder, sizes) = entries(batches);
        assert_eq!(sizes, [ENTRIES, 1]);
        let tree = builder.stack(&[0]).expect("a slot").finish();
        let mut names: Vec<_> = tree.final_files().map(|file| file.path.to_text()).collect();
        names.sort();
        assert_eq!(names.len(), ENTRIES + 1);
        assert_eq!(names.first().map(String::as_str), Some("/file-0"));
    }

    #[test]
    fn long_names_make_a_batch_full() {
        let (sender, batches) = sync_channel(CHANNEL_DEPTH);
        let mut sender = BatchSender::new(0, sender);
        for _ in 0..3 {
            let name = vec![b'n'; NAME_BYTES];
            sender.push(Member::small_file(), Content::None, &name, b"").expect("a builder");
        }
        sender.finish().expect("a builder");
        assert_eq!(entries(batches).1, [1, 1, 1, 0]);
    }

    #[test]
    fn a_layer_without_entries_exists() {
        let (sender, batches) = sync_channel(CHANNEL_DEPTH);
        BatchSender::new(2, sender).finish().expect("a builder");
        let (builder, _) = entries(batches);
        assert!(builder.stack(&[2]).is_ok());
    }

    #[test]
    fn a_builder_that_has_gone_is_noticed() {
        let (sender, batches) = sync_channel(CHANNEL_DEPTH);
        drop(batches);
        assert!(BatchSender::new(0, sender).finish().is_err());
    }
}
