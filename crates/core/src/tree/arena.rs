//! The nodes of the tree: one for each path that any layer names.
//!
//! A node stores its parent and its name. Children are found in one hash table with (parent, name)
//! as the key. Parents are created before their children, so a parent always has the smaller
//! number.

use std::hash::BuildHasher;

use foldhash::fast::RandomState;
use hashbrown::HashTable;

use super::names::NameId;

/// A path in the tree; the default is the root.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct NodeId(pub(crate) u32);

impl NodeId {
    /// The root directory.
    pub const ROOT: Self = Self(0);

    /// Returns the number of the node: nodes are numbered from 0, parents before their children.
    pub fn index(self) -> usize {
        self.0 as usize
    }
}

#[derive(Clone, Copy, Debug)]
struct Node {
    parent: NodeId,
    name: NameId,
}

#[derive(Clone, Debug)]
pub(crate) struct Arena {
    nodes: Vec<Node>,
    table: HashTable<u32>,
    hasher: RandomState,
}

impl Arena {
    pub(crate) fn new() -> Self {
        let root = Node { parent: NodeId::ROOT, name: NameId::EMPTY };
        Self { nodes: vec![root], table: HashTable::new(), hasher: RandomState::default() }
    }

    pub(crate) fn len(&self) -> usize {
        self.nodes.len()
    }

    /// Iterates over all nodes, parents before their children.
    pub(crate) fn nodes(&self) -> impl DoubleEndedIterator<Item = NodeId> + Clone + use<> {
        // `child_or_insert` never returns a larger number.
        (0..u32::try_from(self.nodes.len()).unwrap_or(u32::MAX)).map(NodeId)
    }

    /// Returns the parent of a node; the root is its own parent.
    pub(crate) fn parent(&self, node: NodeId) -> NodeId {
        self.nodes.get(node.index()).map_or(NodeId::ROOT, |node| node.parent)
    }

    pub(crate) fn name(&self, node: NodeId) -> NameId {
        self.nodes.get(node.index()).map_or(NameId::EMPTY, |node| node.name)
    }

    /// Finds the child with a name; `None` if no layer names it.
    pub(crate) fn child(&self, parent: NodeId, name: NameId) -> Option<NodeId> {
        let hash = self.hasher.hash_one((parent.0, name.0));
        self.table.find(hash, |&id| is(&self.nodes, id, parent, name)).map(|&id| NodeId(id))
    }

    /// Finds or creates the child with a name; `None` if all numbers are in use.
    pub(crate) fn child_or_insert(&mut self, parent: NodeId, name: NameId) -> Option<NodeId> {
        let hash = self.hasher.hash_one((parent.0, name.0));
        if let Some(&id) = self.table.find(hash, |&id| is(&self.nodes, id, parent, name)) {
            return Some(NodeId(id));
        }
        // The overlay uses the two largest numbers as marks.
        let id = u32::try_from(self.nodes.len()).ok().filter(|&id| id < u32::MAX - 2)?;
        self.nodes.push(Node { parent, name });
        let (nodes, hasher) = (&self.nodes, &self.hasher);
        self.table.insert_unique(hash, id, |&id| {
            nodes.get(id as usize).map_or(0, |node| hasher.hash_one((node.parent.0, node.name.0)))
        });
        Some(NodeId(id))
    }

    /// Returns the number of components in a node's path, 0 for the root.
    pub(crate) fn depth(&self, node: NodeId) -> usize {
        self.ancestors(node).count()
    }

    /// Iterates over the node and its ancestors, upwards, without the root.
    pub(crate) fn ancestors(&self, node: NodeId) -> impl Iterator<Item = NodeId> {
        std::iter::successors(Some(node), |&node| Some(self.parent(node)))
            .take_while(|&node| node != NodeId::ROOT)
    }
}

fn is(nodes: &[Node], id: u32, parent: NodeId, name: NameId) -> bool {
    nodes.get(id as usize).is_some_and(|node| node.parent == parent && node.name == name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn children_are_found_by_parent_and_name() {
        let mut arena = Arena::new();
        let usr = arena.child_or_insert(NodeId::ROOT, NameId(1)).expect("room");
        let lib = arena.child_or_insert(usr, NameId(2)).expect("room");
        assert_eq!(arena.child_or_insert(usr, NameId(2)), Some(lib));
        assert_eq!(arena.child(NodeId::ROOT, NameId(2)), None);
        assert_eq!(arena.ancestors(lib).collect::<Vec<_>>(), [lib, usr]);
        assert_eq!(arena.depth(lib), 2);
    }
}
