//! Tests with real engines and registries, which `tests/engines/up.sh` starts and `push-images.sh`
//! fills. They run only on request (`--run-ignored`), and fail if something is missing.
//!
//! Reports are compared with those on archives that `docker save` wrote. Tests run in parallel, so
//! none changes an image that another one reads.

mod build;
mod encrypted;
mod explore;
mod fix;
mod images;
mod packages;
mod registry;
mod settings;
mod sources;

use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::{Mutex, MutexGuard, PoisonError};

use serde_json::Value;
use tempfile::TempDir;

use crate::run::{Run, program, without_transport};

/// Held while Podman's images change or are listed: Podman 4 cannot list images while one is
/// removed.
static PODMAN_LIST: Mutex<()> = Mutex::new(());

/// Images that every engine and registry has, the smallest first.
const IMAGES: [&str; 3] = ["static", "many-layers", "python-naive"];

/// Returns a variable that `up.sh` prints.
pub(crate) fn variable(name: &str) -> String {
    std::env::var(name).unwrap_or_else(|_| panic!("{name} is not set; tests/engines/up.sh prints it"))
}

/// Returns the path of an image's archive as `docker save` wrote it.
fn archive(name: &str) -> String {
    Path::new(&variable("DOCKOPT_TEST_IMAGES")).join(format!("{name}.tar")).display().to_string()
}

/// Returns the program with the addresses of both engines and the machine's `PATH`.
fn with_engines() -> Command {
    let mut command = program();
    command.env("PATH", variable("PATH"));
    command.env("DOCKER_HOST", variable("DOCKOPT_TEST_DOCKER"));
    command.env("CONTAINER_HOST", variable("DOCKOPT_TEST_PODMAN"));
    command
}

/// Returns the program without addresses of engines.
fn without_addresses() -> Command {
    let mut command = program();
    command.env_remove("DOCKER_HOST").env_remove("CONTAINER_HOST");
    command
}

/// Returns a program of the machine that uses the Docker of the tests.
fn tool(name: &str) -> Command {
    let mut command = Command::new(name);
    command.env("DOCKER_HOST", variable("DOCKOPT_TEST_DOCKER"));
    command
}

/// Returns the output of a program that must succeed.
#[track_caller]
fn output_of(command: &mut Command) -> Vec<u8> {
    let output = command.output().expect("it is installed");
    assert!(output.status.success(), "{command:?}: {}", String::from_utf8_lossy(&output.stderr));
    output.stdout
}

/// Runs a command.
fn run(command: &mut Command) -> Run {
    command.output().expect("the program starts").into()
}

/// Returns the JSON report on an image as written.
#[track_caller]
fn written(command: &mut Command, image: &str) -> String {
    let run = run(command.args(["-o", "json", image]));
    assert_eq!((run.code, run.stderr.as_str()), (0, ""), "{image}");
    run.stdout
}

/// Returns the JSON report on an image.
#[track_caller]
fn report(command: &mut Command, image: &str) -> Value {
    serde_json::from_str(&written(command, image)).expect("JSON")
}

/// Returns the parts of a report that do not depend on the source.
fn everywhere(report: Value) -> Value {
    without_transport(report)
}

/// Returns the same and the ID, which stays unless a tool rewrites the configuration.
fn with_id(report: Value) -> (Value, Value) {
    let id = report["image"]["id"].clone();
    (everywhere(report), id)
}

/// Returns the report on an image's archive.
#[track_caller]
fn of_archive(name: &str) -> Value {
    report(&mut program(), &archive(name))
}

/// Returns a directory with a program `podman` that uses the store of the tests, without a socket.
fn podman_program() -> TempDir {
    let directory = tempfile::tempdir().expect("a directory");
    let engines = variable("DOCKOPT_ENGINES_DIR");
    let script = format!(
        "#!/bin/sh\necho \"$1\" >>\"$0.log\"\nunset CONTAINER_HOST\n\
         exec '{}' --root '{engines}/podman' --runroot '{engines}/podman-run' \"$@\"\n",
        installed("podman").display()
    );
    let path = directory.path().join("podman");
    std::fs::write(&path, script).expect("written");
    std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o755)).expect("changed");
    directory
}

/// Returns the path of a program of the machine.
fn installed(name: &str) -> PathBuf {
    let path = variable("PATH");
    let mut places = std::env::split_paths(&path).map(|directory| directory.join(name));
    places.find(|place| place.is_file()).unwrap_or_else(|| panic!("{name} is not installed"))
}

/// Locks Podman's images against changes by other tests.
fn podman_list() -> MutexGuard<'static, ()> {
    PODMAN_LIST.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Returns the answer of an engine's API.
fn ask(socket: &str, path: &str) -> Value {
    let socket = socket.strip_prefix("unix://").expect("a socket");
    let url = format!("http://engine{path}");
    let answer = output_of(Command::new("curl").args(["-sf", "--unix-socket", socket, &url]));
    serde_json::from_slice(&answer).expect("JSON")
}
