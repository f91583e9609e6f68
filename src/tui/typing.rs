//! A line of text that is typed: how keys change it, and which part of it is seen.

use dockopt_core::path::escape_text;
use ratatui::crossterm::event::{Event, KeyCode, KeyEvent};
use tui_input::backend::crossterm::EventHandler as _;
use tui_input::{Input, InputRequest};
use unicode_width::UnicodeWidthChar as _;

/// Longest text that can be pasted or typed, in characters.
const LONGEST: usize = 4096;

/// Takes a key, and tells whether the text is another one now.
pub(crate) fn edit(input: &mut Input, key: KeyEvent) -> bool {
    let is_full = input.value().chars().count() >= LONGEST;
    if is_full && matches!(key.code, KeyCode::Char(_)) {
        return false;
    }
    input.handle_event(&Event::Key(key)).is_some_and(|changed| changed.value)
}

/// Takes pasted text.
pub(crate) fn paste(input: &mut Input, text: &str) {
    let room = LONGEST.saturating_sub(input.value().chars().count());
    for character in text.chars().filter(|character| !character.is_control()).take(room) {
        input.handle(InputRequest::InsertChar(character));
    }
}

/// What is seen of the text in so many cells, and in which of them the cursor is.
pub(crate) fn seen(input: &Input, cells: usize) -> (String, usize) {
    let skip = input.visual_scroll(cells);
    (window(input.value(), skip, cells), input.visual_cursor().saturating_sub(skip))
}

/// The part of a text that is seen through a window, in cells.
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
