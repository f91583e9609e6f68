//! Runs the program as a user would, in an environment that does not depend on the machine.

use std::ffi::OsStr;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};

use serde_json::Value;

/// The forms of the image `hello` in `testdata/`; its README says which tool made each.
pub(crate) const FORMS: [&str; 12] = [
    "hello.docker.tar",
    "hello.docker.tar.gz",
    "hello.skopeo-docker.tar",
    "hello.podman.tar",
    "hello.podman-oci.tar",
    "hello.buildah-oci.tar",
    "hello.ctr.tar",
    "hello.oci-gzip.tar",
    "hello.oci-zstd.tar",
    "hello.oci-zstd-chunked.tar",
    "hello.oci",
    "oci:hello.oci",
];

/// The result of a run of the program.
#[derive(Debug)]
pub(crate) struct Run {
    pub(crate) code: i32,
    pub(crate) stdout: String,
    pub(crate) stderr: String,
}

impl From<Output> for Run {
    fn from(output: Output) -> Self {
        Self {
            code: output.status.code().expect("ended by itself"),
            stdout: String::from_utf8(output.stdout).expect("UTF-8"),
            stderr: String::from_utf8(output.stderr).expect("UTF-8"),
        }
    }
}

/// Returns the program, without arguments and without engines.
pub(crate) fn program() -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_dockopt-dive"));
    command.env_clear().current_dir(testdata("")).stdin(Stdio::null());
    // Tests must not use engines of the machine.
    command.env("DOCKER_HOST", "unix:///nonexistent/docker.sock");
    command.env("CONTAINER_HOST", "unix:///nonexistent/podman.sock");
    command
}

/// Runs the program with arguments.
pub(crate) fn run<S: AsRef<OsStr>>(arguments: impl IntoIterator<Item = S>) -> Run {
    program().args(arguments).output().expect("the program starts").into()
}

/// Returns the same command, without pipes, with the default handling of SIGINT: tests that run in
/// the background may inherit a disabled one.
#[cfg(unix)]
pub(crate) fn interruptible(command: &Command) -> Command {
    let mut env = Command::new("/usr/bin/env");
    env.arg("--default-signal=INT").arg(command.get_program()).args(command.get_args());
    env.env_clear().envs(command.get_envs().filter_map(|(name, value)| Some((name, value?))));
    if let Some(directory) = command.get_current_dir() {
        env.current_dir(directory);
    }
    env.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
    env
}

/// Starts the program with pipes for its standard streams.
pub(crate) fn start<S: AsRef<OsStr>>(arguments: impl IntoIterator<Item = S>) -> Child {
    let mut command = program();
    command.args(arguments).stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    command.spawn().expect("the program starts")
}

/// Runs the program with bytes on standard input.
pub(crate) fn run_with_input<S: AsRef<OsStr>>(arguments: impl IntoIterator<Item = S>, input: &[u8]) -> Run {
    let mut child = start(arguments);
    let mut stdin = child.stdin.take().expect("a pipe");
    std::thread::scope(|scope| {
        // The program may close the pipe early.
        scope.spawn(move || drop(stdin.write_all(input)));
        child.wait_with_output().expect("the program ends").into()
    })
}

/// Writes an executable shell script. Another process writes it: a file that this process has open
/// for writing may be inherited by a process that another test starts, and then it cannot be run.
#[cfg(unix)]
pub(crate) fn write_program(path: &Path, script: &str) {
    let source = path.with_extension("source");
    std::fs::write(&source, format!("#!/bin/sh\n{script}")).expect("written");
    copy_program(&source, path);
    std::fs::remove_file(source).expect("removed");
}

/// Copies a program with another process, so that it can be run at once; see [`write_program`].
#[cfg(unix)]
pub(crate) fn copy_program(from: &Path, to: &Path) {
    use std::os::unix::fs::PermissionsExt;
    assert!(Command::new("cp").arg(from).arg(to).status().expect("cp runs").success());
    std::fs::set_permissions(to, std::fs::Permissions::from_mode(0o755)).expect("made executable");
}

/// Returns the JSON report on an image.
pub(crate) fn json<S: AsRef<OsStr>>(arguments: impl IntoIterator<Item = S>) -> Value {
    let run =
        program().args(["-o", "json"]).args(arguments).output().map(Run::from).expect("the program starts");
    assert_eq!(run.code, 0, "{}", run.stderr);
    serde_json::from_str(&run.stdout).expect("JSON")
}

/// Returns the path of a file in `testdata/`.
pub(crate) fn testdata(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("testdata").join(name)
}

/// Removes what depends on how an image is stored: reference, source, names, and everything about
/// compressed blobs.
pub(crate) fn without_transport(mut report: Value) -> Value {
    for field in ["reference", "source", "tags", "digest", "id"] {
        report["image"][field].take();
    }
    report["size"]["transfer"].take();
    for layer in report["layers"].as_array_mut().expect("layers") {
        for field in ["digest", "mediaType", "transfer"] {
            layer[field].take();
        }
    }
    report
}
