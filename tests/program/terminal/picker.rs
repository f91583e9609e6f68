//! The list of an engine's images, without an engine and with a real one.

use super::in_terminal;
use super::window::{ENTER, Terminal};
use crate::engines::variable;

/// Returns the program without an image and without a reachable engine.
fn picker(arguments: &[&str]) -> Terminal {
    let mut command = in_terminal(env!("CARGO_BIN_EXE_dockopt-dive"));
    command.env("DOCKER_HOST", "unix:///nonexistent/docker.sock");
    command.env("CONTAINER_HOST", "unix:///nonexistent/podman.sock");
    Terminal::start(command.args(arguments), 120, 40)
}

#[test]
fn error_of_an_unreachable_engine_is_shown_and_repeated_at_exit() {
    for arguments in [&[][..], &["images"], &["images", "--source", "podman"]] {
        let mut terminal = picker(arguments);
        terminal.wait_for("error: ");
        terminal.wait_for("hint: ");
        assert!(terminal.screen().alternate_screen(), "the list stays open until it is quit");
        terminal.after("?", "sort by the next column");
        terminal.press("?rq");
        let ended = terminal.end();
        assert_eq!(ended.status.code(), Some(2), "{arguments:?}");
        assert!(ended.output_after_exit().starts_with("error: "), "{}", ended.output_after_exit());
        assert_eq!(ended.seen.titles, ["dockopt-dive"]);
    }
}

#[test]
fn output_option_writes_the_list_even_on_a_terminal() {
    let ended = picker(&["images", "-o", "text"]).end();
    assert_eq!(ended.status.code(), Some(2));
    assert!(!String::from_utf8_lossy(&ended.bytes).contains('\x1b'));
}

/// Returns the program with a real engine.
fn picker_of(variable_name: &str, address: &str, source: &str) -> Terminal {
    let mut command = in_terminal(env!("CARGO_BIN_EXE_dockopt-dive"));
    command.env(variable_name, address);
    Terminal::start(command.args(["images", "--source", source]), 120, 40)
}

#[test]
#[ignore = "needs engines (DOCKOPT_TEST_DOCKER, DOCKOPT_TEST_PODMAN) and real images"]
fn quitting_an_image_of_a_real_engine_returns_to_the_list() {
    let docker = picker_of("DOCKER_HOST", &variable("DOCKOPT_TEST_DOCKER"), "docker");
    let podman = picker_of("CONTAINER_HOST", &variable("DOCKOPT_TEST_PODMAN"), "podman");
    for mut terminal in [docker, podman] {
        terminal.wait_for("python-naive:latest");
        terminal.after("/many-layers", "filter: many-layers");
        terminal.press(ENTER);
        terminal.wait_until_gone("python-naive:latest");
        terminal.after(ENTER, "efficiency");
        terminal.wait_for("RUN mkdir -p");
        terminal.press("q");
        terminal.wait_for("enter open");
        terminal.wait_for("many-layers:latest");
        assert!(!terminal.text().contains("python-naive"), "the filter is kept:\n{}", terminal.text());
        terminal.press("q");
        let ended = terminal.end();
        assert_eq!(ended.status.code(), Some(0));
    }
}
