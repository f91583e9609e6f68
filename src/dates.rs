//! Times as text for people and programs, in UTC.

use dockopt_core::entry::Timestamp;

/// Formats a time as `2024-05-01 13:37` in UTC; years of more than four digits as `?`.
pub(crate) fn time(at: Timestamp) -> String {
    let at = jiff::Timestamp::from_second(at.seconds);
    at.map_or_else(|_| "?".to_owned(), |at| at.strftime("%Y-%m-%d %H:%M").to_string())
}

/// Formats seconds since 1970 as `2024-05-01T13:37:00Z`; `None` for years of more than four digits.
pub(crate) fn rfc3339(seconds: i64) -> Option<String> {
    Some(jiff::Timestamp::from_second(seconds).ok()?.to_string())
}

/// Returns the present day in UTC, `2026-01-31`.
pub(crate) fn today() -> String {
    jiff::Timestamp::now().strftime("%Y-%m-%d").to_string()
}

/// Whether a text is a day, `2026-01-31`.
pub(crate) fn is_day(text: &str) -> bool {
    text.len() == 10 && text.parse::<jiff::civil::Date>().is_ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn seconds_become_gregorian_dates() {
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
}
