//! Looking around in a tree: nodes, their names and children, and what entries are.

use crate::model::entry::{EntryKind, Metadata};
use crate::model::path::EntryPath;

use super::arena::NodeId;
use super::build::path_of;
use super::record::{EntryId, Role, inode_of, is_file};
use super::tree::Tree;

/// The attributes of an entry as a path shows it.
///
/// A hard link shows the attributes of the inode it leads to; only `link`, `layer` and `stored` are its own.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct EntryFacts<'t> {
    /// The metadata of the inode. A hard link without target is an empty file; the size of everything
    /// but regular files is 0.
    pub metadata: Metadata,
    /// Target of a symbolic link, or of the hard link that this entry is; empty for everything else.
    pub link: &'t [u8],
    /// The layer of the entry, counted from the lowest.
    pub layer: usize,
    /// The entry itself, or for a hard link the one whose content it shows.
    pub inode: EntryId,
    /// Whether the entry is a hard link.
    pub is_hard_link: bool,
    /// Whether some path of the final filesystem shows the inode.
    pub live: bool,
    /// Bytes of content that the entry itself stores in its layer: none for a hard link.
    pub stored: u64,
    /// Where the content starts in the unpacked layer of `inode`; `None` for what has no content.
    pub place: Option<u64>,
    /// Whether the content as stored leaves holes out.
    pub sparse: bool,
}

impl Tree {
    /// Number of nodes: every path that any layer names, and some that only links lead to.
    pub fn node_count(&self) -> usize {
        self.arena.len()
    }

    /// All nodes, parents before their children.
    pub fn nodes(&self) -> impl DoubleEndedIterator<Item = NodeId> + Clone + use<> {
        self.arena.nodes()
    }

    /// The directory a node lies in; the root lies in itself.
    pub fn parent(&self, node: NodeId) -> NodeId {
        self.arena.parent(node)
    }

    /// The last component of a node's path; empty for the root.
    pub fn name(&self, node: NodeId) -> &[u8] {
        self.names.get(self.arena.name(node))
    }

    /// The full path of a node.
    pub fn path(&self, node: NodeId) -> EntryPath {
        path_of(&self.arena, &self.names, node)
    }

    /// Number of components of a node's path, 0 for the root.
    pub fn depth(&self, node: NodeId) -> usize {
        self.arena.depth(node)
    }

    /// The node at a path, taken literally: components separated by slashes, links not followed.
    pub fn find(&self, path: &[u8]) -> Option<NodeId> {
        let mut components = path.split(|&byte| byte == b'/').filter(|name| !name.is_empty());
        components.try_fold(NodeId::ROOT, |node, name| self.arena.child(node, self.names.find(name)?))
    }

    /// Everything that any layer showed in a directory, sorted by the bytes of the names.
    pub fn children(&self, node: NodeId) -> &[NodeId] {
        self.timeline().children(node)
    }

    /// The path of an entry as its layer writes it, cleaned: where no parent is a symbolic link, that of its node.
    pub fn entry_path(&self, id: EntryId) -> Option<EntryPath> {
        self.record(id).map(|record| self.path(record.node))
    }

    /// The attributes of an entry.
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
