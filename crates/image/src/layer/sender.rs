//! Collects the entries of one layer in batches, and sends these to the tree builder and the index.

use std::sync::mpsc::SyncSender;

use dockopt_core::entry::Content;

use super::batch::Batch;
use super::index::IndexWriter;
use crate::tar::Member;

/// The builder dropped the channel because of an error or a cancellation.
#[derive(Debug)]
pub(crate) struct BuilderGone;

/// Collects the entries of one layer in batches and sends them.
pub(crate) struct BatchSender {
    batch: Batch,
    sender: SyncSender<Batch>,
    index: Option<IndexWriter>,
}

impl BatchSender {
    pub(crate) fn new(slot: u32, sender: SyncSender<Batch>) -> Self {
        Self { batch: Batch::new(slot), sender, index: None }
    }

    /// Also writes every batch to an index.
    pub(crate) fn with_index(self, index: Option<IndexWriter>) -> Self {
        Self { index, ..self }
    }

    pub(crate) fn push(
        &mut self,
        member: &Member,
        content: Content,
        path: &[u8],
        link: &[u8],
    ) -> Result<(), BuilderGone> {
        self.batch.pack(member.metadata, content, path, link);
        if self.batch.is_full() { self.send() } else { Ok(()) }
    }

    /// Sends the last batch, which marks the layer as complete even if it is empty. Returns the
    /// index.
    pub(crate) fn finish(mut self) -> Result<Option<IndexWriter>, BuilderGone> {
        self.batch = self.batch.complete();
        self.send()?;
        Ok(self.index)
    }

    fn send(&mut self) -> Result<(), BuilderGone> {
        let next = Batch::new(self.batch.slot());
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

    use dockopt_core::tree::TreeBuilder;

    use super::*;
    use crate::layer::batch::{CHANNEL_DEPTH, ENTRIES, NAME_BYTES};

    fn entries(batches: Receiver<Batch>) -> (TreeBuilder, Vec<usize>) {
        let mut builder = TreeBuilder::default();
        let mut sizes = Vec::new();
        for batch in batches {
            sizes.push(batch.entries().len());
            batch.push_into(&mut builder).expect("room");
        }
        (builder, sizes)
    }

    #[test]
    fn entries_keep_their_names() {
        let (sender, batches) = sync_channel(CHANNEL_DEPTH);
        let mut sender = BatchSender::new(0, sender);
        for number in 0..=ENTRIES {
            let name = format!("file-{number}");
            sender.push(&Member::small_file(), Content::At(512), name.as_bytes(), b"").expect("a builder");
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
    fn long_names_fill_a_batch() {
        let (sender, batches) = sync_channel(CHANNEL_DEPTH);
        let mut sender = BatchSender::new(0, sender);
        for _ in 0..3 {
            let name = vec![b'n'; NAME_BYTES];
            sender.push(&Member::small_file(), Content::None, &name, b"").expect("a builder");
        }
        sender.finish().expect("a builder");
        assert_eq!(entries(batches).1, [1, 1, 1, 0]);
    }

    #[test]
    fn layer_without_entries_exists() {
        let (sender, batches) = sync_channel(CHANNEL_DEPTH);
        BatchSender::new(2, sender).finish().expect("a builder");
        let (builder, _) = entries(batches);
        assert!(builder.stack(&[2]).is_ok());
    }

    #[test]
    fn dropped_builder_is_noticed() {
        let (sender, batches) = sync_channel(CHANNEL_DEPTH);
        drop(batches);
        assert!(BatchSender::new(0, sender).finish().is_err());
    }
}
