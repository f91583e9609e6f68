//! Walks a viewpoint in the order of names and yields its rows one by one. Nothing is collected, so
//! a listing of a million paths takes no more memory than the tree itself.

use std::collections::HashMap;
use std::rc::Rc;

use dockopt_core::comparison::{Comparison, LayerRange};
use dockopt_core::filter::{Filter, Matches};
use dockopt_core::ownership::Ownership;
use dockopt_core::tree::{Marker, NodeId, NodeSet, Tree};

use super::lookup::child;
use super::rows::{Listed, Row};
use super::scene::rooted;
use super::versions::{Sight, Version, final_sight, shipped_by, versions};
use super::{LocatedPath, Viewpoint};

/// A tree to list, from one viewpoint and through an optional filter.
#[derive(Debug)]
pub(crate) struct Listing<'t> {
    tree: &'t Tree,
    viewpoint: Viewpoint,
    matches: Option<Matches>,
    /// For one layer: every path that it ships something at or below.
    shipped: NodeSet,
    /// For one layer: its markers by the directory that holds them, and directories that hold
    /// nothing but markers.
    markers: HashMap<NodeId, Vec<Item>>,
}

/// Depth of a listing below a place.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Depth {
    /// The place itself.
    Itself,
    /// Its children.
    Children,
    /// Everything below it.
    All,
}

/// A place to list, with the depth of the listing.
#[derive(Debug)]
pub(crate) struct Place<'t> {
    pub(crate) located: LocatedPath,
    pub(crate) depth: Depth,
    pub(crate) listing: Rc<Listing<'t>>,
}

impl Place<'_> {
    /// Passes its rows to `take`.
    pub(crate) fn each<E>(&self, take: &mut Take<'_, E>) -> Result<(), E> {
        match self.depth {
            Depth::Itself => self.listing.each_at(&self.located, take),
            Depth::Children => self.listing.each_in(&self.located, false, take),
            Depth::All => self.listing.each_in(&self.located, true, take),
        }
    }
}

/// A child of a directory.
#[derive(Clone, Copy, Debug)]
enum Item {
    Node(NodeId),
    Marker(Marker),
}

impl Item {
    fn node(self) -> NodeId {
        match self {
            Self::Node(node) => node,
            Self::Marker(marker) => marker.node,
        }
    }
}

/// Callback for a row and its path, leading slash included.
type Take<'f, E> = dyn FnMut(&[u8], &Row) -> Result<(), E> + 'f;

impl<'t> Listing<'t> {
    /// Creates a listing of everything, or of what a filter matches.
    pub(crate) fn new(tree: &'t Tree, viewpoint: Viewpoint, filter: Option<(&Filter, &Ownership)>) -> Self {
        let matches = filter.map(|(filter, ownership)| {
            let comparison = Comparison::of(tree, range(tree, viewpoint));
            filter.matches(tree, &comparison, ownership)
        });
        let mut listing = Self { tree, viewpoint, matches, shipped: NodeSet::new(), markers: HashMap::new() };
        if let Viewpoint::Layer(layer) = viewpoint {
            listing.collect(layer);
        }
        listing
    }

    fn collect(&mut self, layer: usize) {
        for marker in self.tree.markers(layer) {
            let mut item = Item::Marker(marker);
            loop {
                let directory = self.tree.parent(item.node());
                self.markers.entry(directory).or_default().push(item);
                // The directory above does not list a child that never existed.
                let is_seen = directory == NodeId::ROOT || !self.tree.visits(directory).is_empty();
                if !self.shipped.insert(directory) || is_seen {
                    break;
                }
                item = Item::Node(directory);
            }
        }
        // Children have larger numbers than their parents.
        for node in self.tree.nodes().rev() {
            if self.shipped.contains(node) || shipped_by(self.tree, node, layer).is_some() {
                self.shipped.insert(node);
                self.shipped.insert(self.tree.parent(node));
            }
        }
    }

    /// Yields the rows of a place itself.
    fn each_at<E>(&self, place: &LocatedPath, take: &mut Take<'_, E>) -> Result<(), E> {
        let path = rooted(self.tree, place.node);
        self.rows(Item::Node(place.node)).iter().try_for_each(|row| take(&path, row))
    }

