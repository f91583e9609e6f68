//! Files that appear, vanish or are not what they seem.

use std::sync::atomic::{AtomicUsize, Ordering};

use super::*;
use crate::bytes::hash::HashSeed;
use crate::cache::frame::Kind;

const HOUR: Duration = Duration::from_secs(60 * 60);

fn frame(number: u8) -> Frame {
    Frame { name: Name([number; 32]), kind: Kind::Record, seed: HashSeed(1) }
}

/// Creates a cache with room for four files of one block, in a new directory.
fn small() -> (tempfile::TempDir, Store) {
    let directory = tempfile::tempdir().expect("a directory");
    let store = Store::new(directory.path(), 4 * DISK_BLOCK);
    (directory, store)
}

fn path(store: &Store, number: u8) -> PathBuf {
    store.root.join(frame(number).name.path())
}

/// Makes a file look as if it was last used some hours ago.
fn age(store: &Store, number: u8, hours: u32) {
    let file = File::options().write(true).open(path(store, number)).expect("there");
    file.set_modified(SystemTime::now() - HOUR * hours).expect("changed");
}

fn numbers(store: &Store) -> Vec<u8> {
    (0..=u8::MAX).filter(|&number| path(store, number).exists()).collect()
}

#[test]
fn least_recently_used_files_are_removed_first() {
    let (_directory, store) = small();
    for number in 1..=4 {
        store.write(&frame(number), &[b"x"]).expect("written");
        age(&store, number, u32::from(10 - number));
    }
    // Another process uses the first file, which this cache believes to be the oldest.
    assert_eq!(
        Store::new(store.root.parent().expect("a directory"), 0).read(&frame(1), 9),
        Some(b"x".to_vec())
    );
    let later = Store::new(store.root.parent().expect("a directory"), store.limit);
    later.write(&frame(5), &[b"x"]).expect("written");
    assert_eq!(numbers(&later), [1, 4, 5]);
}

#[test]
fn file_used_by_another_process_is_not_the_oldest() {
    let (_directory, store) = small();
    for number in 1..=4 {
        store.write(&frame(number), &[b"x"]).expect("written");
    }
    let touched = File::options().write(true).open(path(&store, 1)).expect("there");
    touched.set_modified(SystemTime::now() + HOUR).expect("changed");
    store.write(&frame(5), &[b"x"]).expect("written");
    assert_eq!(numbers(&store), [1, 4, 5]);
}

#[test]
fn file_larger_than_the_cache_is_refused() {
    let (_directory, store) = small();
    store.write(&frame(1), &[b"x"]).expect("written");
    let large = vec![0; usize::try_from(store.limit).expect("small")];
    let error = store.write(&frame(2), &[&large]).expect_err("too large");
    assert_eq!(error.kind(), io::ErrorKind::FileTooLarge);
    assert_eq!(numbers(&store), [1]);
}

#[test]
fn rewritten_file_counts_once() {
    let (_directory, store) = small();
    for _ in 0..9 {
        store.write(&frame(1), &[b"x"]).expect("written");
    }
    store.write(&frame(2), &[b"x"]).expect("written");
    assert_eq!(numbers(&store), [1, 2]);
    assert_eq!(store.sum(), (2, 2 * DISK_BLOCK));
}

#[test]
fn pruning_reports_what_it_removed() {
    let (_directory, store) = small();
    for number in 1..=4 {
        store.write(&frame(number), &[b"x"]).expect("written");
        age(&store, number, u32::from(number));
    }
    assert_eq!(store.prune(3 * DISK_BLOCK).expect("removed"), Pruned { entries: 1, bytes: DISK_BLOCK });
    assert_eq!(numbers(&store), [1, 2, 3]);
    assert_eq!(store.prune(u64::MAX).expect("nothing to do"), Pruned::default());
    assert_eq!(store.prune(0).expect("removed"), Pruned { entries: 3, bytes: 3 * DISK_BLOCK });
    assert_eq!(store.sum(), (0, 0));
    assert_eq!(Store::new(Path::new("/nowhere"), 0).prune(0).expect("nothing there"), Pruned::default());
}

#[test]
fn file_removed_by_another_process_is_no_error() {
    let (_directory, store) = small();
    for number in 1..=4 {
        store.write(&frame(number), &[b"x"]).expect("written");
    }
    fs::remove_file(path(&store, 1)).expect("removed");
    store.write(&frame(5), &[b"x"]).expect("written");
    assert_eq!(numbers(&store), [3, 4, 5]);
}

