//! Trees for tests, from lines such as `d/file 10`.

use crate::model::entry::{Content, Entry, EntryKind, Metadata};
use crate::tree::{EntryId, Record, Tree, TreeBuilder};

/// Layers for a tree.
pub(super) struct Layers {
    builder: TreeBuilder,
    count: u32,
}

impl Layers {
    pub(super) fn new() -> Self {
        Self { builder: TreeBuilder::default(), count: 0 }
    }

    /// Adds a layer of paths with an optional size; a path that ends in a slash is a directory.
    pub(super) fn layer(mut self, lines: &[&str]) -> Self {
        self.builder.open_slot(self.count);
        for line in lines {
            let (path, size) = line.rsplit_once(' ').unwrap_or((line, "0"));
            let directory = path.ends_with('/');
            let kind = if directory { EntryKind::Directory } else { EntryKind::File };
            let size = size.parse().expect("a size");
            let entry = entry(path.as_bytes(), Metadata { size, mode: 0o644, ..Metadata::new(kind) });
            self.builder.push(self.count, &entry).expect("room");
        }
        self.count += 1;
        self
    }

    pub(super) fn tree(self) -> Tree {
        let order: Vec<u32> = (0..self.count).collect();
        self.builder.stack(&order).expect("layers").finish()
    }
}

/// Returns the record of an entry with this type flag and mode.
pub(super) fn record(type_flag: u8, mode: u32) -> Record {
    let mut builder = TreeBuilder::default();
    let entry = entry(b"x", Metadata { type_flag, mode, ..Metadata::new(EntryKind::Unknown) });
    builder.push(0, &entry).expect("room");
    let tree = builder.stack(&[0]).expect("a layer").finish();
    *tree.record(EntryId(0)).expect("one record")
}

fn entry(path: &[u8], metadata: Metadata) -> Entry<'_> {
    Entry { path, link: b"", metadata, content: Content::None }
}
