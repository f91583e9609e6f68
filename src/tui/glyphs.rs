//! Characters beyond ASCII that the browser draws, and their replacements for other locales.
//!
//! A frame is drawn with all characters and translated as a whole, so that no pane has to know: borders, bars, guides,
//! marks and ellipses by the table, and everything else, such as names in an image, as question marks.

use ratatui::buffer::Buffer;

/// Characters of the browser's own, each with one of ASCII in its place.
const ASCII: [(char, char); 26] = [
    // Borders and guides.
    ('─', '-'),
    ('│', '|'),
    ('┌', '+'),
    ('┐', '+'),
    ('└', '+'),
    ('┘', '+'),
    ('├', '|'),
    ('┃', '#'),
    ('═', '='),
    // Bars.
    ('█', '#'),
    ('▒', 'x'),
    ('░', '.'),
    // Marks.
    ('▌', '|'),
    ('◆', '*'),
    ('▾', 'v'),
    ('▸', '>'),
    ('▴', '^'),
    ('×', 'x'),
    ('·', '.'),
    // Text.
    ('→', '>'),
    ('↑', '^'),
    ('↓', 'v'),
    ('…', '~'),
    ('–', '-'),
    ('’', '\''),
    ('≥', '>'),
];

/// What is shown in place of any other character.
const UNKNOWN: char = '?';

/// Whether a character is shown without a question mark in its place.
#[cfg(test)]
pub(crate) fn is_shown(character: char) -> bool {
    character.is_ascii() || ASCII.iter().any(|(drawn, _)| *drawn == character)
}

/// Replaces every character of a frame that is not ASCII.
pub(crate) fn to_ascii(buffer: &mut Buffer) {
    for cell in buffer.content.iter_mut().filter(|cell| !cell.symbol().is_ascii()) {
        let character = cell.symbol().chars().next().unwrap_or(' ');
        let known = ASCII.iter().find(|(drawn, _)| *drawn == character);
        cell.set_char(known.map_or(UNKNOWN, |(_, replacement)| *replacement));
    }
}

#[cfg(test)]
mod tests {
    use ratatui::layout::Rect;
    use ratatui::style::Style;

    use super::*;

    #[test]
    fn every_replacement_is_one_ascii_character_of_its_own_row() {
        for (at, (drawn, replacement)) in ASCII.iter().enumerate() {
            assert!(!drawn.is_ascii() && replacement.is_ascii_graphic(), "{drawn}");
            assert!(ASCII.iter().skip(at + 1).all(|(other, _)| other != drawn), "{drawn} has two rows");
        }
    }

    #[test]
    fn text_keeps_its_cells() {
        let mut buffer = Buffer::empty(Rect::new(0, 0, 12, 1));
        buffer.set_string(0, 0, "├─ é日本 … x", Style::new());
        to_ascii(&mut buffer);
        let text: String = buffer.content.iter().map(ratatui::buffer::Cell::symbol).collect();
        assert_eq!(text, "|- ?? ?  ~ x");
    }
}
