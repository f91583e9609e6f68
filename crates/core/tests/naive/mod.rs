//! A second ledger of docs/metrics.md, as plain as possible.
//!
//! The filesystem is one ordered map from path to node. Each change clones the map, edits it, and
//! compares which inodes lost their last name. Nothing is incremental and no code is shared with
//! the library: where both agree, either both are right or both misread the page. It is slow on
//! purpose; its layers have a few dozen entries.
//!
//! The page leaves some corner cases open; the model's choices there are marked with "Assumed:".

mod browsing;
mod histories;
pub(crate) mod layers;
mod links;
pub(crate) mod overlay;
pub(crate) mod real;
mod rows;
mod seen;
pub(crate) mod table;
mod traps;

use overlay::Overlay;
use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

/// The components of a cleaned path; empty for the root.
pub(crate) type Path = Vec<Vec<u8>>;

/// The entries of one layer in tar order.
pub(crate) type NaiveLayer = Vec<NaiveEntry>;

/// One tar entry.
#[derive(Clone, PartialEq, Eq)]
pub(crate) struct NaiveEntry {
    /// The name as written.
    pub(crate) path: Vec<u8>,
    pub(crate) kind: NaiveKind,
    /// The target of a symbolic or hard link, as written.
    pub(crate) link: Vec<u8>,
    /// Bytes of a regular file.
    pub(crate) size: u64,
    /// Regular files of one size have the same content if these numbers are equal.
    pub(crate) content: u8,
    pub(crate) metadata: Metadata,
}

/// An entry on one line, for readable counterexamples.
impl fmt::Debug for NaiveEntry {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{:?} {}", self.kind, self.path.escape_ascii())?;
        if !self.link.is_empty() {
            write!(formatter, " -> {}", self.link.escape_ascii())?;
        }
        if self.kind == NaiveKind::File {
            write!(formatter, " {} bytes of #{}", self.size, self.content)?;
        }
        if self.metadata != Metadata::default() {
            write!(formatter, " {:?}", self.metadata)?;
        }
        Ok(())
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum NaiveKind {
    Directory,
    File,
    HardLink,
    Symlink,
    CharDevice,
    BlockDevice,
    Fifo,
    Unknown,
}

/// The differences between two files with the same content.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Metadata {
    pub(crate) mode: u32,
    pub(crate) uid: u32,
    pub(crate) gid: u32,
    pub(crate) seconds: i64,
    pub(crate) nanos: u32,
    pub(crate) xattrs: Option<u128>,
}

/// The cause of an ending, in the order of the table.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum NaiveCause {
    Deleted,
    Opaque,
    Replaced,
    Overwritten,
    Metadata,
    Identical,
}

/// Bytes of one or several layers.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Bytes {
    pub(crate) stored: u64,
    pub(crate) live: u64,
    pub(crate) wasted: u64,
}

/// An inode that lost its last name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Lost {
    pub(crate) inode: usize,
    pub(crate) bytes: u64,
    pub(crate) stored_in: usize,
    pub(crate) wasted_by: usize,
    pub(crate) cause: NaiveCause,
    /// The path of the change, by rule 1 of the waste rows.
    pub(crate) own: Path,
}

#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct NaiveRow {
    pub(crate) path: Path,
    pub(crate) cause: NaiveCause,
    pub(crate) wasted_by: usize,
    pub(crate) bytes: u64,
    pub(crate) files: u64,
    pub(crate) stored_in: BTreeSet<usize>,
}

/// A path of the final filesystem.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Visible {
    /// A regular file with its inode.
    File { inode: usize, size: u64 },
    /// A directory, a link, a device, a pipe.
    Other,
}

/// Everything that the page defines for a stack of layers.
#[derive(Clone, Debug)]
pub(crate) struct NaiveLedger {
    pub(crate) layers: Vec<Bytes>,
    pub(crate) total: Bytes,
    pub(crate) wasted: Vec<Lost>,
    pub(crate) rows: Vec<NaiveRow>,
    pub(crate) visible: BTreeMap<Path, Visible>,
    /// The layer and position of the files whose content decides a cause: the only ones that need a
    /// hash.
    pub(crate) compared: BTreeSet<(usize, usize)>,
}

