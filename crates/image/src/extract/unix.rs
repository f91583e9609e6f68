//! An open directory to write into, on Unix.
//!
//! Every operation resolves a name relative to an open directory and never follows a symbolic link,
//! so replacing a directory by a link during the extraction has no effect.

use std::fs::File;
use std::io;
use std::os::fd::OwnedFd;
use std::path::Path;

use dockopt_core::entry::Timestamp;
use rustix::fs::{AtFlags, CWD, FileType, Mode, OFlags, Timespec, Timestamps, UTIME_OMIT};
use rustix::io::Errno;

use super::existing::Existing;

/// A directory.
#[derive(Debug)]
pub(super) struct Directory(OwnedFd);

const DIRECTORY: OFlags = OFlags::RDONLY.union(OFlags::DIRECTORY).union(OFlags::CLOEXEC);

impl Directory {
    /// Opens a directory by a path given by the user; links in it are followed.
    pub(super) fn open(path: &Path) -> io::Result<Self> {
        Ok(Self(rustix::fs::open(path, DIRECTORY, Mode::empty())?))
    }

    /// Opens a directory and creates it if it does not exist.
    pub(super) fn open_or_make(path: &Path) -> io::Result<Self> {
        match rustix::fs::mkdirat(CWD, path, Mode::from_raw_mode(0o777)) {
            Ok(()) | Err(Errno::EXIST) => Self::open(path),
            Err(error) => Err(error.into()),
        }
    }

    /// Opens a directory in this one.
    pub(super) fn child(&self, name: &[u8]) -> io::Result<Self> {
        Ok(Self(rustix::fs::openat(&self.0, name, DIRECTORY | OFlags::NOFOLLOW, Mode::empty())?))
    }

    /// Returns what exists at a name, without following links.
    pub(super) fn existing(&self, name: &[u8]) -> io::Result<Option<Existing>> {
        match rustix::fs::statat(&self.0, name, AtFlags::SYMLINK_NOFOLLOW) {
            Ok(facts) if FileType::from_raw_mode(facts.st_mode) == FileType::Directory => {
                Ok(Some(Existing::Directory))
            }
            Ok(_) => Ok(Some(Existing::Other)),
            Err(Errno::NOENT) => Ok(None),
            Err(error) => Err(error.into()),
        }
    }

    /// Creates a directory that only its owner may enter until it is finished.
    pub(super) fn make(&self, name: &[u8]) -> io::Result<()> {
        Ok(rustix::fs::mkdirat(&self.0, name, Mode::from_raw_mode(0o700))?)
    }

    /// Creates a file that only its owner may read until it is finished; fails if the name exists.
    pub(super) fn file(&self, name: &[u8]) -> io::Result<File> {
        let flags = OFlags::WRONLY | OFlags::CREATE | OFlags::EXCL | OFlags::NOFOLLOW | OFlags::CLOEXEC;
        Ok(File::from(rustix::fs::openat(&self.0, name, flags, Mode::from_raw_mode(0o600))?))
    }

    /// Creates a symbolic link.
    pub(super) fn symlink(&self, name: &[u8], target: &[u8], modified: Timestamp) -> io::Result<()> {
        rustix::fs::symlinkat(target, &self.0, name)?;
        // Not every file system stores the times of links.
        let _ = rustix::fs::utimensat(&self.0, name, &timestamps(Some(modified)), AtFlags::SYMLINK_NOFOLLOW);
        Ok(())
    }

    /// Creates a hard link in this directory to a file in another one.
    pub(super) fn link(&self, name: &[u8], from: &Self, target: &[u8]) -> io::Result<()> {
        Ok(rustix::fs::linkat(&from.0, target, &self.0, name, AtFlags::empty())?)
    }

    /// Removes a file or link.
    pub(super) fn remove(&self, name: &[u8]) -> io::Result<()> {
        Ok(rustix::fs::unlinkat(&self.0, name, AtFlags::empty())?)
    }

    /// Sets permissions and time after everything in the directory is written.
    pub(super) fn finish(&self, permissions: u32, modified: Option<Timestamp>) -> io::Result<()> {
        // A time out of the file system's range is ignored; the directory keeps its time of
        // writing.
        let _ = rustix::fs::futimens(&self.0, &timestamps(modified));
        Ok(rustix::fs::fchmod(&self.0, mode(permissions))?)
    }
}

/// Sets a file's permissions and time.
pub(super) fn finish_file(file: &File, permissions: u32, modified: Option<Timestamp>) -> io::Result<()> {
    let _ = rustix::fs::futimens(file, &timestamps(modified));
    Ok(rustix::fs::fchmod(file, mode(permissions))?)
}

fn mode(permissions: u32) -> Mode {
    // The type of a mode has 16 bits on some systems and 32 on others.
    Mode::from_raw_mode(u16::try_from(permissions & 0o777).unwrap_or_default().into())
}

/// Returns timestamps that leave the time of the last access unchanged.
fn timestamps(modified: Option<Timestamp>) -> Timestamps {
    let omitted = Timespec { tv_sec: 0, tv_nsec: UTIME_OMIT };
    let given =
        |modified: Timestamp| Timespec { tv_sec: modified.seconds, tv_nsec: i64::from(modified.nanos) };
    Timestamps { last_access: omitted, last_modification: modified.map_or(omitted, given) }
}
