//! All paths of a tree, one after the other, in one buffer.
//!
//! A million paths in memory at once would take more room than the tree itself.

use std::ops::ControlFlow;

use super::arena::NodeId;
use super::tree::Tree;

impl Tree {
    /// Visits everything that any layer showed, with its path without the leading slash: parents
    /// first, siblings by name.
    pub fn walk_paths(&self, mut visit: impl FnMut(NodeId, &[u8]) -> ControlFlow<()>) -> ControlFlow<()> {
        self.walk_rooted_paths(|node, path| visit(node, path.strip_prefix(b"/").unwrap_or_default()))
    }

    /// As [`Tree::walk_paths`], with the leading slash.
    pub(crate) fn walk_rooted_paths(
        &self,
        mut visit: impl FnMut(NodeId, &[u8]) -> ControlFlow<()>,
    ) -> ControlFlow<()> {
        let mut path = Vec::new();
        // For each directory on the way down: its unvisited children, and the length of its path.
        let mut open = vec![(self.children(NodeId::ROOT).iter(), 0)];
        while let Some((rest, end)) = open.last_mut() {
            let Some(&node) = rest.next() else {
                open.pop();
                continue;
            };
            path.truncate(*end);
            path.push(b'/');
            path.extend_from_slice(self.name(node));
            visit(node, &path)?;
            let children = self.children(node);
            if !children.is_empty() {
                open.push((children.iter(), path.len()));
            }
        }
        ControlFlow::Continue(())
    }
}
