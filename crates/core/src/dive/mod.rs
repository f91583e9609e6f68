//! dive's own numbers, for those who come from it: those of its version 0.13.1, faults included.
//!
//! dive keeps a tree per layer and counts the leaves of each; it knows no opaque markers, no hard links and no links
//! among parents, and a path that changes its type keeps what was below it. Nothing of that is true of an image, so
//! nothing here is used by the ledger; thresholds that were tuned to dive's numbers keep their meaning with these.
//!
//! A layer that its archive stores as a symbolic link to another one is empty to dive, and so it is here. What differs is
//! how names are read: to dive those that climb above the root (`../x`) are paths of their own, and the size of a
//! directory called `/` counts.

#[cfg(test)]
mod fixtures;
mod go;
mod json;
mod layers;
mod order;
mod score;
mod stack;
#[cfg(test)]
mod tests;

use crate::model::entry::EntryKind;
use crate::model::path::EntryPath;
use crate::tree::{Record, Tree};

pub use json::write_json;

/// dive's account of an image.
#[derive(Clone, Debug, PartialEq)]
pub struct DiveScore {
    /// The smallest size of each path, divided by all its sizes; 1 when there are none. It can be negative.
    pub efficiency: f64,
    /// Bytes of all copies of the paths that occur more than once, the living copy too.
    pub wasted_bytes: u64,
    /// `wasted_bytes` divided by `user_size_bytes`: may be more than 1, infinite or not a number.
    pub user_wasted_percent: f64,
    /// Header sizes of the entries of all layers in bytes.
    pub size_bytes: u64,
    /// The same for the layers above the lowest.
    pub user_size_bytes: u64,
    /// The paths that occur more than once, the most bytes first, then by path.
    pub files: Vec<DiveFile>,
}

/// A path that occurs more than once.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DiveFile {
    /// The path; with a slash at its end where a whiteout without a name stands for its directory.
    pub path: EntryPath,
    /// How many leaves of layers are at this path, whiteouts of it included.
    pub count: u64,
    /// Bytes of all of them.
    pub bytes: u64,
}

impl DiveScore {
    /// Takes dive's account of a tree.
    pub fn of(tree: &Tree) -> Self {
        score::score(tree)
    }
}

/// The bits beyond permissions that make a mode that of a directory, as in `stat.h`.
const DIRECTORY_BITS: u32 = 0o040_000;

/// Whether dive takes an entry for a directory: by its type, or by what its mode says.
fn is_directory(record: &Record) -> bool {
    record.kind == EntryKind::Directory || record.mode & !0o7777 == DIRECTORY_BITS
}
