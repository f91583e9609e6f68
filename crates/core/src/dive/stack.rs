//! The layers below a whiteout as dive stacks them: they decide what a whiteout removes, and its
//! size.
//!
//! A path that changes its type keeps its children, and a layer is applied in dive's order,
//! whiteouts included. dive copies and stacks all trees for each whiteout; this stack grows layer
//! by layer and gives the same result.

use crate::tree::{NodeId, Record, Tree, WHITEOUT_PREFIX};

use super::layers::LayerNode;
use super::order::Order;
use super::record::is_directory;

/// The paths that the layers so far show, according to dive.
#[derive(Debug)]
pub(super) struct Stack<'t> {
    tree: &'t Tree,
    order: &'t Order,
    /// Whether a path is present, by rank. The parents of a present path are present.
    present: Bits,
    shown: Vec<Shown<'t>>,
}

/// The facts of a path that is present.
#[derive(Clone, Copy, Debug, Default)]
struct Shown<'t> {
    facts: Option<&'t Record>,
    /// The sum of the header sizes of the path and everything below it.
    total: i64,
}

impl<'t> Stack<'t> {
    pub(super) fn new(tree: &'t Tree, order: &'t Order) -> Self {
        Self { tree, order, present: Bits::new(order.len()), shown: vec![Shown::default(); order.len()] }
    }

    /// Adds every node as it is, whiteouts included: dive's stack starts as a copy of the lowest
    /// layer.
    pub(super) fn copy(&mut self, layer: impl Iterator<Item = LayerNode<'t>>) {
        for LayerNode { node, facts, .. } in layer {
            self.add(node, facts);
        }
    }

    /// Applies a layer.
    pub(super) fn apply(&mut self, layer: impl Iterator<Item = LayerNode<'t>>) {
        for LayerNode { node, facts, .. } in layer {
            match whiteout_target(self.tree, node) {
                None => self.add(node, facts),
                Some(target) => {
                    if let Some(node) = target.node() {
                        self.remove(node);
                    }
                }
            }
        }
    }

    /// Returns the bytes that a whiteout of the target removes; `None` if the target is missing.
    pub(super) fn size_of(&self, target: WhiteoutTarget) -> Option<i64> {
        let node = target.node().filter(|&node| self.has(node))?;
        let shown = self.shown.get(node.index()).copied().unwrap_or_default();
        let removes_tree = node != NodeId::ROOT && shown.facts.is_some_and(is_directory);
        Some(if removes_tree { shown.total } else { 0 })
    }

    fn has(&self, node: NodeId) -> bool {
        node == NodeId::ROOT || self.present.get(self.order.rank(node) as usize)
    }

    fn add(&mut self, node: NodeId, facts: Option<&'t Record>) {
        for node in self.tree.arena.ancestors(node) {
            if self.has(node) {
                break;
            }
            self.present.set(self.order.rank(node) as usize);
            if let Some(shown) = self.shown.get_mut(node.index()) {
                *shown = Shown::default();
            }
        }
        if let Some(shown) = self.shown.get_mut(node.index()) {
            let more = size(facts).wrapping_sub(size(shown.facts));
            shown.facts = facts;
            self.grow(node, more);
        }
    }

    fn remove(&mut self, node: NodeId) {
        if node == NodeId::ROOT || !self.has(node) {
            return;
        }
        let total = self.shown.get(node.index()).map_or(0, |shown| shown.total);
        self.grow(self.tree.arena.parent(node), total.wrapping_neg());
        self.present.clear(self.order.subtree(node));
    }

    /// Adds to the totals of a node and its ancestors.
    fn grow(&mut self, node: NodeId, more: i64) {
        if more == 0 {
            return;
        }
        for node in self.tree.arena.ancestors(node) {
            if let Some(shown) = self.shown.get_mut(node.index()) {
                shown.total = shown.total.wrapping_add(more);
            }
        }
    }
}

/// Returns the size of a path in its layer. dive's sums are signed and wrap.
pub(super) fn size(facts: Option<&Record>) -> i64 {
    facts.map_or(0, |record| record.size.cast_signed())
}

/// The path of a whiteout, without the prefix in its name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum WhiteoutTarget {
    /// A path that some layer names.
    Named(NodeId),
    /// No layer has such a path.
    Unknown,
    /// The whiteout has no name: its path is its directory with a slash at the end.
    Directory(NodeId),
}

impl WhiteoutTarget {
    fn node(self) -> Option<NodeId> {
        match self {
            Self::Named(node) | Self::Directory(node) => Some(node),
            Self::Unknown => None,
        }
    }
}

/// Returns the target of a whiteout; `None` for any other node.
pub(super) fn whiteout_target(tree: &Tree, node: NodeId) -> Option<WhiteoutTarget> {
    let name = tree.names.get(tree.arena.name(node));
    let name = name.strip_prefix(WHITEOUT_PREFIX)?;
    let parent = tree.arena.parent(node);
    if name.is_empty() {
        return Some(WhiteoutTarget::Directory(parent));
    }
    let target = tree.names.find(name).and_then(|name| tree.arena.child(parent, name));
    Some(target.map_or(WhiteoutTarget::Unknown, WhiteoutTarget::Named))
}

/// A set of ranks that can clear ranges quickly.
#[derive(Debug)]
struct Bits {
    words: Vec<u64>,
}

impl Bits {
    fn new(length: usize) -> Self {
        Self { words: vec![0; length.div_ceil(64)] }
    }

    fn get(&self, index: usize) -> bool {
        self.words.get(index / 64).is_some_and(|word| word >> (index % 64) & 1 == 1)
    }

    fn set(&mut self, index: usize) {
        if let Some(word) = self.words.get_mut(index / 64) {
            *word |= 1 << (index % 64);
        }
    }

    fn clear(&mut self, range: std::ops::Range<usize>) {
        let (first, last) = (range.start / 64, range.end / 64);
        let below = (1_u64 << (range.start % 64)) - 1;
        let above = u64::MAX << (range.end % 64);
        for (number, word) in (first..).zip(self.words.iter_mut().skip(first).take(last - first + 1)) {
            let mut kept = 0;
            if number == first {
                kept |= below;
            }
            if number == last {
                kept |= above;
            }
            *word &= kept;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ranges_are_cleared_to_the_bit() {
        for (start, end) in [(0, 0), (3, 64), (64, 128), (5, 6), (60, 70), (1, 200), (128, 192), (199, 200)] {
            let mut bits = Bits::new(200);
            (0..200).for_each(|index| bits.set(index));
            bits.clear(start..end);
            for index in 0..200 {
                assert_eq!(bits.get(index), !(start..end).contains(&index), "{start}..{end} {index}");
            }
        }
    }
}
