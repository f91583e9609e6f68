//! Applies layers, from the lowest to the highest, by the rules of `docs/metrics.md`.
//!
//! Markers come first, whatever their place in the tar, because they concern lower layers only;
//! then entries in tar order; then hard links whose target follows them.

use foldhash::fast::RandomState;
use hashbrown::HashMap;

use crate::model::entry::EntryKind;
use crate::model::warning::{Oddity, WarningLog};

use super::arena::{Arena, NodeId};
use super::build::{Slot, WHITEOUT_PREFIX, path_of};
use super::names::{NameId, Names};
use super::overlay::{Loss, Overlay, Space};
use super::record::{EntryId, Record, Role, inode_of, is_file};
use super::seen::Seen;
use super::waiting::WaitingLinks;

/// The state that layers are applied to.
pub(crate) struct Stack<'t> {
    pub(crate) names: &'t mut Names,
    pub(crate) arena: &'t mut Arena,
    pub(crate) records: &'t mut [Record],
    pub(crate) warnings: &'t mut WarningLog,
    pub(crate) overlay: Overlay,
    /// The current layer and its slot.
    pub(crate) layer: u32,
    pub(crate) slot: u32,
    /// The current entry.
    pub(super) applying: EntryId,
    /// Hard links whose target may follow.
    pub(super) waiting: WaitingLinks,
    /// The real directory of each written one that is not visible, until a symbolic link comes or
    /// goes: what is missing is passed by name, so nothing else changes a walk.
    pub(super) resolved: HashMap<NodeId, Option<NodeId>, RandomState>,
    /// The directory of the last hard link's target, as written, and its node.
    pub(super) target_directory: (Vec<u8>, NodeId),
}

/// The target of a hard link.
pub(super) enum LinkTarget {
    Inode(EntryId),
    Directory,
    Missing,
}

impl<'t> Stack<'t> {
    pub(crate) fn new(
        names: &'t mut Names,
        arena: &'t mut Arena,
        records: &'t mut [Record],
        warnings: &'t mut WarningLog,
    ) -> Self {
        let mut overlay = Overlay::new(records.len());
        overlay.grow(arena.len());
        Self {
            names,
            arena,
            records,
            warnings,
            overlay,
            layer: 0,
            slot: 0,
            applying: EntryId(0),
            waiting: WaitingLinks::default(),
            resolved: HashMap::default(),
            target_directory: (Vec::new(), NodeId::ROOT),
        }
    }

    /// Applies one layer.
    pub(crate) fn apply(&mut self, layer: u32, slot_number: u32, slot: &Slot) {
        self.layer = layer;
        self.slot = slot_number;
        self.overlay.recorder.start_layer(layer);
        self.apply_markers(slot);
        for id in slot.entries() {
            let Some(record) = self.records.get_mut(id.index()) else {
                continue;
            };
            record.layer = layer;
            if record.role == Role::Member {
                self.applying = id;
                self.apply_entry(id);
            }
        }
        self.apply_waiting_links();
        self.overlay.finish_layer(self.arena, self.records);
    }

    fn apply_markers(&mut self, slot: &Slot) {
        let mut markers: Vec<(usize, Role, EntryId)> = slot
            .entries()
            .filter_map(|id| self.records.get(id.index()).map(|record| (id, record)))
            .filter(|(_, record)| matches!(record.role, Role::Whiteout | Role::Opaque))
            .map(|(id, record)| (self.arena.depth(record.node), record.role, id))
            .collect();
        markers.sort_by_key(|&(depth, role, id)| (depth, role == Role::Opaque, id));
        for (_, role, id) in markers {
            if role == Role::Opaque {
                // Engines mark each directory that they create as opaque, so one that hides nothing
                // is not odd.
                self.apply_opaque(id);
            } else if !self.apply_whiteout(id) {
                self.note(Oddity::NothingToHide, id);
            }
        }
    }

    fn apply_opaque(&mut self, id: EntryId) {
        let Some(marker) = self.records.get(id.index()).map(|record| record.node) else {
            return;
        };
        if let Some(directory) = self.find_directory(self.arena.parent(marker)) {
            self.hide_below(directory, Loss::Opaque);
        }
    }

    /// Applies a whiteout; returns false if it hides nothing.
    fn apply_whiteout(&mut self, id: EntryId) -> bool {
        match self.whiteout_target(id) {
            Some(target) => {
                self.hide_below(target, Loss::Deleted);
                self.hide(target, Loss::Deleted);
                true
            }
            None => false,
        }
    }

    fn whiteout_target(&mut self, id: EntryId) -> Option<NodeId> {
        let marker = self.records.get(id.index())?.node;
        let directory = self.find_directory(self.arena.parent(marker))?;
        let name = self.names.get(self.arena.name(marker)).strip_prefix(WHITEOUT_PREFIX)?;
        let target = self.arena.child(directory, self.names.find(name)?)?;
        (self.overlay.seen(target) != Seen::Nothing).then_some(target)
    }

