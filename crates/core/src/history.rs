//! The history of a path: what each layer did to it.

use std::fmt;

use crate::model::entry::{EntryKind, MetadataFields};
use crate::tree::{End, EntryId, MODE_BITS, NodeId, Record, Seen, Tree, inode_of};

/// What one layer did to a path.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Visit {
    /// The layer; the lowest one is 0.
    pub layer: usize,
    /// The change.
    pub what: Deed,
    /// The entry that the path shows from then on; `None` if the path vanished, or for a directory
    /// that the layer does not list.
    pub entry: Option<EntryId>,
}

/// A change that a layer makes to a path.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Deed {
    /// The path did not exist before.
    Added,
    /// The same type with other content: file content, link target or device numbers.
    Overwritten,
    /// The same content, but other metadata.
    MetadataChanged(MetadataFields),
    /// Rewritten with nothing changed.
    Identical,
    /// Rewritten with content of the same size; the contents were not compared.
    Rewritten,
    /// The path became something of another type.
    TypeChanged,
    /// A whiteout of the path, or of a directory above it.
    Deleted,
    /// An opaque marker on a directory above it.
    HiddenByOpaque,
    /// A directory above it became something else.
    ReplacedAbove,
}

impl fmt::Display for Deed {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let words = match self {
            Self::MetadataChanged(fields) => return write!(formatter, "{fields} changed"),
            Self::Added => "added",
            Self::Overwritten => "overwritten",
            Self::Identical => "rewritten, nothing changed",
            Self::Rewritten => "rewritten",
            Self::TypeChanged => "type changed",
            Self::Deleted => "deleted",
            Self::HiddenByOpaque => "hidden, directory is opaque",
            Self::ReplacedAbove => "gone, directory replaced",
        };
        formatter.write_str(words)
    }
}

impl Tree {
    /// Returns the history of a path: every layer that touched it, in order.
    ///
    /// A layer that removes something and adds something in its place has two visits.
    pub fn visits(&self, node: NodeId) -> Vec<Visit> {
        let mut visits = Vec::new();
        let mut before = Seen::before_all_layers(node);
        for &event in self.timeline().events(node) {
            let (layer, seen) = (event.layer(), event.seen());
            if let Some(end) = event.end() {
                visits.push(Visit { layer, what: end.deed(), entry: None });
                before = Seen::Nothing;
            }
            let entry = seen.entry();
            if seen != Seen::Nothing {
                let what = if before == Seen::Nothing { Deed::Added } else { self.between(before, seen) };
                visits.push(Visit { layer, what, entry });
            }
            before = seen;
        }
        visits
    }

    /// Returns the change from what a path showed to what it shows.
    pub(crate) fn between(&self, old: Seen, new: Seen) -> Deed {
        match (self.inode_seen(old), self.inode_seen(new)) {
            (None, None) => Deed::Identical,
            (None, Some(directory)) | (Some(directory), None) => {
                if directory.kind == EntryKind::Directory {
                    of_metadata(changed_from_implied(directory))
                } else {
                    Deed::TypeChanged
                }
            }
            (Some(old), Some(new)) => between_records(old, new),
        }
    }

    /// Returns the inode that a path shows; `None` for a directory that no layer lists.
    pub(crate) fn inode_seen(&self, seen: Seen) -> Option<&Record> {
        seen.entry().and_then(|id| self.record(inode_of(id, &self.records)))
    }
}

impl End {
    fn deed(self) -> Deed {
        match self {
            Self::Deleted => Deed::Deleted,
            Self::Opaque => Deed::HiddenByOpaque,
            Self::ReplacedAbove => Deed::ReplacedAbove,
        }
    }
}

fn of_metadata(fields: MetadataFields) -> Deed {
    if fields.is_empty() { Deed::Identical } else { Deed::MetadataChanged(fields) }
}

/// Compares a directory with those that engines create for a path that no layer lists: `rwxr-xr-x
/// root root`.
fn changed_from_implied(directory: &Record) -> MetadataFields {
    let owner = if (directory.uid, directory.gid) == (0, 0) { None } else { Some(MetadataFields::OWNER) };
    let mode = (directory.mode & MODE_BITS != 0o755).then_some(MetadataFields::MODE);
    let xattrs = directory.has_xattrs().then_some(MetadataFields::XATTRS);
    [owner, mode, xattrs].into_iter().flatten().fold(MetadataFields::default(), MetadataFields::union)
}

fn between_records(old: &Record, new: &Record) -> Deed {
    // A hard link that is its own inode has no target and is an empty file.
    let kind = |record: &Record| match record.kind {
        EntryKind::HardLink => EntryKind::File,
        kind => kind,
    };
    if kind(old) != kind(new) {
        return Deed::TypeChanged;
    }
    let differs = match kind(old) {
        EntryKind::File => old.content_differs(new),
        EntryKind::Symlink => Some(old.link != new.link),
        EntryKind::CharDevice | EntryKind::BlockDevice => Some(old.place != new.place),
        _ => Some(false),
    };
    match differs {
        Some(true) => Deed::Overwritten,
        Some(false) => of_metadata(old.metadata_changed(new)),
        None => Deed::Rewritten,
    }
}
