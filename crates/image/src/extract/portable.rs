//! An open directory to write into, where the system has no way to go from an open directory to a name in it.
//!
//! Every name is looked at before it is used, and one that is a symbolic link is not followed. Between looking and using,
//! somebody else who may write to the destination could exchange a directory for a link: extract to a place of your own.

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
    /// Opens a directory by its path, which its user has typed: links in it are followed.
    pub(super) fn open(path: &Path) -> io::Result<Self> {
        fs::read_dir(path)?;
        Ok(Self(path.to_owned()))
    }

    /// Opens a directory, and makes it before if it does not exist.
    pub(super) fn open_or_make(path: &Path) -> io::Result<Self> {
        match fs::create_dir(path) {
            Err(error) if error.kind() != io::ErrorKind::AlreadyExists => Err(error),
            _ => Self::open(path),
        }
    }

    fn path(&self, name: &[u8]) -> io::Result<PathBuf> {
        let text = std::str::from_utf8(name).map_err(|_| io::ErrorKind::InvalidFilename)?;
        // Separators, drives and streams of other systems are no part of a name.
        if text.contains(['\\', '/', ':']) {
            return Err(io::ErrorKind::InvalidFilename.into());
        }
        Ok(self.0.join(text))
    }

    /// A directory in this one.
    pub(super) fn child(&self, name: &[u8]) -> io::Result<Self> {
        match self.existing(name)? {
            Some(Existing::Directory) => Ok(Self(self.path(name)?)),
            _ => Err(io::ErrorKind::NotADirectory.into()),
        }
    }

    /// What is at a name, links not followed.
    pub(super) fn existing(&self, name: &[u8]) -> io::Result<Option<Existing>> {
        match fs::symlink_metadata(self.path(name)?) {
            Ok(facts) if facts.is_dir() => Ok(Some(Existing::Directory)),
            Ok(_) => Ok(Some(Existing::Other)),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
            Err(error) => Err(error),
        }
    }

    /// Makes a directory.
    pub(super) fn make(&self, name: &[u8]) -> io::Result<()> {
        fs::create_dir(self.path(name)?)
    }

    /// Makes a file; an error if there is anything at the name.
    pub(super) fn file(&self, name: &[u8]) -> io::Result<File> {
        OpenOptions::new().write(true).create_new(true).open(self.path(name)?)
    }

    /// Makes no symbolic link: that needs privileges, and to know what the target is.
    #[expect(clippy::unused_self, reason = "there is one that does on other systems")]
    pub(super) fn symlink(&self, _name: &[u8], _target: &[u8], _modified: Timestamp) -> io::Result<()> {
        Err(io::Error::new(io::ErrorKind::Unsupported, "symbolic links are not made on this system"))
    }

    /// Gives a file in another directory a second name in this one.
    pub(super) fn link(&self, name: &[u8], from: &Self, target: &[u8]) -> io::Result<()> {
        fs::hard_link(from.path(target)?, self.path(name)?)
    }

    /// Removes what is at a name, unless it is a directory.
    pub(super) fn remove(&self, name: &[u8]) -> io::Result<()> {
        fs::remove_file(self.path(name)?)
    }

    /// Sets nothing: permissions are those of the place.
    #[expect(
        clippy::unused_self,
        clippy::unnecessary_wraps,
        reason = "there is one that does on other systems"
    )]
    pub(super) fn finish(&self, _permissions: u32, _modified: Option<Timestamp>) -> io::Result<()> {
        Ok(())
    }
}

/// Sets a file's time; permissions are those of the place.
#[expect(clippy::unnecessary_wraps, reason = "there is one that can fail on other systems")]
pub(super) fn finish_file(file: &File, _permissions: u32, modified: Option<Timestamp>) -> io::Result<()> {
    let since = modified.and_then(|modified| {
        let seconds = u64::try_from(modified.seconds).ok()?;
        Some(Duration::new(seconds, modified.nanos))
    });
    if let Some(time) = since.and_then(|since| SystemTime::UNIX_EPOCH.checked_add(since)) {
        // What is out of the file system's range keeps the time of its writing.
        let _ = file.set_times(FileTimes::new().set_modified(time));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use std::io::Write as _;

    use super::*;

    #[test]
    fn files_and_links_are_made_where_nothing_is() {
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
    fn names_do_not_lead_elsewhere() {
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
