//! The hold on the terminal: its modes, and whether the browser has it.
//!
//! Everything that may have to restore the terminal shares it: the screen, the panic hook, the
//! thread that waits for signals. Taking, restoring and writing exclude each other.

use std::io::{self, Write};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, TryLockError};
use std::time::{Duration, Instant};

use dockopt_core::path::escape_text;
use ratatui::crossterm::cursor::{Hide, Show};
use ratatui::crossterm::event::{DisableBracketedPaste, DisableMouseCapture, EnableBracketedPaste};
use ratatui::crossterm::queue;
use ratatui::crossterm::style::{Print, ResetColor, SetAttribute};
use ratatui::crossterm::terminal::{
    BeginSynchronizedUpdate, EndSynchronizedUpdate, EnterAlternateScreen, LeaveAlternateScreen, SetTitle,
    disable_raw_mode, enable_raw_mode,
};

/// Time to wait for a write in progress before the program ends: the terminal may have stopped
/// reading.
const PATIENCE: Duration = Duration::from_millis(250);

/// Longest title, in characters.
const LONGEST_TITLE: usize = 120;

/// Pushes the window title onto the terminal's stack; the next sequence pops it.
const KEEP_TITLE: &str = "\x1b[22;0t";
const RESTORE_TITLE: &str = "\x1b[23;0t";

/// Reports clicks, drags and the wheel, with positions beyond 223, but not every movement: nothing
/// here follows the pointer.
#[cfg(unix)]
const REPORT_MOUSE: Print<&str> = Print("\x1b[?1000h\x1b[?1002h\x1b[?1006h");
#[cfg(not(unix))]
const REPORT_MOUSE: ratatui::crossterm::event::EnableMouseCapture =
    ratatui::crossterm::event::EnableMouseCapture;

/// The hold on the terminal; clones share it.
#[derive(Clone)]
pub(crate) struct Hold {
    is_held: Arc<Mutex<bool>>,
    /// Locked after `is_held` if both are locked.
    title: Arc<Mutex<String>>,
}

impl Hold {
    /// Creates a hold without taking the terminal; the window will have the given title.
    pub(super) fn new(title: &str) -> Self {
        Self { is_held: Arc::default(), title: Arc::new(Mutex::new(shown_title(title))) }
    }

    /// Changes the title of the window, if it differs.
    pub(super) fn rename(&self, title: &str) -> io::Result<()> {
        let is_held = self.lock();
        let title = shown_title(title);
        if title == self.title() {
            return Ok(());
        }
        self.title.lock().unwrap_or_else(PoisonError::into_inner).clone_from(&title);
        let mut bytes = Vec::new();
        queue!(bytes, SetTitle(title))?;
        if *is_held { write(&bytes) } else { Ok(()) }
    }

