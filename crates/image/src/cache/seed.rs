//! The seed of all hashes in a cache: eight random bytes in a file.
//!
//! Processes that start at the same time must agree on it. It is written to a file of another name first, and whoever is
//! second to give it its name finds the seed of the first.

use std::io::{self, Read, Write};
use std::path::{Path, PathBuf};

use tempfile::NamedTempFile;

use super::store::open_file;
use crate::bytes::hash::HashSeed;

/// The file with the seed.
pub(super) fn path(directory: &Path) -> PathBuf {
    directory.join("seed")
}

/// The seed of the cache in a directory.
pub(super) fn of(directory: &Path) -> io::Result<HashSeed> {
    let path = path(directory);
    match read(&path) {
        Ok(seed) => return Ok(seed),
        Err(error) if error.kind() == io::ErrorKind::NotFound => {
            match made(directory)?.persist_noclobber(&path) {
                Err(error) if error.error.kind() != io::ErrorKind::AlreadyExists => return Err(error.error),
                // Or another was first.
                Ok(_) | Err(_) => {}
            }
        }
        // It is damaged. Should others repair it too, the last one wins; what the rest write until they end is not found again.
        Err(error) if error.kind() == io::ErrorKind::InvalidData => {
            made(directory)?.persist(&path).map_err(|error| error.error)?;
        }
        Err(error) => return Err(error),
    }
    read(&path)
}

/// A file with a new seed, without its name so far.
fn made(directory: &Path) -> io::Result<NamedTempFile> {
    let mut file = NamedTempFile::new_in(directory)?;
    file.write_all(&HashSeed::default().0.to_le_bytes())?;
    // After a crash the name must not be there without the bytes.
    file.as_file().sync_all()?;
    Ok(file)
}

/// The seed in a file.
fn read(path: &Path) -> io::Result<HashSeed> {
    let mut file = open_file(path)?;
    let mut seed = [0; 8];
    if file.metadata()?.len() != 8 {
        return Err(io::Error::new(io::ErrorKind::InvalidData, "it does not hold eight bytes"));
    }
    file.read_exact(&mut seed)?;
    Ok(HashSeed(u64::from_le_bytes(seed)))
}

#[cfg(test)]
mod tests {
    use std::fs;
    use std::sync::Barrier;

    use super::*;

    #[test]
    fn all_who_start_at_once_agree() {
        let directory = tempfile::tempdir().expect("a directory");
        let barrier = Barrier::new(8);
        let seeds: Vec<HashSeed> = std::thread::scope(|scope| {
            let start = || {
                barrier.wait();
                of(directory.path()).expect("a seed")
            };
            let threads: Vec<_> = (0..8).map(|_| scope.spawn(start)).collect();
            threads.into_iter().map(|thread| thread.join().expect("no panic")).collect()
        });
        assert!(seeds.iter().all(|seed| Some(seed) == seeds.first()), "{seeds:?}");
        assert_eq!(
            fs::read_dir(directory.path()).expect("readable").count(),
            1,
            "nothing else is left behind"
        );
    }

    #[test]
    fn a_damaged_seed_is_replaced() {
        let directory = tempfile::tempdir().expect("a directory");
        for damaged in [&b""[..], b"short", b"much too long"] {
            fs::write(path(directory.path()), damaged).expect("written");
            let seed = of(directory.path()).expect("a seed");
            assert_eq!(of(directory.path()).expect("a seed"), seed);
        }
    }

    #[cfg(unix)]
    #[test]
    fn nobody_else_may_read_it_and_a_link_is_not_followed() {
        use std::os::unix::fs::{PermissionsExt, symlink};
        let directory = tempfile::tempdir().expect("a directory");
        of(directory.path()).expect("a seed");
        let mode = fs::metadata(path(directory.path())).expect("there").permissions().mode();
        assert_eq!(mode & 0o777, 0o600);
        fs::rename(path(directory.path()), directory.path().join("other")).expect("renamed");
        symlink("other", path(directory.path())).expect("a link");
        assert!(of(directory.path()).is_err());
    }
}
