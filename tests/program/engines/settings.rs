//! Addresses of engines in the settings that their own programs write.

use std::path::Path;
use std::process::Command;

use tempfile::TempDir;

use super::{of_archive, output_of, report, tool, variable, with_id, without_addresses};

/// Runs the Docker CLI with these settings.
#[track_caller]
fn docker(settings: &Path, arguments: &[&str]) {
    let mut command = tool("docker");
    command.env_remove("DOCKER_HOST").env_remove("DOCKER_CONTEXT").arg("--config").arg(settings);
    output_of(command.args(arguments));
}

/// Returns a directory with Docker's settings, whose context `tests` leads to an engine.
#[track_caller]
pub(super) fn docker_context(engine: &str) -> TempDir {
    let directory = tempfile::tempdir().expect("a directory");
    docker(directory.path(), &["context", "create", "tests", "--docker", engine]);
    directory
}

#[test]
#[ignore = "needs engines (DOCKOPT_TEST_DOCKER) and real images (DOCKOPT_TEST_IMAGES)"]
fn docker_context_leads_to_its_engine() {
    let directory = docker_context(&format!("host={}", variable("DOCKOPT_TEST_DOCKER")));
    let expected = with_id(of_archive("static"));
    let with_settings = || {
        let mut command = without_addresses();
        command.env("DOCKER_CONFIG", directory.path());
        command
    };
    let found = report(with_settings().env("DOCKER_CONTEXT", "tests"), "docker://static");
    assert_eq!(with_id(found), expected);
    docker(directory.path(), &["context", "use", "tests"]);
    assert_eq!(with_id(report(&mut with_settings(), "docker://static")), expected);
}

#[test]
#[ignore = "needs engines (DOCKOPT_TEST_PODMAN) and real images (DOCKOPT_TEST_IMAGES)"]
fn podman_connection_leads_to_its_engine() {
    let home = tempfile::tempdir().expect("a directory");
    let file = home.path().join("containers.conf");
    std::fs::write(&file, "").expect("written");
    let mut podman = Command::new("podman");
    podman.env("HOME", home.path()).env("CONTAINERS_CONF", &file).env_remove("CONTAINER_HOST");
    podman.args(["system", "connection", "add", "tests", &variable("DOCKOPT_TEST_PODMAN")]);
    output_of(&mut podman);
    let expected = with_id(of_archive("static"));
    let with_settings = || {
        let mut command = without_addresses();
        // No program on the path: it would have its own images.
        command.env("HOME", home.path()).env("CONTAINERS_CONF", &file).env("PATH", home.path());
        command.arg("--no-cache");
        command
    };
    let image = "podman://localhost/dockopt-static";
    let found = report(with_settings().env("CONTAINER_CONNECTION", "tests"), image);
    assert_eq!(with_id(found), expected);
    // The first connection is the default one.
    assert_eq!(with_id(report(&mut with_settings(), image)), expected);
}
