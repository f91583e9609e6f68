//! The screen in a real pseudo-terminal.
//!
//! A test cannot give up its own terminal, so each test runs this test binary again in a
//! pseudo-terminal. The child runs the one ignored test below, which plays the part that the
//! environment names. The tests then check what the terminal received.

use std::fs::File;
use std::io::Read;
use std::num::NonZero;
use std::os::unix::process::{CommandExt, ExitStatusExt};
use std::process::{Child, Command, ExitStatus, Stdio};

use ratatui::crossterm::event::KeyCode;
use rustix::process::{Pid, Signal, WaitOptions, kill_process, waitpid};
use rustix::pty::{OpenptFlags, grantpt, openpt, ptsname, unlockpt};
use rustix::termios::{LocalModes, Winsize, tcgetattr, tcsetwinsize};

use super::*;
use crate::tui::events::{Event, Events};
use crate::tui::worker::Worker;

const PART: &str = "DOCKOPT_DIVE_TEST_PART";
const HOSTILE: &str = "x\x1b]0;owned\x07\u{9b}31m";

#[test]
#[ignore = "played by the other tests"]
fn plays_a_part() {
    let Ok(part) = std::env::var(PART) else { return };
    if part == "pick" {
        return crate::tui::picker::tests::play();
    }
    let mut screen = Screen::enter(HOSTILE).expect("a terminal");
    let events = Events::<()>::start(&screen).expect("threads");
    let mut show = |text: &str| {
        screen.redraw().expect("a size");
        screen.draw(|frame| frame.render_widget(text, frame.area())).expect("drawn");
    };
    show("ready");
    match part.as_str() {
        "leave" => {}
        "panic" => panic!("boom {HOSTILE}"),
        "worker" => {
            let rows = Worker::start("rows", |(), _| panic!("boom {HOSTILE}")).expect("a thread");
            rows.ask(());
            // The panic ends the program, however long it takes.
            std::thread::park();
        }
        "wait" => std::thread::park(),
        "suspend" => {
            screen.suspend().expect("back again");
            screen.draw(|frame| frame.render_widget("again", frame.area())).expect("drawn");
            std::thread::park();
        }
        "resume" => {
            while !matches!(events.next(None), Some(Event::Resumed)) {}
            show("again");
        }
        "key" => loop {
            if let Some(Event::Key(key)) = events.next(None) {
                break assert_eq!(key.code, KeyCode::Char('x'));
            }
        },
        "copy" => screen.copy("naïve".as_bytes()).expect("copied"),
        other => panic!("no part {other}"),
    }
}

/// A program in its terminal, and what the terminal has received.
struct Played {
    child: Child,
    keyboard: File,
    terminal: File,
    told: Vec<u8>,
    seen: usize,
    at_first: LocalModes,
}

impl Played {
    /// Starts a part.
    fn start(part: &str) -> Self {
        let program = std::env::current_exe().expect("this program");
        let mut command = Command::new(program);
        command.args(["--exact", "tui::screen::tests::plays_a_part", "--ignored", "--nocapture", "--quiet"]);
        Self::run(command.process_group(0), part)
    }

    /// Starts a part whose standard input is a pipe; the pseudo-terminal is the controlling
    /// terminal.
    fn start_in_pipeline(part: &str) -> Self {
        let program = std::env::current_exe().expect("this program");
        let mut command = Command::new("setsid");
        let line =
            "printf data | \"$0\" --exact tui::screen::tests::plays_a_part --ignored --nocapture --quiet";
        command.args(["--ctty", "--wait", "sh", "-c", line]).arg(program);
        Self::run(&mut command, part)
    }

    fn run(command: &mut Command, part: &str) -> Self {
        let controller = openpt(OpenptFlags::RDWR | OpenptFlags::NOCTTY).expect("a pseudo-terminal");
        grantpt(&controller).and_then(|()| unlockpt(&controller)).expect("unlocked");
        let size = Winsize { ws_row: 24, ws_col: 80, ws_xpixel: 0, ws_ypixel: 0 };
        tcsetwinsize(&controller, size).expect("a size");
        let name = ptsname(&controller, Vec::new()).expect("a name").into_string().expect("text");
        let terminal = File::options().read(true).write(true).open(name).expect("the terminal");
        let end = || Stdio::from(terminal.try_clone().expect("another end"));
        let at_first = tcgetattr(&terminal).expect("modes").local_modes;
        let child = command
            .env(PART, part)
            .env("RUST_BACKTRACE", "0")
            .stdin(end())
            .stdout(end())
            .stderr(end())
            .spawn()
            .expect("started");
        Self { child, keyboard: File::from(controller), terminal, told: Vec::new(), seen: 0, at_first }
    }

    fn pid(&self) -> Pid {
        Pid::from_child(&self.child)
    }

    fn kill(&self, signal: Signal) {
        kill_process(self.pid(), signal).expect("a process");
    }

    /// Reads until the terminal has received this text, after the text of the previous call.
    fn read_until(&mut self, text: &str) {
        let mut piece = [0; 4096];
        loop {
            let unseen = &self.told[self.seen..];
            if let Some(at) = unseen.windows(text.len()).position(|found| found == text.as_bytes()) {
                self.seen += at + text.len();
                return;
            }
            let length = self.keyboard.read(&mut piece).expect("more to read");
            self.told.extend(&piece[..length]);
        }
    }

