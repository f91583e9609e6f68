//! Builds nodes and records from entries, in any order of layers.
//!
//! Several readers push layers into *slots* at once, before the order of the layers is known: the
//! manifest is the last member of a stream. Only names are interpreted here; markers take effect
//! when the slots are stacked.

use thiserror::Error;

use crate::model::entry::{Entry, EntryKind};
use crate::model::path::{EntryPath, components};
use crate::model::warning::{Oddity, WarningLog};

use super::arena::{Arena, NodeId};
use super::names::{NameId, Names};
use super::record::{EntryId, Record, Role};

/// Prefix of a whiteout's name.
pub(crate) const WHITEOUT_PREFIX: &[u8] = b".wh.";
const CONTROL_PREFIX: &[u8] = b".wh..wh.";
const OPAQUE_MARKER: &[u8] = b".wh..wh..opq";
const ESTARGZ_TABLE: &[u8] = b"stargz.index.json";
const ESTARGZ_ENTRIES: [&[u8]; 3] = [ESTARGZ_TABLE, b".prefetch.landmark", b".no.prefetch.landmark"];

/// An image that does not fit into a tree.
#[derive(Debug, Error)]
pub enum TreeError {
    /// More than about four billion entries or paths.
    #[error("too many entries: more than 4,294,967,292 paths or entries")]
    TooManyEntries,
    /// More than 1 GiB of distinct names.
    #[error("names too large: more than 1 GiB of distinct names")]
    NamesTooLarge,
    /// A sum of sizes that does not fit into 64 bits.
    #[error("sizes add up to more than 18,446,744,073,709,551,615 bytes at `{path}`")]
    SizeOverflow {
        /// The entry at which the sum overflows.
        path: EntryPath,
    },
    /// A slot that received no layer, or more layers than numbers.
    #[error("layer {index} was never read")]
    UnknownSlot {
        /// Position in the stacking order.
        index: usize,
    },
}

/// Consecutive records of one slot.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Run {
    pub(crate) start: u32,
    pub(crate) end: u32,
}

/// The records of one layer, in tar order.
#[derive(Clone, Debug, Default)]
pub(crate) struct Slot {
    pub(crate) runs: Vec<Run>,
}

impl Slot {
    pub(crate) fn entries(&self) -> impl Iterator<Item = EntryId> + use<> {
        let runs = self.runs.clone();
        runs.into_iter().flat_map(|run| run.start..run.end).map(EntryId)
    }
}

/// Collects the entries of all layers.
///
/// A clone is a snapshot: it can be stacked while reading goes on. A slot without entries must be
/// opened ([`TreeBuilder::open_slot`]) to be stacked as an empty layer.
#[derive(Clone, Debug)]
pub struct TreeBuilder {
    pub(crate) names: Names,
    pub(crate) arena: Arena,
    pub(crate) records: Vec<Record>,
    pub(crate) slots: Vec<Slot>,
    pub(crate) warnings: WarningLog,
    stored: u64,
    last_directory: LastDirectory,
}

/// The directory of the previous entry: most entries are in the same one as the entry before.
#[derive(Clone, Debug)]
struct LastDirectory {
    written: Vec<u8>,
    node: NodeId,
    /// Whether it is a control directory of aufs, or inside one.
    control: bool,
}

impl Default for TreeBuilder {
    fn default() -> Self {
        Self {
            names: Names::new(),
            arena: Arena::new(),
            records: Vec::new(),
            slots: Vec::new(),
            warnings: WarningLog::default(),
            stored: 0,
            last_directory: LastDirectory { written: Vec::new(), node: NodeId::ROOT, control: false },
        }
    }
}

impl TreeBuilder {
    /// Makes room for a slot, so that a layer without entries counts as read.
    pub fn open_slot(&mut self, slot: u32) {
        let count = slot as usize + 1;
        if self.slots.len() < count {
            self.slots.resize_with(count, Slot::default);
        }
    }

    /// Returns the number of entries in all slots.
    pub fn entry_count(&self) -> usize {
        self.records.len()
    }

    /// Adds the next entry of the layer in `slot`.
    pub fn push(&mut self, slot: u32, entry: &Entry<'_>) -> Result<(), TreeError> {
        let node = self.node_of(slot, entry)?;
        let role = self.role_of(slot, node, entry);
        let mut record = Record::new(entry, node, role);
        record.link = self.intern(entry.link)?;
        if let Some(digest) = entry.metadata.xattrs {
            record.xattrs = self.intern(&digest.to_le_bytes())?;
        }
        self.append(slot, record)
    }

    pub(crate) fn append(&mut self, slot: u32, record: Record) -> Result<(), TreeError> {
        let stored = self.stored.checked_add(record.stored_bytes());
        self.stored = stored.ok_or_else(|| TreeError::SizeOverflow {
            path: path_of(&self.arena, &self.names, record.node),
        })?;
        let id = u32::try_from(self.records.len()).ok().filter(|&id| id < u32::MAX - 2);
        let id = id.ok_or(TreeError::TooManyEntries)?;
        self.records.push(record);
        self.open_slot(slot);
        if let Some(slot) = self.slots.get_mut(slot as usize) {
            match slot.runs.last_mut() {
                Some(run) if run.end == id => run.end = id + 1,
                _ => slot.runs.push(Run { start: id, end: id + 1 }),
            }
        }
        Ok(())
    }

    fn intern(&mut self, name: &[u8]) -> Result<NameId, TreeError> {
        self.names.intern(name).ok_or(TreeError::NamesTooLarge)
    }

