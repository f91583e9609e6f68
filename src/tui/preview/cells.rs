//! Converts the bytes of a line to terminal cells.
//!
//! This is the only place in the preview that turns content into text for the screen. Control
//! characters, characters that hide or reorder others, and bytes that are not UTF-8 become `\xNN`
//! or `\u{…}`; tabs become spaces. Unlike names, text keeps its backslashes, so escapes are
//! reported as ranges and can be drawn differently from the same letters in the file.

use std::ops::Range;

use dockopt_core::path::is_unsafe_to_show;
use unicode_width::UnicodeWidthChar;

/// Cells between two tab stops.
const TAB: usize = 8;

/// A part of a line ready to be drawn: safe text, and ranges of bytes of that text.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Painted {
    /// The text to draw.
    pub(crate) text: String,
    /// The parts that are escapes.
    pub(crate) escapes: Vec<Range<usize>>,
    /// The parts that a search matched.
    pub(crate) matches: Vec<Match>,
    /// Whether the line continues to the right.
    pub(crate) clipped: bool,
}

/// A match of a search.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Match {
    /// Bytes of a line, or bytes of the text that shows it.
    pub(crate) range: Range<usize>,
    /// Whether it is the current match.
    pub(crate) current: bool,
}

impl Match {
    /// Returns the part inside a range, relative to the start of that range.
    pub(super) fn within(&self, part: &Range<usize>) -> Option<Self> {
        let start = self.range.start.max(part.start);
        let end = self.range.end.min(part.end);
        let range = || start - part.start..end - part.start;
        (start < end).then(|| Self { range: range(), current: self.current })
    }
}

/// A unit on the screen: a character, or what replaces it.
#[derive(Clone, Copy, Debug)]
struct Glyph {
    at: usize,
    shown: GlyphForm,
}

#[derive(Clone, Copy, Debug)]
enum GlyphForm {
    Character(char),
    Tab,
    Byte(u8),
    Code(char),
}

impl Glyph {
    fn of(at: usize, character: char) -> Self {
        let shown = match character {
            '\t' => GlyphForm::Tab,
            _ if character.is_ascii_control() => GlyphForm::Byte(character as u8),
            _ if is_hidden(character) => GlyphForm::Code(character),
            _ => GlyphForm::Character(character),
        };
        Self { at, shown }
    }

    /// Returns the cells that it takes at a column.
    fn cells(self, column: usize) -> usize {
        match self.shown {
            GlyphForm::Character(character) if is_style(character) => 0,
            GlyphForm::Character(character) => character.width().unwrap_or(0),
            GlyphForm::Tab => TAB - column % TAB,
            GlyphForm::Byte(_) => 4,
            GlyphForm::Code(character) => character.escape_unicode().len(),
        }
    }

    /// Appends its cells `part` to a text.
    fn show(self, part: Range<usize>, cells: usize, text: &mut String) {
        match self.shown {
            GlyphForm::Character(character) if part.len() == cells && !is_style(character) => {
                text.push(character);
            }
            GlyphForm::Character(_) | GlyphForm::Tab => text.extend(part.map(|_| ' ')),
            GlyphForm::Byte(byte) => {
                let escape = format!("\\x{byte:02x}");
                text.push_str(escape.get(part).unwrap_or_default());
            }
            GlyphForm::Code(character) => {
                text.extend(character.escape_unicode().skip(part.start).take(part.len()));
            }
        }
    }

    fn is_escape(self) -> bool {
        matches!(self.shown, GlyphForm::Byte(_) | GlyphForm::Code(_))
    }
}

/// Returns whether a character is escaped, because it would act on the terminal or hide something.
fn is_hidden(character: char) -> bool {
    is_unsafe_to_show(character) || matches!(character, '\u{fe00}'..='\u{fe0d}' | '\u{e0100}'..='\u{e01ef}')
}

/// Returns whether a character only selects the style of an emoji. Such characters are dropped,
/// because terminals disagree on the resulting width.
fn is_style(character: char) -> bool {
    matches!(character, '\u{fe0e}' | '\u{fe0f}')
}

fn glyphs(bytes: &[u8]) -> impl Iterator<Item = Glyph> {
    let mut next = 0;
    bytes.utf8_chunks().flat_map(move |chunk| {
        let start = next;
        let invalid = start + chunk.valid().len();
        next = invalid + chunk.invalid().len();
        let characters =
            chunk.valid().char_indices().map(move |(at, character)| Glyph::of(start + at, character));
        let rest = chunk.invalid().iter().enumerate();
        characters
            .chain(rest.map(move |(at, byte)| Glyph { at: invalid + at, shown: GlyphForm::Byte(*byte) }))
    })
}

