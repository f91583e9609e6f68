//! The order in which dive visits a tree: children before their parent, siblings by the bytes of
//! their names.
//!
//! One order of the paths of all layers serves each layer's own tree, because the order of some
//! paths does not depend on the others. A node and everything below it have consecutive ranks.

use std::ops::Range;

use crate::tree::{NodeId, Tree};

/// All paths of an image in dive's order.
#[derive(Debug)]
pub(super) struct Order {
    /// For each node its rank and the lowest rank below it.
    spans: Vec<Span>,
    /// The node at each rank.
    nodes: Vec<NodeId>,
}

#[derive(Clone, Copy, Debug, Default)]
struct Span {
    first: u32,
    rank: u32,
}

/// A node among its siblings.
struct Sibling {
    parent: NodeId,
    /// The first bytes of its name: enough to order most siblings.
    prefix: u128,
    node: NodeId,
}

impl Order {
    pub(super) fn of(tree: &Tree) -> Self {
        let sizes = sizes(tree);
        let mut next = vec![0_u32; sizes.len()];
        let mut spans = vec![Span::default(); sizes.len()];
        let mut nodes = vec![NodeId::ROOT; sizes.len()];
        let mut place = |node: NodeId, first: u32| {
            let size = sizes.get(node.index()).copied().unwrap_or(1);
            let rank = first + size - 1;
            if let Some(span) = spans.get_mut(node.index()) {
                *span = Span { first, rank };
            }
            if let Some(place) = nodes.get_mut(rank as usize) {
                *place = node;
            }
            size
        };
        place(NodeId::ROOT, 0);
        // A parent has a smaller number than its children, so it is placed before them.
        for sibling in siblings(tree) {
            let first = next.get(sibling.parent.index()).copied().unwrap_or(0);
            let size = place(sibling.node, first);
            if let Some(next) = next.get_mut(sibling.parent.index()) {
                *next += size;
            }
            if let Some(next) = next.get_mut(sibling.node.index()) {
                *next = first;
            }
        }
        Self { spans, nodes }
    }

    /// Returns the number of paths, the root included.
    pub(super) fn len(&self) -> usize {
        self.nodes.len()
    }

    pub(super) fn rank(&self, node: NodeId) -> u32 {
        self.spans.get(node.index()).map_or(0, |span| span.rank)
    }

    /// Returns the ranks of a node and of everything below it.
    pub(super) fn subtree(&self, node: NodeId) -> Range<usize> {
        let span = self.spans.get(node.index()).copied().unwrap_or_default();
        span.first as usize..span.rank as usize + 1
    }

    pub(super) fn node(&self, rank: u32) -> NodeId {
        self.nodes.get(rank as usize).copied().unwrap_or(NodeId::ROOT)
    }
}

/// Counts the paths at and below each node.
fn sizes(tree: &Tree) -> Vec<u32> {
    let mut sizes = vec![1_u32; tree.arena.len()];
    for node in nodes_below_root(tree).rev() {
        let size = sizes.get(node.index()).copied().unwrap_or(0);
        if let Some(above) = sizes.get_mut(tree.arena.parent(node).index()) {
            *above += size;
        }
    }
    sizes
}

/// Returns all nodes except the root, by parent and then by name.
fn siblings(tree: &Tree) -> Vec<Sibling> {
    let name = |node| tree.names.get(tree.arena.name(node));
    let mut siblings: Vec<Sibling> = nodes_below_root(tree)
        .map(|node| Sibling { parent: tree.arena.parent(node), prefix: prefix(name(node)), node })
        .collect();
    siblings.sort_unstable_by(|one, other| {
        let quick = (one.parent, one.prefix).cmp(&(other.parent, other.prefix));
        quick.then_with(|| name(one.node).cmp(name(other.node)))
    });
    siblings
}

fn nodes_below_root(tree: &Tree) -> impl DoubleEndedIterator<Item = NodeId> + use<> {
    // The numbers of an arena fit into 32 bits.
    let count = u32::try_from(tree.arena.len()).unwrap_or(u32::MAX);
    (1..count).map(NodeId)
}

fn prefix(name: &[u8]) -> u128 {
    name.iter()
        .copied()
        .chain(std::iter::repeat(0))
        .take(16)
        .fold(0, |prefix, byte| prefix << 8 | u128::from(byte))
}

#[cfg(test)]
mod tests {
    use super::super::fixtures::Layers;
    use super::*;

    #[test]
    fn children_come_before_parents_and_in_bytewise_order() {
        let tree = Layers::new()
            .layer(&["b/file", "b.c", "a", "b/.wh.gone", "b/longname-2", "b/longname-1"])
            .layer(&["b/file/below", "B"])
            .tree();
        let order = Order::of(&tree);
        let ranks = 0..u32::try_from(order.len()).expect("few");
        let paths: Vec<String> = ranks.map(|rank| tree.path(order.node(rank)).to_text()).collect();
        assert_eq!(
            paths,
            [
                "/B",
                "/a",
                "/b/.wh.gone",
                "/b/file/below",
                "/b/file",
                "/b/longname-1",
                "/b/longname-2",
                "/b",
                "/b.c",
                "/"
            ]
        );
        let file = order.node(4);
        assert_eq!((order.rank(file), order.subtree(file)), (4, 3..5));
        assert_eq!(order.subtree(NodeId::ROOT), 0..10);
    }
}
