//! The cache as readers of images use it.

use std::fs;

use proptest::prelude::*;

use super::*;
use crate::layer::Batch;
use crate::layer::testing::{index_of, numbered, shown};

const LIMIT: u64 = 1 << 20;

fn key(digest: &str) -> CacheKey {
    CacheKey { scope: "blob".to_owned(), digest: digest.to_owned() }
}

fn cache() -> (tempfile::TempDir, Cache) {
    let directory = tempfile::tempdir().expect("a directory");
    let cache = Cache::open(directory.path().join("new/cache"), LIMIT).expect("a cache");
    (directory, cache)
}

fn decoded(index: &EncodedIndex) -> Vec<String> {
    let batches: Vec<Batch> = index.batches(0).collect::<Result<_, _>>().expect("whole");
    shown(&batches)
}

/// Returns the only file of layers and records in a cache.
fn only_file(cache: &Cache) -> PathBuf {
    let folder =
        fs::read_dir(cache.directory().join("v1")).expect("there").next().expect("one").expect("readable");
    fs::read_dir(folder.path()).expect("there").next().expect("one").expect("readable").path()
}

#[test]
fn stored_layers_and_records_are_loaded_by_later_caches() {
    let (_directory, cache) = cache();
    assert!(cache.load(&key("sha256:a")).is_none());
    cache.store(&key("sha256:a"), &numbered(1)).expect("stored");
    cache.store_record(&key("sha256:a"), b"record").expect("stored");
    let later = Cache::open(cache.directory().to_owned(), LIMIT).expect("a cache");
    assert_eq!(later.seed(), cache.seed());
    let index = later.load(&key("sha256:a")).expect("there");
    assert_eq!(decoded(&index), decoded(&numbered(1)));
    assert_eq!(later.load_record(&key("sha256:a")), Some(b"record".to_vec()));
    assert_eq!((later.info().entries, later.info().limit), (2, LIMIT));
    // A loaded index can be stored again, for example after the limit was raised.
    later.store(&key("sha256:b"), &index).expect("stored");
    assert_eq!(decoded(&later.load(&key("sha256:b")).expect("there")), decoded(&index));
}

#[test]
fn keys_differ_by_scope_digest_and_kind() {
    let of = |scope: &str, digest: &str| CacheKey { scope: scope.to_owned(), digest: digest.to_owned() };
    let mut names = vec![key("a").name(Kind::Layer), key("a").name(Kind::Record)];
    for (scope, digest) in [("ab", "c"), ("a", "bc"), ("", "abc"), ("abc", ""), ("../..", "/etc/passwd\0")] {
        names.push(of(scope, digest).name(Kind::Layer));
    }
    let paths: std::collections::HashSet<_> = names.iter().map(|name| name.path()).collect();
    assert_eq!(paths.len(), names.len());
    assert!(
        paths.iter().all(|path| path.components().count() == 2 && path.as_os_str().len() == 67),
        "{paths:?}"
    );
}

#[test]
fn file_with_another_name_or_seed_is_ignored() {
    let (_directory, cache) = cache();
    cache.store(&key("a"), &numbered(1)).expect("stored");
    let file = only_file(&cache);
    let other = cache.directory().join("v1").join(key("b").name(Kind::Layer).path());
    fs::create_dir_all(other.parent().expect("a directory")).expect("made");
    fs::copy(&file, other).expect("copied");
    assert!(cache.load(&key("a")).is_some() && cache.load(&key("b")).is_none());
    fs::write(cache.directory().join("seed"), [7; 8]).expect("written");
    let other = Cache::open(cache.directory().to_owned(), LIMIT).expect("a cache");
    assert!(other.load(&key("a")).is_none());
}

#[test]
fn file_of_another_format_version_is_ignored() {
    let (_directory, cache) = cache();
    cache.store_record(&key("a"), b"record").expect("stored");
    let file = only_file(&cache);
    let mut bytes = fs::read(&file).expect("readable");
    assert_eq!(bytes.get(8..10), Some(&FORMAT.to_le_bytes()[..]));
    bytes[8] += 1;
    fs::write(&file, bytes).expect("written");
    assert_eq!(cache.load_record(&key("a")), None);
}

#[test]
fn truncated_or_extended_file_is_ignored() {
    let (_directory, cache) = cache();
    cache.store(&key("a"), &numbered(1)).expect("stored");
    let file = only_file(&cache);
    let bytes = fs::read(&file).expect("readable");
    for length in 0..bytes.len() {
        fs::write(&file, &bytes[..length]).expect("written");
        assert!(cache.load(&key("a")).is_none(), "{length} bytes");
    }
    fs::write(&file, [&bytes[..], b"x"].concat()).expect("written");
    assert!(cache.load(&key("a")).is_none());
    fs::write(&file, bytes).expect("written");
    assert!(cache.load(&key("a")).is_some());
}

