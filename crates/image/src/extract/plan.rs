//! The list of items to write, directories before their contents.

use std::collections::HashSet;
use std::path::{Path, PathBuf};
use std::rc::Rc;

use dockopt_core::comparison::{Change, Comparison, State};
use dockopt_core::entry::EntryKind;
use dockopt_core::filter::Matches;
use dockopt_core::path::escape;
use dockopt_core::tree::{EntryId, NodeId, Tree};

use super::error::ExtractError;
use super::selection::{Selection, View};

/// Permissions of a directory that no layer lists.
pub(super) const IMPLIED: u32 = 0o755;

/// A file, directory or link to write.
#[derive(Clone, Copy, Debug)]
pub(super) struct Item {
    pub(super) node: NodeId,
    /// The entry to write; `None` for a directory that no layer lists.
    pub(super) entry: Option<EntryId>,
    /// Number of directories of the plan above it.
    pub(super) depth: usize,
    pub(super) is_directory: bool,
    /// Whether it is included only as a parent of other items.
    is_way: bool,
}

/// All items to write, in a valid order of writing.
#[derive(Debug, Default)]
pub(super) struct Plan {
    pub(super) items: Vec<Item>,
    /// Bytes of content, holes included.
    pub(super) bytes: u64,
}

/// What a view shows at a path.
enum Shown {
    Entry(EntryId),
    /// A directory that no layer lists.
    Directory,
    /// Nothing itself, but possibly entries below it.
    Way,
    Nothing,
}

/// Determines what a view shows at a path.
enum Viewer<'t> {
    Range { tree: &'t Tree, comparison: Rc<Comparison>, wanted: fn(State) -> bool },
    Layer { tree: &'t Tree, layer: usize },
}

impl<'t> Viewer<'t> {
    /// Creates a viewer. `known` is the comparison of the previous selection, which is usually the
    /// same.
    fn new(tree: &'t Tree, selection: Selection, known: &mut Option<Rc<Comparison>>) -> Self {
        let range = match selection.view {
            View::Layer(layer) => return Self::Layer { tree, layer },
            View::Range(range) => range,
        };
        let comparison = known.take().filter(|comparison| comparison.range() == range);
        let comparison = comparison.unwrap_or_else(|| Rc::new(Comparison::of(tree, range)));
        *known = Some(Rc::clone(&comparison));
        let wanted = match comparison.state(selection.node) {
            State::Shown(Change::Removed) => |state| state == State::Shown(Change::Removed),
            State::Ghost => |state| state == State::Ghost,
            State::Absent | State::Shown(_) => is_visible,
        };
        Self::Range { tree, comparison, wanted }
    }

    fn shown(&self, node: NodeId) -> Shown {
        match self {
            Self::Range { tree, comparison, wanted } => {
                match (wanted(comparison.state(node)), comparison.entry(tree, node)) {
                    (false, _) => Shown::Nothing,
                    (true, Some(entry)) => Shown::Entry(entry),
                    (true, None) => Shown::Directory,
                }
            }
            Self::Layer { tree, layer } => {
                let visits = tree.visits(node);
                let mut of_layer = visits.iter().rev().filter(|visit| visit.layer == *layer);
                of_layer.find_map(|visit| visit.entry).map_or(Shown::Way, Shown::Entry)
            }
        }
    }
}

fn is_visible(state: State) -> bool {
    matches!(state, State::Shown(Change::Unmodified | Change::Added | Change::Modified))
}

impl Plan {
    /// Plans several selections; `only` restricts them to matching entries.
    pub(super) fn of(
        tree: &Tree,
        selections: &[Selection],
        only: Option<&Matches>,
    ) -> Result<Self, ExtractError> {
        let mut plan = Self::default();
        let mut known = None;
        for (at, selection) in selections.iter().enumerate() {
            if selections.iter().take(at).any(|before| before == selection) {
                continue;
            }
            let viewer = Viewer::new(tree, *selection, &mut known);
            let before = plan.items.len();
            plan.select(tree, selection.node, &viewer, only);
            if plan.items.len() == before && selection.node != NodeId::ROOT && only.is_none() {
                return Err(ExtractError::Nothing { path: tree.path(selection.node) });
            }
        }
        plan.check_names(tree)?;
        Ok(plan)
    }

    fn select(&mut self, tree: &Tree, node: NodeId, viewer: &Viewer<'_>, only: Option<&Matches>) {
        let is_root = node == NodeId::ROOT;
        let mut left: Vec<(NodeId, usize)> = if is_root {
            tree.children(NodeId::ROOT).iter().rev().map(|&child| (child, 0)).collect()
        } else {
            vec![(node, 0)]
        };
        while let Some((node, depth)) = left.pop() {
            if only.is_some_and(|only| !only.shown.contains(node)) {
                continue;
            }
            let is_way = only.is_some_and(|only| !only.own.contains(node));
            if self.add(tree, (node, depth), &viewer.shown(node), is_way) {
                left.extend(tree.children(node).iter().rev().map(|&child| (child, depth + 1)));
            }
        }
        self.drop_ways(0);
    }

    /// Rejects two top-level items with the same name.
    fn check_names(&self, tree: &Tree) -> Result<(), ExtractError> {
        let mut names = HashSet::new();
        let top = self.items.iter().filter(|item| item.depth == 0);
        for name in top.map(|item| tree.name(item.node)) {
            if !names.insert(name) {
                return Err(ExtractError::SameName { name: escape(name) });
            }
        }
        Ok(())
    }

    /// Adds a shown entry, or a directory that is only a parent; returns whether it may have
    /// entries below it.
    fn add(&mut self, tree: &Tree, (node, depth): (NodeId, usize), shown: &Shown, is_way: bool) -> bool {
        let entry = match *shown {
            Shown::Nothing => return false,
            Shown::Entry(entry) => Some(entry),
            Shown::Directory | Shown::Way => None,
        };
        self.drop_ways(depth);
        let facts = entry.and_then(|entry| tree.entry(entry));
        let is_directory = facts.is_none_or(|facts| facts.metadata.kind == EntryKind::Directory);
        if is_way && !is_directory {
            return false;
        }
        if let Some(facts) = facts.filter(|facts| facts.metadata.kind == EntryKind::File) {
            self.bytes = self.bytes.saturating_add(facts.metadata.size);
        }
        let is_way = is_way || matches!(shown, Shown::Way);
        self.items.push(Item { node, entry, depth, is_directory, is_way });
        is_directory
    }

    /// Drops trailing directories at `depth` or below that are only parents but have no children.
    fn drop_ways(&mut self, depth: usize) {
        while self.items.pop_if(|last| last.is_way && last.depth >= depth).is_some() {}
    }
}

impl Item {
    /// Returns the path to write to, for messages.
    pub(super) fn place(&self, tree: &Tree, destination: &Path) -> PathBuf {
        let mut names = vec![tree.name(self.node)];
        let mut node = self.node;
        for _ in 0..self.depth {
            node = tree.parent(node);
            names.push(tree.name(node));
        }
        let below: Vec<_> = names.iter().rev().map(|name| String::from_utf8_lossy(name)).collect();
        destination.join(below.join("/"))
    }
}
