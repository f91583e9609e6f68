//! Files that appear, vanish and are not what they seem.

use std::sync::atomic::{AtomicUsize, Ordering};

use super::*;
use crate::bytes::hash::HashSeed;
use crate::cache::frame::Kind;

const HOUR: Duration = Duration::from_secs(60 * 60);

fn frame(number: u8) -> Frame {
    Frame { name: Name([number; 32]), kind: Kind::Record, seed: HashSeed(1) }
}

/// A directory and a cache in it that has room for four files of one block.
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
fn the_files_not_used_for_longest_make_room() {
    let (_directory, store) = small();
    for number in 1..=4 {
        store.write(&frame(number), &[b"x"]).expect("written");
        age(&store, number, u32::from(10 - number));
    }
    // Others use the first, which this cache believes to be the oldest.
    assert_eq!(
        Store::new(store.root.parent().expect("a directory"), 0).read(&frame(1), 9),
        Some(b"x".to_vec())
    );
    let later = Store::new(store.root.parent().expect("a directory"), store.limit);
    later.write(&frame(5), &[b"x"]).expect("written");
    assert_eq!(numbers(&later), [1, 4, 5]);
}

#[test]
fn a_file_that_others_use_meanwhile_is_not_the_oldest() {
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
fn a_file_larger_than_the_cache_is_refused() {
    let (_directory, store) = small();
    store.write(&frame(1), &[b"x"]).expect("written");
    let large = vec![0; usize::try_from(store.limit).expect("small")];
    let error = store.write(&frame(2), &[&large]).expect_err("too large");
    assert_eq!(error.kind(), io::ErrorKind::FileTooLarge);
    assert_eq!(numbers(&store), [1]);
}

#[test]
fn a_file_written_again_counts_once() {
    let (_directory, store) = small();
    for _ in 0..9 {
        store.write(&frame(1), &[b"x"]).expect("written");
    }
    store.write(&frame(2), &[b"x"]).expect("written");
    assert_eq!(numbers(&store), [1, 2]);
    assert_eq!(store.sum(), (2, 2 * DISK_BLOCK));
}

#[test]
fn pruning_says_what_it_removed() {
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
fn what_others_have_removed_is_no_error() {
    let (_directory, store) = small();
    for number in 1..=4 {
        store.write(&frame(number), &[b"x"]).expect("written");
    }
    fs::remove_file(path(&store, 1)).expect("removed");
    store.write(&frame(5), &[b"x"]).expect("written");
    assert_eq!(numbers(&store), [3, 4, 5]);
}

#[test]
fn only_files_of_a_cache_are_removed_and_stale_temporary_ones() {
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
fn several_may_store_read_and_prune_at_once() {
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
    fn no_link_is_followed_to_read_or_to_remove() {
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
    fn a_pipe_in_the_place_of_a_file_is_not_waited_for() {
        let (_directory, store) = small();
        store.write(&frame(1), &[b"x"]).expect("written");
        fs::remove_file(path(&store, 1)).expect("removed");
        let mode = rustix::fs::Mode::from_raw_mode(0o600);
        rustix::fs::mknodat(rustix::fs::CWD, path(&store, 1), rustix::fs::FileType::Fifo, mode, 0)
            .expect("a pipe");
        assert_eq!(store.read(&frame(1), 9), None);
    }

    #[test]
    fn nobody_else_may_look_inside() {
        let (_directory, store) = small();
        store.write(&frame(1), &[b"x"]).expect("written");
        let mode = |path: &Path| fs::metadata(path).expect("there").permissions().mode() & 0o777;
        assert_eq!(mode(&path(&store, 1)), 0o600);
        assert_eq!(mode(&store.root), 0o700);
        assert_eq!(mode(path(&store, 1).parent().expect("a directory")), 0o700);
    }
}
