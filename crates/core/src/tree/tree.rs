//! The tree of all layers, and the draft from which it is made.

use super::arena::{Arena, NodeId};
use super::build::{Slot, TreeBuilder, TreeError};
use super::names::Names;
use super::overlay::{Ending, Loss};
use super::record::{EntryId, Record, inode_of, is_file};
use super::seen::Seen;
use super::stack::Stack;
use super::timeline::{LazyTimeline, Timeline};
use crate::model::cause::Cause;
use crate::model::entry::{EntryKind, MetadataFields};
use crate::model::path::EntryPath;
use crate::model::warning::Warning;

/// Stacked layers; some contents may still need a comparison.
#[derive(Debug)]
pub struct Draft {
    tree: Tree,
    endings: Vec<Ending>,
}

/// A file whose hash decides what a rewrite changed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Wanted {
    /// The entry whose hash is missing.
    pub entry: EntryId,
    /// The slot of its layer.
    pub slot: u32,
    /// Where its content starts in the unpacked layer.
    pub offset: u64,
    /// Length of the content in bytes.
    pub size: u64,
}

/// The layers of an image as one tree.
#[derive(Debug)]
pub struct Tree {
    pub(crate) names: Names,
    pub(crate) arena: Arena,
    pub(crate) records: Vec<Record>,
    /// The layers from the lowest to the top one.
    pub(crate) layers: Vec<Slot>,
    slots: Vec<u32>,
    view: Vec<Seen>,
    timeline: LazyTimeline,
    pub(crate) wasted: Vec<Wasted>,
    warnings: Vec<Warning>,
}

/// File content that no path of the final filesystem shows.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Wasted {
    pub(crate) inode: EntryId,
    /// The layer whose change ended its last path.
    pub(crate) by: u32,
    pub(crate) cause: Cause,
    /// The metadata that the change affected, if it was a rewrite.
    pub(crate) changed: MetadataFields,
    /// The path of that change.
    pub(crate) at: NodeId,
    /// The highest directory above `at` in which that layer left no content of lower layers.
    pub(crate) ceiling: NodeId,
}

/// A regular file of the final filesystem.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FinalFile {
    /// Its path.
    pub path: EntryPath,
    /// The entry that stores its content: the same for all hard links of one file.
    pub inode: EntryId,
    /// Its size in bytes.
    pub size: u64,
}

impl TreeBuilder {
    /// Applies the layers in `order`: slots, the lowest layer first. A slot may occur more than
    /// once.
    pub fn stack(mut self, order: &[u32]) -> Result<Draft, TreeError> {
        let layers = self.layers_in(order)?;
        let (names, arena) = (&mut self.names, &mut self.arena);
        let mut stack = Stack::new(names, arena, &mut self.records, &mut self.warnings);
        for ((index, slot_number), slot) in (0..).zip(order).zip(&layers) {
            stack.apply(index, *slot_number, slot);
        }
        let view = stack.overlay.into_view();
        let warnings =
            order.iter().enumerate().flat_map(|(index, &slot)| self.warnings.of_slot(slot, index)).collect();
        let mut tree = Tree {
            names: self.names,
            arena: self.arena,
            records: self.records,
            layers,
            slots: order.to_vec(),
            view: view.seen,
            timeline: LazyTimeline::new(view.log),
            wasted: Vec::new(),
            warnings,
        };
        tree.mark_live();
        Ok(Draft { tree, endings: view.endings })
    }

    /// Returns the slots in stacking order. A slot that occurs again gets records of its own.
    fn layers_in(&mut self, order: &[u32]) -> Result<Vec<Slot>, TreeError> {
        let mut layers: Vec<Slot> = Vec::with_capacity(order.len());
        for (index, &slot) in order.iter().enumerate() {
            let found = self.slots.get(slot as usize).cloned().ok_or(TreeError::UnknownSlot { index })?;
            let seen_before = order.iter().take(index).any(|&before| before == slot);
            layers.push(if seen_before { self.copy_slot(&found)? } else { found });
        }
        Ok(layers)
    }

    fn copy_slot(&mut self, slot: &Slot) -> Result<Slot, TreeError> {
        let copy = u32::try_from(self.slots.len()).map_err(|_| TreeError::TooManyEntries)?;
        self.open_slot(copy);
        for id in slot.entries() {
            if let Some(&record) = self.records.get(id.index()) {
                self.append(copy, record)?;
            }
        }
        Ok(self.slots.pop().unwrap_or_default())
    }
}

impl Draft {
    /// Lists the files whose hash decides between `overwritten`, `metadata` and `identical`, in
    /// storage order.
    pub fn open_comparisons(&self) -> Vec<Wanted> {
        let mut wanted = Vec::new();
        for ending in &self.endings {
            if let Loss::Rewritten(by) = ending.loss
                && self.have_one_size(ending.inode, by)
            {
                wanted.extend([ending.inode, by].into_iter().filter_map(|id| self.wanted(id)));
            }
        }
        wanted.sort_by_key(|wanted| (wanted.slot, wanted.offset, wanted.entry));
        wanted.dedup();
        wanted
    }

