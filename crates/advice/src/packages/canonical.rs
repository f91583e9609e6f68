//! Canonical paths: the same for every name of a directory.
//!
//! dpkg lists `/bin/mount`, and on a merged-usr system the tree has `/usr/bin/mount`. Directories
//! are resolved through the symbolic links of the final filesystem, never by a prefix. Each link is
//! resolved once, so that the work grows with the length of paths and links, not their product.

use std::collections::HashMap;

use dockopt_core::entry::EntryKind;
use dockopt_core::path::components;
use dockopt_core::tree::{NodeId, Tree};
use foldhash::fast::RandomState;

/// Most links that one link may lead through.
const MAX_LINKS: usize = 40;

/// Resolves directories, each once.
pub(crate) struct Canonical<'t> {
    tree: &'t Tree,
    /// The real directory of each written one, by where it starts; `None` if no layer has it.
    written: HashMap<(NodeId, Vec<u8>), Option<NodeId>, RandomState>,
    /// The last one of these.
    last: Last,
    /// The real directory of each node.
    nodes: HashMap<NodeId, Option<NodeId>, RandomState>,
    /// What each symbolic link leads to; `None` if that is nothing, or the link itself.
    links: HashMap<NodeId, Option<NodeId>>,
    /// Whether too many links led to the present one.
    is_cut: bool,
}

/// A written directory, and the real one.
#[derive(Default)]
struct Last {
    start: Option<NodeId>,
    directory: Vec<u8>,
    real: Option<NodeId>,
}

impl<'t> Canonical<'t> {
    pub(crate) fn new(tree: &'t Tree) -> Self {
        Self {
            tree,
            written: HashMap::default(),
            last: Last::default(),
            nodes: HashMap::default(),
            links: HashMap::new(),
            is_cut: false,
        }
    }

    /// Returns the node of an absolute path, with or without leading slash, in the real directory;
    /// `None` if no layer has it.
    pub(super) fn path(&mut self, path: &[u8]) -> Option<NodeId> {
        self.below(NodeId::ROOT, path)
    }

    /// Follows all links of an absolute path to what the final filesystem has there.
    pub(crate) fn file(&mut self, path: &[u8]) -> Option<NodeId> {
        let node = self.walk(NodeId::ROOT, path, 0)?;
        self.tree.final_entry(node).map(|_| node)
    }

    /// Returns the node of a path that starts in a directory. The path is absolute if it has a
    /// leading slash.
    pub(super) fn below(&mut self, start: NodeId, path: &[u8]) -> Option<NodeId> {
        let start = if path.starts_with(b"/") { NodeId::ROOT } else { start };
        let path = path.strip_suffix(b"/").unwrap_or(path);
        let end = path.iter().rposition(|&byte| byte == b'/').map_or(0, |at| at + 1);
        let (directory, name) = path.split_at_checked(end)?;
        let found = self.directory(start, directory).and_then(|real| self.tree.child(real, name));
        // What lower layers have there is wasted if a link has replaced the directory since.
        found.or_else(|| self.literal(start, path))
    }

    /// Returns the real directory of a written one.
    fn directory(&mut self, start: NodeId, directory: &[u8]) -> Option<NodeId> {
        // Lists name the files of a directory one after another.
        if self.last.start == Some(start) && self.last.directory == directory {
            return self.last.real;
        }
        let key = (start, directory.to_vec());
        let real = if let Some(real) = self.written.get(&key) {
            *real
        } else {
            let real = self.walk(start, directory, 0);
            self.written.insert(key.clone(), real);
            real
        };
        self.last = Last { start: Some(start), directory: key.1, real };
        real
    }

    /// Returns the node of a path whose directories are no links.
    fn literal(&self, start: NodeId, path: &[u8]) -> Option<NodeId> {
        components(path).try_fold(start, |place, name| match name {
            b".." => Some(self.tree.parent(place)),
            name => self.tree.child(place, name),
        })
    }

    /// Returns the node of the same name in the real directory of a node, or the node itself if
    /// there is none.
    pub(super) fn node(&mut self, node: NodeId) -> NodeId {
        let directory = self.tree.parent(node);
        match self.real(directory) {
            Some(real) if real != directory => self.tree.child(real, self.tree.name(node)).unwrap_or(node),
            _ => node,
        }
    }

    /// Returns the real directory of a node.
    fn real(&mut self, directory: NodeId) -> Option<NodeId> {
        if let Some(real) = self.nodes.get(&directory) {
            return *real;
        }
        // Parents first, without recursion: directories may be nested deeply.
        let (mut pending, mut at) = (vec![directory], directory);
        while at != NodeId::ROOT && !self.nodes.contains_key(&at) {
            at = self.tree.parent(at);
            pending.push(at);
        }
        while let Some(node) = pending.pop() {
            if self.nodes.contains_key(&node) {
                continue;
            }
            let parent = self.tree.parent(node);
            let real = match self.nodes.get(&parent).copied() {
                _ if node == NodeId::ROOT => Some(node),
                Some(Some(real)) => {
                    let child = self.tree.child(real, self.tree.name(node));
                    child.and_then(|child| self.follow(child, 0))
                }
                _ => None,
            };
            self.nodes.insert(node, real);
        }
        self.nodes.get(&directory).copied().flatten()
    }

    /// Walks the components of a path; `depth` is the number of links that led here.
    fn walk(&mut self, start: NodeId, path: &[u8], depth: usize) -> Option<NodeId> {
        let mut place = start;
        for name in components(path) {
            place = if name == b".." {
                self.tree.parent(place)
            } else {
                self.follow(self.tree.child(place, name)?, depth)?
            };
        }
        Some(place)
    }

    /// Returns what a symbolic link of the final filesystem leads to; the node itself if it is none.
    fn follow(&mut self, node: NodeId, depth: usize) -> Option<NodeId> {
        let Some(target) = self.link(node) else { return Some(node) };
        if let Some(known) = self.links.get(&node) {
            return *known;
        }
        if depth == MAX_LINKS {
            self.is_cut = true;
            return None;
        }
        // A link that leads to itself finds this.
        self.links.insert(node, None);
        let start = if target.starts_with(b"/") { NodeId::ROOT } else { self.tree.parent(node) };
        let found = self.walk(start, target, depth + 1);
        if self.is_cut {
            // From a link further on, the same may be within the limit.
            self.links.remove(&node);
            self.is_cut = depth > 0;
        } else {
            self.links.insert(node, found);
        }
        found
    }

    /// Returns the target of a symbolic link of the final filesystem.
    fn link(&self, node: NodeId) -> Option<&'t [u8]> {
        let facts = self.tree.entry(self.tree.final_entry(node)?)?;
        (facts.metadata.kind == EntryKind::Symlink).then_some(facts.link)
    }
}
