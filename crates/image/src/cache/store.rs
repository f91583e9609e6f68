//! The files of a cache.
//!
//! They are in `v1/`, in 256 directories by the first two digits of their names. The modification
//! time of a file is the time of its last use. The directory is scanned once in a run, when
//! something is first stored. From then on its total is accurate enough; what other processes store
//! meanwhile is found by processes that start later.

use std::collections::HashMap;
use std::fs::{self, DirBuilder, DirEntry, File, Metadata, OpenOptions};
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, SystemTime};

use super::frame::{Frame, HEADER, Name};

/// Prefix of the names of files that are being written.
const TEMPORARY: &str = ".tmp-";
/// Age at which a file that is being written counts as abandoned.
const STALE: Duration = Duration::from_secs(60 * 60);
/// Disk space of the smallest file, in bytes.
const DISK_BLOCK: u64 = 4096;

/// The result of pruning a cache.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Pruned {
    /// Number of layers and images removed.
    pub entries: u64,
    /// Bytes they took on disk.
    pub bytes: u64,
}

/// The directory of the files, with a summary of them.
#[derive(Debug)]
pub(super) struct Store {
    root: PathBuf,
    limit: u64,
    /// The known files; `None` until first needed.
    known: Mutex<Option<StoredFile>>,
}

/// The files found by the scan, and those stored since.
#[derive(Debug, Default)]
struct StoredFile {
    files: HashMap<Name, Facts>,
    bytes: u64,
}

/// Time of last use and disk space of a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Facts {
    used: SystemTime,
    bytes: u64,
}

impl Facts {
    fn of(metadata: &Metadata) -> Self {
        let used = metadata.modified().unwrap_or(SystemTime::UNIX_EPOCH);
        Self { used, bytes: on_disk(metadata.len()) }
    }
}

impl StoredFile {
    fn insert(&mut self, name: Name, facts: Facts) {
        self.bytes += facts.bytes;
        if let Some(before) = self.files.insert(name, facts) {
            self.bytes -= before.bytes;
        }
    }

    fn remove(&mut self, name: Name) {
        if let Some(facts) = self.files.remove(&name) {
            self.bytes -= facts.bytes;
        }
    }

    /// Returns the files, the least recently used first.
    fn by_age(&self) -> Vec<(Name, Facts)> {
        let mut files: Vec<(Name, Facts)> = self.files.iter().map(|(name, facts)| (*name, *facts)).collect();
        files.sort_unstable_by_key(|(name, facts)| (facts.used, name.0));
        files
    }
}

impl Store {
    pub(super) fn new(directory: &Path, limit: u64) -> Self {
        Self { root: directory.join("v1"), limit, known: Mutex::new(None) }
    }

    pub(super) fn limit(&self) -> u64 {
        self.limit
    }

    /// Reads the payload of a file, if it is present and intact, and marks the file as used.
    pub(super) fn read(&self, frame: &Frame, limit: u64) -> Option<Vec<u8>> {
        let file = open_file(&self.root.join(frame.name.path())).ok()?;
        let payload = frame.read(&file, file.metadata().ok()?.len(), limit)?;
        // A read-only cache is usable too.
        let _ = file.set_modified(SystemTime::now());
        Some(payload)
    }

    /// Writes a file, and removes others if the cache exceeds its limit.
    pub(super) fn write(&self, frame: &Frame, payload: &[&[u8]]) -> io::Result<()> {
        let length = HEADER as u64 + payload.iter().map(|part| part.len() as u64).sum::<u64>();
        if on_disk(length) > self.limit {
            return Err(io::Error::new(io::ErrorKind::FileTooLarge, "it exceeds the limit of the cache"));
        }
        let path = self.root.join(frame.name.path());
        let directory = path.parent().unwrap_or(&self.root);
        make_directory(directory)?;
        let mut file = tempfile::Builder::new().prefix(TEMPORARY).tempfile_in(directory)?;
        file.write_all(&frame.header(payload))?;
        payload.iter().try_for_each(|part| file.write_all(part))?;
        let facts = Facts::of(&file.as_file().metadata()?);
        file.persist(&path).map_err(|error| error.error)?;
        self.make_room(frame.name, facts)
    }

    /// Returns the number of files and the bytes they take.
    pub(super) fn sum(&self) -> (u64, u64) {
        let known = self.scan(|_| {});
        (known.files.len() as u64, known.bytes)
    }

    /// Removes the least recently used files until at most `keep` bytes remain.
    pub(super) fn prune(&self, keep: u64) -> io::Result<Pruned> {
        let mut known = self.scan(remove_if_stale);
        let result = self.remove_oldest(&mut known, keep, None);
        *self.known.lock().unwrap_or_else(PoisonError::into_inner) = Some(known);
        result
    }

