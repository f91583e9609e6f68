//! Hard links that precede their target in the tar.
//!
//! They are applied after everything else of the layer, in tar order, and repeatedly as long as
//! that makes the target of another link appear. A link whose path a later entry has taken is
//! dropped: the later entry wins.
//!
//! Each link waits at one path: only when that path shows something, the link is tried again. What
//! may change the way to a target, a symbolic link that comes or goes, wakes all links.

use std::collections::BTreeSet;
use std::ops::Bound;

use foldhash::fast::RandomState;
use hashbrown::HashMap;

use super::arena::NodeId;
use super::names::NameId;
use super::record::{EntryId, Record, inode_of};
use super::seen::Seen;
use super::stack::{LinkTarget, Stack};
use crate::model::entry::EntryKind;
use crate::model::warning::Oddity;

/// The number of passes: a chain in reverse order needs one for each link.
const ROUNDS: usize = 64;

/// The links that wait in the current layer.
#[derive(Debug, Default)]
pub(super) struct WaitingLinks {
    links: BTreeSet<EntryId>,
    /// The links that wait for each path: a directory, and a name in it.
    by_path: HashMap<(NodeId, NameId), Vec<EntryId>, RandomState>,
    /// Links that wait for no particular path, and are tried in every pass.
    restless: BTreeSet<EntryId>,
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

    fn add(&mut self, link: EntryId, path: Option<(NodeId, NameId)>) {
        self.links.insert(link);
        match path {
            Some(path) => self.by_path.entry(path).or_default().push(link),
            None => drop(self.restless.insert(link)),
        }
    }

    fn remove(&mut self, link: EntryId) {
        self.links.remove(&link);
        self.restless.remove(&link);
    }

    /// Wakes the links that wait for a path.
    fn wake(&mut self, path: (NodeId, NameId)) {
        for link in self.by_path.remove(&path).into_iter().flatten() {
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
    fn begin_pass(&mut self) -> bool {
        self.now = std::mem::take(&mut self.next);
        self.now.links.extend(&self.restless);
        self.trying = None;
        !self.links.is_empty() && (self.now.all || !self.now.links.is_empty())
    }

    /// Returns the next link of the pass, in tar order.
    fn next(&mut self) -> Option<EntryId> {
        let behind = self.trying.map_or(Bound::Unbounded, Bound::Excluded);
        let links = if self.now.all { &self.links } else { &self.now.links };
        let link = links.range((behind, Bound::Unbounded)).next().copied();
        self.trying = link.or(self.trying);
        link
    }
}

impl Stack<'_> {
    /// Lets a link wait for its target.
    pub(super) fn wait(&mut self, id: EntryId, target: NameId) {
        let path = self.obstacle(target);
        self.waiting.add(id, path);
    }

    /// Applies the waiting links; those that still have no target become empty files.
    pub(super) fn apply_waiting_links(&mut self) {
        for _ in 0..ROUNDS {
            let before = self.waiting.links.len();
            if !self.waiting.begin_pass() {
                break;
            }
            while let Some(id) = self.waiting.next() {
                self.try_link(id, false);
            }
            if self.waiting.links.len() == before {
                break;
            }
        }
        self.waiting.trying = None;
        for id in self.waiting.links.clone() {
            self.try_link(id, true);
        }
        self.waiting = WaitingLinks::default();
    }

    /// Tries a link; without a target it keeps waiting unless this is the last time.
    fn try_link(&mut self, id: EntryId, last_time: bool) {
        let Some(&record) = self.records.get(id.index()) else { return };
        if self.is_taken(&record, id) {
            return self.waiting.remove(id);
        }
        match self.link_target(&record) {
            LinkTarget::Inode(inode) => self.set_inode(id, inode),
            LinkTarget::Missing if last_time => self.note(Oddity::MissingLinkTarget, id),
            LinkTarget::Directory if last_time => self.note(Oddity::LinkToDirectory, id),
            LinkTarget::Missing | LinkTarget::Directory => return self.wait(id, record.link),
        }
        self.waiting.remove(id);
        self.applying = id;
        let (node, parent) = self.place_of(record.node, id);
        self.put(node, parent, id);
    }

    /// Records what a node shows, and wakes the links that wait for it.
    pub(super) fn note_shown(&mut self, node: NodeId, seen: Seen) {
        let is_file = matches!(seen, Seen::Entry(id) if !self.is_directory(id));
        let applying = Some(self.applying);
        // An entry makes a directory of every path above it, even if there is one already. Links
        // that waited come out of turn, so the latest entry is not always the current one.
        for node in self.arena.ancestors(node) {
            let last = &mut self.waiting.shown.entry(node).or_default().last;
            *last = applying.max(*last);
        }
        if is_file {
            let last = &mut self.waiting.shown.entry(node).or_default().last_file;
            *last = applying.max(*last);
        }
        self.waiting.wake((self.arena.parent(node), self.arena.name(node)));
        if self.is_symlink(seen) {
            self.waiting.wake_all();
        }
    }

    pub(super) fn is_symlink(&self, seen: Seen) -> bool {
        let Seen::Entry(id) = seen else { return false };
        let record = self.records.get(inode_of(id, self.records).index());
        record.is_some_and(|record| record.kind == EntryKind::Symlink)
    }

    /// Whether a later entry took the path of the link, or made a file of a directory above it.
    fn is_taken(&mut self, link: &Record, id: EntryId) -> bool {
        let place = match self.resolve(self.arena.parent(link.node)) {
            Some(directory) => self.child_or_insert(directory, self.arena.name(link.node)),
            None => None,
        };
        self.was_shown_after(link.node, id) || place.is_some_and(|node| self.was_shown_after(node, id))
    }

    fn was_shown_after(&self, node: NodeId, id: EntryId) -> bool {
        let at = |node: NodeId| self.waiting.shown.get(&node).copied().unwrap_or_default();
        at(node).last > Some(id)
            || self.arena.ancestors(node).skip(1).any(|above| at(above).last_file > Some(id))
    }
}
