//! Words and numbers for the panes: attributes as in `ls -l`, lines wrapped to a width.
//!
//! Callers have escaped all text from an image, once.

use dockopt_core::quantity::size;
use humansize::{DECIMAL, format_size};
use unicode_width::UnicodeWidthChar;

/// Breaks a text into lines of at most `cells` cells, at blanks where possible.
pub(crate) fn wrap(text: &str, cells: usize) -> Vec<String> {
    wrap_after(text, cells, cells)
}

/// Breaks a text into lines; the first may have another length than the others.
pub(crate) fn wrap_after(text: &str, first: usize, others: usize) -> Vec<String> {
    let mut cells = first.max(1);
    let mut lines = Vec::new();
    let mut line = String::new();
    let mut used = 0;
    for word in text.split_inclusive(' ') {
        let width = dockopt_core::table::width(word.trim_end());
        // A word that fits no line begins on the current one, if there is room.
        if used > 0 && used + width > cells && width <= cells.max(others) {
            lines.push(std::mem::take(&mut line).trim_end().to_owned());
            (used, cells) = (0, others.max(1));
        }
        for character in word.chars() {
            let width = character.width().unwrap_or(0);
            if used + width > cells && character != ' ' {
                lines.push(std::mem::take(&mut line));
                (used, cells) = (0, others.max(1));
            }
            line.push(character);
            used += width;
        }
    }
    if !line.trim_end().is_empty() || lines.is_empty() {
        lines.push(line.trim_end().to_owned());
    }
    lines
}

/// Formats a ratio as a percentage that is 100 only if nothing is missing, and 0 only if there is
/// nothing.
pub(crate) fn part_percent(ratio: f64) -> String {
    let rounded = (ratio * 1000.0).round() / 10.0;
    let shown = if ratio < 1.0 { rounded.min(99.9) } else { rounded };
    let shown = if ratio > 0.0 { shown.max(0.1) } else { shown };
    format!("{shown:.1} %")
}

/// Formats a size in at most seven cells, with three significant digits: `7.50 kB`, `35.9 MB`, `359
/// MB`.
pub(crate) fn short_size(bytes: u64) -> String {
    let whole = size(bytes);
    let digits = whole.find(['.', ' ']).unwrap_or(whole.len());
    format_size(bytes, DECIMAL.decimal_places(3_usize.saturating_sub(digits)))
}

/// Cuts digests in a text to seven digits, to leave room for the rest: `COPY file:6c9c915… in
/// /bin`.
pub(crate) fn short_digests(text: &str) -> String {
    const SHORTEST: usize = 32;
    const SHOWN: usize = 7;
    let mut short = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(start) = rest.find(|letter: char| letter.is_ascii_hexdigit()) {
        let (before, from) = rest.split_at(start);
        let end = from.find(|letter: char| !letter.is_ascii_hexdigit()).unwrap_or(from.len());
        let (digits, after) = from.split_at(end);
        short.push_str(before);
        match digits.get(..SHOWN) {
            Some(first) if digits.len() >= SHORTEST => short.extend([first, "…"]),
            _ => short.push_str(digits),
        }
        rest = after;
    }
    short + rest
}

/// Returns the cells for a part of a whole: at least one if the part is not empty.
pub(crate) fn cells(part: u64, whole: u64, cells: usize) -> usize {
    if part == 0 || whole == 0 {
        return 0;
    }
    let share = u128::from(part) * cells as u128 / u128::from(whole);
    usize::try_from(share).unwrap_or(cells).clamp(1, cells)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nonempty_part_has_a_cell_and_bars_never_overflow() {
        assert_eq!(cells(0, 100, 8), 0);
        assert_eq!(cells(1, u64::MAX, 8), 1);
        assert_eq!(cells(u64::MAX, u64::MAX, 8), 8);
        assert_eq!(cells(50, 100, 8), 4);
        assert_eq!(cells(1, 0, 8), 0);
    }

    #[test]
    fn only_digests_are_cut() {
        let digest = "0123456789abcdef".repeat(4);
        assert_eq!(short_digests(&format!("COPY file:{digest} in /bin")), "COPY file:0123456… in /bin");
        assert_eq!(short_digests(&digest), "0123456…");
        for other in ["RUN echo deadbeef é cafe", "", "a", "é"] {
            assert_eq!(short_digests(other), other);
        }
    }

    #[test]
    fn short_sizes_have_three_significant_digits() {
        for (bytes, text) in [
            (0, "0 B"),
            (738, "738 B"),
            (7_500, "7.50 kB"),
            (35_900_000, "35.9 MB"),
            (359_278_080, "359 MB"),
            (1_359_278_080, "1.36 GB"),
        ] {
            assert_eq!(short_size(bytes), text);
        }
        assert!(short_size(u64::MAX).len() <= 8);
    }

    #[test]
    fn part_percent_is_exact_at_zero_and_hundred() {
        for (ratio, shown) in
            [(1.0, "100.0 %"), (0.999_99, "99.9 %"), (0.4864, "48.6 %"), (0.000_01, "0.1 %"), (0.0, "0.0 %")]
        {
            assert_eq!(part_percent(ratio), shown);
        }
    }

    #[test]
    fn first_line_may_be_shorter() {
        assert_eq!(wrap_after("RUN apt-get update", 5, 20), ["RUN", "apt-get update"]);
    }

    #[test]
    fn overlong_word_begins_on_the_current_line() {
        assert_eq!(wrap("COPY file:0123456789 x", 8), ["COPY fil", "e:012345", "6789 x"]);
    }

    #[test]
    fn lines_break_at_blanks_and_in_long_words() {
        assert_eq!(wrap("RUN apt-get update && rm x", 12), ["RUN apt-get", "update && rm", "x"]);
        assert_eq!(wrap("abcdefgh ij", 3), ["abc", "def", "gh", "ij"]);
        assert_eq!(wrap("日本語", 4), ["日本", "語"]);
        assert_eq!(wrap("", 4), [""]);
    }
}
