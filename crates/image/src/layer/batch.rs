//! Batches of entries, sent from the threads that read layers to the thread that builds the tree.
//!
//! A batch holds some hundred entries, with their names in one buffer. A bounded channel of batches
//! limits memory, however fast layers are read.

use std::ops::Range;

use dockopt_core::entry::{Content, Entry, Metadata};
use dockopt_core::tree::{TreeBuilder, TreeError};

pub(super) const ENTRIES: usize = 512;
pub(super) const NAME_BYTES: usize = 256 * 1024;
/// Capacity of the channel, in batches.
pub(crate) const CHANNEL_DEPTH: usize = 16;

/// Consecutive entries of one layer.
#[derive(Debug, Default)]
pub(crate) struct Batch {
    slot: u32,
    /// Whether this is the last batch of the layer.
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
    /// Returns the slot of the layer if this is its last batch.
    pub(crate) fn completes(&self) -> Option<u32> {
        self.complete.then_some(self.slot)
    }

    /// Creates an empty batch.
    pub(crate) fn new(slot: u32) -> Self {
        Self { slot, ..Self::default() }
    }

    /// Marks this as the last batch of the layer.
    pub(crate) fn complete(mut self) -> Self {
        self.complete = true;
        self
    }

    /// Slot of the layer.
    pub(super) fn slot(&self) -> u32 {
        self.slot
    }

    /// Adds the entries to the tree.
    pub(crate) fn push_into(&self, builder: &mut TreeBuilder) -> Result<(), TreeError> {
        builder.open_slot(self.slot);
        self.entries().try_for_each(|entry| builder.push(self.slot, &entry))
    }

    /// Returns the entries in the order of the layer.
    pub(crate) fn entries(&self) -> impl ExactSizeIterator<Item = Entry<'_>> {
        self.members.iter().map(|packed| {
            let name = |range: &Range<usize>| self.names.get(range.clone()).unwrap_or_default();
            let (path, link) = (name(&packed.path), name(&packed.link));
            Entry { path, link, metadata: packed.metadata, content: packed.content }
        })
    }

    /// Adds an entry from another batch.
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
