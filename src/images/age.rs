//! Ages with the words and the rounding of `docker images`, so that both lists agree.
//!
//! As in Docker, hours are rounded to the nearest, everything else is rounded down, and a month has
//! 30 days.

/// In seconds.
const MINUTE: i64 = 60;
const HOUR: i64 = 60 * MINUTE;
/// In hours, as the units below.
const DAY: i64 = 24;
const WEEK: i64 = 7 * DAY;
const MONTH: i64 = 30 * DAY;
const YEAR: i64 = 365 * DAY;

/// Formats the time between two moments, both in seconds since 1970: `3 weeks ago`.
pub(super) fn ago(then: i64, now: i64) -> String {
    let seconds = now.saturating_sub(then);
    match (seconds, seconds / MINUTE) {
        (..0, _) => "in the future".to_owned(),
        (0, _) => "Less than a second ago".to_owned(),
        (1, _) => "1 second ago".to_owned(),
        (_, 0) => format!("{seconds} seconds ago"),
        (_, 1) => "About a minute ago".to_owned(),
        (_, minutes @ 2..60) => format!("{minutes} minutes ago"),
        _ => long_ago(seconds.saturating_add(HOUR / 2) / HOUR),
    }
}

/// Formats an age of an hour or more.
fn long_ago(hours: i64) -> String {
    const LARGE: [(i64, i64, &str); 4] = [
        (2 * YEAR, YEAR, "years"),
        (2 * MONTH, MONTH, "months"),
        (2 * WEEK, WEEK, "weeks"),
        (2 * DAY, DAY, "days"),
    ];
    match LARGE.into_iter().find(|(least, ..)| hours >= *least) {
        Some((_, unit, name)) => format!("{} {name} ago", hours / unit),
        None if hours == 1 => "About an hour ago".to_owned(),
        None => format!("{hours} hours ago"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ages_use_dockers_units_and_rounding() {
        const NOW: i64 = 1_800_000_000;
        const DAYS: i64 = DAY * HOUR;
        for (passed, text) in [
            (0, "Less than a second ago"),
            (1, "1 second ago"),
            (59, "59 seconds ago"),
            (60, "About a minute ago"),
            (119, "About a minute ago"),
            (120, "2 minutes ago"),
            (HOUR - 1, "59 minutes ago"),
            (HOUR, "About an hour ago"),
            (HOUR + HOUR / 2 - 1, "About an hour ago"),
            (HOUR + HOUR / 2, "2 hours ago"),
            (3 * HOUR + HOUR / 2, "4 hours ago"),
            (2 * DAYS - HOUR / 2 - 1, "47 hours ago"),
            (2 * DAYS - HOUR / 2, "2 days ago"),
            (3 * DAYS - HOUR, "2 days ago"),
            (13 * DAYS, "13 days ago"),
            (14 * DAYS, "2 weeks ago"),
            (22 * DAYS, "3 weeks ago"),
            (59 * DAYS, "8 weeks ago"),
            (60 * DAYS, "2 months ago"),
            (729 * DAYS, "24 months ago"),
            (730 * DAYS, "2 years ago"),
            (NOW, "57 years ago"),
            (-5, "in the future"),
        ] {
            assert_eq!(ago(NOW - passed, NOW), text, "{passed}");
        }
    }

    #[test]
    fn extreme_times_do_not_overflow() {
        assert!(ago(i64::MIN, i64::MAX).ends_with(" years ago"));
        assert_eq!(ago(i64::MAX, i64::MIN), "in the future");
    }
}