    /// Waits until the program ends, and reads the rest.
    fn end(mut self) -> (ExitStatus, Vec<u8>) {
        let status = self.child.wait().expect("ended");
        assert_eq!(
            tcgetattr(&self.terminal).expect("modes").local_modes,
            self.at_first,
            "modes are not restored"
        );
        drop(self.terminal);
        let mut piece = [0; 4096];
        // On Linux, the end of a pseudo-terminal is an error.
        while let Ok(length @ 1..) = self.keyboard.read(&mut piece) {
            self.told.extend(&piece[..length]);
        }
        assert_ours(&self.told, false);
        (status, self.told)
    }
}

/// Asserts whether the browser holds the terminal, given all that it has received.
#[track_caller]
fn assert_ours(told: &[u8], ours: bool) {
    let side = |length| NonZero::new(length).expect("a length");
    let mut emulator = vt100::Parser::new(side(24), side(80), 0);
    emulator.process(told);
    let screen = emulator.screen();
    assert_eq!(screen.alternate_screen(), ours, "alternate screen");
    assert_eq!(screen.hide_cursor(), ours, "hidden cursor");
    assert_eq!(screen.bracketed_paste(), ours, "bracketed paste");
    assert_eq!(screen.mouse_protocol_mode() != vt100::MouseProtocolMode::None, ours, "mouse");
    let count = |text: &str| String::from_utf8_lossy(told).matches(text).count();
    assert_eq!(count("\x1b[22;0t") - count("\x1b[23;0t"), usize::from(ours), "title");
}

#[test]
fn quitting_restores_the_terminal() {
    let mut played = Played::start("leave");
    played.read_until("ready");
    let (status, told) = played.end();
    assert!(status.success());
    let told = String::from_utf8(told).expect("UTF-8");
    assert!(told.contains("\x1b]0;x\\x1b]0;owned\\x07"), "{told:?}");
    assert!(!told.contains("\x07\u{9b}") && told.contains("\x1b[?2026h"), "{told:?}");
}

#[test]
fn panic_in_any_thread_restores_the_terminal_first() {
    for part in ["panic", "worker"] {
        let mut played = Played::start(part);
        played.read_until("ready");
        let (status, told) = played.end();
        assert_eq!(status.code(), Some(101), "{part}");
        let told = String::from_utf8(told).expect("UTF-8");
        let (_, after) = told.split_once("\x1b[?1049l").expect("left");
        assert!(after.contains("a fault in dockopt-dive: boom x\\x1b]0;owned\\x07"), "{part}: {after:?}");
        assert!(!after.contains(HOSTILE) && after.contains("hint: "), "{part}: {after:?}");
    }
}

#[test]
fn signal_restores_the_terminal_and_kills() {
    for signal in [Signal::TERM, Signal::HUP, Signal::INT] {
        let mut played = Played::start("wait");
        played.read_until("ready");
        played.kill(signal);
        let (status, _) = played.end();
        assert_eq!(status.signal(), Some(signal.as_raw()));
    }
}

#[test]
fn terminal_is_restored_while_the_program_is_stopped() {
    let mut played = Played::start("suspend");
    played.read_until("\x1b[23;0t");
    let (_, status) = waitpid(Some(played.pid()), WaitOptions::UNTRACED).expect("waited").expect("a state");
    assert!(status.stopped());
    assert_ours(&played.told, false);
    assert_eq!(tcgetattr(&played.terminal).expect("modes").local_modes, played.at_first);
    played.kill(Signal::CONT);
    played.read_until("again");
    assert_ours(&played.told, true);
    played.kill(Signal::TERM);
    assert_eq!(played.end().0.signal(), Some(Signal::TERM.as_raw()));
}

#[test]
fn modes_are_set_again_after_an_external_stop() {
    let mut played = Played::start("resume");
    played.read_until("ready");
    played.kill(Signal::STOP);
    let (_, status) = waitpid(Some(played.pid()), WaitOptions::UNTRACED).expect("waited").expect("a state");
    assert!(status.stopped());
    played.kill(Signal::CONT);
    played.read_until("\x1b[?1049h");
    played.read_until("again");
    assert!(played.end().0.success());
}

#[test]
fn keys_come_from_the_terminal_if_the_image_is_piped() {
    let mut played = Played::start_in_pipeline("key");
    played.read_until("ready");
    played.keyboard.write_all(b"x").expect("typed");
    assert!(played.end().0.success());
}

#[test]
fn keys_survive_the_switch_between_picker_and_browser() {
    let mut played = Played::start("pick");
    played.read_until("hello:latest");
    // Open an image, quit it, go down one row, open another one, quit it, quit the picker.
    played.keyboard.write_all(b"\rqj\rqq").expect("typed");
    let (status, told) = played.end();
    assert!(status.success());
    let told = String::from_utf8(told).expect("UTF-8");
    let titles: Vec<&str> =
        told.split("\x1b]0;").skip(1).filter_map(|part| part.split('\x07').next()).collect();
    let (list, image, other) = ("dockopt-dive", "dockopt-dive hello:latest", "dockopt-dive other:1");
    assert_eq!(titles, [list, image, list, other, list]);
    assert_eq!(told.matches("\x1b[?1049h").count(), 1, "the screen is taken once");
}

#[test]
fn copies_are_encoded_and_bounded() {
    let mut played = Played::start("copy");
    played.read_until("ready");
    let (_, told) = played.end();
    assert!(String::from_utf8_lossy(&told).contains("\x1b]52;c;bmHDr3Zl\x07"));
    assert_eq!(copying(&vec![b'x'; LONGEST_COPY]).expect("a copy").len(), 100_000);
    let error = copying(&vec![b'x'; LONGEST_COPY + 1]).expect_err("too long");
    assert_eq!(error.kind(), ErrorKind::InvalidInput);
}
