//! Limits as text: `0.9`, `20MB`, `1.5 GiB`, `off`.

use std::fmt;

use thiserror::Error;

use crate::model::quantity::{count, parse_size};

/// The unit of a limit.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Unit {
    /// A number from 0 to 1.
    Ratio,
    /// Bytes.
    Bytes,
    /// A number of things.
    Count,
}

/// A limit, or a value to compare with a limit.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Limit {
    /// A share from 0 to 1. A measured value can be outside.
    Ratio(f64),
    /// Bytes.
    Bytes(u64),
    /// A number of things.
    Count(u64),
}

/// Text that is not a limit.
#[derive(Clone, Debug, Error, PartialEq, Eq)]
pub enum LimitError {
    /// Not a number from 0 to 1.
    #[error("`{0}` is not a number from 0 to 1")]
    NotARatio(String),
    /// Not a size.
    #[error("`{0}` is not a size such as `1000`, `20MB` or `1.5 GiB`")]
    NotASize(String),
    /// Not a whole number.
    #[error("`{0}` is not a whole number")]
    NotACount(String),
}

impl Limit {
    /// Parses a limit. The words `disabled`, `off`, `false` and an empty text disable a gate and
    /// return `None`.
    ///
    /// Sizes have dive's syntax; see [`parse_size`].
    pub fn parse(unit: Unit, text: &str) -> Result<Option<Self>, LimitError> {
        let text = text.trim();
        if matches!(text.to_ascii_lowercase().as_str(), "" | "disabled" | "off" | "false") {
            return Ok(None);
        }
        let limit = match unit {
            Unit::Ratio => text.parse().ok().filter(|ratio| (0.0..=1.0).contains(ratio)).map(Self::Ratio),
            Unit::Bytes => parse_size(text).map(Self::Bytes),
            Unit::Count => text.replace([',', '_'], "").parse().ok().map(Self::Count),
        };
        let error = match unit {
            Unit::Ratio => LimitError::NotARatio,
            Unit::Bytes => LimitError::NotASize,
            Unit::Count => LimitError::NotACount,
        };
        limit.map(Some).ok_or_else(|| error(text.to_owned()))
    }
}

impl fmt::Display for Limit {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Ratio(ratio) => {
                let text = format!("{ratio:.6}");
                let text =
                    if text.contains('.') { text.trim_end_matches('0').trim_end_matches('.') } else { &text };
                formatter.write_str(text)
            }
            Self::Bytes(bytes) => write!(formatter, "{} bytes", count(*bytes)),
            Self::Count(number) => formatter.write_str(&count(*number)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes_become_limits_in_bytes() {
        for (text, bytes) in [("20MB", 20_000_000), (" 20 Mi ", 20 * 1024 * 1024), ("0", 0)] {
            assert_eq!(Limit::parse(Unit::Bytes, text), Ok(Some(Limit::Bytes(bytes))), "{text}");
        }
        for text in ["MB", "x", "20XB", "-1", "1..5MB", "99999999999EB", "1 MB 2", "20MBB", "i", "1e6"] {
            assert_eq!(Limit::parse(Unit::Bytes, text), Err(LimitError::NotASize(text.to_owned())), "{text}");
        }
    }

    #[test]
    fn displayed_limits_are_exact_enough_to_compare() {
        assert_eq!(Limit::Ratio(0.9).to_string(), "0.9");
        assert_eq!(Limit::Ratio(0.486_422_028_294_216_5).to_string(), "0.486422");
        assert_eq!(Limit::Ratio(1.0).to_string(), "1");
        assert_eq!(Limit::Ratio(f64::NAN).to_string(), "NaN");
        assert_eq!(Limit::Bytes(20_000_000).to_string(), "20,000,000 bytes");
        assert_eq!(Limit::Count(127).to_string(), "127");
    }

    #[test]
    fn words_disable_a_gate() {
        for word in ["", "disabled", "OFF", "False", "  "] {
            assert_eq!(Limit::parse(Unit::Ratio, word), Ok(None));
        }
    }

    #[test]
    fn ratios_lie_between_0_and_1() {
        assert_eq!(Limit::parse(Unit::Ratio, "0.95"), Ok(Some(Limit::Ratio(0.95))));
        for text in ["1.1", "-0.1", "NaN", "inf", "90%", "x"] {
            assert_eq!(Limit::parse(Unit::Ratio, text), Err(LimitError::NotARatio(text.to_owned())));
        }
        assert_eq!(Limit::parse(Unit::Count, "127"), Ok(Some(Limit::Count(127))));
        assert!(Limit::parse(Unit::Count, "1.5").is_err());
    }
}
