//! How Go's `encoding/json` and `os.FileMode` write strings, numbers and modes.
//!
//! dive's output is compared as text by some, so it is followed to the byte: `<`, `>`, `&` and the line separators of
//! Unicode are escaped, and so is every byte that is not UTF-8, one by one. Characters that act on a terminal are escaped
//! too, where dive lets them through.

use std::io::{self, Write};

use crate::model::path::is_unsafe_to_show;
use crate::tree::Record;

use super::DIRECTORY_BITS;

/// Writes bytes as a JSON string.
pub(super) fn write_string(out: &mut impl Write, bytes: &[u8]) -> io::Result<()> {
    out.write_all(b"\"")?;
    for chunk in bytes.utf8_chunks() {
        write_text(out, chunk.valid())?;
        for _ in chunk.invalid() {
            out.write_all(b"\\ufffd")?;
        }
    }
    out.write_all(b"\"")
}

fn write_text(out: &mut impl Write, text: &str) -> io::Result<()> {
    let mut rest = text;
    while let Some(at) = rest.find(is_escaped) {
        let (plain, from) = rest.split_at(at);
        out.write_all(plain.as_bytes())?;
        let mut characters = from.chars();
        match characters.next() {
            Some('"') => out.write_all(b"\\\"")?,
            Some('\\') => out.write_all(b"\\\\")?,
            Some('\n') => out.write_all(b"\\n")?,
            Some('\r') => out.write_all(b"\\r")?,
            Some('\t') => out.write_all(b"\\t")?,
            Some('\u{8}') => out.write_all(b"\\b")?,
            Some('\u{c}') => out.write_all(b"\\f")?,
            Some(character) => {
                for unit in character.encode_utf16(&mut [0; 2]) {
                    write!(out, "\\u{unit:04x}")?;
                }
            }
            None => {}
        }
        rest = characters.as_str();
    }
    out.write_all(rest.as_bytes())
}

/// What Go escapes, and beyond it what could act on a terminal: the same text to a parser.
fn is_escaped(character: char) -> bool {
    matches!(character, '"' | '\\' | '<' | '>' | '&') || is_unsafe_to_show(character)
}

/// Writes a number; JSON has none for what is infinite or not a number, and Go refuses to write it.
pub(super) fn write_float(out: &mut impl Write, number: f64) -> io::Result<()> {
    if !number.is_finite() {
        return Err(io::Error::new(
            io::ErrorKind::InvalidData,
            format!("{number} cannot be written as JSON"),
        ));
    }
    let size = number.abs();
    if size != 0.0 && size < 1e-6 {
        write!(out, "{number:e}")
    } else if size >= 1e21 {
        write!(out, "{}", format!("{number:e}").replace('e', "e+"))
    } else {
        write!(out, "{number}")
    }
}

/// The mode of an entry as an `os.FileMode`.
pub(super) fn file_mode(record: &Record) -> u32 {
    const DIRECTORY: u32 = 1 << 31;
    const SYMLINK: u32 = 1 << 27;
    const DEVICE: u32 = 1 << 26;
    const PIPE: u32 = 1 << 25;
    const SOCKET: u32 = 1 << 24;
    const CHARACTER: u32 = 1 << 21;
    let mode = record.mode;
    let special = [(0o4000, 1 << 23), (0o2000, 1 << 22), (0o1000, 1 << 20)];
    let special = special.iter().filter(|(bit, _)| mode & bit != 0);
    let special = special.fold(0, |sum, (_, bit)| sum | bit);
    // A mode with bits beyond those of `stat.h` has no type.
    let from_mode = match mode & !0o7777 {
        DIRECTORY_BITS => DIRECTORY,
        0o010_000 => PIPE,
        0o120_000 => SYMLINK,
        0o060_000 => DEVICE,
        0o020_000 => DEVICE | CHARACTER,
        0o140_000 => SOCKET,
        _ => 0,
    };
    let from_type = match record.type_flag {
        b'2' => SYMLINK,
        b'3' => DEVICE | CHARACTER,
        b'4' => DEVICE,
        b'5' => DIRECTORY,
        b'6' => PIPE,
        _ => 0,
    };
    mode & 0o777 | special | from_mode | from_type
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::dive::fixtures::record;

    fn string(bytes: &[u8]) -> String {
        let mut out = Vec::new();
        write_string(&mut out, bytes).expect("memory");
        String::from_utf8(out).expect("UTF-8")
    }

    fn float(number: f64) -> String {
        let mut out = Vec::new();
        write_float(&mut out, number).expect("finite");
        String::from_utf8(out).expect("UTF-8")
    }

    #[test]
    fn strings_are_escaped_as_go_does() {
        assert_eq!(
            string("a<>&\u{2028}\u{2029}\u{1}\u{8}\u{c}\n\r\t\"\\\u{7f}é/".as_bytes()),
            "\"a\\u003c\\u003e\\u0026\\u2028\\u2029\\u0001\\b\\f\\n\\r\\t\\\"\\\\\\u007fé/\""
        );
    }

    #[test]
    fn each_byte_that_is_not_utf8_is_escaped() {
        assert_eq!(string(b"bad\xe9\xe2\x82x\xef\xbf\xbd"), "\"bad\\ufffd\\ufffd\\ufffdx\u{fffd}\"");
        assert_eq!(string(b"\xed\xa0\x80"), "\"\\ufffd\\ufffd\\ufffd\"");
    }

    #[test]
    fn numbers_are_as_short_as_possible() {
        let numbers = [1.0, 0.0, -0.5, 0.984_421_213_418_430_9, 1e-6, 1.5e-7, -1e-12, 1e20, 1e21];
        assert_eq!(
            numbers.map(float),
            [
                "1",
                "0",
                "-0.5",
                "0.9844212134184309",
                "0.000001",
                "1.5e-7",
                "-1e-12",
                "100000000000000000000",
                "1e+21"
            ]
        );
        assert!(write_float(&mut Vec::new(), f64::NAN).is_err());
        assert!(write_float(&mut Vec::new(), f64::INFINITY).is_err());
    }

    #[test]
    fn modes_take_their_type_from_the_flag_and_from_the_mode() {
        let mode = |type_flag, mode| file_mode(&record(type_flag, mode));
        assert_eq!(mode(b'0', 0o644), 420);
        assert_eq!(mode(b'5', 0o755), 2_147_484_141);
        assert_eq!(mode(b'2', 0o644), 134_218_148);
        assert_eq!(mode(b'3', 0o644), 69_206_436);
        assert_eq!(mode(b'4', 0o644), 67_109_284);
        assert_eq!(mode(b'6', 0o644), 33_554_852);
        assert_eq!(mode(b'0', 0o107_755), 13_631_981);
        assert_eq!(mode(b'0', 0o1_040_644), 420);
    }
}
