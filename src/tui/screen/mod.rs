//! The screen: the terminal while the browser uses it.
//!
//! The terminal is restored however the browser ends: by quitting, an error, a panic in any thread,
//! or a signal. A frame is collected and written at once, under the lock of the restore, so that
//! nothing is drawn after it. The position of the cursor is never queried: the answer would mix
//! with the keys.

mod hold;
mod panic;
#[cfg(test)]
#[cfg(target_os = "linux")]
mod tests;

use std::cell::RefCell;
use std::io::{self, ErrorKind, Write};
use std::rc::Rc;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use ratatui::backend::CrosstermBackend;
use ratatui::layout::Rect;
use ratatui::{Frame, Terminal};

pub(crate) use self::hold::Hold;
use super::glyphs::to_ascii;
use crate::terminal::has_utf8_locale;

/// Most bytes that can be copied: with more, the sequence has over 100,000 bytes and terminals drop
/// it.
pub(crate) const LONGEST_COPY: usize = 74_994;

/// Time that a stop may take to reach all threads.
#[cfg(unix)]
const SETTLE: std::time::Duration = std::time::Duration::from_millis(50);

/// The screen.
pub(crate) struct Screen {
    terminal: Terminal<CrosstermBackend<Pending>>,
    pending: Pending,
    hold: Hold,
    /// Whether to write only ASCII characters.
    is_ascii: bool,
}

impl Screen {
    /// Takes the terminal and sets the window title, reduced to plain text.
    ///
    /// # Errors
    ///
    /// Fails if there is no terminal, or if it cannot be set up; the terminal is restored then.
    pub(crate) fn enter(title: &str) -> io::Result<Self> {
        let hold = Hold::new(title);
        panic::give_back_before(hold.clone());
        hold.take()?;
        let pending = Pending::default();
        match Terminal::new(CrosstermBackend::new(pending.clone())) {
            Ok(terminal) => Ok(Self { terminal, pending, hold, is_ascii: !has_utf8_locale() }),
            Err(error) => hold.release().and(Err(error)),
        }
    }

    /// Returns the hold on the terminal, for code that restores it.
    pub(crate) fn hold(&self) -> Hold {
        self.hold.clone()
    }

    /// Changes the title of the window.
    pub(crate) fn rename(&self, title: &str) -> io::Result<()> {
        self.hold.rename(title)
    }

    /// Returns the size in cells.
    pub(crate) fn size(&self) -> io::Result<ratatui::layout::Size> {
        self.terminal.size()
    }

    /// Draws a frame: writes the cells that differ from the last one.
    pub(crate) fn draw(&mut self, render: impl FnOnce(&mut Frame<'_>)) -> io::Result<()> {
        let is_ascii = self.is_ascii;
        self.terminal.draw(|frame| {
            render(frame);
            if is_ascii {
                to_ascii(frame.buffer_mut());
            }
        })?;
        self.hold.write_frame(&self.pending.take())
    }

    /// Makes the next frame draw every cell.
    pub(crate) fn redraw(&mut self) -> io::Result<()> {
        let size = self.terminal.size()?;
        self.terminal.resize(Rect::from((ratatui::layout::Position::ORIGIN, size)))
    }

    /// Restores the terminal and stops the program and everything in its pipeline, as the shell
    /// does for Ctrl-Z. Takes the terminal again when the program continues. Does nothing on
    /// systems that cannot stop programs.
    pub(crate) fn suspend(&mut self) -> io::Result<()> {
        #[cfg(unix)]
        {
            self.hold.release()?;
            // This signal does not stop a group that no shell waits for, and must not.
            let stopped = rustix::process::kill_current_process_group(rustix::process::Signal::TSTP);
            std::thread::sleep(SETTLE);
            self.hold.take()?;
            stopped?;
        }
        self.redraw()
    }

    /// Copies to the clipboard of the terminal (OSC 52). Terminals do not report success.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::InvalidInput`] for more than [`LONGEST_COPY`] bytes.
    pub(crate) fn copy(&self, bytes: &[u8]) -> io::Result<()> {
        self.hold.write(&copying(bytes)?)
    }
}

impl Drop for Screen {
    fn drop(&mut self) {
        // If the terminal is gone, there is nothing to restore.
        let _ = self.hold.release();
    }
}

/// Returns the sequence that copies bytes.
fn copying(bytes: &[u8]) -> io::Result<Vec<u8>> {
    if bytes.len() > LONGEST_COPY {
        let length = bytes.len();
        let message = format!("{length} bytes are too many for the clipboard, which takes {LONGEST_COPY}");
        return Err(io::Error::new(ErrorKind::InvalidInput, message));
    }
    Ok(format!("\x1b]52;c;{}\x07", STANDARD.encode(bytes)).into_bytes())
}

/// The bytes of an incomplete frame.
#[derive(Clone, Default)]
struct Pending(Rc<RefCell<Vec<u8>>>);

impl Pending {
    fn take(&self) -> Vec<u8> {
        self.0.take()
    }
}

impl Write for Pending {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.borrow_mut().write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}
