//! Strings and numbers as Go's `encoding/json` writes them.
//!
//! Some tools compare dive's output as text, so it is reproduced to the byte: `<`, `>`, `&` and the
//! line separators of Unicode are escaped, and every byte that is not UTF-8 is escaped on its own.
//! Characters that act on a terminal are escaped as well, which dive does not do.

use std::io::{self, Write};

use dockopt_core::path::is_unsafe_to_show;

/// Writes bytes as a JSON string.
pub(crate) fn write_string(out: &mut impl Write, bytes: &[u8]) -> io::Result<()> {
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

/// Whether Go escapes a character, or it could act on a terminal. A parser reads the same text.
fn is_escaped(character: char) -> bool {
    matches!(character, '"' | '\\' | '<' | '>' | '&') || is_unsafe_to_show(character)
}

/// Writes a number. Fails for infinity and not-a-number, which JSON cannot express and Go refuses.
pub(crate) fn write_float(out: &mut impl Write, number: f64) -> io::Result<()> {
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

#[cfg(test)]
mod tests {
    use super::*;

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
    fn strings_are_escaped_as_in_go() {
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
    fn numbers_have_the_shortest_form() {
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
}
