//! The seed of all hashes in a cache: eight random bytes in a file.
//!
//! Processes that start at the same time must agree on it. Each writes a temporary file and renames
//! it without overwriting, so the second one finds the seed of the first.

use std::io::{self, Read, Write};
use std::path::{Path, PathBuf};

use tempfile::NamedTempFile;

use super::store::open_file;
use crate::bytes::hash::HashSeed;

/// Returns the path of the seed file.
pub(super) fn path(directory: &Path) -> PathBuf {
    directory.join("seed")
}

/// Returns the seed of the cache in a directory, and creates it if necessary.
pub(super) fn of(directory: &Path) -> io::Result<HashSeed> {
    let path = path(directory);
    match read(&path) {
        Ok(seed) => return Ok(seed),
        Err(error) if error.kind() == io::ErrorKind::NotFound => {
            match made(directory)?.persist_noclobber(&path) {
                Err(error) if error.error.kind() != io::ErrorKind::AlreadyExists => return Err(error.error),
                // `AlreadyExists`: another process was first.
                Ok(_) | Err(_) => {}
            }
        }
        // The file is damaged. If several processes repair it at once, the last one wins; files
        // that the others write until they exit are not found again.
        Err(error) if error.kind() == io::ErrorKind::InvalidData => {
            made(directory)?.persist(&path).map_err(|error| error.error)?;
        }
        Err(error) => return Err(error),
    }
    read(&path)
}

/// Creates a temporary file with a new seed.
fn made(directory: &Path) -> io::Result<NamedTempFile> {
    let mut file = NamedTempFile::new_in(directory)?;
    file.write_all(&HashSeed::default().0.to_le_bytes())?;
    // After a crash, the name must not exist without the bytes.
    file.as_file().sync_all()?;
    Ok(file)
}

/// Reads the seed from a file.
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
    fn concurrent_starts_agree_on_the_seed() {
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
    fn damaged_seed_is_replaced() {
        let directory = tempfile::tempdir().expect("a directory");
        for damaged in [&b""[..], b"short", b"much too long"] {
            fs::write(path(directory.path()), damaged).expect("written");
            let seed = of(directory.path()).expect("a seed");
            assert_eq!(of(directory.path()).expect("a seed"), seed);
        }
    }

    #[cfg(unix)]
    #[test]
    fn seed_is_private_and_links_are_not_followed() {
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
