//! Bytes of a file in hexadecimal and as letters, in rows of 16, or of 8 on a narrow screen.
//!
//! Every offset is known without reading what precedes it, so this view jumps anywhere at once,
//! whatever the size.

use std::fmt::Write;
use std::ops::Range;

use super::windows::Windows;
use super::{length, position};

/// Bytes in a row, if there is room.
const WIDE: usize = 16;

/// Bytes in a row on a narrow screen.
const NARROW: usize = 8;

/// Most rows of a screen.
const LARGEST: usize = 2048;

/// A screen of bytes.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct HexRows {
    pub(crate) rows: Vec<HexRow>,
    /// Offset of the first visible byte.
    pub(crate) start: u64,
    /// Offset after the last visible byte.
    pub(crate) end: u64,
    /// Bytes in a full row.
    pub(crate) columns: usize,
}

/// A row of bytes.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct HexRow {
    /// Offset in the file, in hexadecimal with the same number of digits in all rows.
    pub(crate) offset: String,
    /// The bytes: two digits each, joined by single spaces.
    pub(crate) hex: String,
    /// The bytes as letters, with a dot for each byte that is not a printable ASCII character.
    pub(crate) letters: String,
    /// The bytes that a search matched.
    pub(crate) found: Range<usize>,
}

/// The position of the screen in a file.
#[derive(Debug)]
pub(crate) struct Hex {
    top: u64,
    columns: usize,
    rows: usize,
}

impl Hex {
    /// Creates a view of the start of a file, on a screen of this many columns and rows.
    pub(crate) fn new(width: usize, height: usize) -> Self {
        let mut hex = Self { top: 0, columns: WIDE, rows: 1 };
        hex.resize(width, height);
        hex
    }

    /// Changes the size of the screen; its first byte stays in the first row.
    pub(crate) fn resize(&mut self, width: usize, height: usize) {
        // Offset of 8 to 16 digits, two spaces, three cells for a byte, a space, one cell for a
        // letter.
        let needed = 12 + 2 + 3 * WIDE + 1 + WIDE;
        self.columns = if width < needed { NARROW } else { WIDE };
        self.rows = height.clamp(1, LARGEST);
    }

    /// Returns the offset of the first byte on the screen.
    pub(crate) fn top(&self) -> u64 {
        self.top
    }

    /// Scrolls by rows, down or up, within the file.
    pub(crate) fn scroll(&mut self, size: u64, rows: isize) {
        let bytes = length(rows.unsigned_abs()).saturating_mul(length(self.columns));
        let to = if rows < 0 { self.top.saturating_sub(bytes) } else { self.top.saturating_add(bytes) };
        self.go(size, to);
    }

    /// Scrolls to the row of an offset; the screen stays full.
    pub(crate) fn go(&mut self, size: u64, offset: u64) {
        let columns = length(self.columns);
        let last = size.div_ceil(columns).saturating_sub(length(self.rows));
        self.top = (offset / columns).min(last) * columns;
    }

    /// Scrolls a byte onto the screen.
    pub(crate) fn reveal(&mut self, size: u64, offset: u64) {
        let columns = length(self.columns);
        let end = self.top.saturating_add(columns * length(self.rows));
        if !(self.top..end).contains(&offset) {
            self.go(size, offset.saturating_sub(columns * (length(self.rows) / 3)));
        }
    }

    /// Returns the rows on the screen, with the bytes `found` marked.
    pub(crate) fn rows(&mut self, windows: &mut Windows, found: &Range<u64>) -> Result<HexRows, String> {
        self.go(windows.size(), self.top);
        let bytes = windows.read(self.top, self.columns * self.rows)?;
        let digits = format!("{:x}", windows.size()).len().max(8);
        let starts = (self.top..).step_by(self.columns);
        let rows = bytes.chunks(self.columns).zip(starts);
        Ok(HexRows {
            rows: rows.map(|(bytes, start)| row(bytes, start, digits, found)).collect(),
            start: self.top,
            end: self.top + length(bytes.len()),
            columns: self.columns,
        })
    }
}

