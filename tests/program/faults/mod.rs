//! Fake engines and registries on loopback that misbehave: the messages, and what stays behind.
//!
//! Every failure is reported within seconds, with exit code 2, a message that names the object, and
//! an empty standard output. No temporary file stays, and the cache keeps nothing of a failed read.

mod engine;
mod engine_broken;
mod engine_cached;
mod engine_identity;
mod engine_unreachable;
mod registry;
mod registry_blobs;
mod registry_cached;
mod registry_credentials;
mod registry_referrers;
mod server;

use std::ffi::OsStr;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use serde_json::Value;
use tempfile::TempDir;

use crate::run::{Run, program};

/// The longest time until a failure is reported, on a busy machine.
const SECONDS: Duration = Duration::from_secs(12);

/// A user's directories for temporary files, cache, settings and sockets.
struct Home {
    directory: TempDir,
}

impl Home {
    fn new() -> Self {
        let directory = tempfile::tempdir().expect("a directory");
        for name in ["tmp", "cache", "docker", "bin"] {
            fs::create_dir(directory.path().join(name)).expect("made");
        }
        Self { directory }
    }

    fn path(&self, name: &str) -> PathBuf {
        self.directory.path().join(name)
    }

    /// Returns the program with this user's environment, which names sockets of both engines in the
    /// home.
    fn command<S: AsRef<OsStr>>(&self, arguments: impl IntoIterator<Item = S>) -> Command {
        let mut command = program();
        command.env("HOME", self.directory.path()).env("PATH", self.path("bin"));
        command.env("TMPDIR", self.path("tmp")).env("XDG_CACHE_HOME", self.path("cache"));
        // No file here has the name of an image.
        command.env("DOCKER_CONFIG", self.path("docker")).current_dir(self.path("bin"));
        for (variable, socket) in [("DOCKER_HOST", "docker.sock"), ("CONTAINER_HOST", "podman.sock")] {
            command.env(variable, format!("unix://{}", self.path(socket).display()));
        }
        command.stdout(Stdio::piped()).stderr(Stdio::piped()).args(arguments);
        command
    }

    fn run<S: AsRef<OsStr>>(&self, arguments: impl IntoIterator<Item = S>) -> Run {
        self.command(arguments).output().expect("the program starts").into()
    }

    /// Returns the JSON report on a healthy image.
    #[track_caller]
    fn report(&self, arguments: &[&str]) -> String {
        let run = self.run(["-o", "json"].iter().chain(arguments));
        assert_eq!((run.code, run.stderr.as_str()), (0, ""), "{arguments:?}");
        self.assert_tidy();
        run.stdout
    }

    #[track_caller]
    fn json(&self, arguments: &[&str]) -> Value {
        serde_json::from_str(&self.report(arguments)).expect("JSON")
    }

    /// Runs the program on an unreadable image, and asserts how it fails and that its message has
    /// `words`.
    #[track_caller]
    fn fails(&self, arguments: &[&str], words: &[&str]) -> Run {
        let begun = Instant::now();
        let run = self.run(["-o", "json"].iter().chain(arguments));
        self.assert_failed(&run, words);
        let took = begun.elapsed();
        assert!(took < SECONDS, "{arguments:?} took {took:?}: {}", run.stderr);
        run
    }

    #[track_caller]
    fn assert_failed(&self, run: &Run, words: &[&str]) {
        let Run { code, stdout, stderr } = run;
        assert_eq!((*code, stdout.as_str()), (2, ""), "{stderr}");
        assert!(stderr.starts_with("error: "), "{stderr}");
        for line in stderr.lines() {
            assert!(
                ["error: ", "caused by: ", "hint: "].iter().any(|start| line.starts_with(start)),
                "{stderr}"
            );
            assert!(line.chars().count() < 2000, "an endless line: {stderr}");
        }
        for word in words {
            assert!(stderr.contains(word), "`{word}` is missing in:\n{stderr}");
        }
        // Panics and `Debug` output.
        for odd in ["panicked", "Some(", "Err(", "Error {", "kind: ", "Custom", " { ", "os error 0"] {
            assert!(!stderr.contains(odd), "`{odd}` is in:\n{stderr}");
        }
        assert_is_text(stderr);
        self.assert_tidy();
    }

    /// Asserts that no temporary file is left, in the home or in the cache.
    #[track_caller]
    fn assert_tidy(&self) {
        assert_eq!(files(&self.path("tmp")), [] as [PathBuf; 0], "temporary files");
        for file in files(&self.path("cache")) {
            let name = file.file_name().and_then(OsStr::to_str).expect("text");
            let is_entry = name.len() == 64 && name.bytes().all(|byte| byte.is_ascii_hexdigit());
            assert!(is_entry || name == "seed", "{}", file.display());
        }
    }

    /// Returns the entries of the cache.
    fn entries(&self) -> Vec<PathBuf> {
        files(&self.path("cache/dockopt-dive/v1"))
    }
}

/// Runs all cases in parallel: most of their time is waiting.
fn at_once<T: Send>(cases: impl IntoIterator<Item = T>, attempt: impl Fn(T) + Sync) {
    let attempt = &attempt;
    std::thread::scope(|scope| cases.into_iter().for_each(|case| drop(scope.spawn(move || attempt(case)))));
}

/// Asserts that a text has no control characters, escape sequences or bidirectional overrides.
#[track_caller]
fn assert_is_text(text: &str) {
    let odd = text.chars().find(|letter| letter.is_control() && *letter != '\n');
    assert_eq!(odd, None, "{text:?}");
    let turns = |letter: &char| matches!(letter, '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}');
    assert_eq!(text.chars().find(turns), None, "{text:?}");
}

/// Returns all files below a directory in any order; none if the directory does not exist.
fn files(directory: &Path) -> Vec<PathBuf> {
    let Ok(entries) = fs::read_dir(directory) else {
        return Vec::new();
    };
    let below = |path: PathBuf| if path.is_dir() { files(&path) } else { vec![path] };
    entries.flat_map(|entry| below(entry.expect("readable").path())).collect()
}