/// Breaks a part of a line into rows of at most `width` cells. Returns ranges of its bytes, at
/// least one.
///
/// A tab ends with its row. A character wider than a row gets a row of its own, where [`paint`]
/// cuts it.
pub(crate) fn wrap(bytes: &[u8], width: usize) -> Vec<Range<usize>> {
    let mut rows = Vec::new();
    let (mut start, mut column) = (0, 0);
    for glyph in glyphs(bytes) {
        if column >= width && glyph.cells(0) > 0 || column > 0 && !fits(glyph, column, width) {
            rows.push(start..glyph.at);
            (start, column) = (glyph.at, 0);
        }
        column += glyph.cells(column);
    }
    rows.push(start..bytes.len());
    rows
}

fn fits(glyph: Glyph, column: usize, width: usize) -> bool {
    matches!(glyph.shown, GlyphForm::Tab) || column + glyph.cells(column) <= width
}

/// Returns the column of the byte at `at` if all bytes are in one row.
pub(crate) fn column_of(bytes: &[u8], at: usize) -> usize {
    glyphs(bytes).take_while(|glyph| glyph.at < at).fold(0, |column, glyph| column + glyph.cells(column))
}

/// Paints the columns `columns` of a part of a line. `matches` are ranges of its bytes, sorted and
/// disjoint.
pub(crate) fn paint(bytes: &[u8], columns: Range<usize>, matches: &[Match]) -> Painted {
    let mut painted = Painted::default();
    let mut matches = matches.iter().peekable();
    let mut column = 0;
    for glyph in glyphs(bytes) {
        let cells = glyph.cells(column);
        let shown = columns.start.saturating_sub(column)..columns.end.saturating_sub(column).min(cells);
        column += cells;
        if column > columns.end {
            painted.clipped = true;
        }
        if cells == 0 {
            painted.attach(glyph);
        } else if shown.start < shown.end {
            while matches.next_if(|found| found.range.end <= glyph.at).is_some() {}
            painted.show(glyph, shown, cells, matches.peek().filter(|found| found.range.start <= glyph.at));
        }
        if painted.clipped {
            break;
        }
    }
    painted
}

impl Painted {
    fn show(&mut self, glyph: Glyph, part: Range<usize>, cells: usize, found: Option<&&Match>) {
        let start = self.text.len();
        glyph.show(part, cells, &mut self.text);
        let range = start..self.text.len();
        if glyph.is_escape() {
            match self.escapes.last_mut().filter(|last| last.end == start) {
                Some(last) => last.end = range.end,
                None => self.escapes.push(range.clone()),
            }
        }
        if let Some(found) = found {
            let is_same = |last: &&mut Match| last.range.end == start && last.current == found.current;
            // Adjacent matches join into one range: they look the same.
            match self.matches.last_mut().filter(is_same) {
                Some(last) => last.range.end = range.end,
                None => self.matches.push(Match { range, current: found.current }),
            }
        }
    }

    /// Attaches a glyph without cells to the character before it, which may be off the screen.
    fn attach(&mut self, glyph: Glyph) {
        let end = self.text.len();
        if end == 0 || self.clipped {
            return;
        }
        glyph.show(0..0, 0, &mut self.text);
        if let Some(last) = self.matches.last_mut().filter(|last| last.range.end == end) {
            last.range.end = self.text.len();
        }
    }
}

#[cfg(test)]
#[expect(clippy::single_range_in_vec_init, reason = "lists of ranges")]
mod tests {
    use super::*;
    use crate::tui::preview::testing::{cases, content};
    use proptest::prelude::*;
    use unicode_width::UnicodeWidthStr;

    fn whole(bytes: &[u8]) -> Painted {
        paint(bytes, 0..10_000, &[])
    }

    fn found(range: Range<usize>, current: bool) -> Match {
        Match { range, current }
    }

    #[test]
    fn printable_text_is_unchanged() {
        let painted = whole("größe 日本 \\x1b".as_bytes());
        assert_eq!(painted, Painted { text: "größe 日本 \\x1b".to_owned(), ..Painted::default() });
    }

    #[test]
    fn control_and_hidden_characters_are_escaped() {
        for (bytes, text, escapes) in [
            (&b"a\x1b[31mb\x00\x7fc\r"[..], "a\\x1b[31mb\\x00\\x7fc\\x0d", vec![1..5, 10..18, 19..23]),
            (b"caf\xe9!", "caf\\xe9!", vec![3..7]),
            ("\u{9b}1m".as_bytes(), "\\u{9b}1m", vec![0..6]),
            ("a\u{202e}b\u{200b}".as_bytes(), "a\\u{202e}b\\u{200b}", vec![1..9, 10..18]),
            ("x\u{e0100}".as_bytes(), "x\\u{e0100}", vec![1..10]),
            (b"\xe6\x97", "\\xe6\\x97", vec![0..8]),
        ] {
            assert_eq!(whole(bytes), Painted { text: text.to_owned(), escapes, ..Painted::default() });
        }
    }

