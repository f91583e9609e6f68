//! Builds with real builders, and their reports.

use std::fs;
use std::path::Path;
use std::process::Command;

use serde_json::Value;
use tempfile::TempDir;

use super::{output_of, podman_list, podman_program, run, tool, variable, with_engines};
use crate::run::Run;

/// A build context for an image of one small file, and for builds that fail.
fn context(name: &str) -> TempDir {
    let directory = tempfile::tempdir().expect("a directory");
    let files = [
        ("Dockerfile", "FROM scratch\nCOPY hello /hello\nLABEL a=b\n"),
        ("Dockerfile.fails", "FROM many-layers\nRUN echo 'it goes wrong' && exit 7\n"),
        ("Dockerfile.wrong", "FROM scratch\nCOPY nothing /\n"),
        ("hello", name),
    ];
    for (file, text) in files {
        fs::write(directory.path().join(file), text).expect("written");
    }
    directory
}

/// Returns the program with the command `build`.
fn builder(directory: &Path) -> Command {
    let mut command = with_engines();
    command.current_dir(directory).env("HOME", directory).env("DOCKER_BUILDKIT", "0").arg("build");
    command
}

/// Asserts what a build reports, and returns the ID of the image.
#[track_caller]
fn assert_built(run: &Run, report: &Path, bytes: usize, source: &str) -> String {
    assert_eq!(run.code, 0, "{run:?}");
    let report: Value = serde_json::from_slice(&fs::read(report).expect("a report")).expect("JSON");
    assert_eq!(report["size"]["live"], bytes);
    assert_eq!(report["image"]["source"], source);
    assert_eq!(report["image"]["labels"]["a"], "b");
    report["image"]["id"].as_str().expect("an ID").to_owned()
}

#[test]
#[ignore = "needs engines (DOCKOPT_TEST_DOCKER)"]
fn image_built_by_docker_is_reported() {
    let directory = context("built by docker");
    let report = directory.path().join("report.json");
    let built = run(builder(directory.path()).args(["-j", "report.json", "-t", "dockopt-built", "."]));
    let id = assert_built(&built, &report, "built by docker".len(), "docker");
    assert!(built.stdout.contains("Successfully tagged dockopt-built:latest"), "{}", built.stdout);
    // The same image under a second name: the name of the build comes first.
    let again = run(builder(directory.path()).args(["-o", "json", "-t", "dockopt-also", "."]));
    let again: Value = serde_json::from_str(&again.stdout).unwrap_or_else(|_| panic!("{again:?}"));
    assert_eq!(again["image"]["id"], id);
    assert_eq!(again["image"]["tags"][0], "dockopt-also:latest");
    assert!(again["image"]["tags"].as_array().expect("names").contains(&"dockopt-built:latest".into()));
    let found = output_of(tool("docker").args(["image", "inspect", "-f", "{{.Id}}", "dockopt-built"]));
    assert_eq!(String::from_utf8_lossy(&found).trim(), id);
    let judged = run(builder(directory.path()).args(["--ci", "--highest-layers", "0", "-q", "."]));
    assert_eq!(judged.code, 1, "{judged:?}");
    assert!(judged.stdout.starts_with("sha256:"), "only the ID: {}", judged.stdout);
    output_of(tool("docker").args(["image", "rm", "-f", "dockopt-built", "dockopt-also"]));
}

#[test]
#[ignore = "needs engines (DOCKOPT_TEST_DOCKER)"]
fn failed_build_ends_with_the_exit_code_of_docker() {
    let directory = context("never built");
    for (file, code) in [("Dockerfile.fails", Some(7)), ("Dockerfile.wrong", None), ("Dockerfile.none", None)]
    {
        let arguments = ["--network", "none", "--force-rm", "-f", file, "."];
        let mut docker = tool("docker");
        docker.current_dir(directory.path()).env("DOCKER_BUILDKIT", "0").arg("build").args(arguments);
        let alone = docker.output().expect("docker starts");
        let ours = run(builder(directory.path()).arg("--ci").args(arguments));
        assert_eq!(Some(ours.code), alone.status.code(), "{file}: {ours:?}");
        assert!(code.is_none_or(|code| code == ours.code), "{file}: {ours:?}");
        assert_ne!(ours.code, 0, "{file}");
        assert!(!ours.stderr.contains("error: no"), "no further error: {}", ours.stderr);
        assert!(ours.stderr.ends_with("nothing was judged\n"), "{}", ours.stderr);
    }
    let late = run(builder(directory.path()).args(["-t", "dockopt-built", "--ci", "."]));
    assert_eq!(late.code, 125, "{late:?}");
    assert!(late.stderr.contains("hint: `--ci` is an option of dockopt-dive"), "{}", late.stderr);
    let help = run(builder(directory.path()).args(["--", "--help"]));
    assert_eq!((help.code, help.stderr.contains("error: ")), (0, false), "{help:?}");
    assert!(help.stdout.contains("Usage:"), "{}", help.stdout);
}

#[test]
#[ignore = "needs engines (DOCKOPT_TEST_PODMAN)"]
fn podman_builds_with_and_without_a_socket() {
    let _list = podman_list();
    let podman = podman_program();
    let path = format!("{}:{}", podman.path().display(), variable("PATH"));
    for with_socket in [true, false] {
        let text = format!("built by podman, socket: {with_socket}");
        let directory = context(&text);
        let report = directory.path().join("report.json");
        let mut command = builder(directory.path());
        command.env("PATH", &path);
        if !with_socket {
            command.env_remove("CONTAINER_HOST");
        }
        let built =
            run(command.args(["--builder", "podman", "-j", "report.json", "-t", "dockopt-built", "."]));
        let id = assert_built(&built, &report, text.len(), "podman");
        let written: Value = serde_json::from_slice(&fs::read(&report).expect("a report")).expect("JSON");
        assert_eq!(written["image"]["tags"][0], "localhost/dockopt-built:latest");
        output_of(Command::new(podman.path().join("podman")).args(["image", "rm", "-f", &id]));
        let failed = run(builder(directory.path()).env("PATH", &path).args([
            "--builder",
            "podman",
            "-f",
            "Dockerfile.wrong",
            ".",
        ]));
        let mut alone = Command::new(podman.path().join("podman"));
        alone.current_dir(directory.path()).args(["build", "-f", "Dockerfile.wrong", "."]);
        assert_eq!(Some(failed.code), alone.output().expect("podman starts").status.code(), "{failed:?}");
        assert_ne!(failed.code, 0);
    }
}
