//! Draws the state without changing it.
//!
//! Text from an image is escaped where it leaves the image; nothing here turns bytes into text.
//! Only visible rows are drawn, so a frame costs the same for ten files as for a million.

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
        // The terminal has just changed its size; the next frame uses the new one.
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