    #[test]
    fn emoji_style_selectors_are_dropped() {
        assert_eq!(whole("⚠\u{fe0f} ok".as_bytes()).text, "⚠ ok");
    }

    #[test]
    fn tabs_extend_to_the_next_stop() {
        assert_eq!(whole(b"a\tb\t\tc").text, "a       b               c");
        assert_eq!(whole("日\tb".as_bytes()).text, "日      b");
    }

    #[test]
    fn row_shows_the_requested_columns() {
        let bytes = "ab日本\x1bz".as_bytes();
        for (columns, text, clipped) in [
            (0..4, "ab日", true),
            (0..3, "ab ", true),
            (3..6, " 本", true),
            (5..9, " \\x1", true),
            (8..11, "1bz", false),
            (11..14, "", false),
            (0..11, "ab日本\\x1bz", false),
        ] {
            let painted = paint(bytes, columns.clone(), &[]);
            assert_eq!((painted.text.as_str(), painted.clipped), (text, clipped), "{columns:?}");
        }
    }

    #[test]
    fn match_ranges_follow_their_characters() {
        let painted = paint("\ta日\x1bz".as_bytes(), 0..40, &[found(0..2, false), found(2..6, true)]);
        assert_eq!(painted.text, "        a日\\x1bz");
        assert_eq!(painted.matches, [found(0..9, false), found(9..16, true)]);
        let right = paint("\ta日\x1bz".as_bytes(), 9..40, &[found(0..2, false), found(2..6, true)]);
        assert_eq!(right.matches, [found(0..7, true)]);
    }

    #[test]
    fn combining_mark_stays_with_its_letter() {
        let painted = paint("e\u{301}x".as_bytes(), 0..2, &[found(0..1, false)]);
        assert_eq!(painted.text, "e\u{301}x");
        assert_eq!(painted.matches, [found(0..3, false)]);
        assert_eq!(wrap("e\u{301}x".as_bytes(), 1), [0..3, 3..4]);
    }

    #[test]
    fn rows_break_between_characters() {
        assert_eq!(wrap(b"abcdef", 4), [0..4, 4..6]);
        assert_eq!(wrap(b"abcd", 4), [0..4]);
        assert_eq!(wrap("日本語".as_bytes(), 5), [0..6, 6..9]);
        assert_eq!(wrap(b"ab\x1bc", 5), [0..2, 2..4]);
        assert_eq!(wrap(b"abc\tdef", 5), [0..4, 4..7]);
        assert_eq!(wrap(b"\x1b\x1b", 2), [0..1, 1..2]);
        assert_eq!(wrap(b"", 4), [0..0]);
    }

    proptest! {
        #![proptest_config(cases(256))]

        #[test]
        fn rows_are_safe_and_fit_the_width(
            bytes in content(400), left in 0_usize..40, width in 1_usize..40,
        ) {
            let mut shown = vec![paint(&bytes, left..left + width, &[])];
            let mut end = 0;
            for row in wrap(&bytes, width) {
                prop_assert_eq!(row.start, end);
                end = row.end;
                shown.push(paint(&bytes[row], 0..width, &[]));
            }
            prop_assert_eq!(end, bytes.len());
            for painted in shown {
                prop_assert!(!painted.text.chars().any(is_unsafe_to_show), "{:?}", painted.text);
                prop_assert!(painted.text.width() <= width, "{:?}", painted.text);
                for range in painted.escapes {
                    let is_code = |one| matches!(one, '\\' | 'x' | 'u' | '{' | '}' | '0'..='9' | 'a'..='f');
                    prop_assert!(painted.text[range].chars().all(is_code), "an escape, or a part of it");
                }
            }
        }

        #[test]
        fn scrolling_sideways_shows_parts_of_one_row(text in "[ -~\t\u{1}éüß]{0,60}", width in 1_usize..20) {
            let row = whole(text.as_bytes()).text;
            let mut parts = String::new();
            while parts.chars().count() < row.chars().count() {
                let left = parts.chars().count();
                let part = paint(text.as_bytes(), left..left + width, &[]);
                prop_assert_eq!(part.clipped, left + width < row.chars().count());
                parts.push_str(&part.text);
            }
            prop_assert_eq!(parts, row);
        }
    }
}
