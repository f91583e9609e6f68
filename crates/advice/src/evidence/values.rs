//! Values in the headers of files: numbers in either byte order, names, dates. A missing value is
//! `None`.

use dockopt_core::path::escape;

/// The longest name in bytes; more is cut.
const NAME: usize = 60;

/// Bytes that contain numbers.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Values<'a> {
    bytes: &'a [u8],
    big: bool,
}

impl<'a> Values<'a> {
    /// Reads numbers with the lowest byte first.
    pub(crate) fn little(bytes: &'a [u8]) -> Self {
        Self { bytes, big: false }
    }

    /// Reads numbers with the highest byte first.
    pub(crate) fn big(bytes: &'a [u8]) -> Self {
        Self { bytes, big: true }
    }

    /// Reads a number of up to 8 bytes.
    pub(crate) fn number(self, at: usize, bytes: usize) -> Option<u64> {
        let bytes = self.bytes.get(at..at.checked_add(bytes)?)?;
        let fold = |number: u64, byte: &u8| number << 8 | u64::from(*byte);
        Some(if self.big { bytes.iter().fold(0, fold) } else { bytes.iter().rev().fold(0, fold) })
    }

    pub(crate) fn u16(self, at: usize) -> Option<u64> {
        self.number(at, 2)
    }

    pub(crate) fn u32(self, at: usize) -> Option<u64> {
        self.number(at, 4)
    }
}

/// Returns a name that ends at the first NUL, escaped and cut.
pub(crate) fn name(bytes: &[u8]) -> String {
    let end = bytes.iter().position(|byte| *byte == 0).unwrap_or(bytes.len());
    let name = bytes.get(..end).unwrap_or_default();
    match name.get(..NAME).filter(|_| name.len() > NAME) {
        Some(start) => format!("{}…", escape(start)),
        None => escape(name),
    }
}

/// Joins the first of many names with commas.
pub(crate) fn names(names: &[String], more: bool) -> String {
    format!("{}{}", names.join(", "), if more { ", …" } else { "" })
}

/// Returns the UTC date of a time in seconds since 1970, or `?` after the year 9999.
pub(crate) fn date(seconds: u64) -> String {
    let at = i64::try_from(seconds).ok().and_then(|seconds| jiff::Timestamp::from_second(seconds).ok());
    at.map_or_else(|| "?".to_owned(), |at| at.strftime("%Y-%m-%d").to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_become_dates() {
        for (seconds, day) in [
            (0, "1970-01-01"),
            (951_782_399, "2000-02-28"),
            (951_782_400, "2000-02-29"),
            (951_868_800, "2000-03-01"),
            (1_735_689_599, "2024-12-31"),
            (1_735_689_600, "2025-01-01"),
            (u64::MAX, "?"),
        ] {
            assert_eq!(date(seconds), day);
        }
    }

    #[test]
    fn names_are_cut_and_escaped() {
        assert_eq!(name(b"a\x1b[0m.txt\0rest"), "a\\x1b[0m.txt");
        assert_eq!(name(&[b'x'; 100]).chars().count(), NAME + 1);
        assert_eq!(name(b""), "");
    }

    #[test]
    fn numbers_are_read_in_either_byte_order() {
        let bytes = [1, 2, 3, 4];
        assert_eq!(Values::little(&bytes).u16(1), Some(0x0302));
        assert_eq!(Values::big(&bytes).u32(0), Some(0x0102_0304));
        assert_eq!(Values::big(&bytes).u32(1), None);
        assert_eq!(Values::big(&bytes).number(usize::MAX, 8), None);
    }
}