    /// Restores the limit after a file was stored; that file stays.
    fn make_room(&self, stored: Name, facts: Facts) -> io::Result<()> {
        let mut known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        let known = known.get_or_insert_with(|| self.scan(remove_if_stale));
        known.insert(stored, facts);
        if known.bytes <= self.limit {
            return Ok(());
        }
        // Remove some more, so that not every store has to look for the oldest file.
        self.remove_oldest(known, self.limit - self.limit / 8, Some(stored)).map(drop)
    }

    fn remove_oldest(&self, known: &mut StoredFile, keep: u64, spared: Option<Name>) -> io::Result<Pruned> {
        let mut pruned = Pruned::default();
        let mut failure = None;
        // Other processes may have used a file since. Then it is not the oldest, and the second
        // pass removes it only if necessary.
        for trusts_times in [false, true] {
            for (name, facts) in known.by_age() {
                if known.bytes <= keep {
                    break;
                }
                if spared == Some(name) {
                    continue;
                }
                match self.remove(name, (!trusts_times).then_some(facts)) {
                    Ok(Removal::Used(now)) => known.insert(name, now),
                    Ok(Removal::Gone) => known.remove(name),
                    Ok(Removal::Removed) => {
                        known.remove(name);
                        pruned.entries += 1;
                        pruned.bytes += facts.bytes;
                    }
                    Err(error) => failure = Some(error),
                }
            }
        }
        failure.map_or(Ok(pruned), Err)
    }

    /// Removes a file, unless it was used since `expected` was recorded.
    fn remove(&self, name: Name, expected: Option<Facts>) -> io::Result<Removal> {
        let path = self.root.join(name.path());
        let failed = |error: io::Error| {
            io::Error::new(error.kind(), format!("cannot remove `{}`: {error}", path.display()))
        };
        if let Some(expected) = expected {
            match fs::symlink_metadata(&path) {
                Ok(metadata) if Facts::of(&metadata).used > expected.used => {
                    return Ok(Removal::Used(Facts::of(&metadata)));
                }
                _ => {}
            }
        }
        match fs::remove_file(&path) {
            Ok(()) => Ok(Removal::Removed),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(Removal::Gone),
            Err(error) => Err(failed(error)),
        }
    }

    /// Scans the directory. Only files that can belong to a cache are considered, and no link is
    /// followed; files being written are passed to `on_temporary`.
    fn scan(&self, on_temporary: impl Fn(&DirEntry)) -> StoredFile {
        let mut known = StoredFile::default();
        if !fs::symlink_metadata(&self.root).is_ok_and(|root| root.is_dir()) {
            return known;
        }
        let directories = entries(&self.root);
        for directory in directories.filter(|entry| entry.file_type().is_ok_and(|kind| kind.is_dir())) {
            for entry in entries(&directory.path()) {
                let file_name = entry.file_name();
                let Some(text) = file_name.to_str() else {
                    continue;
                };
                let Some(metadata) = entry.metadata().ok().filter(Metadata::is_file) else {
                    continue;
                };
                if text.starts_with(TEMPORARY) {
                    on_temporary(&entry);
                } else if let Some(name) = Name::of(text)
                    && entry.path() == self.root.join(name.path())
                {
                    known.insert(name, Facts::of(&metadata));
                }
            }
        }
        known
    }
}

/// Result of removing a file.
enum Removal {
    Removed,
    /// Another process removed it.
    Gone,
    /// It was used since and is kept.
    Used(Facts),
}

/// Returns the entries of a directory, or none if it cannot be read.
fn entries(directory: &Path) -> impl Iterator<Item = DirEntry> + use<> {
    fs::read_dir(directory).into_iter().flatten().flatten()
}

fn remove_if_stale(entry: &DirEntry) {
    let written = entry.metadata().and_then(|metadata| metadata.modified());
    if written.is_ok_and(|written| written.elapsed().is_ok_and(|age| age > STALE)) {
        // On failure, another process may remove it.
        let _ = fs::remove_file(entry.path());
    }
}

/// Returns the disk space of a file of this length, in bytes.
fn on_disk(length: u64) -> u64 {
    length.div_ceil(DISK_BLOCK).saturating_mul(DISK_BLOCK)
}

/// Creates a directory that only its owner may enter, with its parents, if it does not exist.
pub(super) fn make_directory(path: &Path) -> io::Result<()> {
    let mut builder = DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(path)
}

/// Opens a regular file for reading. Does not follow a link, and does not block on anything else,
/// such as a pipe.
pub(super) fn open_file(path: &Path) -> io::Result<File> {
    let mut options = OpenOptions::new();
    options.read(true);
    #[cfg(unix)]
    {
        use rustix::fs::OFlags;
        let flags = OFlags::NOFOLLOW | OFlags::NONBLOCK;
        std::os::unix::fs::OpenOptionsExt::custom_flags(&mut options, flags.bits().cast_signed());
    }
    let file = options.open(path)?;
    if file.metadata()?.is_file() {
        Ok(file)
    } else {
        Err(io::Error::new(io::ErrorKind::InvalidInput, "it is not a regular file"))
    }
}

#[cfg(test)]
#[path = "store_tests.rs"]
mod tests;