    fn apply_entry(&mut self, id: EntryId) {
        let Some(&record) = self.records.get(id.index()) else {
            return;
        };
        if record.kind == EntryKind::HardLink {
            let place = self.target_place(record.link);
            match self.link_target(place) {
                LinkTarget::Inode(inode) => self.set_inode(id, inode),
                LinkTarget::Directory | LinkTarget::Missing => return self.waiting.add(id, place),
            }
        }
        let (node, parent) = self.place_of(record.node, id);
        self.put(node, parent, id);
    }

    pub(super) fn set_inode(&mut self, id: EntryId, inode: EntryId) {
        if let Some(record) = self.records.get_mut(id.index()) {
            record.place = u64::from(inode.0);
        }
        // Counted before anything is hidden: the link may take the place of its own target.
        self.overlay.add_path(inode, self.records);
    }

    /// Returns what is at the place of a hard link's target.
    pub(super) fn link_target(&self, place: Option<(NodeId, NameId)>) -> LinkTarget {
        let node = place.and_then(|(directory, name)| match name {
            NameId::EMPTY => Some(directory),
            name => self.arena.child(directory, name),
        });
        let Some(node) = node else { return LinkTarget::Missing };
        match self.overlay.seen(node) {
            Seen::Nothing => LinkTarget::Missing,
            _ if self.overlay.is_directory(node, self.records) => LinkTarget::Directory,
            Seen::ImpliedDirectory => LinkTarget::Directory,
            Seen::Entry(id) => LinkTarget::Inode(inode_of(id, self.records)),
        }
    }

    /// Shows an entry at a node and ends what the node showed before.
    pub(super) fn put(&mut self, node: NodeId, parent: NodeId, id: EntryId) {
        let inode = inode_of(id, self.records);
        let old = self.overlay.seen(node);
        if let Seen::Entry(old) = old
            && inode_of(old, self.records) == inode
        {
            return self.overlay.drop_path(inode);
        }
        let is_directory = self.is_directory(id);
        if !is_directory && self.overlay.is_directory(node, self.records) {
            self.hide_below(node, Loss::Replaced);
        }
        if let Seen::Entry(old) = old {
            let were_files =
                is_file(inode_of(old, self.records), self.records) && is_file(inode, self.records);
            self.hide(node, if were_files { Loss::Rewritten(inode) } else { Loss::Replaced });
        }
        self.show(node, parent, Seen::Entry(id));
    }

    /// Shows something at a node, and remembers it if a hard link may still need the path.
    pub(super) fn show(&mut self, node: NodeId, parent: NodeId, seen: Seen) {
        self.overlay.show(node, parent, seen);
        if self.is_symlink(seen) {
            self.links_change();
        }
        if self.waiting.is_watching() {
            self.note_shown(node, seen);
        }
    }

    /// Records what a node shows, for the links that wait.
    fn note_shown(&mut self, node: NodeId, seen: Seen) {
        let is_file = matches!(seen, Seen::Entry(id) if !self.is_directory(id));
        self.waiting.shows(self.applying, node, is_file, self.arena);
    }

    /// Takes note of a symbolic link that comes or goes: directories may lead elsewhere now.
    fn links_change(&mut self) {
        self.resolved.clear();
        self.waiting.wake_all();
    }

    fn is_symlink(&self, seen: Seen) -> bool {
        let Seen::Entry(id) = seen else { return false };
        let record = self.records.get(inode_of(id, self.records).index());
        record.is_some_and(|record| record.kind == EntryKind::Symlink)
    }

    fn is_directory(&self, id: EntryId) -> bool {
        self.records.get(id.index()).is_some_and(|record| record.kind == EntryKind::Directory)
    }

    pub(super) fn hide(&mut self, node: NodeId, loss: Loss) {
        if self.is_symlink(self.overlay.seen(node)) {
            self.links_change();
        }
        let space = Space { arena: self.arena, records: self.records, layer: self.layer };
        self.overlay.hide(node, loss, node, &space);
    }

    pub(super) fn hide_below(&mut self, node: NodeId, loss: Loss) {
        self.links_change();
        let space = Space { arena: self.arena, records: self.records, layer: self.layer };
        self.overlay.hide_below(node, loss, node, &space);
    }

    pub(super) fn note(&mut self, oddity: Oddity, id: EntryId) {
        let Some(record) = self.records.get(id.index()) else {
            return;
        };
        let (arena, names) = (&*self.arena, &*self.names);
        self.warnings.note(self.slot, oddity, || path_of(arena, names, record.node));
    }
}
