//! The hard links of a layer that precede their target, and what they wait for.
//!
//! Each link waits at one path, its target: only when that path shows something, the link is tried
//! again. The way to a target depends on symbolic links alone, because what is missing is passed by
//! name. One that comes or goes wakes all links.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::Bound;

use foldhash::fast::RandomState;
use hashbrown::HashMap;

use super::arena::{Arena, NodeId};
use super::names::NameId;
use super::record::EntryId;

/// A directory, and a name in it.
type Path = (NodeId, NameId);

/// The links that wait in the current layer.
#[derive(Debug, Default)]
pub(super) struct WaitingLinks {
    /// The path that each link waits at, if it is in `by_path`.
    links: BTreeMap<EntryId, Option<Path>>,
    /// The links that wait for each path: a directory, and a name in it.
    by_path: HashMap<Path, Vec<EntryId>, RandomState>,
    /// The links to try in this pass, from the current one on, and those to try in the next.
    now: Woken,
    next: Woken,
    /// The link being tried, while a pass runs.
    trying: Option<EntryId>,
    /// What was shown since the first link began to wait.
    shown: HashMap<NodeId, Shown, RandomState>,
}

/// Links to try again.
#[derive(Debug, Default)]
struct Woken {
    all: bool,
    links: BTreeSet<EntryId>,
}

/// The last entries that showed something at a node.
#[derive(Clone, Copy, Debug, Default)]
struct Shown {
    /// An entry of any kind.
    last: Option<EntryId>,
    /// An entry other than a directory.
    last_file: Option<EntryId>,
}

impl WaitingLinks {
    /// Whether a link of the current layer is waiting, or was.
    pub(super) fn is_watching(&self) -> bool {
        !self.links.is_empty() || !self.shown.is_empty()
    }

    /// Lets a link wait for a path, or only for symbolic links to change.
    pub(super) fn add(&mut self, link: EntryId, path: Option<Path>) {
        let before = self.links.insert(link, path).flatten();
        if let Some(path) = path.filter(|path| before != Some(*path)) {
            self.by_path.entry(path).or_default().push(link);
        }
    }

    pub(super) fn remove(&mut self, link: EntryId) {
        self.links.remove(&link);
    }

    /// Wakes the links that wait for a path.
    fn wake(&mut self, path: Path) {
        for link in self.by_path.remove(&path).into_iter().flatten() {
            // It may have been applied, or wait for another path by now.
            match self.links.get_mut(&link) {
                Some(at) if *at == Some(path) => *at = None,
                _ => continue,
            }
            let is_ahead = self.trying.is_some_and(|trying| trying < link);
            let woken = if is_ahead { &mut self.now } else { &mut self.next };
            woken.links.insert(link);
        }
    }

    pub(super) fn wake_all(&mut self) {
        if !self.links.is_empty() {
            self.now.all |= self.trying.is_some();
            self.next.all = true;
        }
    }

    /// Begins a pass; returns whether there is a link to try.
    pub(super) fn begin_pass(&mut self) -> bool {
        self.now = std::mem::take(&mut self.next);
        self.trying = None;
        !self.links.is_empty() && (self.now.all || !self.now.links.is_empty())
    }

    /// Returns the next link of the pass, in tar order.
    pub(super) fn next(&mut self) -> Option<EntryId> {
        let behind = self.trying.map_or(Bound::Unbounded, Bound::Excluded);
        let ahead = (behind, Bound::Unbounded);
        let link = if self.now.all {
            self.links.range(ahead).next().map(|(link, _)| *link)
        } else {
            self.now.links.range(ahead).next().copied()
        };
        self.trying = link.or(self.trying);
        link
    }

    /// Ends the passes; returns the links that are left.
    pub(super) fn end_passes(&mut self) -> Vec<EntryId> {
        self.trying = None;
        self.links.keys().copied().collect()
    }

    /// Returns how many links wait.
    pub(super) fn count(&self) -> usize {
        self.links.len()
    }

    /// Records that an entry shows something at a node, and wakes the links that wait for it.
    pub(super) fn shows(&mut self, entry: EntryId, node: NodeId, is_file: bool, arena: &Arena) {
        let entry = Some(entry);
        // An entry makes a directory of every path above it, even if there is one already. Links
        // that waited come out of turn, so the latest entry is not always the current one.
        for node in arena.ancestors(node) {
            let last = &mut self.shown.entry(node).or_default().last;
            *last = entry.max(*last);
        }
        if is_file {
            let last = &mut self.shown.entry(node).or_default().last_file;
            *last = entry.max(*last);
        }
        self.wake((arena.parent(node), arena.name(node)));
    }

    /// Whether an entry after `link` took its path, or made a file of a directory above it.
    pub(super) fn was_shown_after(&self, node: NodeId, link: EntryId, arena: &Arena) -> bool {
        let at = |node: NodeId| self.shown.get(&node).copied().unwrap_or_default();
        at(node).last > Some(link)
            || arena.ancestors(node).skip(1).any(|above| at(above).last_file > Some(link))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tried(waiting: &mut WaitingLinks) -> Vec<u32> {
        let begins = waiting.begin_pass();
        let tried: Vec<u32> = std::iter::from_fn(|| waiting.next()).map(|link| link.0).collect();
        assert_eq!(begins, !tried.is_empty());
        tried
    }

    #[test]
    fn link_is_tried_only_when_its_path_appears() {
        let mut arena = Arena::new();
        let mut waiting = WaitingLinks::default();
        for link in 1..=1000 {
            let path = arena.child_or_insert(NodeId::ROOT, NameId(link)).expect("room");
            waiting.add(EntryId(link), Some((NodeId::ROOT, arena.name(path))));
        }
        assert_eq!(tried(&mut waiting), []);
        let shown = arena.child(NodeId::ROOT, NameId(700)).expect("a node");
        waiting.shows(EntryId(2000), shown, true, &arena);
        assert_eq!(tried(&mut waiting), [700]);
        assert_eq!(tried(&mut waiting), []);
        waiting.wake_all();
        assert_eq!(tried(&mut waiting).len(), 1000);
    }

    #[test]
    fn link_without_a_path_is_tried_when_symbolic_links_change() {
        let mut waiting = WaitingLinks::default();
        waiting.add(EntryId(5), None);
        assert_eq!(tried(&mut waiting), []);
        waiting.wake_all();
        assert_eq!(tried(&mut waiting), [5]);
        waiting.remove(EntryId(5));
        waiting.wake_all();
        assert_eq!(tried(&mut waiting), []);
    }
}
