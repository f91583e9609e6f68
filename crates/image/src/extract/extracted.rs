//! The result of an extraction.

use std::path::PathBuf;

use dockopt_core::path::EntryPath;

/// Maximum number of skipped entries that are listed; the rest are only counted.
const MAX_NAMED: usize = 100;

/// The result of an extraction.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Extracted {
    /// The destination.
    pub destination: PathBuf,
    /// Regular files written, without further hard links to them.
    pub files: u64,
    /// Directories created.
    pub directories: u64,
    /// Symbolic links, and hard links to extracted files.
    pub links: u64,
    /// Bytes of content, without holes.
    pub bytes: u64,
    /// Files and directories that lost setuid or setgid.
    pub without_privilege: u64,
    /// The first hundred skipped entries.
    pub skipped: Vec<Skipped>,
    /// Number of skipped entries.
    pub skipped_count: u64,
    /// Number of skipped entries that could not be read or written; devices and pipes are not
    /// included.
    pub failed_count: u64,
}

/// A skipped entry.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Skipped {
    /// Path in the image.
    pub path: EntryPath,
    /// The reason.
    pub reason: String,
}

impl Extracted {
    pub(super) fn skip(&mut self, path: impl FnOnce() -> EntryPath, reason: impl Into<String>) {
        self.skipped_count += 1;
        if self.skipped.len() < MAX_NAMED {
            self.skipped.push(Skipped { path: path(), reason: reason.into() });
        }
    }

    pub(super) fn fail(&mut self, path: impl FnOnce() -> EntryPath, reason: impl Into<String>) {
        self.failed_count += 1;
        self.skip(path, reason);
    }
}
