//! Times as text for people and programs: the Gregorian calendar in UTC.

use dockopt_core::entry::Timestamp;

const SECONDS_PER_DAY: i64 = 86_400;

/// Formats a time as `2024-05-01 13:37` in UTC; years of more than four digits as `?`.
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

/// Formats seconds since 1970 as `2024-05-01T13:37:00Z`; `None` for years of more than four digits.
pub(crate) fn rfc3339(seconds: i64) -> Option<String> {
    let (year, month, day) = civil(seconds.div_euclid(SECONDS_PER_DAY))?;
    let second = seconds.rem_euclid(SECONDS_PER_DAY);
    let (hour, minute, second) = (second / 3600, second / 60 % 60, second % 60);
    Some(format!("{year:04}-{month:02}-{day:02}T{hour:02}:{minute:02}:{second:02}Z"))
}

/// Returns the Gregorian date of a day counted from 1970-01-01, for years 0 to 9999. The algorithm
/// counts in eras of 400 years that begin in March.
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
