//! The list of an engine's images, as far as it goes without an engine.

use super::in_terminal;
use super::window::Terminal;

/// The program without an image, where no engine listens.
fn picker(arguments: &[&str]) -> Terminal {
    let mut command = in_terminal(env!("CARGO_BIN_EXE_dockopt-dive"));
    command.env("DOCKER_HOST", "unix:///nonexistent/docker.sock");
    command.env("CONTAINER_HOST", "unix:///nonexistent/podman.sock");
    Terminal::start(command.args(arguments), 120, 40)
}

#[test]
fn an_engine_that_cannot_be_asked_is_explained_and_told_again_at_the_end() {
    for arguments in [&[][..], &["images"], &["images", "--source", "podman"]] {
        let mut terminal = picker(arguments);
        terminal.wait_for("error: ");
        terminal.wait_for("hint: ");
        assert!(terminal.screen().alternate_screen(), "the list stays until it is left");
        terminal.after("?", "sort by the next column");
        terminal.press("?rq");
        let ended = terminal.end();
        assert_eq!(ended.status.code(), Some(2), "{arguments:?}");
        assert!(ended.last_words().starts_with("error: "), "{}", ended.last_words());
        assert_eq!(ended.seen.titles, ["dockopt-dive"]);
    }
}

#[test]
fn a_list_that_is_asked_for_is_written_also_on_a_terminal() {
    let ended = picker(&["images", "-o", "text"]).end();
    assert_eq!(ended.status.code(), Some(2));
    assert!(!String::from_utf8_lossy(&ended.told).contains('\x1b'));
}
