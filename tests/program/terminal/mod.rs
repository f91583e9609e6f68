//! The browser in a real terminal: what it shows, that it restores the terminal, and that no escape
//! sequence of an image reaches it.
//!
//! Every test that ends its program asserts that the terminal was restored, and that it received
//! only the browser's own sequences.

mod hostile;
mod modes;
mod picker;
mod sizes;
mod stream;
mod walk;
mod window;

use std::path::Path;
use std::process::Command;

use self::window::Terminal;
use crate::run::testdata;

/// The bundled image.
const HELLO: &str = "hello.docker.tar";

/// Returns a command with the terminal as its controlling terminal, in an environment that does not
/// depend on the machine.
fn in_terminal(program: &str) -> Command {
    let mut command = Command::new("setsid");
    command.args(["--ctty", "--wait", program]);
    command.env_clear().current_dir(testdata(""));
    command.env("PATH", "/usr/bin:/bin").env("TERM", "xterm-256color").env("HOME", "/nonexistent");
    command
}

/// Returns a shell command, in which `$0` is the program.
fn shell(line: &str) -> Command {
    let mut command = in_terminal("sh");
    command.args(["-c", line, env!("CARGO_BIN_EXE_dockopt-dive")]);
    command
}

/// Returns the program with an image.
fn browser(image: impl AsRef<Path>) -> Command {
    let mut command = in_terminal(env!("CARGO_BIN_EXE_dockopt-dive"));
    command.arg(image.as_ref());
    command
}

/// Opens the bundled image on a terminal of the usual size, and waits until it is loaded.
fn hello() -> Terminal {
    opened(&mut browser(HELLO))
}

/// Starts a browser on a terminal of the usual size, and waits until its image is loaded.
fn opened(command: &mut Command) -> Terminal {
    let mut terminal = Terminal::start(command, 120, 40);
    terminal.wait_for("efficiency");
    terminal.wait_for("▸ ");
    terminal
}
