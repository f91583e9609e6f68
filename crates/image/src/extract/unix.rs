//! An open directory to write into, on Unix.
//!
//! Every step goes from an open directory to a name in it, and a name that is a symbolic link is never followed: whoever
//! exchanges a directory for a link while it is written to changes nothing.

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
    /// Opens a directory by its path, which its user has typed: links in it are followed.
    pub(super) fn open(path: &Path) -> io::Result<Self> {
        Ok(Self(rustix::fs::open(path, DIRECTORY, Mode::empty())?))
    }

    /// Opens a directory, and makes it before if it does not exist.
    pub(super) fn open_or_make(path: &Path) -> io::Result<Self> {
        match rustix::fs::mkdirat(CWD, path, Mode::from_raw_mode(0o777)) {
            Ok(()) | Err(Errno::EXIST) => Self::open(path),
            Err(error) => Err(error.into()),
        }
    }

    /// A directory in this one.
    pub(super) fn child(&self, name: &[u8]) -> io::Result<Self> {
        Ok(Self(rustix::fs::openat(&self.0, name, DIRECTORY | OFlags::NOFOLLOW, Mode::empty())?))
    }

    /// What is at a name, links not followed.
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

    /// Makes a directory that nobody else may enter yet.
    pub(super) fn make(&self, name: &[u8]) -> io::Result<()> {
        Ok(rustix::fs::mkdirat(&self.0, name, Mode::from_raw_mode(0o700))?)
    }

    /// Makes a file, which nobody else may read yet; an error if there is anything at the name.
    pub(super) fn file(&self, name: &[u8]) -> io::Result<File> {
        let flags = OFlags::WRONLY | OFlags::CREATE | OFlags::EXCL | OFlags::NOFOLLOW | OFlags::CLOEXEC;
        Ok(File::from(rustix::fs::openat(&self.0, name, flags, Mode::from_raw_mode(0o600))?))
    }

    /// Makes a symbolic link.
    pub(super) fn symlink(&self, name: &[u8], target: &[u8], modified: Timestamp) -> io::Result<()> {
        rustix::fs::symlinkat(target, &self.0, name)?;
        // Not every file system keeps the times of links.
        let _ = rustix::fs::utimensat(&self.0, name, &timestamps(Some(modified)), AtFlags::SYMLINK_NOFOLLOW);
        Ok(())
    }

    /// Gives a file in another directory a second name in this one.
    pub(super) fn link(&self, name: &[u8], from: &Self, target: &[u8]) -> io::Result<()> {
        Ok(rustix::fs::linkat(&from.0, target, &self.0, name, AtFlags::empty())?)
    }

    /// Removes what is at a name, unless it is a directory.
    pub(super) fn remove(&self, name: &[u8]) -> io::Result<()> {
        Ok(rustix::fs::unlinkat(&self.0, name, AtFlags::empty())?)
    }

    /// Sets permissions and time, once everything in it is written.
    pub(super) fn finish(&self, permissions: u32, modified: Option<Timestamp>) -> io::Result<()> {
        // What is out of the file system's range keeps the time of its writing.
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
    // The system's type for modes has 16 bits here and 32 there.
    Mode::from_raw_mode(u16::try_from(permissions & 0o777).unwrap_or_default().into())
}

/// The time of the last access stays as it is.
fn timestamps(modified: Option<Timestamp>) -> Timestamps {
    let omitted = Timespec { tv_sec: 0, tv_nsec: UTIME_OMIT };
    let given =
        |modified: Timestamp| Timespec { tv_sec: modified.seconds, tv_nsec: i64::from(modified.nanos) };
    Timestamps { last_access: omitted, last_modification: modified.map_or(omitted, given) }
}
