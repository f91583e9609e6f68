//! A set of nodes with one bit for each: a million paths take 125 kB.

use super::arena::NodeId;

/// A set of nodes of one tree.
#[derive(Clone, Debug, Default)]
pub struct NodeSet {
    words: Vec<u64>,
    len: usize,
}

impl NodeSet {
    /// An empty set.
    pub fn new() -> Self {
        Self::default()
    }

    /// An empty set with room for `nodes` nodes.
    pub fn with_capacity(nodes: usize) -> Self {
        Self { words: vec![0; nodes.div_ceil(64)], len: 0 }
    }

    /// Adds a node; returns false if it was in the set.
    pub fn insert(&mut self, node: NodeId) -> bool {
        let (word, bit) = place(node);
        if self.words.len() <= word {
            self.words.resize(word + 1, 0);
        }
        let Some(word) = self.words.get_mut(word) else { return false };
        let is_new = *word & bit == 0;
        *word |= bit;
        self.len += usize::from(is_new);
        is_new
    }

    /// Removes a node; returns false if it was not in the set.
    pub fn remove(&mut self, node: NodeId) -> bool {
        let (word, bit) = place(node);
        let Some(word) = self.words.get_mut(word) else { return false };
        let was_there = *word & bit != 0;
        *word &= !bit;
        self.len -= usize::from(was_there);
        was_there
    }

    /// Whether a node is in the set.
    pub fn contains(&self, node: NodeId) -> bool {
        let (word, bit) = place(node);
        self.words.get(word).is_some_and(|word| word & bit != 0)
    }

    /// Returns the number of nodes in the set.
    pub fn len(&self) -> usize {
        self.len
    }

    /// Whether the set is empty.
    pub fn is_empty(&self) -> bool {
        self.len == 0
    }

    /// Removes all nodes.
    pub fn clear(&mut self) {
        self.words.clear();
        self.len = 0;
    }

    /// Iterates over the nodes in ascending order.
    pub fn iter(&self) -> impl Iterator<Item = NodeId> {
        (0_u32..).zip(&self.words).flat_map(|(number, &word)| {
            let set = move |bit: &u32| word >> bit & 1 == 1;
            let bits = if word == 0 { 0..0 } else { 0..64 };
            bits.filter(set).map(move |bit| NodeId(number * 64 + bit))
        })
    }
}

/// Sets are equal if they hold the same nodes, whatever their capacity.
impl PartialEq for NodeSet {
    fn eq(&self, other: &Self) -> bool {
        self.len == other.len && self.iter().eq(other.iter())
    }
}

impl Eq for NodeSet {}

impl FromIterator<NodeId> for NodeSet {
    fn from_iter<I: IntoIterator<Item = NodeId>>(nodes: I) -> Self {
        let mut set = Self::new();
        for node in nodes {
            set.insert(node);
        }
        set
    }
}

/// Returns the index of the node's word and the node's bit in it.
fn place(node: NodeId) -> (usize, u64) {
    (node.index() / 64, 1 << (node.index() % 64))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn inserted_nodes_are_found_and_removed_ones_are_not() {
        let mut set = NodeSet::new();
        assert!(set.insert(NodeId(200)) && set.insert(NodeId(3)) && !set.insert(NodeId(200)));
        assert!(set.contains(NodeId(3)) && !set.contains(NodeId(4)) && !set.contains(NodeId(1_000_000)));
        assert_eq!(set.iter().collect::<Vec<_>>(), [NodeId(3), NodeId(200)]);
        assert!(set.remove(NodeId(200)) && !set.remove(NodeId(200)) && !set.remove(NodeId(9999)));
        assert_eq!(set.len(), 1);
        assert_eq!(set, [NodeId(3)].into_iter().collect());
        set.clear();
        assert!(set.is_empty() && set == NodeSet::with_capacity(100));
    }
}
