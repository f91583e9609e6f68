//! Access to a tree: nodes, names, children, and the metadata of entries.

use crate::model::entry::{EntryKind, Metadata};
use crate::model::path::EntryPath;

use super::arena::NodeId;
use super::build::path_of;
use super::record::{EntryId, Role, inode_of, is_file};
use super::tree::Tree;

/// What a path shows when it shows an entry.
///
/// A hard link shows the metadata of its inode; only `link`, `layer` and `stored` are its own.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct EntryFacts<'t> {
    /// The metadata of the inode. A hard link without target is an empty file; the size of
    /// everything but regular files is 0.
    pub metadata: Metadata,
    /// Target of the symbolic or hard link; empty for everything else.
    pub link: &'t [u8],
    /// The layer of the entry, the lowest one is 0.
    pub layer: usize,
    /// The entry that stores the content: for a hard link its target, otherwise the entry itself.
    pub inode: EntryId,
    /// Whether the entry is a hard link.
    pub is_hard_link: bool,
    /// Whether a path of the final filesystem shows the inode.
    pub live: bool,
    /// Bytes of content that the entry itself stores in its layer: 0 for a hard link.
    pub stored: u64,
    /// Where the content starts in the unpacked layer of `inode`; `None` without content.
    pub place: Option<u64>,
    /// Whether the stored content lacks the holes of the file.
    pub sparse: bool,
}

impl Tree {
    /// Returns the number of nodes: the paths that layers name, and some that only links lead to.
    pub fn node_count(&self) -> usize {
        self.arena.len()
    }

    /// Iterates over all nodes, parents before their children.
    pub fn nodes(&self) -> impl DoubleEndedIterator<Item = NodeId> + Clone + use<> {
        self.arena.nodes()
    }

    /// Returns the directory of a node; the root is its own directory.
    pub fn parent(&self, node: NodeId) -> NodeId {
        self.arena.parent(node)
    }

    /// Returns the last component of a node's path; empty for the root.
    pub fn name(&self, node: NodeId) -> &[u8] {
        self.names.get(self.arena.name(node))
    }

    /// Returns the full path of a node.
    pub fn path(&self, node: NodeId) -> EntryPath {
        path_of(&self.arena, &self.names, node)
    }

    /// Returns the number of components in a node's path, 0 for the root.
    pub fn depth(&self, node: NodeId) -> usize {
        self.arena.depth(node)
    }

    /// Finds the node of a path: components separated by slashes, symbolic links not followed.
    pub fn find(&self, path: &[u8]) -> Option<NodeId> {
        let mut components = path.split(|&byte| byte == b'/').filter(|name| !name.is_empty());
        components.try_fold(NodeId::ROOT, |node, name| self.arena.child(node, self.names.find(name)?))
    }

    /// Returns everything that any layer showed in a directory, sorted by the bytes of the names.
    pub fn children(&self, node: NodeId) -> &[NodeId] {
        self.timeline().children(node)
    }

    /// Returns the node of an entry's cleaned path as its layer writes it. Its file is there unless
    /// a parent is a symbolic link.
    pub fn entry_node(&self, id: EntryId) -> Option<NodeId> {
        self.record(id).map(|record| record.node)
    }

    /// Returns the child of a node with a name; `None` if no layer names it.
    pub fn child(&self, node: NodeId, name: &[u8]) -> Option<NodeId> {
        self.arena.child(node, self.names.find(name)?)
    }

    /// Returns the cleaned path of an entry as its layer writes it. It is the path of the entry's
    /// node unless a parent is a symbolic link.
    pub fn entry_path(&self, id: EntryId) -> Option<EntryPath> {
        self.record(id).map(|record| self.path(record.node))
    }

    /// Returns the metadata of an entry and its place in the image.
    pub fn entry(&self, id: EntryId) -> Option<EntryFacts<'_>> {
        let record = self.record(id)?;
        let inode = inode_of(id, &self.records);
        let shown = self.record(inode)?;
        let kind = if is_file(inode, &self.records) { EntryKind::File } else { shown.kind };
        let is_hard_link = record.kind == EntryKind::HardLink;
        let linked = is_hard_link || shown.kind == EntryKind::Symlink;
        let size = shown.stored_bytes();
        Some(EntryFacts {
            metadata: Metadata { kind, size, ..shown.metadata(&self.names) },
            link: if linked { self.names.get(record.link) } else { b"" },
            layer: record.layer as usize,
            inode,
            is_hard_link,
            live: shown.live,
            stored: record.stored_bytes(),
            place: (shown.role == Role::Member && size > 0).then_some(shown.place),
            sparse: shown.sparse,
        })
    }
}
