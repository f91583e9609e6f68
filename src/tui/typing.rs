//! A line of text input: editing, and its visible part.

use dockopt_core::path::escape_text;
use ratatui::crossterm::event::{Event, KeyCode, KeyEvent};
use tui_input::backend::crossterm::EventHandler as _;
use tui_input::{Input, InputRequest};
use unicode_width::UnicodeWidthChar as _;

/// Longest text in characters, pasted or typed.
const LONGEST: usize = 4096;

/// Handles a key; returns whether the text changed.
pub(crate) fn edit(input: &mut Input, key: KeyEvent) -> bool {
    let is_full = input.value().chars().count() >= LONGEST;
    if is_full && matches!(key.code, KeyCode::Char(_)) {
        return false;
    }
    input.handle_event(&Event::Key(key)).is_some_and(|changed| changed.value)
}

/// Inserts pasted text.
pub(crate) fn paste(input: &mut Input, text: &str) {
    let room = LONGEST.saturating_sub(input.value().chars().count());
    for character in text.chars().filter(|character| !character.is_control()).take(room) {
        input.handle(InputRequest::InsertChar(character));
    }
}

/// Returns the part of the text that fits `cells` cells, and the cell of the cursor.
pub(crate) fn seen(input: &Input, cells: usize) -> (String, usize) {
    let skip = input.visual_scroll(cells);
    (window(input.value(), skip, cells), input.visual_cursor().saturating_sub(skip))
}

/// Returns the part of a text inside a window of cells.
fn window(text: &str, skip: usize, room: usize) -> String {
    let mut at = 0;
    let mut seen = String::new();
    for character in escape_text(text).chars() {
        let cells = character.width().unwrap_or(0);
        if at >= skip && at + cells <= skip + room {
            seen.push(character);
        }
        at += cells;
    }
    seen
}
