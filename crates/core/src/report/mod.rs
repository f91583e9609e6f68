//! Writes what is known of an image: for people ([`text`]), for programs ([`json`]).
//!
//! Writers stream: an image of a million wasted files must not be held in memory twice.

mod colour;
pub mod json;
pub mod text;

use humansize::{DECIMAL, format_size};

/// A size for people, in decimal units as engines and dive print them: `1.36 GB`.
pub fn size(bytes: u64) -> String {
    format_size(bytes, DECIMAL)
}

/// A ratio as a percentage for people: `48.6 %`.
pub fn percent(ratio: f64) -> String {
    // A share of nothing, as dive computes it.
    let ratio = if ratio.is_nan() { 0.0 } else { ratio };
    format!("{:.1} %", ratio * 100.0)
}

/// A number with commas between groups of three digits.
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_shown_for_people() {
        assert_eq!(size(1_359_278_080), "1.36 GB");
        assert_eq!(size(0), "0 B");
        assert_eq!(size(u64::MAX), "18.45 EB");
        assert_eq!(percent(0.4861), "48.6 %");
        assert_eq!(count(0), "0");
        assert_eq!(count(999), "999");
        assert_eq!(count(1_204_000), "1,204,000");
    }
}
