//! Walks a path through a filesystem of the image, following symbolic links inside it.
//!
//! As in a kernel, `..` leaves the directory that a link has led to, a link that is not the last
//! component is always followed, and a trailing slash requires a directory. The walk never leaves
//! the image.

use dockopt_core::entry::EntryKind;
use dockopt_core::path::{EntryPath, escape};
use dockopt_core::tree::{NodeId, Tree};
use thiserror::Error;

use super::versions::{Sight, final_sight, last_sight, sight_after};

/// Most symbolic links in one path, as on Linux.
const MAX_LINKS: usize = 40;
/// Most components in one path, those of links included.
const MAX_STEPS: usize = 40_960;

/// Filesystem that a path is looked up in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Filesystem {
    /// The final one.
    Final,
    /// The final one, plus the last version of every path that it lacks.
    WithGhosts,
    /// The filesystem after a layer.
    After(usize),
}

/// Whether to follow a symbolic link in the last component.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Follow {
    Always,
    /// Only if it leads to a directory.
    ToDirectory,
    Never,
}

/// A path that leads nowhere.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub(super) enum LookupError {
    /// A name does not exist.
    #[error("{}", missing(.path, .link.as_ref()))]
    Missing {
        /// The missing path; its directory exists.
        path: EntryPath,
        /// The symbolic link that led there, if any, with its target as written.
        link: Option<(EntryPath, Vec<u8>)>,
        directory: NodeId,
        name: Vec<u8>,
        /// The remaining components, joined by slashes.
        rest: Vec<u8>,
    },
    #[error("`{path}` is not a directory")]
    NotADirectory { path: EntryPath },
    #[error("`{path}` leads through more than {MAX_LINKS} symbolic links")]
    TooManyLinks { path: EntryPath },
    #[error("`{path}` has more than {MAX_STEPS} components")]
    TooLong { path: EntryPath },
}

fn missing(path: &EntryPath, link: Option<&(EntryPath, Vec<u8>)>) -> String {
    match link {
        Some((link, target)) => {
            format!("`{link}` is a symbolic link to `{}`, and `{path}` does not exist", escape(target))
        }
        None => format!("`{path}` does not exist"),
    }
}

impl Filesystem {
    pub(super) fn sight(self, tree: &Tree, node: NodeId) -> Sight {
        match self {
            Self::Final => final_sight(tree, node),
            Self::After(layer) => sight_after(tree, node, layer),
            Self::WithGhosts => match final_sight(tree, node) {
                Sight::Nothing => last_sight(tree, node),
                sight => sight,
            },
        }
    }
}

/// Returns the child of a directory if any layer ever showed it.
pub(super) fn child(tree: &Tree, directory: NodeId, name: &[u8]) -> Option<NodeId> {
    let children = tree.children(directory);
    let at = children.binary_search_by(|&child| tree.name(child).cmp(name)).ok()?;
    children.get(at).copied()
}

/// A walk in progress.
struct Walk<'t> {
    tree: &'t Tree,
    filesystem: Filesystem,
    /// The path as typed.
    typed: &'t [u8],
    /// Components to walk; the next one is last.
    left: Vec<Vec<u8>>,
    place: NodeId,
    /// The links whose targets are being walked, each with the number of components left after its
    /// target.
    open: Vec<(NodeId, usize)>,
    /// Links followed so far.
    links: usize,
    steps: usize,
}

/// Resolves a path to a node.
pub(super) fn find(
    tree: &Tree,
    filesystem: Filesystem,
    path: &[u8],
    follow: Follow,
) -> Result<NodeId, LookupError> {
    let walk = || Walk::new(tree, filesystem, path);
    if follow == Follow::Never {
        return walk().run(false);
    }
    match walk().run(true) {
        Ok(node) if follow == Follow::Always || filesystem.sight(tree, node).is_directory(tree) => Ok(node),
        Err(error) if follow == Follow::Always => Err(error),
        _ => walk().run(false),
    }
}

impl<'t> Walk<'t> {
    fn new(tree: &'t Tree, filesystem: Filesystem, typed: &'t [u8]) -> Self {
        let left = components(typed);
        Self { tree, filesystem, typed, left, place: NodeId::ROOT, open: Vec::new(), links: 0, steps: 0 }
    }

    fn run(mut self, follows_last: bool) -> Result<NodeId, LookupError> {
        while let Some(name) = self.left.pop() {
            self.steps += 1;
            while self.open.pop_if(|(_, after)| *after > self.left.len()).is_some() {}
            if self.steps > MAX_STEPS {
                return Err(LookupError::TooLong { path: EntryPath::clean(self.typed) });
            }
            if !self.filesystem.sight(self.tree, self.place).is_directory(self.tree) {
                return Err(LookupError::NotADirectory { path: self.tree.path(self.place) });
            }
            match name.as_slice() {
                b"" | b"." => {}
                b".." => self.place = self.tree.parent(self.place),
                _ => self.step(&name, follows_last)?,
            }
        }
        Ok(self.place)
    }

    fn step(&mut self, name: &[u8], follows_last: bool) -> Result<(), LookupError> {
        let node = child(self.tree, self.place, name);
        let sight = node.map_or(Sight::Nothing, |node| self.filesystem.sight(self.tree, node));
        let Some(node) = node.filter(|_| sight != Sight::Nothing) else {
            return Err(self.missing(name));
        };
        let facts = sight.entry().and_then(|entry| self.tree.entry(entry));
        let target = facts.filter(|facts| facts.metadata.kind == EntryKind::Symlink).map(|facts| facts.link);
        match target {
            Some(target) if follows_last || !self.left.is_empty() => self.follow(node, target),
            _ => {
                self.place = node;
                Ok(())
            }
        }
    }

    fn follow(&mut self, link: NodeId, target: &[u8]) -> Result<(), LookupError> {
        self.links += 1;
        if self.links > MAX_LINKS {
            return Err(LookupError::TooManyLinks { path: EntryPath::clean(self.typed) });
        }
        self.open.push((link, self.left.len()));
        if target.starts_with(b"/") {
            self.place = NodeId::ROOT;
        }
        self.left.extend(components(target));
        Ok(())
    }

    fn target(&self, link: NodeId) -> Vec<u8> {
        let entry = self.filesystem.sight(self.tree, link).entry();
        entry.and_then(|entry| self.tree.entry(entry)).map(|facts| facts.link.to_vec()).unwrap_or_default()
    }

    fn missing(&self, name: &[u8]) -> LookupError {
        let directory = self.place;
        let path = EntryPath::clean(&[self.tree.path(directory).as_bytes(), b"/", name].concat());
        let rest: Vec<&[u8]> = self.left.iter().rev().map(Vec::as_slice).collect();
        LookupError::Missing {
            path,
            link: self.open.last().map(|(link, _)| (self.tree.path(*link), self.target(*link))),
            directory,
            name: name.to_vec(),
            rest: rest.join(&b'/'),
        }
    }
}

/// Returns the components of a path, the first one last. A slash at the end leaves an empty
/// component, which can only follow a directory.
fn components(path: &[u8]) -> Vec<Vec<u8>> {
    path.split(|&byte| byte == b'/').rev().map(<[u8]>::to_vec).collect()
}
