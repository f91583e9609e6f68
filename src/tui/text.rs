//! Words and numbers as the panes show them: attributes as in `ls -l`, lines wrapped to a width.
//!
//! What comes from an image is escaped by the caller, once, before it gets here.

use dockopt_core::entry::EntryKind;
use unicode_width::UnicodeWidthChar;

/// Type letter and permissions, `drwxr-xr-x`.
pub(crate) fn mode(kind: EntryKind, mode: u32) -> String {
    let letter = match kind {
        EntryKind::Directory => 'd',
        EntryKind::Symlink => 'l',
        EntryKind::CharDevice => 'c',
        EntryKind::BlockDevice => 'b',
        EntryKind::Fifo => 'p',
        EntryKind::File | EntryKind::HardLink | EntryKind::Unknown => '-',
    };
    let mut text = String::with_capacity(10);
    text.push(letter);
    for (shift, special, set, unset) in [(6, 0o4000, 's', 'S'), (3, 0o2000, 's', 'S'), (0, 0o1000, 't', 'T')]
    {
        let bits = mode >> shift;
        text.push(if bits & 4 == 0 { '-' } else { 'r' });
        text.push(if bits & 2 == 0 { '-' } else { 'w' });
        text.push(match (bits & 1 != 0, mode & special != 0) {
            (true, true) => set,
            (false, true) => unset,
            (true, false) => 'x',
            (false, false) => '-',
        });
    }
    text
}

/// Breaks a text into lines of at most `cells` cells, at blanks where there are some.
pub(crate) fn wrap(text: &str, cells: usize) -> Vec<String> {
    wrap_after(text, cells, cells)
}

/// Breaks a text into lines of which the first has another length than those after it.
pub(crate) fn wrap_after(text: &str, first: usize, others: usize) -> Vec<String> {
    let mut cells = first.max(1);
    let mut lines = Vec::new();
    let mut line = String::new();
    let mut used = 0;
    for word in text.split_inclusive(' ') {
        let width = dockopt_core::table::width(word.trim_end());
        // A word that fits no line at all begins where there is room.
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

/// A part of a whole as a percentage that is 100 only if nothing is missing, and 0 only if nothing is there.
pub(crate) fn part_percent(ratio: f64) -> String {
    let rounded = (ratio * 1000.0).round() / 10.0;
    let shown = if ratio < 1.0 { rounded.min(99.9) } else { rounded };
    let shown = if ratio > 0.0 { shown.max(0.1) } else { shown };
    format!("{shown:.1} %")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn modes_look_as_in_ls() {
        assert_eq!(mode(EntryKind::Directory, 0o1777), "drwxrwxrwt");
        assert_eq!(mode(EntryKind::File, 0o4755), "-rwsr-xr-x");
        assert_eq!(mode(EntryKind::File, 0o2644), "-rw-r-Sr--");
        assert_eq!(mode(EntryKind::Symlink, 0o777), "lrwxrwxrwx");
    }

    #[test]
    fn a_part_is_never_shown_as_all_or_nothing() {
        for (ratio, shown) in
            [(1.0, "100.0 %"), (0.999_99, "99.9 %"), (0.4864, "48.6 %"), (0.000_01, "0.1 %"), (0.0, "0.0 %")]
        {
            assert_eq!(part_percent(ratio), shown);
        }
    }

    #[test]
    fn the_first_line_may_be_shorter() {
        assert_eq!(wrap_after("RUN apt-get update", 5, 20), ["RUN", "apt-get update"]);
    }

    #[test]
    fn a_word_longer_than_a_line_begins_where_there_is_room() {
        assert_eq!(wrap("COPY file:0123456789 x", 8), ["COPY fil", "e:012345", "6789 x"]);
    }

    #[test]
    fn lines_break_at_blanks_and_within_long_words() {
        assert_eq!(wrap("RUN apt-get update && rm x", 12), ["RUN apt-get", "update && rm", "x"]);
        assert_eq!(wrap("abcdefgh ij", 3), ["abc", "def", "gh", "ij"]);
        assert_eq!(wrap("日本語", 4), ["日本", "語"]);
        assert_eq!(wrap("", 4), [""]);
    }
}
