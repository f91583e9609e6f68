//! One layer as dive stores it: a tree of its own, in which unlisted parents exist without facts.
//!
//! Whiteouts are nodes like all others. Names that start with `.wh..wh..` are left out, but their
//! parents exist.

use std::rc::Rc;

use super::order::Order;
use super::record::{file_mode, is_directory};
use crate::model::image::ImageInfo;
use crate::tree::{NodeId, Record, Tree};

/// The prefix of names that dive ignores: the opaque marker, and most control files of aufs.
const IGNORED_PREFIX: &[u8] = b".wh..wh..";

/// The trees of all layers, one at a time.
#[derive(Debug)]
pub struct DiveLayers<'t> {
    tree: &'t Tree,
    /// Layers that their archive stores as symbolic links to others: dive treats them as empty.
    linked: Vec<bool>,
    order: Rc<Order>,
    /// For each node, whether it or an ancestor is ignored.
    ignored: Vec<bool>,
    /// For each node the record of a layer, valid if that layer is the current one.
    slots: Vec<Slot<'t>>,
    current: u32,
    ranks: Vec<u32>,
}

#[derive(Clone, Copy, Debug, Default)]
struct Slot<'t> {
    layer: u32,
    facts: Option<&'t Record>,
}

/// A file in dive's list of a layer. A parent that the layer does not list has default values.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct DiveEntry<'t> {
    /// The cleaned path, with a leading slash if the tar has one.
    pub path: Vec<u8>,
    /// The type flag of the tar header.
    pub type_flag: u8,
    /// The target of a symbolic or hard link.
    pub link: &'t [u8],
    /// The size in the header.
    pub size: u64,
    /// The mode as an `os.FileMode` of Go.
    pub mode: u32,
    /// User.
    pub uid: u32,
    /// Group.
    pub gid: u32,
    /// Whether dive treats the file as a directory.
    pub is_directory: bool,
}

/// A node of a layer's tree.
#[derive(Clone, Copy, Debug)]
pub(super) struct LayerNode<'t> {
    pub(super) node: NodeId,
    /// The last entry of the path; `None` for an unlisted parent.
    pub(super) facts: Option<&'t Record>,
    /// Whether the layer has nothing below it.
    pub(super) is_leaf: bool,
}

impl<'t> DiveLayers<'t> {
    /// Prepares the layers of an image.
    pub fn new(tree: &'t Tree, info: &ImageInfo) -> Self {
        let order = Order::of(tree);
        Self {
            tree,
            linked: info.layers.iter().map(|layer| layer.linked).collect(),
            ignored: ignored(tree),
            slots: vec![Slot::default(); order.len()],
            order: Rc::new(order),
            current: 0,
            ranks: Vec::new(),
        }
    }

    /// Iterates over the files of one layer in dive's order.
    pub fn files(&mut self, layer: usize) -> impl Iterator<Item = DiveEntry<'t>> {
        let tree = self.tree;
        self.layer(layer).map(move |node| node.facts.map(|record| entry(tree, record)).unwrap_or_default())
    }

    /// Returns the sum of the sizes in all headers of a layer's tar, ignored and repeated entries
    /// included.
    pub fn size(&self, layer: usize) -> u64 {
        self.records(layer)
            .filter(|record| record.node != NodeId::ROOT)
            .fold(0, |sum: u64, record| sum.wrapping_add(record.size))
    }

    /// Returns the order of all paths.
    pub(super) fn order(&self) -> Rc<Order> {
        Rc::clone(&self.order)
    }

    /// Iterates over the records of one layer in tar order, as dive sees them.
    fn records(&self, layer: usize) -> impl Iterator<Item = &'t Record> + use<'t> {
        let is_linked = self.linked.get(layer).is_some_and(|&linked| linked);
        let tree = self.tree;
        (!is_linked).then(|| tree.layer_records(layer)).into_iter().flatten()
    }

    /// Iterates over the nodes of one layer in dive's order, without the root.
    pub(super) fn layer(&mut self, layer: usize) -> impl Iterator<Item = LayerNode<'t>> {
        self.load(layer);
        let (tree, order, slots) = (self.tree, &self.order, &self.slots);
        let mut before = NodeId::ROOT;
        self.ranks.iter().map(move |&rank| {
            let node = order.node(rank);
            // The last child of a node precedes it directly.
            let is_leaf = tree.arena.parent(before) != node;
            before = node;
            LayerNode { node, facts: slots.get(node.index()).and_then(|slot| slot.facts), is_leaf }
        })
    }

    fn load(&mut self, layer: usize) {
        self.ranks.clear();
        self.current += 1;
        for record in self.records(layer) {
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

    /// Returns the node, or the parent of the highest ignored name in its path.
    fn kept(&self, node: NodeId) -> NodeId {
        let mut kept = node;
        while self.ignored.get(kept.index()).is_some_and(|&ignored| ignored) {
            kept = self.tree.arena.parent(kept);
        }
        kept
    }

    /// Adds a node and its ancestors to the current layer, as far as they are missing.
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

fn entry<'t>(tree: &'t Tree, record: &Record) -> DiveEntry<'t> {
    let slash: &[u8] = if record.absolute { b"/" } else { b"" };
    DiveEntry {
        path: [slash, tree.path(record.node).as_bytes()].concat(),
        type_flag: record.type_flag,
        link: tree.names.get(record.link),
        size: record.size,
        mode: file_mode(record),
        uid: record.uid,
        gid: record.gid,
        is_directory: is_directory(record),
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
        let mut layers = DiveLayers::new(tree, &ImageInfo::default());
        let nodes = layers.layer(layer);
        nodes.map(|node| (tree.path(node.node).to_text(), node.facts.is_some(), node.is_leaf)).collect()
    }

    #[test]
    fn parents_are_implied_and_leaves_depend_on_the_layer() {
        let tree = Layers::new().layer(&["d/x", "d/y"]).layer(&["d/", "e/f"]).tree();
        assert_eq!(
            shown(&tree, 1),
            [("/d".to_owned(), true, true), ("/e/f".to_owned(), true, true), ("/e".to_owned(), false, false),]
        );
    }

    #[test]
    fn the_parents_of_an_ignored_name_stay() {
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
