//! Finds the directory of an entry, following symbolic links as containerd does.
//!
//! `lib/x` over a lower layer's `lib -> usr/lib` is the file `usr/lib/x`. Nearly always the written
//! directory is the right one: its node shows a directory, so all its ancestors do too, and no walk
//! is needed.

use crate::model::entry::EntryKind;
use crate::model::path::components;
use crate::model::warning::Oddity;

use super::arena::NodeId;
use super::names::NameId;
use super::overlay::Loss;
use super::record::{EntryId, inode_of};
use super::seen::Seen;
use super::stack::Stack;

/// Limits for one path: symbolic links to follow, and components to walk. They end loops.
const MAX_LINKS: usize = 255;
const MAX_STEPS: usize = 40_960;

/// One component of a path.
#[derive(Clone, Copy)]
enum Component {
    Up,
    Down(NameId),
}

impl Stack<'_> {
    /// Returns the node of an entry and its directory, which is created if it is missing.
    pub(super) fn place_of(&mut self, written: NodeId, id: EntryId) -> (NodeId, NodeId) {
        let parent = self.arena.parent(written);
        if written == NodeId::ROOT || self.overlay.is_directory(parent, self.records) {
            return (written, parent);
        }
        let directory = self.resolve(parent).unwrap_or_else(|| {
            self.note(Oddity::DeepLink, id);
            parent
        });
        self.make_directories(directory);
        match self.child_or_insert(directory, self.arena.name(written)) {
            Some(node) => (node, directory),
            None => (written, parent),
        }
    }

    /// Returns the directory of a marker, as the lower layers show it.
    pub(super) fn find_directory(&mut self, written: NodeId) -> Option<NodeId> {
        self.resolve(written).filter(|&node| self.overlay.is_directory(node, self.records))
    }

    /// Returns the place of a hard link's target, whether it exists or not: the links among its
    /// parents are followed, a link at its last component is not. The root has no name. `None` if
    /// there is no such place.
    pub(super) fn target_place(&mut self, path: NameId) -> Option<(NodeId, NameId)> {
        if let Some((directory, start)) = self.visible_directory(path) {
            let name = self.names.get(path).get(start..)?.to_vec();
            return Some((directory, self.names.intern(&name)?));
        }
        let mut clean = self.clean(path)?;
        match clean.pop() {
            Some(last) => Some((self.directory(clean)?, last)),
            None => Some((NodeId::ROOT, NameId::EMPTY)),
        }
    }

    /// Returns the directory of a path and the start of the last component, if the directory is
    /// visible as it is written; `None` if only a walk finds it.
    fn visible_directory(&mut self, path: NameId) -> Option<(NodeId, usize)> {
        let path = self.names.get(path);
        let start = path.iter().rposition(|&byte| byte == b'/').map_or(0, |at| at + 1);
        let (directory, name) = path.split_at_checked(start)?;
        if matches!(name, b"" | b"." | b"..") {
            return None;
        }
        // Links to one directory tend to follow each other.
        if self.target_directory.0 != directory {
            self.target_directory = (directory.to_vec(), self.literal(directory)?);
        }
        let node = self.target_directory.1;
        self.overlay.is_directory(node, self.records).then_some((node, start))
    }

    /// Returns the node of a path as it is written; `None` if no layer names it, or it has `..`.
    fn literal(&self, path: &[u8]) -> Option<NodeId> {
        let mut node = NodeId::ROOT;
        for name in components(path) {
            node = if name == b".." { None } else { self.arena.child(node, self.names.find(name)?) }?;
        }
        Some(node)
    }

    /// Returns the real directory of a clean path.
    fn directory(&mut self, clean: Vec<NameId>) -> Option<NodeId> {
        let mut written = NodeId::ROOT;
        for name in clean {
            written = self.child_or_insert(written, name)?;
        }
        self.resolve(written)
    }

    /// Parses a path and removes `..` together with the component before it.
    fn clean(&mut self, path: NameId) -> Option<Vec<NameId>> {
        let mut clean: Vec<NameId> = Vec::new();
        for component in self.parse(path, usize::MAX)? {
            match component {
                Component::Up => drop(clean.pop()),
                Component::Down(name) => clean.push(name),
            }
        }
        Some(clean)
    }

    /// Returns the real node of a written directory; `None` if too many links are on the way.
    pub(super) fn resolve(&mut self, directory: NodeId) -> Option<NodeId> {
        if self.overlay.is_directory(directory, self.records) {
            return Some(directory);
        }
        if let Some(&real) = self.resolved.get(&directory) {
            return real;
        }
        let steps =
            self.arena.ancestors(directory).map(|node| Component::Down(self.arena.name(node))).collect();
        let real = self.walk(steps);
        self.resolved.insert(directory, real);
        real
    }

    /// Walks components (the last one first) from the root without making anything visible. What is
    /// missing or not a directory is passed by name, so that `..` leaves it again.
    fn walk(&mut self, mut steps: Vec<Component>) -> Option<NodeId> {
        let mut place = NodeId::ROOT;
        let (mut links, mut walked) = (0, 0);
        while let Some(step) = steps.pop() {
            walked += 1;
            if links > 0 && walked > MAX_STEPS {
                return None;
            }
            let Component::Down(name) = step else {
                place = self.arena.parent(place);
                continue;
            };
            let node = self.child_or_insert(place, name)?;
            let Some(target) = self.symlink_at(node) else {
                place = node;
                continue;
            };
            links += 1;
            if links > MAX_LINKS || walked > MAX_STEPS {
                return None;
            }
            // All of its components would be steps.
            let target_steps = self.parse(target, MAX_STEPS - walked)?;
            if self.names.get(target).starts_with(b"/") {
                place = NodeId::ROOT;
            }
            steps.extend(target_steps.into_iter().rev());
        }
        Some(place)
    }

    /// Creates a directory and its ancestors, replacing whatever is in the way.
    fn make_directories(&mut self, directory: NodeId) {
        if self.overlay.is_directory(directory, self.records) {
            return;
        }
        let mut path: Vec<NodeId> = self.arena.ancestors(directory).collect();
        path.reverse();
        for node in path {
            if !self.overlay.is_directory(node, self.records) {
                self.hide(node, Loss::Replaced);
                self.show(node, self.arena.parent(node), Seen::ImpliedDirectory);
            }
        }
    }

    pub(super) fn child_or_insert(&mut self, directory: NodeId, name: NameId) -> Option<NodeId> {
        let node = self.arena.child_or_insert(directory, name)?;
        self.overlay.grow(self.arena.len());
        Some(node)
    }

    fn symlink_at(&self, node: NodeId) -> Option<NameId> {
        let Seen::Entry(id) = self.overlay.seen(node) else {
            return None;
        };
        let record = self.records.get(inode_of(id, self.records).index())?;
        (record.kind == EntryKind::Symlink).then_some(record.link)
    }

    /// Parses the components of a path; `None` if there are more than `limit`, or no room for their
    /// names.
    fn parse(&mut self, path: NameId, limit: usize) -> Option<Vec<Component>> {
        if components(self.names.get(path)).count() > limit {
            return None;
        }
        let path = self.names.get(path).to_vec();
        let parse = |name: &[u8]| match name {
            b".." => Some(Component::Up),
            name => Some(Component::Down(self.names.intern(name)?)),
        };
        components(&path).map(parse).collect()
    }
}
