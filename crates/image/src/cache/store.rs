//! The files of a cache.
//!
//! They are in `v1/`, in 256 directories by the first two digits of their names. The time of a file's last change is that
//! of its last use. The directory is looked through once in a run, when something is first stored; after that its sum
//! is known well enough, and what other processes store at the same time is found by those that start later.

use std::collections::HashMap;
use std::fs::{self, DirBuilder, DirEntry, File, Metadata, OpenOptions};
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, SystemTime};

use super::frame::{Frame, HEADER, Name};

/// What the names of files that are being written start with.
const TEMPORARY: &str = ".tmp-";
/// After this time a file that is being written has no writer any more.
const STALE: Duration = Duration::from_secs(60 * 60);
/// What the smallest file takes on a disk.
const DISK_BLOCK: u64 = 4096;

/// What was removed from a cache.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Pruned {
    /// How many layers and images.
    pub entries: u64,
    /// How many bytes they took on the disk.
    pub bytes: u64,
}

/// The directory, and how much is in it.
#[derive(Debug)]
pub(super) struct Store {
    root: PathBuf,
    limit: u64,
    /// What is in it as far as is known; nothing before it is first needed.
    known: Mutex<Option<Known>>,
}

/// The files of a cache when it was looked through, and those stored since.
#[derive(Debug, Default)]
struct Known {
    files: HashMap<Name, Facts>,
    bytes: u64,
}

/// What is known of a file.
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

impl Known {
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

    /// The files, the one not used for longest first.
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

    /// The payload of a file, if it is there and whole. It is now used last.
    pub(super) fn read(&self, frame: &Frame, limit: u64) -> Option<Vec<u8>> {
        let file = open_file(&self.root.join(frame.name.path())).ok()?;
        let payload = frame.read(&file, file.metadata().ok()?.len(), limit)?;
        // A cache that can only be read serves as well.
        let _ = file.set_modified(SystemTime::now());
        Some(payload)
    }

    /// Writes a file, and removes others if there is no room for all.
    pub(super) fn write(&self, frame: &Frame, payload: &[&[u8]]) -> io::Result<()> {
        let length = HEADER as u64 + payload.iter().map(|part| part.len() as u64).sum::<u64>();
        if on_disk(length) > self.limit {
            return Err(io::Error::new(io::ErrorKind::FileTooLarge, "it is larger than the cache may be"));
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

    /// How many files there are, and the bytes they take.
    pub(super) fn sum(&self) -> (u64, u64) {
        let known = self.scan(|_| {});
        (known.files.len() as u64, known.bytes)
    }

    /// Removes the files not used for longest until at most `keep` bytes are left.
    pub(super) fn prune(&self, keep: u64) -> io::Result<Pruned> {
        let mut known = self.scan(remove_if_stale);
        let result = self.remove_oldest(&mut known, keep, None);
        *self.known.lock().unwrap_or_else(PoisonError::into_inner) = Some(known);
        result
    }

    /// Keeps below the limit after a file was stored, which stays.
    fn make_room(&self, stored: Name, facts: Facts) -> io::Result<()> {
        let mut known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        let known = known.get_or_insert_with(|| self.scan(remove_if_stale));
        known.insert(stored, facts);
        if known.bytes <= self.limit {
            return Ok(());
        }
        // Some more, so that not every file that is stored has to look for the oldest one.
        self.remove_oldest(known, self.limit - self.limit / 8, Some(stored)).map(drop)
    }

    fn remove_oldest(&self, known: &mut Known, keep: u64, spared: Option<Name>) -> io::Result<Pruned> {
        let mut pruned = Pruned::default();
        let mut failure = None;
        // Others may have used a file since: then it is not the oldest, and is looked at again only if it must be.
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

    /// Removes a file, unless it was used since these facts were true.
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

    /// Looks through the directory. Only what can be a file of a cache is seen, and no link is followed; what is being written is
    /// shown to `on_temporary`.
    fn scan(&self, on_temporary: impl Fn(&DirEntry)) -> Known {
        let mut known = Known::default();
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

/// What became of a file that was to be removed.
enum Removal {
    Removed,
    /// Somebody else has removed it.
    Gone,
    /// It was used since, and stays.
    Used(Facts),
}

/// What is in a directory; nothing if that cannot be told.
fn entries(directory: &Path) -> impl Iterator<Item = DirEntry> + use<> {
    fs::read_dir(directory).into_iter().flatten().flatten()
}

fn remove_if_stale(entry: &DirEntry) {
    let written = entry.metadata().and_then(|metadata| metadata.modified());
    if written.is_ok_and(|written| written.elapsed().is_ok_and(|age| age > STALE)) {
        // Whoever cannot remove it leaves it to others.
        let _ = fs::remove_file(entry.path());
    }
}

/// What a file of this length takes on a disk.
fn on_disk(length: u64) -> u64 {
    length.div_ceil(DISK_BLOCK).saturating_mul(DISK_BLOCK)
}

/// Makes a directory that nobody else may enter, and those above it, if it does not exist.
pub(super) fn make_directory(path: &Path) -> io::Result<()> {
    let mut builder = DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(path)
}

/// Opens a regular file to read it; nothing that it is a link to, and without waiting for what is no file.
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
        Err(io::Error::new(io::ErrorKind::InvalidInput, "it is no regular file"))
    }
}

#[cfg(test)]
#[path = "store_tests.rs"]
mod tests;