    fn title(&self) -> String {
        self.title.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    fn lock(&self) -> MutexGuard<'_, bool> {
        self.is_held.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Takes the terminal, unless it is held already.
    pub(super) fn take(&self) -> io::Result<()> {
        let mut is_held = self.lock();
        if *is_held {
            return Ok(());
        }
        enable_raw_mode()?;
        *is_held = true;
        let entered = entering(&self.title()).and_then(|bytes| write(&bytes));
        entered.or_else(|error| give_back(&mut is_held).and(Err(error)))
    }

    /// Sets the modes again if the terminal is held: they may have changed while the program was
    /// stopped.
    pub(crate) fn retake(&self) -> io::Result<()> {
        let is_held = self.lock();
        if !*is_held {
            return Ok(());
        }
        disable_raw_mode()?;
        enable_raw_mode()?;
        write(&modes(&self.title())?)
    }

    /// Restores the terminal, unless it is restored already.
    pub(super) fn release(&self) -> io::Result<()> {
        give_back(&mut self.lock())
    }

    /// Restores the terminal before the program is killed: waits only briefly and ignores failures.
    pub(crate) fn release_at_once(&self) {
        let deadline = Instant::now() + PATIENCE;
        loop {
            let _ = match self.is_held.try_lock() {
                Ok(mut is_held) => give_back(&mut is_held),
                Err(TryLockError::Poisoned(poisoned)) => give_back(&mut poisoned.into_inner()),
                Err(TryLockError::WouldBlock) if Instant::now() < deadline => {
                    std::thread::sleep(PATIENCE / 25);
                    continue;
                }
                Err(TryLockError::WouldBlock) => disable_raw_mode(),
            };
            return;
        }
    }

    /// Writes to the terminal if it is held.
    pub(super) fn write(&self, bytes: &[u8]) -> io::Result<()> {
        if *self.lock() { write(bytes) } else { Ok(()) }
    }

    /// Writes a frame as one synchronized update.
    pub(super) fn write_frame(&self, bytes: &[u8]) -> io::Result<()> {
        if bytes.is_empty() {
            return Ok(());
        }
        let mut frame = Vec::with_capacity(bytes.len() + 32);
        queue!(frame, BeginSynchronizedUpdate)?;
        frame.extend(bytes);
        queue!(frame, EndSynchronizedUpdate)?;
        self.write(&frame)
    }
}

/// Restores everything possible, and returns the first failure.
fn give_back(is_held: &mut bool) -> io::Result<()> {
    if !std::mem::replace(is_held, false) {
        return Ok(());
    }
    let left = leaving().and_then(|bytes| write(&bytes));
    let cooked = disable_raw_mode();
    left.and(cooked)
}

fn write(bytes: &[u8]) -> io::Result<()> {
    let mut out = io::stdout().lock();
    out.write_all(bytes)?;
    out.flush()
}

/// Reduces a title to plain text.
fn shown_title(title: &str) -> String {
    escape_text(title).chars().take(LONGEST_TITLE).collect()
}

fn entering(title: &str) -> io::Result<Vec<u8>> {
    let mut bytes = Vec::from(KEEP_TITLE);
    bytes.extend(modes(title)?);
    Ok(bytes)
}

fn modes(title: &str) -> io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    queue!(bytes, SetTitle(title), EnterAlternateScreen)?;
    queue!(bytes, REPORT_MOUSE, EnableBracketedPaste, Hide)?;
    Ok(bytes)
}

fn leaving() -> io::Result<Vec<u8>> {
    use ratatui::crossterm::style::Attribute::Reset;
    let mut bytes = Vec::new();
    queue!(bytes, DisableBracketedPaste, DisableMouseCapture, ResetColor, SetAttribute(Reset))?;
    queue!(bytes, LeaveAlternateScreen, Show, Print(RESTORE_TITLE))?;
    Ok(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn title_is_plain_text_of_bounded_length() {
        let hold = Hold::new("a\x07\x1b]52;c;AAAA\x1b\\\u{9c}\u{202e}b");
        let title = hold.title();
        assert!(title.starts_with("a\\x07\\x1b]52;"), "{title}");
        assert!(title.chars().all(|character| character.is_ascii_graphic()), "{title}");
        assert_eq!(Hold::new(&"é".repeat(100_000)).title().chars().count(), LONGEST_TITLE);
    }

    #[test]
    fn leaving_resets_every_mode_that_entering_set() {
        let entered = String::from_utf8(entering("title").expect("sequences")).expect("text");
        let left = String::from_utf8(leaving().expect("sequences")).expect("text");
        let modes: Vec<&str> =
            entered.split("\x1b[?").filter_map(|part| part.split_once('h')).map(|(mode, _)| mode).collect();
        assert!(modes.len() >= 5, "{entered:?}");
        for mode in modes {
            assert!(left.contains(&format!("\x1b[?{mode}l")), "{mode} stays on");
        }
        assert!(
            entered.starts_with(KEEP_TITLE) && left.contains(RESTORE_TITLE) && left.contains("\x1b[?25h")
        );
    }

    #[test]
    fn released_terminal_is_not_written_to() {
        let hold = Hold::new("title");
        for done in [
            hold.write(b"never shown"),
            hold.write_frame(b"never shown"),
            hold.rename("never shown"),
            hold.retake(),
            hold.release(),
        ] {
            assert!(done.is_ok());
        }
        hold.release_at_once();
    }
}
