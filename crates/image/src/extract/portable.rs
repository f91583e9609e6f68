//! An open directory to write into, for systems that cannot resolve a name relative to an open
//! directory.
//!
//! Every name is checked before use, and a symbolic link is not followed. Between check and use,
//! another user with write access to the destination could replace a directory by a link: extract
//! to a private directory.

use std::fs::{self, File, FileTimes, OpenOptions};
use std::io;
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};

use dockopt_core::entry::Timestamp;

use super::existing::Existing;

/// A directory.
#[derive(Debug)]
pub(super) struct Directory(PathBuf);

impl Directory {
    /// Opens a directory by a path given by the user; links in it are followed.
    pub(super) fn open(path: &Path) -> io::Result<Self> {
        fs::read_dir(path)?;
        Ok(Self(path.to_owned()))
    }

    /// Opens a directory and creates it if it does not exist.
    pub(super) fn open_or_make(path: &Path) -> io::Result<Self> {
        match fs::create_dir(path) {
            Err(error) if error.kind() != io::ErrorKind::AlreadyExists => Err(error),
            _ => Self::open(path),
        }
    }

    fn path(&self, name: &[u8]) -> io::Result<PathBuf> {
        let text = std::str::from_utf8(name).map_err(|_| io::ErrorKind::InvalidFilename)?;
        // Separators, drives and streams of other systems are not valid in a name.
        if text.contains(['\\', '/', ':']) {
            return Err(io::ErrorKind::InvalidFilename.into());
        }
        Ok(self.0.join(text))
    }

    /// Opens a directory in this one.
    pub(super) fn child(&self, name: &[u8]) -> io::Result<Self> {
        match self.existing(name)? {
            Some(Existing::Directory) => Ok(Self(self.path(name)?)),
            _ => Err(io::ErrorKind::NotADirectory.into()),
        }
    }

    /// Returns what exists at a name, without following links.
    pub(super) fn existing(&self, name: &[u8]) -> io::Result<Option<Existing>> {
        match fs::symlink_metadata(self.path(name)?) {
            Ok(facts) if facts.is_dir() => Ok(Some(Existing::Directory)),
            Ok(_) => Ok(Some(Existing::Other)),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
            Err(error) => Err(error),
        }
    }

    /// Creates a directory.
    pub(super) fn make(&self, name: &[u8]) -> io::Result<()> {
        fs::create_dir(self.path(name)?)
    }

    /// Creates a file; fails if the name exists.
    pub(super) fn file(&self, name: &[u8]) -> io::Result<File> {
        OpenOptions::new().write(true).create_new(true).open(self.path(name)?)
    }

    /// Fails: creating a symbolic link needs privileges and the type of its target.
    #[expect(clippy::unused_self, reason = "other systems have an implementation that does")]
    pub(super) fn symlink(&self, _name: &[u8], _target: &[u8], _modified: Timestamp) -> io::Result<()> {
        Err(io::Error::new(io::ErrorKind::Unsupported, "symbolic links are not created on this system"))
    }

    /// Creates a hard link in this directory to a file in another one.
    pub(super) fn link(&self, name: &[u8], from: &Self, target: &[u8]) -> io::Result<()> {
        fs::hard_link(from.path(target)?, self.path(name)?)
    }

    /// Removes a file or link.
    pub(super) fn remove(&self, name: &[u8]) -> io::Result<()> {
        fs::remove_file(self.path(name)?)
    }

    /// Does nothing: permissions are those of the destination.
    #[expect(
        clippy::unused_self,
        clippy::unnecessary_wraps,
        reason = "other systems have an implementation that does"
    )]
    pub(super) fn finish(&self, _permissions: u32, _modified: Option<Timestamp>) -> io::Result<()> {
        Ok(())
    }
}

/// Sets a file's time; permissions are those of the destination.
#[expect(clippy::unnecessary_wraps, reason = "other systems have an implementation that can fail")]
pub(super) fn finish_file(file: &File, _permissions: u32, modified: Option<Timestamp>) -> io::Result<()> {
    let since = modified.and_then(|modified| {
        let seconds = u64::try_from(modified.seconds).ok()?;
        Some(Duration::new(seconds, modified.nanos))
    });
    if let Some(time) = since.and_then(|since| SystemTime::UNIX_EPOCH.checked_add(since)) {
        // A time out of the file system's range is ignored; the file keeps its time of writing.
        let _ = file.set_times(FileTimes::new().set_modified(time));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use std::io::Write as _;

    use super::*;

    #[test]
    fn files_and_links_are_created_at_unused_names() {
        let place = tempfile::tempdir().expect("a directory");
        let root = Directory::open_or_make(&place.path().join("new")).expect("made");
        root.make(b"d").expect("made");
        let child = root.child(b"d").expect("there");
        let mut file = child.file(b"f").expect("made");
        file.write_all(b"content").expect("room");
        finish_file(&file, 0o644, Some(Timestamp { seconds: 1_000, nanos: 5 })).expect("set");
        root.link(b"l", &child, b"f").expect("linked");
        child.finish(0o755, None).expect("set");
        assert!(child.file(b"f").is_err(), "it is there");
        assert_eq!(child.existing(b"f").expect("known"), Some(Existing::Other));
        assert_eq!(root.existing(b"d").expect("known"), Some(Existing::Directory));
        child.remove(b"f").expect("removed");
        assert_eq!(child.existing(b"f").expect("known"), None);
        let left = fs::metadata(place.path().join("new/l")).expect("there");
        let expected = SystemTime::UNIX_EPOCH + Duration::new(1_000, 5);
        assert_eq!((left.len(), left.modified().ok()), (7, Some(expected)));
        assert!(root.symlink(b"s", b"f", Timestamp::default()).is_err());
    }

    #[test]
    fn names_stay_within_the_directory() {
        let place = tempfile::tempdir().expect("a directory");
        let root = Directory::open(place.path()).expect("there");
        for name in [&b"a/b"[..], b"a\\b", b"c:", b"\xff"] {
            assert!(root.make(name).is_err() && root.existing(name).is_err(), "{name:?}");
        }
        #[cfg(unix)]
        {
            std::os::unix::fs::symlink("/", place.path().join("out")).expect("linked");
            assert_eq!(root.existing(b"out").expect("known"), Some(Existing::Other));
            assert!(root.child(b"out").is_err(), "a link is not followed");
        }
    }
}
