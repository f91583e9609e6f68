//! What an extraction has written.

use std::path::PathBuf;

use dockopt_core::path::EntryPath;

/// Skipped entries that are named; the rest are counted.
const MAX_NAMED: usize = 100;

/// What was written.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Extracted {
    /// Where.
    pub destination: PathBuf,
    /// Regular files, without hard links to others of them.
    pub files: u64,
    /// Directories that were made.
    pub directories: u64,
    /// Symbolic links, and hard links to files that were written.
    pub links: u64,
    /// Bytes of content, without holes.
    pub bytes: u64,
    /// Files and directories that have lost setuid or setgid.
    pub without_privilege: u64,
    /// What was not written, the first hundred.
    pub skipped: Vec<Skipped>,
    /// How much was not written, all in all.
    pub skipped_count: u64,
    /// How much of that could not be read or written, devices and pipes not included.
    pub failed_count: u64,
}

/// Something that was not written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Skipped {
    /// Its path in the image.
    pub path: EntryPath,
    /// Why.
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
