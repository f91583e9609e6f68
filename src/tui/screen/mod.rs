//! The screen: the terminal as long as the browser has it.
//!
//! Whatever ends the browser gives the terminal back as it was: leaving, an error, a panic in any thread, a signal. A
//! frame is collected and written at once, under the same lock that giving back takes, so that nothing is drawn on a
//! terminal that is no longer ours. The cursor's position is never asked for: the answer would be lost in the keys.

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

/// The most bytes that can be copied: with more, the sequence has over 100,000 bytes and terminals drop it.
pub(crate) const LONGEST_COPY: usize = 74_994;

/// How long a stop may take to reach all threads.
#[cfg(unix)]
const SETTLE: std::time::Duration = std::time::Duration::from_millis(50);

/// The screen.
pub(crate) struct Screen {
    terminal: Terminal<CrosstermBackend<Pending>>,
    pending: Pending,
    hold: Hold,
    /// Whether the terminal is to get nothing but ASCII.
    is_ascii: bool,
}

impl Screen {
    /// Takes the terminal. The window is given a title, in which nothing but text is shown.
    ///
    /// # Errors
    ///
    /// If there is no terminal, or it cannot be set up; it is given back then.
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

    /// The hold on the terminal, for whoever may have to give it back.
    pub(crate) fn hold(&self) -> Hold {
        self.hold.clone()
    }

    /// Gives the window another title.
    pub(crate) fn rename(&self, title: &str) -> io::Result<()> {
        self.hold.rename(title)
    }

    /// How large it is.
    pub(crate) fn size(&self) -> io::Result<ratatui::layout::Size> {
        self.terminal.size()
    }

    /// Draws a frame, of what has changed since the last one.
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

    /// Makes the next frame draw everything.
    pub(crate) fn redraw(&mut self) -> io::Result<()> {
        let size = self.terminal.size()?;
        self.terminal.resize(Rect::from((ratatui::layout::Position::ORIGIN, size)))
    }

    /// Gives the terminal back and stops the program and everything in its pipeline, as the shell does for Ctrl-Z. When
    /// it goes on, the terminal is taken again. Does nothing where programs cannot be stopped.
    pub(crate) fn suspend(&mut self) -> io::Result<()> {
        #[cfg(unix)]
        {
            self.hold.release()?;
            // A group that no shell waits for is not stopped by this signal, and must not be.
            let stopped = rustix::process::kill_current_process_group(rustix::process::Signal::TSTP);
            std::thread::sleep(SETTLE);
            self.hold.take()?;
            stopped?;
        }
        self.redraw()
    }

    /// Copies to the clipboard of the terminal (OSC 52). Terminals do not tell whether they did.
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
        // If the terminal is gone, there is nothing to give back.
        let _ = self.hold.release();
    }
}

/// The sequence that copies bytes.
fn copying(bytes: &[u8]) -> io::Result<Vec<u8>> {
    if bytes.len() > LONGEST_COPY {
        let length = bytes.len();
        let message = format!("{length} bytes are too many for the clipboard, which takes {LONGEST_COPY}");
        return Err(io::Error::new(ErrorKind::InvalidInput, message));
    }
    Ok(format!("\x1b]52;c;{}\x07", STANDARD.encode(bytes)).into_bytes())
}

/// The bytes of a frame that is not complete yet.
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
