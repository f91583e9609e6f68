//! The cache commands: `info` and `prune`.

use std::fs;
use std::path::{Path, PathBuf};

use crate::run::{Run, program};

fn run_in(home: &Path, size: &str, arguments: &[&str]) -> Run {
    let mut command = program();
    command.env("XDG_CACHE_HOME", home).env("DOCKOPT_DIVE_CACHE_SIZE", size).arg("cache").args(arguments);
    command.output().expect("the program starts").into()
}

/// Adds a file to the cache that looks like one of its own, last used this many hours ago.
fn put(home: &Path, digit: char, bytes: usize, hours: u64) -> PathBuf {
    let name: String = std::iter::repeat_n(digit, 64).collect();
    let folder = home.join("dockopt-dive/v1").join(&name[..2]);
    fs::create_dir_all(&folder).expect("made");
    let path = folder.join(name);
    fs::write(&path, vec![0; bytes]).expect("written");
    let file = fs::File::options().write(true).open(&path).expect("there");
    file.set_modified(std::time::SystemTime::now() - std::time::Duration::from_secs(hours * 3600))
        .expect("changed");
    path
}

#[test]
fn info_and_prune_do_not_create_a_cache() {
    let home = tempfile::tempdir().expect("a directory");
    let info = run_in(home.path(), "", &["info"]);
    assert_eq!((info.code, info.stderr.as_str()), (0, ""));
    let directory = home.path().join("dockopt-dive").display().to_string();
    assert_eq!(
        info.stdout,
        format!("directory  {directory}\nentries    0\nsize       0 B\nlimit      536.87 MB\n")
    );
    assert_eq!(run_in(home.path(), "", &["prune"]).stdout, "removed 0 entries, 0 B\n");
    assert_eq!(fs::read_dir(home.path()).expect("readable").count(), 0);
}

#[test]
fn prune_removes_the_least_recently_used_or_everything() {
    let home = tempfile::tempdir().expect("a directory");
    let (old, new) = (put(home.path(), 'a', 5000, 2), put(home.path(), 'b', 100, 1));
    let info = run_in(home.path(), "1 GB", &["info"]);
    assert!(info.stdout.ends_with("entries    2\nsize       12.29 kB\nlimit      1 GB\n"), "{}", info.stdout);
    let pruned = run_in(home.path(), "", &["prune", "--keep", "10kB"]);
    assert_eq!((pruned.code, pruned.stdout.as_str()), (0, "removed 1 entry, 8.19 kB\n"));
    assert!(!old.exists() && new.exists());
    let pruned = run_in(home.path(), "", &["prune"]);
    assert_eq!((pruned.code, pruned.stdout.as_str()), (0, "removed 1 entry, 4.10 kB\n"));
    assert!(!new.exists());
}

#[test]
fn limit_can_be_off() {
    let home = tempfile::tempdir().expect("a directory");
    for off in ["0", "off"] {
        let info = run_in(home.path(), off, &["info"]);
        assert!(info.stdout.ends_with("limit      none is kept\n"), "{}", info.stdout);
    }
}

#[test]
fn invalid_size_is_exit_code_2() {
    let home = tempfile::tempdir().expect("a directory");
    let info = run_in(home.path(), "much", &["info"]);
    assert_eq!((info.code, info.stdout.as_str()), (2, ""));
    assert!(
        info.stderr.starts_with("error: `DOCKOPT_DIVE_CACHE_SIZE`\ncaused by: `much` is not a size"),
        "{}",
        info.stderr
    );
    for wrong in ["much", "off"] {
        let pruned = run_in(home.path(), "", &["prune", "--keep", wrong]);
        assert_eq!(pruned.code, 2, "{}", pruned.stdout);
        assert!(pruned.stderr.contains("--keep"), "{}", pruned.stderr);
    }
}

#[test]
fn missing_home_is_an_error_with_a_hint() {
    for relative in ["", "relative"] {
        let mut command = program();
        command.env("XDG_CACHE_HOME", relative).args(["cache", "info"]);
        let info = Run::from(command.output().expect("the program starts"));
        assert_eq!((info.code, info.stdout.as_str()), (2, ""));
        assert!(info.stderr.contains("hint: set `HOME`"), "{}", info.stderr);
    }
}

#[test]
fn cache_is_in_the_home_of_the_user() {
    let home = tempfile::tempdir().expect("a directory");
    let mut command = program();
    command.env("HOME", home.path()).args(["cache", "info"]);
    let info = Run::from(command.output().expect("the program starts"));
    let directory = home.path().join(".cache/dockopt-dive").display().to_string();
    assert!(info.stdout.starts_with(&format!("directory  {directory}\n")), "{}", info.stdout);
}

#[test]
fn error_of_an_unusable_cache_names_it() {
    let home = tempfile::tempdir().expect("a directory");
    fs::write(home.path().join("dockopt-dive"), "").expect("written");
    let info = run_in(home.path(), "", &["info"]);
    assert_eq!((info.code, info.stdout.as_str()), (2, ""));
    assert!(info.stderr.contains("caused by: cannot create cache directory `"), "{}", info.stderr);
}