    /// Lists the files of the final filesystem that may have equal contents, because they have one
    /// size of at least `smallest` bytes, as far as their hashes are not known. Those of one size are
    /// a group; it says whether it also has files whose hash is known.
    pub fn open_duplicates(&self, smallest: u64) -> Vec<(bool, Vec<Wanted>)> {
        let sized = (0..).map(EntryId).zip(&self.tree.records);
        let sized = sized.filter(|(_, record)| record.live && record.stored_bytes() >= smallest);
        let mut sized: Vec<(u64, EntryId)> = sized.map(|(id, record)| (record.size, id)).collect();
        sized.sort_unstable();
        let groups = sized.chunk_by(|one, other| one.0 == other.0).filter(|group| group.len() > 1);
        let open = groups.map(|group| {
            let wanted: Vec<Wanted> = group.iter().filter_map(|(_, id)| self.wanted(*id)).collect();
            (wanted.len() < group.len(), wanted)
        });
        open.filter(|(_, wanted)| !wanted.is_empty()).collect()
    }

    /// Sets the hash of an entry's content.
    pub fn answer(&mut self, entry: EntryId, hash: u128) {
        if let Some(record) = self.tree.records.get_mut(entry.index()) {
            record.set_hash(hash);
        }
    }

    /// Decides the causes; contents without a hash count as different.
    pub fn finish(mut self) -> Tree {
        let endings = std::mem::take(&mut self.endings);
        let wasted = endings.iter().map(|ending| self.wasted(ending)).collect();
        Tree { wasted, ..self.tree }
    }

    fn wasted(&self, ending: &Ending) -> Wasted {
        let (cause, changed) = self.cause(ending);
        Wasted {
            inode: ending.inode,
            by: ending.layer,
            cause,
            changed,
            at: ending.at,
            ceiling: ending.ceiling,
        }
    }

    /// Returns why an inode ended and, for a rewrite, which metadata it changed.
    fn cause(&self, ending: &Ending) -> (Cause, MetadataFields) {
        let nothing = MetadataFields::default();
        let by = match ending.loss {
            Loss::Deleted => return (Cause::Deleted, nothing),
            Loss::Opaque => return (Cause::Opaque, nothing),
            Loss::Replaced => return (Cause::Replaced, nothing),
            Loss::Rewritten(by) => by,
        };
        match (self.tree.records.get(ending.inode.index()), self.tree.records.get(by.index())) {
            (Some(old), Some(new)) if old.content_differs(new) == Some(false) => {
                match old.metadata_changed(new) {
                    fields if fields.is_empty() => (Cause::Identical, nothing),
                    fields => (Cause::Metadata, fields),
                }
            }
            _ => (Cause::Overwritten, nothing),
        }
    }

    fn have_one_size(&self, old: EntryId, new: EntryId) -> bool {
        let size = |id: EntryId| self.tree.records.get(id.index()).map(Record::stored_bytes);
        size(old) == size(new)
    }

    fn wanted(&self, entry: EntryId) -> Option<Wanted> {
        let record = self.tree.records.get(entry.index()).filter(|record| !record.hashed)?;
        let slot = *self.tree.slots.get(record.layer as usize)?;
        Some(Wanted { entry, slot, offset: record.place, size: record.size })
    }
}

impl Tree {
    /// Returns the number of layers.
    pub fn layer_count(&self) -> usize {
        self.layers.len()
    }

    /// Iterates over the regular files of the final filesystem, hard links included, in no
    /// particular order.
    pub fn final_files(&self) -> impl Iterator<Item = FinalFile> {
        (0..).zip(&self.view).filter_map(|(node, seen)| {
            let Seen::Entry(id) = *seen else { return None };
            let inode = inode_of(id, &self.records);
            let record = self.records.get(inode.index()).filter(|_| is_file(inode, &self.records))?;
            Some(FinalFile { path: self.path(NodeId(node)), inode, size: record.stored_bytes() })
        })
    }

    /// Returns the entry that a path of the final filesystem shows; `None` if the path does not
    /// exist, or is a directory that no layer lists.
    pub fn final_entry(&self, node: NodeId) -> Option<EntryId> {
        match self.view.get(node.index()) {
            Some(Seen::Entry(id)) => Some(*id),
            _ => None,
        }
    }

    /// Returns the hash of an entry's content, or `None` if it was not needed and not computed.
    ///
    /// Hashes are seeded: they can be compared with those of another tree only if both were read
    /// with one seed.
    pub fn content_hash(&self, entry: EntryId) -> Option<u128> {
        self.record(entry)?.content_hash()
    }

    /// Returns what every path showed from layer to layer.
    pub(crate) fn timeline(&self) -> &Timeline {
        self.timeline.get(&self.arena, &self.names, &self.records)
    }

    /// Whether a path is a directory in the final filesystem.
    pub(crate) fn shows_directory_at_the_end(&self, node: NodeId) -> bool {
        self.view.get(node.index()).is_some_and(|&seen| self.is_directory_seen(seen))
    }

    pub(crate) fn is_directory_seen(&self, seen: Seen) -> bool {
        match seen {
            Seen::Nothing => false,
            Seen::ImpliedDirectory => true,
            Seen::Entry(id) => self.record(id).is_some_and(|record| record.kind == EntryKind::Directory),
        }
    }

    /// Returns the oddities of the layers, in their order.
    pub fn warnings(&self) -> &[Warning] {
        &self.warnings
    }

    pub(crate) fn record(&self, id: EntryId) -> Option<&Record> {
        self.records.get(id.index())
    }

    /// Iterates over the records of one layer in tar order.
    pub(crate) fn layer_records(&self, layer: usize) -> impl Iterator<Item = &Record> {
        let entries = self.layers.get(layer).into_iter().flat_map(Slot::entries);
        entries.filter_map(|id| self.record(id))
    }

    fn mark_live(&mut self) {
        for seen in &self.view {
            if let Seen::Entry(id) = *seen {
                let inode = inode_of(id, &self.records);
                if let Some(record) = self.records.get_mut(inode.index()) {
                    record.live = true;
                }
            }
        }
    }
}
