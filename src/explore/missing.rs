//! Explains why there is nothing at a path, and where else there is something: the layer that
//! deleted it and the layer that stores it, or the names nearest to the typed one.

use dockopt_core::history::Deed;
use dockopt_core::path::{EntryPath, escape};
use dockopt_core::tree::{NodeId, Tree};
use strsim::levenshtein;

use super::lookup::{LookupError, child};
use super::scene::{Scene, in_layer_syntax, rooted};
use super::versions::{Sight, Version, final_sight, is_directory, shipped_by, versions};
use crate::error::CliError;

/// Most names to suggest.
const SUGGESTED: usize = 3;
/// Most names of a directory that are compared with a typed one.
const COMPARED: usize = 20_000;
/// Most layers to list; the rest is counted.
const LISTED: usize = 6;

/// A path with nothing at it.
#[derive(Debug)]
pub(super) enum Missing {
    /// In the final filesystem.
    Final(LookupError),
    /// In what a layer ships.
    Shipped {
        layer: usize,
        /// The typed path, cleaned.
        path: EntryPath,
        /// The node of the path, if the layer ships a link there.
        link: Option<NodeId>,
        /// The node of the path in the filesystem after the layer, or of the typed path, if any
        /// layer ever had something there.
        node: Option<NodeId>,
        /// Why the path leads nowhere in the filesystem after the layer.
        error: Option<LookupError>,
    },
}

impl From<LookupError> for Missing {
    fn from(error: LookupError) -> Self {
        Self::Final(error)
    }
}

impl Missing {
    /// Converts to an error with hints.
    pub(super) fn explain(self, scene: Scene<'_>) -> CliError {
        match self {
            Self::Final(error) => in_filesystem(scene, &error),
            Self::Shipped { link: Some(_), error: Some(error), .. } => CliError::usage(error.to_string()),
            Self::Shipped { layer, path, link, node, .. } => shipped(scene, layer, &path, link, node),
        }
    }
}

fn in_filesystem(scene: Scene<'_>, error: &LookupError) -> CliError {
    let found = CliError::usage(error.to_string());
    let LookupError::Missing { path, directory, name, rest, .. } = error else { return found };
    let tree = scene.tree;
    let Some(nearby) = child(tree, *directory, name) else {
        return suggest(found, tree, *directory, name);
    };
    let full = [path.as_bytes(), b"/", rest].concat();
    let wanted = tree.find(&full);
    let vanished = wanted.unwrap_or(nearby);
    let Some(version) = versions(tree, vanished).pop() else { return found };
    let Some(end) = version.end else { return found };
    let what = format!("`{}` was {} layer {}", tree.path(vanished), ended(end.what), end.layer);
    match wanted {
        Some(node) => found.hint(format!("{what}; {}", where_it_is(scene, node, &version))),
        None => found.hint(what),
    }
}

/// Returns the words for how something ended; the layer that did it follows.
fn ended(what: Deed) -> &'static str {
    match what {
        Deed::HiddenByOpaque => "hidden by an opaque directory of",
        Deed::ReplacedAbove | Deed::TypeChanged => "replaced by",
        _ => "deleted by",
    }
}

/// Returns a hint with the layer that stores an invisible version, and the command that shows it.
fn where_it_is(scene: Scene<'_>, node: NodeId, version: &Version) -> String {
    let path = rooted(scene.tree, node);
    if is_directory(scene.tree, version.entry) {
        let command = format!("{} --ghosts", scene.command);
        return format!("what was in it is still there: {}", scene.line(&command, &path));
    }
    let place = in_layer_syntax(version.layer, &path);
    format!("layer {} stores it: {}", version.layer, scene.line(scene.command, &place))
}

fn shipped(
    scene: Scene<'_>,
    layer: usize,
    path: &EntryPath,
    link: Option<NodeId>,
    node: Option<NodeId>,
) -> CliError {
    let tree = scene.tree;
    let message = match (link, node) {
        (Some(link), Some(target)) => format!(
            "layer {layer} ships the symbolic link `{}`, and not `{}`, where it leads",
            tree.path(link),
            tree.path(target)
        ),
        _ if is_marker(tree, layer, path) => {
            format!("layer {layer} ships no file at `{path}`, only the marker that deletes it")
        }
        _ => format!("layer {layer} ships nothing at `{path}`"),
    };
    let error = CliError::usage(message);
    let Some(node) = node else { return suggest_literally(error, tree, path) };
    let layers: Vec<usize> =
        (0..tree.layer_count()).filter(|&layer| shipped_by(tree, node, layer).is_some()).collect();
    let Some(last) = layers.last() else { return error };
    let place = in_layer_syntax(*last, &rooted(tree, node));
    let verb = if layers.len() == 1 { "ships" } else { "ship" };
    error.hint(format!("{} {verb} it: {}", named(&layers), scene.line(scene.command, &place)))
}

/// Formats as `layer 2` or `layers 0, 1 and 4`.
fn named(layers: &[usize]) -> String {
    let listed: Vec<String> = layers.iter().take(LISTED).map(usize::to_string).collect();
    match listed.split_last() {
        Some((last, [])) => format!("layer {last}"),
        _ if layers.len() > LISTED => format!("{} layers", layers.len()),
        Some((last, before)) => format!("layers {} and {last}", before.join(", ")),
        None => "no layer".to_owned(),
    }
}

/// Returns whether a layer ships a marker of that name, or one that hides the path itself.
fn is_marker(tree: &Tree, layer: usize, path: &EntryPath) -> bool {
    tree.markers(layer).any(|marker| {
        let written = tree.path(marker.node);
        let hidden = tree.hidden_name(&marker).map(|name| {
            EntryPath::clean(&[tree.path(tree.parent(marker.node)).as_bytes(), b"/", name].concat())
        });
        written == *path || hidden.as_ref() == Some(path)
    })
}

/// Suggests names similar to the first component that no layer has.
fn suggest_literally(error: CliError, tree: &Tree, path: &EntryPath) -> CliError {
    let mut directory = NodeId::ROOT;
    for name in path.as_bytes().split(|&byte| byte == b'/') {
        match child(tree, directory, name) {
            Some(node) => directory = node,
            None => return suggest(error, tree, directory, name),
        }
    }
    error
}

/// Suggests names of a directory that are similar to the missing one.
fn suggest(error: CliError, tree: &Tree, directory: NodeId, name: &[u8]) -> CliError {
    let wanted = escape(name);
    let visible = tree.children(directory).iter().take(COMPARED);
    let visible = visible.filter(|&&node| final_sight(tree, node) != Sight::Nothing);
    let mut near: Vec<(usize, NodeId)> = visible
        .filter_map(|&node| {
            let distance = distance(&wanted, &escape(tree.name(node)))?;
            Some((distance, node))
        })
        .collect();
    near.sort_by_key(|&(distance, _)| distance);
    let names: Vec<String> =
        near.iter().take(SUGGESTED).map(|&(_, node)| format!("`{}`", tree.path(node))).collect();
    match names.split_last() {
        None => error,
        Some((only, [])) => error.hint(format!("did you mean {only}?")),
        Some((last, before)) => error.hint(format!("did you mean {} or {last}?", before.join(", "))),
    }
}

/// Returns the edit distance of two names if they are near each other: at most a third of the
/// letters differ.
fn distance(wanted: &str, name: &str) -> Option<usize> {
    let limit = wanted.len().max(3) / 3;
    if wanted.len().abs_diff(name.len()) > limit {
        return None;
    }
    Some(levenshtein(wanted, name)).filter(|distance| *distance <= limit)
}
