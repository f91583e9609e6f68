//! A terminal for the program: a pseudo-terminal that controls it, and an emulator of its screen.
//!
//! `setsid --ctty` starts the program, so that `/dev/tty` is the pseudo-terminal too. A thread
//! reads the program's output; every byte is recorded and passed to the emulator. Nothing here
//! sleeps: tests wait until the screen shows what they expect, and fail after [`PATIENCE`].

use std::fmt::Write as _;
use std::fs::File;
use std::io::{Read, Write};
use std::num::NonZero;
use std::os::unix::process::ExitStatusExt;
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::mpsc::{Receiver, RecvTimeoutError, channel};
use std::time::{Duration, Instant};

use rustix::process::{Pid, Signal, kill_process};
use rustix::pty::{OpenptFlags, grantpt, openpt, ptsname, unlockpt};
use rustix::termios::{Winsize, tcgetattr, tcsetwinsize};

use super::stream::{self, Seen};

/// The longest wait for something that should happen at once, on a busy machine.
const PATIENCE: Duration = Duration::from_secs(20);

pub(crate) const ENTER: &str = "\r";
/// Escape in the extended encoding, which keys may follow at once.
pub(crate) const ESCAPE: &str = "\x1b[27u";
pub(crate) const TAB: &str = "\t";
pub(crate) const DOWN: &str = "\x1b[B";
pub(crate) const END: &str = "\x1b[F";
pub(crate) const HOME: &str = "\x1b[H";
pub(crate) const PAGE_DOWN: &str = "\x1b[6~";
/// Redraws the screen.
const REDRAW: &str = "\x1b[15~";

/// The program in its terminal.
pub(crate) struct Terminal {
    child: Child,
    keyboard: File,
    device: File,
    output: Receiver<Vec<u8>>,
    emulator: vt100::Parser,
    bytes: Vec<u8>,
    initial_modes: String,
}

/// How the program ended.
pub(crate) struct Ended {
    pub(crate) status: ExitStatus,
    /// All bytes that the terminal received.
    pub(crate) bytes: Vec<u8>,
    /// Their content.
    pub(crate) seen: Seen,
}

impl Terminal {
    /// Starts a command in a terminal of a size.
    pub(crate) fn start(command: &mut Command, columns: u16, rows: u16) -> Self {
        let controller = openpt(OpenptFlags::RDWR | OpenptFlags::NOCTTY).expect("a pseudo-terminal");
        grantpt(&controller).and_then(|()| unlockpt(&controller)).expect("unlocked");
        tcsetwinsize(&controller, size(columns, rows)).expect("a size");
        let name = ptsname(&controller, Vec::new()).expect("a name").into_string().expect("text");
        let device = File::options().read(true).write(true).open(name).expect("the terminal");
        let initial_modes = modes(&device);
        let end = || Stdio::from(device.try_clone().expect("another end"));
        let child = command.stdin(end()).stdout(end()).stderr(end()).spawn().expect("setsid starts");
        let keyboard = File::from(controller);
        let output = read_on_a_thread(keyboard.try_clone().expect("another end"));
        let emulator = vt100::Parser::new(side(rows), side(columns), 0);
        Self { child, keyboard, device, output, emulator, bytes: Vec::new(), initial_modes }
    }

    /// Types keys, as the keyboard sends them.
    pub(crate) fn press(&mut self, keys: &str) {
        self.keyboard.write_all(keys.as_bytes()).expect("typed");
    }

    /// Waits until the screen is redrawn, as after a change of the window's size.
    #[track_caller]
    pub(crate) fn wait_for_redraw(&mut self) {
        self.wait_for_redraw_after(self.bytes.len());
    }

    #[track_caller]
    fn wait_for_redraw_after(&mut self, before: usize) {
        self.wait("a new screen", |terminal| {
            let bytes = String::from_utf8_lossy(&terminal.bytes[before..]).into_owned();
            bytes.split_once("\x1b[2J").is_some_and(|(_, after)| after.contains("\x1b[?2026l"))
        });
    }

    /// Changes the size of the window.
    pub(crate) fn resize(&mut self, columns: u16, rows: u16) {
        self.emulator.screen_mut().set_size(side(rows), side(columns));
        // The system notifies the program.
        tcsetwinsize(&self.keyboard, size(columns, rows)).expect("a size");
    }

    /// Sends the program a signal.
    pub(crate) fn kill(&self, signal: Signal) {
        kill_process(Pid::from_child(&self.child), signal).expect("a process");
    }

    /// Returns the text on the screen.
    pub(crate) fn text(&self) -> String {
        self.emulator.screen().contents()
    }

    /// Returns the emulator's screen.
    pub(crate) fn screen(&self) -> &vt100::Screen {
        self.emulator.screen()
    }

    /// Waits until the screen shows something.
    #[track_caller]
    pub(crate) fn wait_for(&mut self, what: &str) {
        self.wait(what, |terminal| terminal.text().contains(what));
    }

    /// Waits until the screen no longer shows something.
    #[track_caller]
    pub(crate) fn wait_until_gone(&mut self, what: &str) {
        self.wait(&format!("the end of {what}"), |terminal| !terminal.text().contains(what));
    }

