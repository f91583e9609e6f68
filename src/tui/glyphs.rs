//! Characters beyond ASCII that the browser draws, and their replacements for other locales.
//!
//! A frame is drawn with all characters and then translated as a whole, so that panes need not
//! care. The table translates borders, bars, guides, marks and ellipses; everything else, such as
//! names in an image, becomes question marks.

use ratatui::buffer::Buffer;

/// The browser's own characters, each with its ASCII replacement.
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

/// Replacement for any other character.
const UNKNOWN: char = '?';

/// Returns whether the translation keeps or replaces a character without a question mark.
#[cfg(test)]
pub(crate) fn is_shown(character: char) -> bool {
    character.is_ascii() || ASCII.iter().any(|(drawn, _)| *drawn == character)
}

/// Replaces all characters of a frame that are not ASCII.
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
    fn every_character_has_one_ascii_replacement() {
        for (at, (drawn, replacement)) in ASCII.iter().enumerate() {
            assert!(!drawn.is_ascii() && replacement.is_ascii_graphic(), "{drawn}");
            assert!(ASCII.iter().skip(at + 1).all(|(other, _)| other != drawn), "{drawn} has two rows");
        }
    }

    #[test]
    fn ascii_translation_keeps_the_cells() {
        let mut buffer = Buffer::empty(Rect::new(0, 0, 12, 1));
        buffer.set_string(0, 0, "├─ é日本 … x", Style::new());
        to_ascii(&mut buffer);
        let text: String = buffer.content.iter().map(ratatui::buffer::Cell::symbol).collect();
        assert_eq!(text, "|- ?? ?  ~ x");
    }
}
