//! Places: directories and files that rules look for by their names.
//!
//! A pattern is a path of components, each with `*` for any characters. One that starts with `/`
//! matches from the root, any other one below any directory. What a pattern matches, it matches
//! with everything in it.

use std::collections::HashMap;

use dockopt_core::pattern::matches_name;
use dockopt_core::tree::{NodeId, Tree};
use foldhash::fast::RandomState;

/// Patterns of some owners, for a walk over a tree.
pub(super) struct Patterns<T> {
    /// Patterns whose last component is literal, by that component.
    literal: HashMap<&'static [u8], Vec<(Pattern, T)>, RandomState>,
    /// Those that end with another character than `*`, by that character; the others by 0.
    wild: HashMap<u8, Vec<(Pattern, T)>, RandomState>,
}

struct Pattern {
    is_absolute: bool,
    components: Vec<&'static [u8]>,
}

/// What patterns match in a tree.
pub(super) struct Places<T> {
    /// The topmost match above or at each node, by the index of the node.
    nodes: Vec<Option<(T, NodeId)>>,
}

impl<T: Copy> Patterns<T> {
    pub(super) fn new(patterns: impl IntoIterator<Item = (&'static str, T)>) -> Self {
        let mut made = Self { literal: HashMap::default(), wild: HashMap::default() };
        for (text, owner) in patterns {
            let components: Vec<&[u8]> =
                text.split('/').filter(|name| !name.is_empty()).map(str::as_bytes).collect();
            let pattern = Pattern { is_absolute: text.starts_with('/'), components };
            match pattern.components.last() {
                Some(last) if !last.contains(&b'*') => {
                    made.literal.entry(last).or_default().push((pattern, owner));
                }
                last => {
                    let end = last.and_then(|last| last.last()).filter(|end| **end != b'*');
                    made.wild.entry(end.copied().unwrap_or(0)).or_default().push((pattern, owner));
                }
            }
        }
        made
    }

    /// Finds what the patterns match in a tree, whether it is there in the end or not.
    pub(super) fn places(&self, tree: &Tree) -> Places<T> {
        let mut nodes: Vec<Option<(T, NodeId)>> = vec![None; tree.node_count()];
        // Parents come before their children.
        for node in tree.nodes().skip(1) {
            let above = nodes.get(tree.parent(node).index()).copied().flatten();
            let found = above.or_else(|| Some((self.owner(tree, node)?, node)));
            if let Some(slot) = nodes.get_mut(node.index()) {
                *slot = found;
            }
        }
        Places { nodes }
    }

    fn owner(&self, tree: &Tree, node: NodeId) -> Option<T> {
        let name = tree.name(node);
        let wild = |end: u8| self.wild.get(&end).into_iter().flatten();
        let literal = self.literal.get(name).into_iter().flatten();
        let mut all = literal.chain(name.last().into_iter().flat_map(|end| wild(*end))).chain(wild(0));
        all.find(|(pattern, _)| pattern.matches(tree, node)).map(|(_, owner)| *owner)
    }
}

impl Pattern {
    fn matches(&self, tree: &Tree, mut node: NodeId) -> bool {
        for component in self.components.iter().rev() {
            if node == NodeId::ROOT || !matches_name(component, tree.name(node)) {
                return false;
            }
            node = tree.parent(node);
        }
        !self.is_absolute || node == NodeId::ROOT
    }
}

impl<T: Copy> Places<T> {
    /// Returns the owner of the pattern that matches a node or a directory above it, and the
    /// topmost node that it matches.
    pub(super) fn get(&self, node: NodeId) -> Option<(T, NodeId)> {
        self.nodes.get(node.index()).copied().flatten()
    }
}
