//! How long ago something was, in the one unit that matters.

const MINUTE: i64 = 60;
const HOUR: i64 = 60 * MINUTE;
const DAY: i64 = 24 * HOUR;
const WEEK: i64 = 7 * DAY;
/// On average.
const YEAR: i64 = 31_556_952;
const MONTH: i64 = YEAR / 12;

/// Each unit, and how many seconds must have passed for it to be the one: small numbers of a large unit tell too little.
const UNITS: [(i64, i64, &str); 7] = [
    (2 * YEAR, YEAR, "year"),
    (2 * MONTH, MONTH, "month"),
    (2 * WEEK, WEEK, "week"),
    (2 * DAY, DAY, "day"),
    (HOUR, HOUR, "hour"),
    (MINUTE, MINUTE, "minute"),
    (1, 1, "second"),
];

/// The time between two moments, in seconds since 1970: `3 weeks ago`.
pub(super) fn ago(then: i64, now: i64) -> String {
    let passed = now.saturating_sub(then);
    if passed < 0 {
        return "in the future".to_owned();
    }
    match UNITS.into_iter().find(|(least, _, _)| passed >= *least) {
        Some((_, unit, name)) => {
            let number = passed / unit;
            let ending = if number == 1 { "" } else { "s" };
            format!("{number} {name}{ending} ago")
        }
        None => "now".to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_unit_fits_the_time() {
        const NOW: i64 = 1_800_000_000;
        for (passed, text) in [
            (0, "now"),
            (1, "1 second ago"),
            (59, "59 seconds ago"),
            (60, "1 minute ago"),
            (2 * HOUR - 1, "1 hour ago"),
            (2 * DAY - 1, "47 hours ago"),
            (2 * DAY, "2 days ago"),
            (13 * DAY, "13 days ago"),
            (22 * DAY, "3 weeks ago"),
            (61 * DAY, "2 months ago"),
            (2 * YEAR - 1, "23 months ago"),
            (NOW, "57 years ago"),
            (-5, "in the future"),
        ] {
            assert_eq!(ago(NOW - passed, NOW), text);
        }
    }

    #[test]
    fn no_time_is_too_far_away() {
        assert!(ago(i64::MIN, i64::MAX).ends_with(" years ago"));
        assert_eq!(ago(i64::MAX, i64::MIN), "in the future");
    }
}
