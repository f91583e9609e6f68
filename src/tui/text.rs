//! Words and numbers as the panes show them: attributes as in `ls -l`, times, lines wrapped to a width.
//!
//! What comes from an image is escaped by the caller, once, before it gets here.

use dockopt_core::entry::{EntryKind, Timestamp};
use unicode_width::UnicodeWidthChar;

const SECONDS_PER_DAY: i64 = 86_400;

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

/// A time as `2024-05-01 13:37` in UTC; years that take more than four digits as `?`.
pub(crate) fn time(at: Timestamp) -> String {
    let days = at.seconds.div_euclid(SECONDS_PER_DAY);
    let minutes = at.seconds.rem_euclid(SECONDS_PER_DAY) / 60;
    match civil(days) {
        Some((year, month, day)) => {
            format!("{year:04}-{month:02}-{day:02} {:02}:{:02}", minutes / 60, minutes % 60)
        }
        None => "?".to_owned(),
    }
}

/// A time in seconds since 1970 as `2024-05-01T13:37:00Z`; none in years that take more than four digits.
pub(crate) fn rfc3339(seconds: i64) -> Option<String> {
    let (year, month, day) = civil(seconds.div_euclid(SECONDS_PER_DAY))?;
    let second = seconds.rem_euclid(SECONDS_PER_DAY);
    let (hour, minute, second) = (second / 3600, second / 60 % 60, second % 60);
    Some(format!("{year:04}-{month:02}-{day:02}T{hour:02}:{minute:02}:{second:02}Z"))
}

/// The Gregorian date of a day counted from 1970-01-01, for years 0 to 9999: by eras of 400 years that begin in March.
fn civil(days: i64) -> Option<(i64, i64, i64)> {
    const DAYS_TO_1970: i64 = 719_468;
    const DAYS_PER_ERA: i64 = 146_097;
    let days = days.checked_add(DAYS_TO_1970)?;
    let era = days.div_euclid(DAYS_PER_ERA);
    let day_of_era = days.rem_euclid(DAYS_PER_ERA);
    let year_of_era = (day_of_era - day_of_era / 1460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
    let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let month_from_march = (5 * day_of_year + 2) / 153;
    let day = day_of_year - (153 * month_from_march + 2) / 5 + 1;
    let month = if month_from_march < 10 { month_from_march + 3 } else { month_from_march - 9 };
    let year = era.checked_mul(400)? + year_of_era + i64::from(month <= 2);
    (0..=9999).contains(&year).then_some((year, month, day))
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
        let width = dockopt_core::report::table::width(word.trim_end());
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

/// `1 file`, `2 files`.
pub(crate) fn plural(number: u64, word: &str) -> String {
    let ending = if number == 1 { "" } else { "s" };
    format!("{} {word}{ending}", dockopt_core::report::count(number))
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
    fn times_are_civil() {
        let at = |seconds| time(Timestamp { seconds, nanos: 0 });
        assert_eq!(at(0), "1970-01-01 00:00");
        assert_eq!(at(-1), "1969-12-31 23:59");
        assert_eq!(at(951_782_400), "2000-02-29 00:00");
        assert_eq!(at(1_732_281_420), "2024-11-22 13:17");
        assert_eq!(at(i64::MAX), "?");
        assert_eq!(at(i64::MIN), "?");
        assert_eq!(rfc3339(1_732_281_425).as_deref(), Some("2024-11-22T13:17:05Z"));
        assert_eq!(rfc3339(i64::MIN), None);
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
        assert_eq!(plural(1, "file"), "1 file");
        assert_eq!(plural(1204, "file"), "1,204 files");
    }
}
