//! Real engines and a real registry: what `tests/engines/up.sh` starts and `push-images.sh` fills. All are ignored unless asked
//! for, and then fail where something is missing.
//!
//! The measure of every image is its archive as `docker save` wrote it. Other tests of this program may run at the same
//! time, so nothing here changes an image that another test looks at.

mod build;
mod encrypted;
mod images;
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

/// Held while Podman's images change or are listed: Podman 4 fails to list images if one is removed meanwhile.
static PODMAN_LIST: Mutex<()> = Mutex::new(());

/// The images that are everywhere, the smallest first.
const IMAGES: [&str; 3] = ["static", "many-layers", "python-naive"];

/// A variable that says where something is.
pub(crate) fn variable(name: &str) -> String {
    std::env::var(name).unwrap_or_else(|_| panic!("{name} is not set; tests/engines/up.sh prints it"))
}

/// The archive of an image as `docker save` wrote it.
fn archive(name: &str) -> String {
    Path::new(&variable("DOCKOPT_TEST_IMAGES")).join(format!("{name}.tar")).display().to_string()
}

/// The program where both engines are, with the programs of the machine.
fn with_engines() -> Command {
    let mut command = program();
    command.env("PATH", variable("PATH"));
    command.env("DOCKER_HOST", variable("DOCKOPT_TEST_DOCKER"));
    command.env("CONTAINER_HOST", variable("DOCKOPT_TEST_PODMAN"));
    command
}

/// The program where nothing says where engines are.
fn without_addresses() -> Command {
    let mut command = program();
    command.env_remove("DOCKER_HOST").env_remove("CONTAINER_HOST");
    command
}

/// A program of the machine, as root of engines that are not the machine's own.
fn tool(name: &str) -> Command {
    let mut command = Command::new(name);
    command.env("DOCKER_HOST", variable("DOCKOPT_TEST_DOCKER"));
    command
}

/// What a program of the machine writes.
#[track_caller]
fn output_of(command: &mut Command) -> Vec<u8> {
    let output = command.output().expect("it is installed");
    assert!(output.status.success(), "{command:?}: {}", String::from_utf8_lossy(&output.stderr));
    output.stdout
}

/// Runs a command of the program.
fn run(command: &mut Command) -> Run {
    command.output().expect("the program starts").into()
}

/// The JSON report of a command, as it is written.
#[track_caller]
fn written(command: &mut Command, image: &str) -> String {
    let run = run(command.args(["-o", "json", image]));
    assert_eq!((run.code, run.stderr.as_str()), (0, ""), "{image}");
    run.stdout
}

/// The JSON report of a command.
#[track_caller]
fn report(command: &mut Command, image: &str) -> Value {
    serde_json::from_str(&written(command, image)).expect("JSON")
}

/// What all reports of one image have in common, wherever it is.
fn everywhere(report: Value) -> Value {
    without_transport(report)
}

/// And the ID, wherever no tool has written the image's configuration anew.
fn with_id(report: Value) -> (Value, Value) {
    let id = report["image"]["id"].clone();
    (everywhere(report), id)
}

/// The report of an image's archive.
#[track_caller]
fn of_archive(name: &str) -> Value {
    report(&mut program(), &archive(name))
}

/// A directory with `podman` in it, which uses the store of the tests and serves no socket.
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

/// Where a program of the machine is.
fn installed(name: &str) -> PathBuf {
    let path = variable("PATH");
    let mut places = std::env::split_paths(&path).map(|directory| directory.join(name));
    places.find(|place| place.is_file()).unwrap_or_else(|| panic!("{name} is not installed"))
}

/// Keeps other tests from changing Podman's images.
fn podman_list() -> MutexGuard<'static, ()> {
    PODMAN_LIST.lock().unwrap_or_else(PoisonError::into_inner)
}

/// What an engine's API says.
fn ask(socket: &str, path: &str) -> Value {
    let socket = socket.strip_prefix("unix://").expect("a socket");
    let url = format!("http://engine{path}");
    let answer = output_of(Command::new("curl").args(["-sf", "--unix-socket", socket, &url]));
    serde_json::from_slice(&answer).expect("JSON")
}