/// Computes the ledger of these layers, the lowest one first.
pub(crate) fn account(layers: &[NaiveLayer]) -> NaiveLedger {
    let mut overlay = Overlay::default();
    for layer in layers {
        overlay.apply(layer);
    }
    let live = overlay.visible_inodes();
    let mut bytes = vec![Bytes::default(); layers.len()];
    for (inode, file) in overlay.inodes.iter().enumerate() {
        let layer = &mut bytes[file.layer];
        layer.stored += file.bytes();
        if live.contains(&inode) {
            layer.live += file.bytes();
        } else {
            layer.wasted += file.bytes();
        }
    }
    let wasted = wasted_inodes(&overlay);
    NaiveLedger {
        total: sum(&bytes),
        rows: rows(&wasted, &overlay.untouched),
        visible: overlay.visible(),
        compared: overlay.compared,
        layers: bytes,
        wasted,
    }
}

/// Adds up the bytes of several layers.
pub(crate) fn sum(layers: &[Bytes]) -> Bytes {
    let mut total = Bytes::default();
    for layer in layers {
        total.stored += layer.stored;
        total.live += layer.live;
        total.wasted += layer.wasted;
    }
    total
}

/// Returns the inodes that have content and are not live; files without content are in no row.
fn wasted_inodes(overlay: &Overlay) -> Vec<Lost> {
    let live = overlay.visible_inodes();
    let mut wasted = Vec::new();
    for (inode, file) in overlay.inodes.iter().enumerate() {
        if live.contains(&inode) || file.bytes() == 0 {
            continue;
        }
        // A hard link can bring a name back only while the file exists, so the last ending is the
        // only one.
        let end = overlay.endings.iter().rev().find(|end| end.inode == inode).unwrap();
        wasted.push(Lost {
            inode,
            bytes: file.bytes(),
            stored_in: file.layer,
            wasted_by: end.layer,
            cause: end.cause,
            own: end.own.clone(),
        });
    }
    wasted
}

/// Returns the waste rows, in the order of the report.
fn rows(wasted: &[Lost], untouched: &[BTreeSet<Path>]) -> Vec<NaiveRow> {
    let mut rows: BTreeMap<(Path, NaiveCause, usize), NaiveRow> = BTreeMap::new();
    for file in wasted {
        let path = explaining_path(file, wasted, &untouched[file.wasted_by]);
        let row = rows.entry((path.clone(), file.cause, file.wasted_by)).or_insert(NaiveRow {
            path,
            cause: file.cause,
            wasted_by: file.wasted_by,
            bytes: 0,
            files: 0,
            stored_in: BTreeSet::new(),
        });
        row.bytes += file.bytes;
        row.files += 1;
        row.stored_in.insert(file.stored_in);
    }
    let mut rows: Vec<NaiveRow> = rows.into_values().collect();
    rows.sort_by_key(|row| (u64::MAX - row.bytes, row.path.join(&b'/'), row.cause, row.wasted_by));
    rows
}

/// Rule 2: returns the row's directory for this file's path, never the root, or the path itself.
fn explaining_path(file: &Lost, wasted: &[Lost], untouched: &BTreeSet<Path>) -> Path {
    let alike = |other: &&Lost| other.wasted_by == file.wasted_by && other.cause == file.cause;
    let ended: BTreeSet<&Path> = wasted.iter().filter(alike).map(|other| &other.own).collect();
    let held_by = |directory: &[Vec<u8>]| -> BTreeSet<&Path> {
        ended.iter().filter(|path| path.starts_with(directory)).copied().collect()
    };
    let joins = |directory: &[Vec<u8>]| {
        held_by(directory).len() > 1 && !untouched.iter().any(|path| is_below(path, directory))
    };
    let mut directories = (1..=file.own.len()).map(|depth| &file.own[..depth]);
    let Some(highest) = directories.clone().find(|directory| joins(directory)) else {
        return file.own.clone();
    };
    directories.rfind(|directory| held_by(directory) == held_by(highest)).unwrap().to_vec()
}

/// Returns whether a path is strictly below a directory.
pub(crate) fn is_below(path: &[Vec<u8>], directory: &[Vec<u8>]) -> bool {
    path.len() > directory.len() && path.starts_with(directory)
}