#[test]
fn pruning_removes_only_cache_files_and_stale_temporary_files() {
    let (directory, store) = small();
    store.write(&frame(1), &[b"x"]).expect("written");
    let folder = path(&store, 1).parent().expect("a directory").to_owned();
    let strangers = [
        directory.path().join("mine"),
        store.root.join("mine"),
        folder.join("mine"),
        folder.join(".tmp-new"),
    ];
    let elsewhere = folder.join(path(&store, 7).file_name().expect("a name"));
    let stale = folder.join(".tmp-old");
    for file in strangers.iter().chain([&elsewhere, &stale]) {
        fs::write(file, "mine").expect("written");
    }
    let old = File::options().write(true).open(&stale).expect("there");
    old.set_modified(SystemTime::now() - 2 * HOUR).expect("changed");
    assert_eq!(store.sum(), (1, DISK_BLOCK));
    assert!(stale.exists(), "looking removes nothing");
    assert_eq!(store.prune(0).expect("removed").entries, 1);
    assert!(strangers.iter().all(|file| file.exists()) && elsewhere.exists());
    assert!(!stale.exists());
}

#[test]
fn concurrent_store_read_and_prune_work() {
    let directory = tempfile::tempdir().expect("a directory");
    let found = AtomicUsize::new(0);
    std::thread::scope(|scope| {
        for process in 0..4_u8 {
            let (directory, found) = (directory.path(), &found);
            scope.spawn(move || {
                let store = Store::new(directory, 8 * DISK_BLOCK);
                for round in 0..60_u8 {
                    let number = (round + 7 * process) % 20;
                    store.write(&frame(number), &[&[number; 99]]).expect("written");
                    if let Some(payload) = store.read(&frame((number + 3) % 20), 99) {
                        assert_eq!(payload, [(number + 3) % 20; 99]);
                        found.fetch_add(1, Ordering::Relaxed);
                    }
                    if round % 20 == process {
                        store.prune(2 * DISK_BLOCK).expect("removed");
                    }
                }
            });
        }
    });
    assert!(found.into_inner() > 0, "some of it was still there");
    let last = Store::new(directory.path(), 8 * DISK_BLOCK);
    last.write(&frame(100), &[b"x"]).expect("written");
    assert!(last.sum().1 <= last.limit, "{:?}", last.sum());
    let left =
        fs::read_dir(&last.root).expect("readable").flatten().flat_map(|folder| entries(&folder.path()));
    assert!(left.map(|entry| entry.file_name()).all(|name| !name.to_string_lossy().starts_with('.')));
}

#[cfg(unix)]
mod links {
    use std::os::unix::fs::{PermissionsExt, symlink};

    use super::*;

    #[test]
    fn links_are_not_followed_for_reading_or_removing() {
        let (directory, store) = small();
        store.write(&frame(1), &[b"x"]).expect("written");
        let outside = directory.path().join("outside");
        let folder = path(&store, 1).parent().expect("a directory").to_owned();
        fs::rename(&folder, &outside).expect("moved");
        symlink(&outside, &folder).expect("a link");
        assert_eq!(store.sum(), (0, 0));
        assert_eq!(store.prune(0).expect("nothing to do"), Pruned::default());
        let target = outside.join(path(&store, 1).file_name().expect("a name"));
        assert!(target.exists());
        fs::remove_file(&folder).expect("removed");
        fs::create_dir(&folder).expect("made");
        symlink(&target, path(&store, 1)).expect("a link");
        assert_eq!(store.read(&frame(1), 9), None);
        fs::remove_dir_all(&store.root).expect("removed");
        symlink(&outside, &store.root).expect("a link");
        assert_eq!(store.prune(0).expect("nothing to do"), Pruned::default());
        assert!(target.exists());
    }

    #[test]
    fn pipe_in_place_of_a_file_does_not_block() {
        let (_directory, store) = small();
        store.write(&frame(1), &[b"x"]).expect("written");
        fs::remove_file(path(&store, 1)).expect("removed");
        let mode = rustix::fs::Mode::from_raw_mode(0o600);
        rustix::fs::mknodat(rustix::fs::CWD, path(&store, 1), rustix::fs::FileType::Fifo, mode, 0)
            .expect("a pipe");
        assert_eq!(store.read(&frame(1), 9), None);
    }

    #[test]
    fn files_and_directories_are_private() {
        let (_directory, store) = small();
        store.write(&frame(1), &[b"x"]).expect("written");
        let mode = |path: &Path| fs::metadata(path).expect("there").permissions().mode() & 0o777;
        assert_eq!(mode(&path(&store, 1)), 0o600);
        assert_eq!(mode(&store.root), 0o700);
        assert_eq!(mode(path(&store, 1).parent().expect("a directory")), 0o700);
    }
}
