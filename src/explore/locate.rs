//! Resolves a path argument: to a place in the final filesystem, a deleted file, or what one layer
//! ships.

use dockopt_core::path::EntryPath;
use dockopt_core::tree::{NodeId, Tree};

use super::PathArgument;
use super::lookup::{Filesystem, Follow, LookupError, find};
use super::missing::Missing;
use super::scene::{LocatedPath, Scene, Viewpoint, rooted};
use super::versions::{is_symlink, shipped_by};
use crate::error::CliError;

/// Resolves a path argument.
///
/// # Errors
///
/// Fails if there is no such layer, or nothing at the path; the hints name places where there is
/// something.
pub(crate) fn locate(
    scene: Scene<'_>,
    argument: &PathArgument,
    ghosts: bool,
    follow: Follow,
) -> Result<LocatedPath, CliError> {
    match argument.layer {
        Some(layer) => {
            check_layer(scene.tree, layer)?;
            in_layer(scene, &argument.path, layer, follow).map_err(|missing| missing.explain(scene))
        }
        None => in_filesystem(scene.tree, &argument.path, ghosts, follow)
            .map_err(|error| Missing::from(error).explain(scene)),
    }
}

/// Resolves a path that any layer ever showed.
///
/// # Errors
///
/// Fails if there is no such path, or if the layer that the argument names did not change it.
pub(crate) fn locate_in_any_layer(scene: Scene<'_>, argument: &PathArgument) -> Result<NodeId, CliError> {
    let tree = scene.tree;
    if let Some(layer) = argument.layer {
        check_layer(tree, layer)?;
    }
    let path = &argument.path;
    let literal = tree.find(EntryPath::clean(path).as_bytes());
    let literal = literal.filter(|&node| node == NodeId::ROOT || !tree.visits(node).is_empty());
    let led = |filesystem| find(tree, filesystem, path, Follow::Never);
    let node = match literal {
        Some(node) => node,
        None => led(Filesystem::Final)
            .or_else(|error| led(Filesystem::WithGhosts).map_err(|_| error))
            .map_err(|error| Missing::from(error).explain(scene))?,
    };
    let Some(layer) = argument.layer else { return Ok(node) };
    if tree.visits(node).iter().any(|visit| visit.layer == layer) {
        return Ok(node);
    }
    Err(CliError::usage(format!("layer {layer} does nothing to `{}`", tree.path(node)))
        .hint(format!("{} shows which layers do", scene.line("history", &rooted(tree, node)))))
}

/// Fails if the image has no such layer.
fn check_layer(tree: &Tree, layer: usize) -> Result<(), CliError> {
    let count = tree.layer_count();
    if layer < count {
        return Ok(());
    }
    let layers = match count {
        0 => "the image has no layers".to_owned(),
        1 => "the image has one layer, number 0".to_owned(),
        _ => format!("the image has {count} layers, 0 to {}", count - 1),
    };
    Err(CliError::usage(format!("there is no layer {layer}: {layers}")))
}

fn in_filesystem(tree: &Tree, path: &[u8], ghosts: bool, follow: Follow) -> Result<LocatedPath, LookupError> {
    let filesystem = if ghosts { Filesystem::WithGhosts } else { Filesystem::Final };
    let node = find(tree, filesystem, path, follow)?;
    let entry = filesystem.sight(tree, node).entry();
    let viewpoint = if ghosts { Viewpoint::Ghosts } else { Viewpoint::Final };
    Ok(LocatedPath { node, entry, viewpoint })
}

/// Resolves a path in what a layer ships: literally, or through links in the filesystem after that
/// layer.
fn in_layer(
    scene: Scene<'_>,
    path: &[u8],
    layer: usize,
    follow: Follow,
) -> Result<LocatedPath, Box<Missing>> {
    let tree = scene.tree;
    let located = |node, entry| LocatedPath { node, entry, viewpoint: Viewpoint::Layer(layer) };
    let literal = tree.find(EntryPath::clean(path).as_bytes());
    let shipped = |node: NodeId| match shipped_by(tree, node, layer) {
        Some(entry) => Some(located(node, Some(entry))),
        None if node == NodeId::ROOT || ships_below(tree, node, layer) => Some(located(node, None)),
        None => None,
    };
    let direct = literal.and_then(shipped);
    if let Some(found) = direct.filter(|found| follow == Follow::Never || !is_symlink(tree, found.entry)) {
        return Ok(found);
    }
    let led = find(tree, Filesystem::After(layer), path, follow);
    if let Some(found) = led.as_ref().ok().and_then(|&node| shipped(node)) {
        return Ok(found);
    }
    match direct {
        // A link to something that the layer does not ship can be listed itself.
        Some(link) if follow == Follow::ToDirectory => Ok(link),
        _ => Err(Box::new(Missing::Shipped {
            layer,
            path: EntryPath::clean(path),
            link: direct.map(|link| link.node),
            node: led.as_ref().ok().copied().or(literal),
            error: led.err(),
        })),
    }
}

/// Returns whether a layer ships anything below a path.
pub(super) fn ships_below(tree: &Tree, node: NodeId, layer: usize) -> bool {
    let mut open: Vec<NodeId> = tree.children(node).to_vec();
    while let Some(node) = open.pop() {
        if shipped_by(tree, node, layer).is_some() {
            return true;
        }
        open.extend_from_slice(tree.children(node));
    }
    tree.markers(layer).any(|marker| is_below(tree, marker.node, node))
}

fn is_below(tree: &Tree, node: NodeId, directory: NodeId) -> bool {
    let mut place = node;
    while place != NodeId::ROOT {
        place = tree.parent(place);
        if place == directory {
            return true;
        }
    }
    false
}