    /// Waits until a condition holds.
    #[track_caller]
    pub(crate) fn wait(&mut self, what: &str, is_so: impl Fn(&Self) -> bool) {
        let deadline = Instant::now() + PATIENCE;
        while !is_so(self) {
            match self.output.recv_timeout(deadline.saturating_duration_since(Instant::now())) {
                Ok(bytes) => self.take(&bytes),
                Err(error) => panic!(
                    "waited for {what:?} ({error}), but the screen is\n{}\nafter {}",
                    self.text(),
                    String::from_utf8_lossy(&self.bytes[self.bytes.len().saturating_sub(1000)..])
                        .escape_debug()
                ),
            }
        }
    }

    /// Presses a key and waits until the screen shows something.
    #[track_caller]
    pub(crate) fn after(&mut self, keys: &str, what: &str) {
        self.press(keys);
        self.wait_for(what);
    }

    /// Presses a key, and waits until the screen shows its effect: keys are handled in order, and
    /// the redraw that follows cannot be missed.
    #[track_caller]
    pub(crate) fn show(&mut self, keys: &str) {
        let before = self.bytes.len();
        self.press(keys);
        self.press(REDRAW);
        self.wait_for_redraw_after(before);
    }

    fn take(&mut self, bytes: &[u8]) {
        self.bytes.extend(bytes);
        self.emulator.process(bytes);
    }

    /// Asserts that the terminal is restored: no alternate screen, a visible cursor, the initial
    /// modes.
    #[track_caller]
    pub(crate) fn assert_restored(&self) {
        let screen = self.emulator.screen();
        assert!(!screen.alternate_screen(), "the alternate screen is not left");
        assert!(!screen.hide_cursor(), "the cursor is hidden");
        assert!(!screen.bracketed_paste(), "bracketed paste is on");
        assert_eq!(screen.mouse_protocol_mode(), vt100::MouseProtocolMode::None, "the mouse is reported");
        assert_eq!(modes(&self.device), self.initial_modes, "the modes of the driver");
        let count = |text: &str| String::from_utf8_lossy(&self.bytes).matches(text).count();
        assert_eq!(count("\x1b[22;0t"), count("\x1b[23;0t"), "the title is not taken back");
    }

    /// Waits for the end of the program, and asserts that the terminal was restored and received
    /// only the browser's own sequences.
    #[track_caller]
    pub(crate) fn end(self) -> Ended {
        let mut terminal = self;
        terminal.drain();
        let status = terminal.child.wait().expect("ended");
        terminal.assert_restored();
        let seen = stream::seen(&terminal.bytes);
        Ended { status, bytes: std::mem::take(&mut terminal.bytes), seen }
    }

    /// Reads the output until the program has ended.
    #[track_caller]
    fn drain(&mut self) {
        let deadline = Instant::now() + PATIENCE;
        loop {
            // Checked before reading: everything written before the end is then available.
            let has_ended = self.child.try_wait().expect("a state").is_some();
            match self.output.recv_timeout(Duration::from_millis(20)) {
                Ok(bytes) => self.take(&bytes),
                Err(RecvTimeoutError::Timeout) if has_ended => return,
                Err(_) if Instant::now() < deadline => {}
                Err(error) => panic!("the program does not end ({error}), and shows\n{}", self.text()),
            }
        }
    }
}

impl Drop for Terminal {
    fn drop(&mut self) {
        // A failed test must not leave its program behind.
        drop(self.child.kill());
        drop(self.child.wait());
    }
}

impl Ended {
    /// Returns the output after the alternate screen was left.
    pub(crate) fn output_after_exit(&self) -> String {
        let bytes = String::from_utf8_lossy(&self.bytes).into_owned();
        bytes.rsplit_once("\x1b[23;0t").expect("the terminal was restored").1.to_owned()
    }

    /// Returns the number of the signal that ended the program.
    pub(crate) fn signal(&self) -> Option<i32> {
        self.status.signal()
    }
}

/// Reads from a thread and sends each piece, until the terminal is closed.
fn read_on_a_thread(mut keyboard: File) -> Receiver<Vec<u8>> {
    let (sender, receiver) = channel();
    std::thread::spawn(move || {
        let mut piece = [0; 4096];
        while let Ok(length @ 1..) = keyboard.read(&mut piece) {
            if sender.send(piece[..length].to_vec()).is_err() {
                return;
            }
        }
    });
    receiver
}

fn side(cells: u16) -> NonZero<u16> {
    NonZero::new(cells).expect("a length")
}

fn size(columns: u16, rows: u16) -> Winsize {
    Winsize { ws_row: rows, ws_col: columns, ws_xpixel: 0, ws_ypixel: 0 }
}

/// Returns all modes and control characters of a terminal as text.
fn modes(terminal: &File) -> String {
    let attributes = tcgetattr(terminal).expect("modes");
    let mut text = String::new();
    write!(
        text,
        "{:?} {:?} {:?} {:?} {:?}",
        attributes.input_modes,
        attributes.output_modes,
        attributes.control_modes,
        attributes.local_modes,
        attributes.special_codes
    )
    .expect("text");
    text
}
