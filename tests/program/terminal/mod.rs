//! The browser in a real terminal: what it shows, what it leaves behind, and that nothing of an image gets out.
//!
//! Every test that ends its program asserts that the terminal was given back as it was, and that it was told nothing but
//! what the browser itself says.

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

/// A command that runs with the terminal as its controlling one, in an environment that holds nothing of the machine's.
fn in_terminal(program: &str) -> Command {
    let mut command = Command::new("setsid");
    command.args(["--ctty", "--wait", program]);
    command.env_clear().current_dir(testdata(""));
    command.env("PATH", "/usr/bin:/bin").env("TERM", "xterm-256color").env("HOME", "/nonexistent");
    command
}

/// A line for the shell, in which `$0` is the program.
fn shell(line: &str) -> Command {
    let mut command = in_terminal("sh");
    command.args(["-c", line, env!("CARGO_BIN_EXE_dockopt-dive")]);
    command
}

/// The program on an image.
fn browser(image: impl AsRef<Path>) -> Command {
    let mut command = in_terminal(env!("CARGO_BIN_EXE_dockopt-dive"));
    command.arg(image.as_ref());
    command
}

/// The bundled image on a terminal of usual size, read.
fn hello() -> Terminal {
    opened(&mut browser(HELLO))
}

/// A command's browser on a terminal of usual size, with its image read.
fn opened(command: &mut Command) -> Terminal {
    let mut terminal = Terminal::start(command, 120, 40);
    terminal.wait_for("efficiency");
    terminal.wait_for("▸ ");
    terminal
}
