//! Entries on their way from the threads that read layers to the one that builds the tree.
//!
//! A batch holds some hundred entries and their names in one buffer; a bounded channel of batches keeps memory
//! small however fast layers are read.

use std::ops::Range;

use dockopt_core::entry::{Content, Entry, Metadata};
use dockopt_core::tree::{TreeBuilder, TreeError};

pub(super) const ENTRIES: usize = 512;
pub(super) const NAME_BYTES: usize = 256 * 1024;
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
    metadata: Metadata,
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

    /// The slot of its layer.
    pub(super) fn slot(&self) -> u32 {
        self.slot
    }

    /// Adds the entries to the tree.
    pub(crate) fn push_into(&self, builder: &mut TreeBuilder) -> Result<(), TreeError> {
        builder.open_slot(self.slot);
        self.entries().try_for_each(|entry| builder.push(self.slot, &entry))
    }

    /// The entries, in the order of the layer.
    pub(crate) fn entries(&self) -> impl ExactSizeIterator<Item = Entry<'_>> {
        self.members.iter().map(|packed| {
            let name = |range: &Range<usize>| self.names.get(range.clone()).unwrap_or_default();
            let (path, link) = (name(&packed.path), name(&packed.link));
            Entry { path, link, metadata: packed.metadata, content: packed.content }
        })
    }

    /// Adds an entry that was in a batch before.
    pub(crate) fn push(&mut self, entry: &Entry<'_>) {
        self.pack(entry.metadata, entry.content, entry.path, entry.link);
    }

    pub(super) fn pack(&mut self, metadata: Metadata, content: Content, path: &[u8], link: &[u8]) {
        let start = self.names.len();
        self.names.extend_from_slice(path);
        let middle = self.names.len();
        self.names.extend_from_slice(link);
        let end = self.names.len();
        self.members.push(Packed { metadata, content, path: start..middle, link: middle..end });
    }

    pub(super) fn is_full(&self) -> bool {
        self.members.len() >= ENTRIES || self.names.len() >= NAME_BYTES
    }
}
