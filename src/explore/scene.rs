//! An open image and a place in it, as command lines name them.

use dockopt_core::tree::{EntryId, NodeId, Tree};

use super::quote::shell_word;
use super::versions::is_directory;

/// View of the image.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Viewpoint {
    /// The final filesystem.
    Final,
    /// The final filesystem, with everything deleted or overwritten.
    Ghosts,
    /// What one layer ships: its own entries and its markers.
    Layer(usize),
}

/// An open image, with what hints need to print a command line.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Scene<'s> {
    pub(crate) tree: &'s Tree,
    /// The image as typed.
    pub(crate) image: &'s str,
    /// The running command.
    pub(crate) command: &'static str,
}

/// The target of a path.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct LocatedPath {
    pub(crate) node: NodeId,
    /// The entry there; `None` for a directory that no layer lists.
    pub(crate) entry: Option<EntryId>,
    pub(crate) viewpoint: Viewpoint,
}

impl Scene<'_> {
    /// Returns a command line for a place, in backticks, to be copied.
    pub(crate) fn command_line(&self, command: &str, located: &LocatedPath) -> String {
        let path = rooted(self.tree, located.node);
        match located.viewpoint {
            Viewpoint::Final => self.line(command, &path),
            Viewpoint::Ghosts => self.line(&format!("{command} --ghosts"), &path),
            Viewpoint::Layer(layer) => self.line(command, &in_layer_syntax(layer, &path)),
        }
    }

    pub(super) fn line(&self, command: &str, path: &[u8]) -> String {
        format!("`dockopt-dive {command} {} {}`", shell_word(self.image.as_bytes()), shell_word(path))
    }
}

/// Returns `N:PATH`.
pub(super) fn in_layer_syntax(layer: usize, path: &[u8]) -> Vec<u8> {
    [layer.to_string().as_bytes(), b":", path].concat()
}

/// Returns a path with its leading slash.
pub(super) fn rooted(tree: &Tree, node: NodeId) -> Vec<u8> {
    [b"/", tree.path(node).as_bytes()].concat()
}

impl LocatedPath {
    pub(crate) fn is_directory(&self, tree: &Tree) -> bool {
        is_directory(tree, self.entry)
    }
}