    /// Yields the rows in a directory, and with `recursive` those below it; a directory comes
    /// before its contents.
    fn each_in<E>(&self, place: &LocatedPath, recursive: bool, take: &mut Take<'_, E>) -> Result<(), E> {
        let mut path = self.tree.path(place.node).as_bytes().to_vec();
        if !path.is_empty() {
            path.insert(0, b'/');
        }
        let mut open = vec![(self.items(place.node).into_iter(), path.len())];
        while let Some((rest, end)) = open.last_mut() {
            let Some(item) = rest.next() else {
                open.pop();
                continue;
            };
            path.truncate(*end);
            path.push(b'/');
            path.extend_from_slice(self.tree.name(item.node()));
            for row in self.rows(item) {
                take(&path, &row)?;
            }
            if let Item::Node(node) = item
                && recursive
            {
                let below = self.items(node);
                if !below.is_empty() {
                    open.push((below.into_iter(), path.len()));
                }
            }
        }
        Ok(())
    }

    /// Returns the children of a directory that may have rows, or rows below them.
    fn items(&self, directory: NodeId) -> Vec<Item> {
        let children = self.tree.children(directory).iter().filter(|&&node| self.may_show(node));
        let mut items: Vec<Item> = children.map(|&node| Item::Node(node)).collect();
        if let Some(markers) = self.markers.get(&directory) {
            items.extend(markers.iter().filter(|item| self.matches_marker(item)));
            items.sort_by_key(|item| self.tree.name(item.node()));
        }
        items
    }

    fn may_show(&self, node: NodeId) -> bool {
        let is_there = match self.viewpoint {
            Viewpoint::Final => final_sight(self.tree, node) != Sight::Nothing,
            Viewpoint::Ghosts => true,
            Viewpoint::Layer(_) => self.shipped.contains(node),
        };
        is_there && self.matches.as_ref().is_none_or(|matches| matches.shown.contains(node))
    }

    /// Returns whether the filter matches the path that a marker hides.
    fn matches_marker(&self, item: &Item) -> bool {
        let Some(matches) = &self.matches else { return true };
        let Item::Marker(marker) = item else { return false };
        let name = self.tree.hidden_name(marker);
        let hidden = name.and_then(|name| child(self.tree, self.tree.parent(marker.node), name));
        hidden.is_some_and(|node| matches.own.contains(node))
    }

    fn rows(&self, item: Item) -> Vec<Row> {
        let node = match (item, self.viewpoint) {
            (Item::Marker(marker), Viewpoint::Layer(layer)) => {
                return vec![Row { node: marker.node, what: Listed::Marker { marker, layer } }];
            }
            (Item::Marker(_), _) => return Vec::new(),
            (Item::Node(node), _) => node,
        };
        if self.matches.as_ref().is_some_and(|matches| !matches.own.contains(node)) {
            return Vec::new();
        }
        let row = |what| Row { node, what };
        match self.viewpoint {
            Viewpoint::Layer(layer) => vec![row(self.shipped(node, layer))],
            Viewpoint::Final => {
                let last = self.versions(node).pop().filter(|version| version.end.is_none());
                last.into_iter().map(|version| row(Listed::Version(version))).collect()
            }
            Viewpoint::Ghosts => {
                self.versions(node).into_iter().rev().map(|version| row(Listed::Version(version))).collect()
            }
        }
    }

    /// Returns the versions of a path; the root exists before all layers.
    fn versions(&self, node: NodeId) -> Vec<Version> {
        let versions = versions(self.tree, node);
        if versions.is_empty() && node == NodeId::ROOT {
            return vec![Version { layer: 0, entry: None, end: None }];
        }
        versions
    }

    fn shipped(&self, node: NodeId, layer: usize) -> Listed {
        let Some(entry) = shipped_by(self.tree, node, layer) else { return Listed::Way };
        let version = self.versions(node).into_iter().find(|version| version.entry == Some(entry));
        // A directory that a later layer lists again still exists.
        Listed::Version(version.unwrap_or(Version { layer, entry: Some(entry), end: None }))
    }
}

/// Returns the comparison whose rows a filter tests.
fn range(tree: &Tree, viewpoint: Viewpoint) -> LayerRange {
    match viewpoint {
        Viewpoint::Final | Viewpoint::Ghosts => LayerRange::final_of(tree.layer_count()),
        Viewpoint::Layer(layer) => LayerRange::only(layer),
    }
}
