//! Numbers as people read and write them: sizes, percentages, counts.

use humansize::{DECIMAL, format_size};

/// Formats a size in decimal units, as engines and dive print it: `1.36 GB`.
pub fn size(bytes: u64) -> String {
    format_size(bytes, DECIMAL)
}

/// Formats a ratio as a percentage: `48.6 %`.
pub fn percent(ratio: f64) -> String {
    // dive divides 0 by 0 where nothing is stored.
    let ratio = if ratio.is_nan() { 0.0 } else { ratio };
    format!("{:.1} %", ratio * 100.0)
}

/// Formats a number with commas between groups of three digits.
pub fn count(number: u64) -> String {
    let digits = number.to_string();
    let mut text = String::with_capacity(digits.len() + digits.len() / 3);
    for (at, digit) in digits.char_indices() {
        if at > 0 && (digits.len() - at).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

/// Formats a number of things: `1 file`, `1,204 files`.
pub fn plural(number: u64, noun: &str) -> String {
    let ending = if number == 1 { "" } else { "s" };
    format!("{} {noun}{ending}", count(number))
}

/// Divides two sums; 0 ÷ 0 is not a number.
#[expect(clippy::cast_precision_loss, reason = "the sums are exact, only the division rounds")]
pub(crate) fn ratio(part: u64, whole: u64) -> f64 {
    part as f64 / whole as f64
}

/// Parses a size as dive accepts it: decimal units (`20MB` = 20,000,000 bytes), binary units
/// (`20MiB`), commas, fractions and spaces, in any case. `None` if the text is not a size.
pub fn parse_size(text: &str) -> Option<u64> {
    let text = text.trim().replace(',', "");
    let end =
        text.find(|character: char| !character.is_ascii_digit() && character != '.').unwrap_or(text.len());
    let (number, unit) = text.split_at(end);
    let factor = factor(unit.trim())?;
    if let Ok(number) = number.parse::<u64>() {
        return number.checked_mul(factor);
    }
    let number: f64 = number.parse().ok()?;
    #[expect(clippy::cast_precision_loss, reason = "a fraction of a unit is not exact to begin with")]
    let bytes = number * factor as f64;
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "the range is checked")]
    (0.0..18_446_744_073_709_551_615.0).contains(&bytes).then_some(bytes as u64)
}

fn factor(unit: &str) -> Option<u64> {
    let unit = unit.to_ascii_lowercase();
    let unit = unit.strip_suffix('b').unwrap_or(&unit);
    let (prefix, base) = match unit.strip_suffix('i') {
        Some(prefix) => (prefix, 1024_u64),
        None => (unit, 1000),
    };
    let power = match prefix {
        "" if base == 1000 => 0,
        "k" => 1,
        "m" => 2,
        "g" => 3,
        "t" => 4,
        "p" => 5,
        "e" => 6,
        _ => return None,
    };
    base.checked_pow(power)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_rounded_and_grouped() {
        assert_eq!(size(1_359_278_080), "1.36 GB");
        assert_eq!(size(0), "0 B");
        assert_eq!(size(u64::MAX), "18.45 EB");
        assert_eq!(percent(0.4861), "48.6 %");
        assert_eq!(percent(f64::NAN), "0.0 %");
        assert_eq!(count(0), "0");
        assert_eq!(count(999), "999");
        assert_eq!(count(1_204_000), "1,204,000");
        assert_eq!(plural(1, "file"), "1 file");
        assert_eq!(plural(1204, "file"), "1,204 files");
    }

    #[test]
    fn sizes_parse_as_in_dive() {
        for (text, expected) in [
            ("20MB", 20_000_000),
            ("20mb", 20_000_000),
            ("20MiB", 20 * 1024 * 1024),
            ("20 Mi", 20 * 1024 * 1024),
            ("1.5 GB", 1_500_000_000),
            ("1,000", 1000),
            ("1,005.03 MB", 1_005_030_000),
            ("42", 42),
            ("42B", 42),
            ("7k", 7000),
            ("18446744073709551615", u64::MAX),
            ("0", 0),
        ] {
            assert_eq!(parse_size(text), Some(expected), "{text}");
        }
        for text in ["MB", "x", "20XB", "-1", "1..5MB", "99999999999EB", "1 MB 2", "20MBB", "i", "1e6", "off"]
        {
            assert_eq!(parse_size(text), None, "{text}");
        }
    }
}
