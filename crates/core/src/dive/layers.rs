//! One layer as dive keeps it: a tree of its own, in which parents that the layer does not list exist without facts.
//!
//! Whiteouts are nodes like all others. Names that start with `.wh..wh..` are left out, but their parents are made.

use crate::tree::{NodeId, Record, Tree};

use super::order::Order;

/// A name of which dive takes no notice: the opaque marker, and most control files of aufs.
const IGNORED_PREFIX: &[u8] = b".wh..wh..";

/// The trees of all layers, one after the other.
#[derive(Debug)]
pub(super) struct LayerTrees<'t> {
    tree: &'t Tree,
    order: &'t Order,
    /// For each node, whether it or one above it is ignored.
    ignored: Vec<bool>,
    /// What the current layer says of each node, and the layer that is the current one there.
    slots: Vec<Slot<'t>>,
    current: u32,
    ranks: Vec<u32>,
}

#[derive(Clone, Copy, Debug, Default)]
struct Slot<'t> {
    layer: u32,
    facts: Option<&'t Record>,
}

/// A node of a layer's tree.
#[derive(Clone, Copy, Debug)]
pub(super) struct LayerNode<'t> {
    pub(super) node: NodeId,
    /// The last entry of that path; `None` for a parent that is only implied.
    pub(super) facts: Option<&'t Record>,
    /// Whether the layer has nothing below it.
    pub(super) is_leaf: bool,
}

impl<'t> LayerTrees<'t> {
    pub(super) fn new(tree: &'t Tree, order: &'t Order) -> Self {
        Self {
            tree,
            order,
            ignored: ignored(tree),
            slots: vec![Slot::default(); order.len()],
            current: 0,
            ranks: Vec::new(),
        }
    }

    /// The nodes of one layer in dive's order, without the root.
    pub(super) fn layer(&mut self, layer: usize) -> impl Iterator<Item = LayerNode<'t>> {
        self.load(layer);
        let (tree, order, slots) = (self.tree, self.order, &self.slots);
        let mut before = NodeId::ROOT;
        self.ranks.iter().map(move |&rank| {
            let node = order.node(rank);
            // The last child of a node stands right before it.
            let is_leaf = tree.arena.parent(before) != node;
            before = node;
            LayerNode { node, facts: slots.get(node.index()).and_then(|slot| slot.facts), is_leaf }
        })
    }

    fn load(&mut self, layer: usize) {
        self.ranks.clear();
        self.current += 1;
        let tree = self.tree;
        for record in tree.records_for_dive(layer) {
            let kept = self.kept(record.node);
            self.insert(kept);
            if kept == record.node
                && let Some(slot) = self.slots.get_mut(kept.index())
            {
                slot.facts = Some(record);
            }
        }
        self.ranks.sort_unstable();
    }

    /// The node, or what is above the highest ignored name on the way to it.
    fn kept(&self, node: NodeId) -> NodeId {
        let mut kept = node;
        while self.ignored.get(kept.index()).is_some_and(|&ignored| ignored) {
            kept = self.tree.arena.parent(kept);
        }
        kept
    }

    /// Makes a node and those above it, as far as the layer does not have them.
    fn insert(&mut self, node: NodeId) {
        for node in self.tree.arena.ancestors(node) {
            match self.slots.get_mut(node.index()) {
                Some(slot) if slot.layer != self.current => {
                    *slot = Slot { layer: self.current, facts: None };
                    self.ranks.push(self.order.rank(node));
                }
                _ => return,
            }
        }
    }
}

fn ignored(tree: &Tree) -> Vec<bool> {
    let mut ignored: Vec<bool> = Vec::with_capacity(tree.arena.len());
    for node in (0..).map(NodeId).take(tree.arena.len()) {
        let above = ignored.get(tree.arena.parent(node).index());
        let is_ignored = above.is_some_and(|&above| above)
            || tree.names.get(tree.arena.name(node)).starts_with(IGNORED_PREFIX);
        ignored.push(is_ignored);
    }
    ignored
}

#[cfg(test)]
mod tests {
    use super::super::fixtures::Layers;
    use super::*;

    fn shown(tree: &Tree, layer: usize) -> Vec<(String, bool, bool)> {
        let order = Order::of(tree);
        let mut trees = LayerTrees::new(tree, &order);
        let nodes = trees.layer(layer);
        nodes.map(|node| (tree.path(node.node).to_text(), node.facts.is_some(), node.is_leaf)).collect()
    }

    #[test]
    fn parents_are_implied_and_leaves_are_those_of_the_layer() {
        let tree = Layers::new().layer(&["d/x", "d/y"]).layer(&["d/", "e/f"]).tree();
        assert_eq!(
            shown(&tree, 1),
            [("/d".to_owned(), true, true), ("/e/f".to_owned(), true, true), ("/e".to_owned(), false, false),]
        );
    }

    #[test]
    fn an_ignored_name_leaves_its_parents_behind() {
        let tree = Layers::new()
            .layer(&["d/e/.wh..wh..opq", ".wh..wh.plnk/1.2", ".wh..wh..dir/x", ".wh..wh.kept"])
            .tree();
        let names: Vec<String> = shown(&tree, 0).into_iter().map(|(path, ..)| path).collect();
        assert_eq!(names, ["/.wh..wh.kept", "/.wh..wh.plnk/1.2", "/.wh..wh.plnk", "/d/e", "/d"]);
    }

    #[test]
    fn the_root_and_an_empty_layer_have_no_nodes() {
        let tree = Layers::new().layer(&["./"]).layer(&[]).tree();
        assert_eq!(shown(&tree, 0), []);
        assert_eq!(shown(&tree, 1), []);
    }
}
