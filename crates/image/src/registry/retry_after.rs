//! The `Retry-After` header: the wait that a server asks for, in seconds or until a date (RFC 9110,
//! section 10.2.3).

use std::time::{Duration, SystemTime};

/// Returns the wait that `value` asks for; `None` if it is neither a number of seconds nor a date.
///
/// A date is compared with the `Date` of the same response, so that a wrong clock on either side
/// does not matter; without a valid `Date`, with `now`. A date in the past means no wait.
pub(super) fn wait(value: &str, date: Option<&str>, now: SystemTime) -> Option<Duration> {
    if let Ok(seconds) = value.trim().parse() {
        return Some(Duration::from_secs(seconds));
    }
    let until = httpdate::parse_http_date(value).ok()?;
    let answered = date.and_then(|date| httpdate::parse_http_date(date).ok());
    Some(until.duration_since(answered.unwrap_or(now)).unwrap_or(Duration::ZERO))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// The example of RFC 9110: Sun, 06 Nov 1994 08:49:37 GMT.
    const EXAMPLE: u64 = 784_111_777;

    /// Returns the wait in seconds, five seconds before the example.
    fn seconds(value: &str, date: Option<&str>) -> Option<u64> {
        let now = SystemTime::UNIX_EPOCH + Duration::from_secs(EXAMPLE - 5);
        wait(value, date, now).map(|wait| wait.as_secs())
    }

    #[test]
    fn seconds_and_dates_of_all_three_formats_are_waits() {
        for (value, expected) in [
            ("0", Some(0)),
            (" 120 ", Some(120)),
            ("18446744073709551615", Some(u64::MAX)),
            ("Sun, 06 Nov 1994 08:49:37 GMT", Some(5)),
            ("Sunday, 06-Nov-94 08:49:37 GMT", Some(5)),
            ("Sun Nov  6 08:49:37 1994", Some(5)),
            ("Sun, 06 Nov 1994 08:49:32 GMT", Some(0)),
            ("Thu, 01 Jan 1970 00:00:00 GMT", Some(0)),
            ("Sun, 06 Nov 1994 09:49:37 GMT", Some(3605)),
            ("Fri, 31 Dec 9999 23:59:59 GMT", Some(253_402_300_799 - EXAMPLE + 5)),
            ("", None),
            ("-1", None),
            ("1.5", None),
            ("18446744073709551616", None),
            ("soon", None),
            ("Mon, 06 Nov 1994 08:49:37 GMT", None),
            ("Sun, 31 Feb 1994 08:49:37 GMT", None),
            ("Sun, 06 Nov 1994 08:49:37 CET", None),
            ("Sun, 06 Nov 10000 08:49:37 GMT", None),
            ("1994-11-06T08:49:37Z", None),
        ] {
            assert_eq!(seconds(value, None), expected, "{value}");
        }
    }

    #[test]
    fn date_of_the_response_replaces_the_clock() {
        let until = "Sun, 06 Nov 1994 08:49:37 GMT";
        for (date, expected) in [
            ("Sun, 06 Nov 1994 08:49:30 GMT", 7),
            ("Sunday, 06-Nov-94 08:49:30 GMT", 7),
            ("Sun, 06 Nov 1994 08:49:37 GMT", 0),
            ("Sun, 06 Nov 1994 08:50:00 GMT", 0),
            ("Thu, 01 Jan 1970 00:00:00 GMT", EXAMPLE),
            ("nonsense", 5),
        ] {
            assert_eq!(seconds(until, Some(date)), Some(expected), "{date}");
        }
        assert_eq!(seconds("7", Some("Thu, 01 Jan 1970 00:00:00 GMT")), Some(7));
    }

    proptest! {
        #[test]
        fn arbitrary_headers_do_not_panic(
            value in "[A-Za-z]{3,9}[, ]{1,2}[0-9A-Za-z -]{0,12}[ -][0-9:]{0,9}( GMT| [0-9]{4})?",
            date in proptest::option::of("\\PC{0,40}"),
        ) {
            let _ = wait(&value, date.as_deref(), SystemTime::UNIX_EPOCH);
            let _ = date.map(|text| wait(&text, Some(&value), SystemTime::UNIX_EPOCH));
        }
    }
}
