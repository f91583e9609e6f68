//! Columns of text on a terminal. Widths are counted in cells, not in characters.

use unicode_width::{UnicodeWidthChar, UnicodeWidthStr};

/// Returns the number of cells of a text.
pub fn width(text: &str) -> usize {
    text.width()
}

/// Pads a text to `cells` cells on its right, or cuts it with `…`.
pub fn left(text: &str, cells: usize) -> String {
    let text = cut(text, cells);
    let padding = cells.saturating_sub(width(&text));
    format!("{text}{}", " ".repeat(padding))
}

/// Pads a text to `cells` cells on its left; never cuts it, because numbers must not lose digits.
pub fn right(text: &str, cells: usize) -> String {
    format!("{}{text}", " ".repeat(cells.saturating_sub(width(text))))
}

/// Cuts a text with `…` if it is wider than `cells` cells.
pub fn cut(text: &str, cells: usize) -> String {
    if width(text) <= cells {
        return text.to_owned();
    }
    let mut kept = String::new();
    let mut used = 1;
    for character in text.chars() {
        used += character.width().unwrap_or(0);
        if used > cells {
            break;
        }
        kept.push(character);
    }
    if cells > 0 {
        kept.push('…');
    }
    kept
}

/// Cuts the middle out of a text that is wider than `cells` cells: both ends of a path matter.
pub fn cut_middle(text: &str, cells: usize) -> String {
    if width(text) <= cells || cells < 5 {
        return cut(text, cells);
    }
    let head = cells / 3;
    let tail = cells - head - 1;
    let mut end = String::new();
    for character in text.chars().rev() {
        if width(&end) + character.width().unwrap_or(0) > tail {
            break;
        }
        end.insert(0, character);
    }
    let start = cut(text, head + 1);
    format!("{start}{end}")
}

/// Breaks a text between words. A word that is wider than a line has one of its own.
pub fn wrapped(text: &str, columns: usize) -> Vec<String> {
    let mut lines: Vec<String> = Vec::new();
    for word in text.split(' ') {
        match lines.last_mut() {
            Some(line) if width(line) + 1 + width(word) <= columns => {
                line.push(' ');
                line.push_str(word);
            }
            _ => lines.push(word.to_owned()),
        }
    }
    lines
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn wide_characters_take_two_cells() {
        assert_eq!(left("日本語", 7), "日本語 ");
        assert_eq!(cut("日本語", 5), "日本…");
        assert_eq!(cut("日本語", 4), "日…");
        assert_eq!(right("42", 4), "  42");
        assert_eq!(cut("abc", 0), "");
    }

    #[test]
    fn a_long_path_keeps_both_ends() {
        let cut = cut_middle("/usr/local/lib/python3.11/dist-packages/numpy/core.so", 30);
        assert_eq!(width(&cut), 30);
        assert!(cut.starts_with("/usr/local"), "{cut}");
        assert!(cut.ends_with("numpy/core.so"), "{cut}");
    }

    #[test]
    fn text_breaks_between_words() {
        assert_eq!(wrapped("one two three", 7), ["one two", "three"]);
        assert_eq!(wrapped("a-very-long-word b", 5), ["a-very-long-word", "b"]);
        assert_eq!(wrapped("", 5), [""]);
    }
}