fn row(bytes: &[u8], start: u64, digits: usize, found: &Range<u64>) -> HexRow {
    let mut hex = String::with_capacity(bytes.len() * 3);
    for (nth, byte) in bytes.iter().enumerate() {
        let space = if nth == 0 { "" } else { " " };
        // Writing to a string cannot fail.
        let _ = write!(hex, "{space}{byte:02x}");
    }
    let letter = |byte: &u8| if matches!(byte, b' '..=b'~') { char::from(*byte) } else { '.' };
    let inside = |offset: u64| position(offset.saturating_sub(start)).min(bytes.len());
    let found = inside(found.start)..inside(found.end);
    HexRow {
        offset: format!("{start:0digits$x}"),
        hex,
        letters: bytes.iter().map(letter).collect(),
        found: if found.is_empty() { 0..0 } else { found },
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tui::preview::testing::{Endless, Plain, cases};
    use proptest::prelude::*;

    const WIDE_SCREEN: usize = 80;

    #[test]
    fn bytes_are_shown_in_hex_and_as_letters() {
        let mut windows = Windows::new(Plain(b"\x00\x1b[31mABC~\x7f\x80\xff, more than one row".to_vec()));
        let shown = Hex::new(WIDE_SCREEN, 10).rows(&mut windows, &(2..18)).expect("rows");
        let first = HexRow {
            offset: "00000000".to_owned(),
            hex: "00 1b 5b 33 31 6d 41 42 43 7e 7f 80 ff 2c 20 6d".to_owned(),
            letters: "..[31mABC~..., m".to_owned(),
            found: 2..16,
        };
        assert_eq!(shown.rows.first(), Some(&first));
        assert_eq!(shown.rows[1].found, 0..2);
        assert_eq!((shown.start, shown.end, shown.rows.len()), (0, 32, 2));
    }

    #[test]
    fn narrow_screen_has_rows_of_eight_bytes() {
        let mut windows = Windows::new(Plain(vec![7; 20]));
        let shown = Hex::new(60, 10).rows(&mut windows, &(0..0)).expect("rows");
        let sizes: Vec<usize> = shown.rows.iter().map(|row| row.letters.len()).collect();
        assert_eq!(sizes, [8, 8, 4]);
        assert_eq!(shown.rows[2].offset, "00000010");
    }

    #[test]
    fn hex_view_jumps_anywhere_in_a_huge_file() {
        let size = 3 << 40;
        let (endless, read) = Endless::new(size);
        let mut windows = Windows::new(endless);
        let mut hex = Hex::new(WIDE_SCREEN, 50);
        hex.go(size, size / 2 + 5);
        assert_eq!(hex.rows(&mut windows, &(0..0)).expect("rows").start, size / 2);
        hex.go(size, u64::MAX);
        let shown = hex.rows(&mut windows, &(0..0)).expect("rows");
        assert_eq!((shown.end, shown.rows.len()), (size, 50));
        assert_eq!(shown.rows[0].offset, format!("{:x}", size - 800));
        assert!(read.bytes() <= 4 * 65_536, "{}", read.bytes());
    }

    #[test]
    fn empty_file_has_no_rows() {
        let shown = Hex::new(80, 5).rows(&mut Windows::new(Plain(Vec::new())), &(0..9)).expect("rows");
        assert_eq!(shown, HexRows { columns: 16, ..HexRows::default() });
    }

    proptest! {
        #![proptest_config(cases(256))]

        #[test]
        fn hex_rows_match_the_whole_file(
            bytes in proptest::collection::vec(any::<u8>(), 0..2000),
            moves in proptest::collection::vec((-60_isize..60, 1_usize..100, 1_usize..30), 1..10),
        ) {
            let mut windows = Windows::of_length(Plain(bytes.clone()), 64);
            let mut hex = Hex::new(80, 10);
            for (rows, width, height) in moves {
                hex.resize(width, height);
                hex.scroll(length(bytes.len()), rows);
                let shown = hex.rows(&mut windows, &(0..0)).expect("rows");
                let expected = &bytes[position(shown.start)..position(shown.end)];
                let numbers: Vec<String> = expected.iter().map(|byte| format!("{byte:02x}")).collect();
                let hex_text: Vec<&str> = shown.rows.iter().flat_map(|row| row.hex.split(' ')).collect();
                prop_assert_eq!(hex_text, numbers);
                prop_assert!(shown.rows.len() <= height);
                let whole = bytes.len().div_ceil(shown.columns);
                prop_assert_eq!(shown.rows.len(), whole.min(height), "the screen is full");
            }
        }
    }
}
