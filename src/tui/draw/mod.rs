//! Draws the state, and only reads it.
//!
//! Every text that comes from an image was escaped where it was taken from the image; nothing here makes text of
//! bytes. Only what is on the screen is looked at, so that a frame costs the same for ten files and for a million.

pub(crate) mod canvas;
mod loading;
mod popup;
mod status;

pub(crate) use loading::{bar, failure_lines};
pub(crate) use status::{Hints, hint_line};

use ratatui::Frame;

use self::canvas::Canvas;
use super::app::App;
use super::areas::Region;

/// Draws everything.
pub(crate) fn draw(app: &App, frame: &mut Frame<'_>) {
    let areas = app.areas();
    let screen = frame.area();
    if screen != app.size {
        // The terminal has changed its size just now. What is drawn next knows of it.
        return;
    }
    frame.buffer_mut().set_style(screen, app.theme.base);
    let mut canvas = Canvas { app, areas, frame };
    canvas.header();
    canvas.tabs();
    for region in Region::ALL {
        app.pane(region).draw(&mut canvas);
    }
    canvas.matches();
    canvas.popup();
    canvas.status();
    canvas.hints();
}
