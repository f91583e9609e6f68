//! Sums of bytes and files.

use super::glance::Glance;
use super::state::{Change, State};
use crate::tree::{Record, Tree};

/// Sums over a path and everything below it.
///
/// A directory counts a file with several names once, as `du` does; a path that shows a file counts
/// its content in any case.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Totals {
    /// Bytes of content that are visible after the range.
    pub bytes: u64,
    /// Paths that are visible after the range, without directories.
    pub files: u64,
    /// Bytes of content that the range changed: added and modified content as it is after the
    /// range, removed content as it was before.
    pub changed_bytes: u64,
    /// Bytes of content of ghosts, as they were last shown.
    pub ghost_bytes: u64,
}

impl Totals {
    pub(super) fn add(&mut self, other: Self) {
        // The sums fit into 64 bits once files with several names are counted once; until then they
        // may wrap.
        self.bytes = self.bytes.wrapping_add(other.bytes);
        self.files = self.files.wrapping_add(other.files);
        self.changed_bytes = self.changed_bytes.wrapping_add(other.changed_bytes);
        self.ghost_bytes = self.ghost_bytes.wrapping_add(other.ghost_bytes);
    }
}

impl Totals {
    /// Returns the sums of a path without what is below it.
    pub(super) fn own(tree: &Tree, state: State, glance: Glance) -> Self {
        let size = |seen| tree.inode_seen(seen).map_or(0, Record::stored_bytes);
        match state {
            State::Absent => Self::default(),
            State::Ghost => Self { ghost_bytes: size(glance.last), ..Self::default() },
            State::Shown(Change::Removed) => Self { changed_bytes: size(glance.before), ..Self::default() },
            State::Shown(change) => {
                let bytes = size(glance.after);
                let files = u64::from(!tree.is_directory_seen(glance.after));
                let changed_bytes = if change == Change::Unmodified { 0 } else { bytes };
                Self { bytes, files, changed_bytes, ghost_bytes: 0 }
            }
        }
    }
}
