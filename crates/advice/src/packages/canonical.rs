//! Canonical paths: the same for every name of a directory.
//!
//! dpkg lists `/bin/mount`, and on a merged-usr system the tree has `/usr/bin/mount`. Directories
//! are resolved through the symbolic links of the final filesystem, never by a prefix.

use std::collections::HashMap;

use dockopt_core::entry::EntryKind;
use dockopt_core::path::components;
use dockopt_core::tree::{NodeId, Tree};

/// Most links that one directory may lead through.
const MAX_LINKS: usize = 40;

/// Resolves directories, each once.
pub(super) struct Canonical<'t> {
    tree: &'t Tree,
    /// The real directory of each written one; `None` if no layer has it.
    written: HashMap<Vec<u8>, Option<NodeId>>,
    /// The real directory of each node.
    nodes: HashMap<NodeId, Option<NodeId>>,
}

impl<'t> Canonical<'t> {
    pub(super) fn new(tree: &'t Tree) -> Self {
        Self { tree, written: HashMap::new(), nodes: HashMap::new() }
    }

    /// Returns the node of a path without leading slash, in the real directory; `None` if no layer
    /// has it.
    pub(super) fn path(&mut self, path: &[u8]) -> Option<NodeId> {
        let path = path.strip_suffix(b"/").unwrap_or(path);
        let start = path.iter().rposition(|&byte| byte == b'/').map_or(0, |at| at + 1);
        let (directory, name) = path.split_at_checked(start)?;
        let real = if let Some(real) = self.written.get(directory) {
            *real
        } else {
            let real = self.resolve(downwards(directory));
            self.written.insert(directory.to_vec(), real);
            real
        };
        self.tree.child(real?, name)
    }

    /// Returns the node of the same name in the real directory of a node.
    pub(super) fn node(&mut self, node: NodeId) -> Option<NodeId> {
        let directory = self.tree.parent(node);
        let real = if let Some(real) = self.nodes.get(&directory) {
            *real
        } else {
            let real = self.resolve(downwards(self.tree.path(directory).as_bytes()));
            self.nodes.insert(directory, real);
            real
        };
        let real = real?;
        if real == directory { Some(node) } else { self.tree.child(real, self.tree.name(node)) }
    }

    /// Walks components, the last one first.
    fn resolve(&self, mut todo: Vec<Vec<u8>>) -> Option<NodeId> {
        let mut place = NodeId::ROOT;
        let mut links = 0;
        while let Some(name) = todo.pop() {
            if name == b".." {
                place = self.tree.parent(place);
                continue;
            }
            let next = self.tree.child(place, &name)?;
            match self.link(next) {
                Some(target) if links < MAX_LINKS => {
                    links += 1;
                    if target.starts_with(b"/") {
                        place = NodeId::ROOT;
                    }
                    todo.extend(downwards(target));
                }
                _ => place = next,
            }
        }
        Some(place)
    }

    /// Returns the target of a symbolic link of the final filesystem.
    fn link(&self, node: NodeId) -> Option<&'t [u8]> {
        let facts = self.tree.entry(self.tree.final_entry(node)?)?;
        (facts.metadata.kind == EntryKind::Symlink).then_some(facts.link)
    }
}

/// Returns the components of a path, the last one first.
fn downwards(path: &[u8]) -> Vec<Vec<u8>> {
    components(path).rev().map(<[u8]>::to_vec).collect()
}
