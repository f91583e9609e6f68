//! The browser restores the terminal on every exit, and follows the environment.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use rustix::process::Signal;

use super::window::{TAB, Terminal};
use super::{HELLO, browser, hello, in_terminal, opened, shell};

#[test]
fn error_of_an_unreadable_image_is_shown_and_repeated_at_exit() {
    let file = tempfile::NamedTempFile::new().expect("a file");
    std::fs::write(file.path(), "no image").expect("written");
    let mut terminal = Terminal::start(&mut browser(file.path()), 120, 40);
    terminal.wait_for("error: ");
    assert!(terminal.screen().alternate_screen(), "the browser stays open until it is quit");
    terminal.press("q");
    let ended = terminal.end();
    assert_eq!(ended.status.code(), Some(2));
    assert!(ended.output_after_exit().starts_with("error: "), "{}", ended.output_after_exit());
}

#[test]
fn signal_restores_the_terminal_and_ends_the_program() {
    for signal in [Signal::TERM, Signal::HUP, Signal::INT, Signal::QUIT] {
        let terminal = hello();
        terminal.kill(signal);
        let ended = terminal.end();
        assert_eq!(ended.signal(), Some(signal.as_raw()), "{:?}", ended.status);
        assert_eq!(ended.output_after_exit(), "");
    }
}

#[test]
fn control_c_quits_like_q() {
    let mut terminal = hello();
    terminal.press("\x03");
    assert_eq!(terminal.end().status.code(), Some(0));
}

#[test]
fn shell_can_suspend_and_resume_the_browser() {
    let mut command = in_terminal("sh");
    command.arg("-i").env("PS1", "ready> ").env("PROGRAM", env!("CARGO_BIN_EXE_dockopt-dive"));
    let mut terminal = Terminal::start(&mut command, 120, 40);
    terminal.after("", "ready>");
    terminal.after(&format!("$PROGRAM {HELLO}\r"), "efficiency");
    terminal.press("\x1a");
    terminal.wait("the shell", |terminal| {
        !terminal.screen().alternate_screen() && terminal.text().matches("ready>").count() == 2
    });
    terminal.assert_restored();
    terminal.press("fg\r");
    terminal.wait("the browser", |terminal| {
        terminal.screen().alternate_screen() && terminal.text().contains("efficiency")
    });
    terminal.after(&format!("F{TAB}*"), "index.html");
    terminal.press("q");
    terminal.wait("the shell", |terminal| terminal.text().matches("ready>").count() == 3);
    terminal.press("exit\r");
    terminal.end();
}

#[test]
fn image_from_a_pipe_leaves_the_keys_to_the_terminal() {
    let mut terminal = opened(&mut shell(&format!("cat {HELLO} | \"$0\" -")));
    terminal.after(&format!("F{TAB}*"), "index.html");
    terminal.press("q");
    assert_eq!(terminal.end().status.code(), Some(0));
}

#[test]
fn no_color_disables_colours() {
    let mut terminal = opened(browser(HELLO).env("NO_COLOR", "1"));
    let is_inverse =
        |row| (0..120).any(|column| terminal.screen().cell(row, column).is_some_and(vt100::Cell::inverse));
    assert!((0..40).any(is_inverse), "the cursor is still visible");
    terminal.after("w", "Waste");
    terminal.press("q");
    assert_eq!(terminal.end().seen.colours, Vec::<String>::new());
}

#[test]
fn report_replaces_the_browser_without_a_usable_terminal() {
    let commands = [
        {
            let mut dumb = browser(HELLO);
            dumb.env("TERM", "dumb");
            dumb
        },
        shell(&format!("\"$0\" {HELLO} | cat")),
    ];
    for mut command in commands {
        let ended = Terminal::start(&mut command, 120, 40).end();
        assert_eq!(ended.status.code(), Some(0));
        let bytes = String::from_utf8(ended.bytes).expect("UTF-8");
        assert!(bytes.contains("Efficiency") && !bytes.contains('\x1b'), "{bytes}");
    }
}

#[test]
fn paths_and_digests_are_copied() {
    let mut terminal = hello();
    terminal.after("F", "final filesystem");
    terminal.after("2y", "copied");
    terminal.press("Yq");
    let ended = terminal.end();
    let copies: Vec<String> = ended
        .seen
        .copies
        .iter()
        .map(|copy| String::from_utf8(STANDARD.decode(copy).expect("base64")).expect("text"))
        .collect();
    let [path, digest] = &copies[..] else { panic!("{copies:?}") };
    assert_eq!(path, "/app");
    assert!(digest.starts_with("sha256:") && digest.len() == 71, "{digest}");
}

#[test]
fn binary_output_is_refused_by_a_terminal() {
    for (arguments, words) in [
        (&["ls", "-0", HELLO][..], "standard output is a terminal"),
        (&["extract", HELLO, "/", "-o", "-"], "cannot write a tar to a terminal"),
    ] {
        let mut command = in_terminal(env!("CARGO_BIN_EXE_dockopt-dive"));
        let mut terminal = Terminal::start(command.args(arguments), 120, 40);
        terminal.wait_for(words);
        assert_eq!(terminal.end().status.code(), Some(2), "{arguments:?}");
    }
}

#[test]
fn terminal_without_utf8_receives_only_ascii() {
    let mut command = browser(HELLO);
    let mut terminal = Terminal::start(command.env("LANG", "C"), 120, 40);
    terminal.wait_for("efficiency");
    terminal.wait_for("> bin/");
    terminal.press("q");
    let ended = terminal.end();
    let other: String =
        String::from_utf8_lossy(&ended.bytes).chars().filter(|letter| !letter.is_ascii()).collect();
    assert_eq!(other, "");
}