    /// Finds or creates the node of an entry's cleaned path.
    fn node_of(&mut self, slot: u32, entry: &Entry<'_>) -> Result<NodeId, TreeError> {
        let path = entry.path.trim_ascii_end_slashes();
        let cut = path.iter().rposition(|&byte| byte == b'/').map_or(0, |at| at + 1);
        let (directory, name) = path.split_at_checked(cut).unwrap_or((path, b""));
        if self.last_directory.written != directory {
            let node = self.walk(NodeId::ROOT, directory, slot)?;
            self.last_directory.written.clear();
            self.last_directory.written.extend_from_slice(directory);
            self.last_directory.node = node;
            self.last_directory.control = self.is_control(node);
        }
        self.walk(self.last_directory.node, name, slot)
    }

    fn walk(&mut self, start: NodeId, path: &[u8], slot: u32) -> Result<NodeId, TreeError> {
        let mut node = start;
        for component in components(path) {
            match component {
                b".." => {
                    if node == NodeId::ROOT {
                        self.warnings.note(slot, Oddity::AboveRoot, || EntryPath::from_clean(path.to_vec()));
                    }
                    node = self.arena.parent(node);
                }
                name => {
                    let name = self.intern(name)?;
                    node = self.arena.child_or_insert(node, name).ok_or(TreeError::TooManyEntries)?;
                }
            }
        }
        Ok(node)
    }

    fn role_of(&mut self, slot: u32, node: NodeId, entry: &Entry<'_>) -> Role {
        let (role, oddity) = self.classify(node, entry);
        let hides_content = entry.metadata.kind == EntryKind::File
            && match oddity {
                Some(Oddity::AufsControl | Oddity::WhiteoutOfNothing) => entry.metadata.size > 0,
                None => role == Role::Aside && entry.metadata.size > self.longest_estargz(slot, node),
                // The other oddities' own texts say that content is not counted.
                Some(_) => false,
            };
        let (arena, names) = (&self.arena, &self.names);
        for oddity in oddity.into_iter().chain(hides_content.then_some(Oddity::UncountedContent)) {
            self.warnings.note(slot, oddity, || path_of(arena, names, node));
        }
        role
    }

    fn classify(&self, node: NodeId, entry: &Entry<'_>) -> (Role, Option<Oddity>) {
        let name = self.names.get(self.arena.name(node));
        if node == NodeId::ROOT {
            return if entry.metadata.kind == EntryKind::Directory {
                (Role::Member, None)
            } else {
                (Role::Aside, Some(Oddity::NoName))
            };
        }
        let parent = self.arena.parent(node);
        let last = &self.last_directory;
        if if parent == last.node { last.control } else { self.is_control(parent) } {
            return (Role::Aside, Some(Oddity::AufsControl));
        }
        let content = (entry.metadata.size > 0 && entry.metadata.kind == EntryKind::File)
            .then_some(Oddity::MarkerWithContent);
        match name {
            _ if entry.metadata.kind == EntryKind::Unknown => (Role::Aside, Some(Oddity::UnknownType)),
            OPAQUE_MARKER => (Role::Opaque, content),
            b".wh." | b".wh.." | b".wh..." => (Role::Aside, Some(Oddity::WhiteoutOfNothing)),
            _ if name.starts_with(CONTROL_PREFIX) => (Role::Aside, Some(Oddity::AufsControl)),
            _ if name.starts_with(WHITEOUT_PREFIX) => (Role::Whiteout, content),
            _ if self.is_estargz_entry(node, name, entry.metadata.kind) => (Role::Aside, None),
            _ => (Role::Member, None),
        }
    }

    fn is_control(&self, directory: NodeId) -> bool {
        let mut path = self.arena.ancestors(directory);
        path.any(|node| self.names.get(self.arena.name(node)).starts_with(CONTROL_PREFIX))
    }

    /// Returns the largest plausible size of an eStargz entry: 1 byte for a landmark; for the table
    /// of contents, which is the last entry, a bound that grows with the entries and the content.
    fn longest_estargz(&self, slot: u32, node: NodeId) -> u64 {
        if self.names.get(self.arena.name(node)) != ESTARGZ_TABLE {
            return 1;
        }
        let runs = self.slots.get(slot as usize).map(|slot| slot.runs.as_slice()).unwrap_or_default();
        let entries: u64 = runs.iter().map(|run| u64::from(run.end - run.start)).sum();
        (64 << 10) + entries * 4096 + self.stored / 128
    }

    fn is_estargz_entry(&self, node: NodeId, name: &[u8], kind: EntryKind) -> bool {
        kind == EntryKind::File && self.arena.parent(node) == NodeId::ROOT && ESTARGZ_ENTRIES.contains(&name)
    }
}

/// Returns the full path of a node.
pub(crate) fn path_of(arena: &Arena, names: &Names, node: NodeId) -> EntryPath {
    let mut components: Vec<NodeId> = arena.ancestors(node).collect();
    components.reverse();
    let names: Vec<&[u8]> = components.into_iter().map(|node| names.get(arena.name(node))).collect();
    EntryPath::from_clean(names.join(&b'/'))
}

trait TrimSlashes {
    fn trim_ascii_end_slashes(&self) -> &[u8];
}

impl TrimSlashes for [u8] {
    fn trim_ascii_end_slashes(&self) -> &[u8] {
        let end = self.iter().rposition(|&byte| byte != b'/').map_or(0, |at| at + 1);
        self.get(..end).unwrap_or_default()
    }
}