#[test]
fn too_large_record_is_refused() {
    let (_directory, cache) = cache();
    let large = vec![0; usize::try_from(MAX_RECORD).expect("small") + 1];
    assert!(cache.store_record(&key("a"), &large).is_err());
    assert_eq!(cache.info().entries, 0);
}

#[test]
fn error_names_a_directory_that_cannot_be_created() {
    let directory = tempfile::tempdir().expect("a directory");
    let file = directory.path().join("file");
    fs::write(&file, "").expect("written");
    let error = Cache::open(file.join("cache"), LIMIT).expect_err("no directory");
    assert!(error.to_string().contains("file/cache`"), "{error}");
}

#[test]
fn error_names_an_unreadable_seed() {
    let directory = tempfile::tempdir().expect("a directory");
    fs::create_dir(directory.path().join("seed")).expect("made");
    let error = Cache::open(directory.path().to_owned(), LIMIT).expect_err("no seed");
    assert!(matches!(error, CacheError::Seed { .. }) && error.to_string().contains("/seed`"), "{error}");
}

/// A file blocks the directory, so that writing fails for every user, root included.
#[test]
fn unwritable_cache_is_still_read() {
    let (_directory, cache) = cache();
    cache.store_record(&key("a"), b"record").expect("stored");
    let blocked = (0..1000)
        .map(|number| key(&number.to_string()))
        .find(|key| key.name(Kind::Record).0[0] != self::key("a").name(Kind::Record).0[0])
        .expect("another directory");
    let folder = cache.directory().join("v1").join(blocked.name(Kind::Record).path());
    fs::write(folder.parent().expect("a directory"), "").expect("written");
    assert!(cache.store_record(&blocked, b"record").is_err());
    assert_eq!(cache.load_record(&blocked), None);
    assert_eq!(cache.load_record(&key("a")), Some(b"record".to_vec()));
}

#[cfg(unix)]
#[test]
fn read_only_directory_is_usable() {
    use std::os::unix::fs::PermissionsExt;
    let (_directory, cache) = cache();
    cache.store_record(&key("a"), b"record").expect("stored");
    let set = |mode| {
        for folder in [cache.directory().to_owned(), cache.directory().join("v1")] {
            fs::set_permissions(folder, fs::Permissions::from_mode(mode)).expect("changed");
        }
    };
    set(0o500);
    let again = Cache::open(cache.directory().to_owned(), LIMIT).expect("a cache");
    assert_eq!(again.load_record(&key("a")), Some(b"record".to_vec()));
    // For the superuser, nothing is read-only.
    let stored = again.store_record(&key("b"), b"record");
    assert_eq!(again.load_record(&key("b")).is_some(), stored.is_ok());
    set(0o700);
}

#[test]
fn cache_stays_within_its_limit() {
    let directory = tempfile::tempdir().expect("a directory");
    let cache = Cache::open(directory.path().to_owned(), 10 * 4096).expect("a cache");
    for number in 0..50 {
        cache.store(&key(&number.to_string()), &numbered(number)).expect("stored");
        assert!(cache.info().bytes <= 10 * 4096, "{:?}", cache.info());
        assert!(cache.load(&key(&number.to_string())).is_some(), "what was just stored stays");
    }
    assert!(cache.info().entries >= 8, "{:?}", cache.info());
    let pruned = cache.prune(4096).expect("removed");
    assert_eq!(cache.info().entries, 1);
    assert!(pruned.bytes == pruned.entries * 4096 && pruned.entries >= 7, "{pruned:?}");
}

#[test]
fn layer_without_entries_round_trips() {
    let (_directory, cache) = cache();
    cache.store(&key("a"), &index_of(&[Batch::new(0).complete()])).expect("stored");
    assert_eq!(decoded(&cache.load(&key("a")).expect("there")), ["Some(0) []"]);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(32))]

    #[test]
    fn changed_byte_is_detected(places in prop::collection::vec((any::<prop::sample::Index>(), 1..=u8::MAX), 16)) {
        let (_directory, cache) = cache();
        cache.store(&key("a"), &numbered(1)).expect("stored");
        let file = only_file(&cache);
        let bytes = fs::read(&file).expect("readable");
        for (place, change) in places {
            let mut changed = bytes.clone();
            *place.get_mut(&mut changed) ^= change;
            fs::write(&file, changed).expect("written");
            prop_assert!(cache.load(&key("a")).is_none());
        }
    }

    #[test]
    fn arbitrary_bytes_do_not_panic(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
        let (_directory, cache) = cache();
        cache.store(&key("a"), &numbered(1)).expect("stored");
        fs::write(only_file(&cache), bytes).expect("written");
        prop_assert!(cache.load(&key("a")).is_none());
    }
}
