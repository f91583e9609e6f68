//! Columns of text on a terminal: widths are counted in cells, not in characters.

use unicode_width::{UnicodeWidthChar, UnicodeWidthStr};

/// Cells that a text takes.
pub fn width(text: &str) -> usize {
    text.width()
}

/// The text at the left of `cells` cells, cut with `…` if it is too long.
pub fn left(text: &str, cells: usize) -> String {
    let text = cut(text, cells);
    let padding = cells.saturating_sub(width(&text));
    format!("{text}{}", " ".repeat(padding))
}

/// The text at the right of `cells` cells, never cut: numbers must not lose digits.
pub fn right(text: &str, cells: usize) -> String {
    format!("{}{text}", " ".repeat(cells.saturating_sub(width(text))))
}

/// The text, cut with `…` if it takes more than `cells` cells.
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

/// The text with its middle cut out if it takes more than `cells` cells: both ends of a path tell something.
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
}
