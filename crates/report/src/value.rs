//! JSON that is safe to show on a terminal.

use std::io::{self, Write};

use dockopt_core::path::is_unsafe_to_show;
use serde::Serialize;
use serde_json::ser::{Formatter, PrettyFormatter};

/// Writes a value as indented JSON, and a line break. Characters that could act on a terminal are
/// escaped as `\uXXXX`.
pub fn write_value(out: &mut dyn Write, value: &impl Serialize) -> io::Result<()> {
    let mut serializer = serde_json::Serializer::with_formatter(&mut *out, SafeFormatter::default());
    value.serialize(&mut serializer)?;
    writeln!(out)
}

/// Indented JSON without characters that act on a terminal.
#[derive(Default)]
struct SafeFormatter<'p> {
    pretty: PrettyFormatter<'p>,
}

impl Formatter for SafeFormatter<'_> {
    fn write_string_fragment<W: ?Sized + Write>(&mut self, writer: &mut W, fragment: &str) -> io::Result<()> {
        let mut rest = fragment;
        while let Some((at, character)) =
            rest.char_indices().find(|(_, character)| is_unsafe_to_show(*character))
        {
            let (before, after) = rest.split_at(at);
            writer.write_all(before.as_bytes())?;
            for unit in character.encode_utf16(&mut [0; 2]) {
                write!(writer, "\\u{unit:04x}")?;
            }
            rest = after.get(character.len_utf8()..).unwrap_or_default();
        }
        writer.write_all(rest.as_bytes())
    }

    fn begin_array<W: ?Sized + Write>(&mut self, writer: &mut W) -> io::Result<()> {
        self.pretty.begin_array(writer)
    }

    fn end_array<W: ?Sized + Write>(&mut self, writer: &mut W) -> io::Result<()> {
        self.pretty.end_array(writer)
    }

    fn begin_array_value<W: ?Sized + Write>(&mut self, writer: &mut W, first: bool) -> io::Result<()> {
        self.pretty.begin_array_value(writer, first)
    }

    fn end_array_value<W: ?Sized + Write>(&mut self, writer: &mut W) -> io::Result<()> {
        self.pretty.end_array_value(writer)
    }

    fn begin_object<W: ?Sized + Write>(&mut self, writer: &mut W) -> io::Result<()> {
        self.pretty.begin_object(writer)
    }

    fn end_object<W: ?Sized + Write>(&mut self, writer: &mut W) -> io::Result<()> {
        self.pretty.end_object(writer)
    }

    fn begin_object_key<W: ?Sized + Write>(&mut self, writer: &mut W, first: bool) -> io::Result<()> {
        self.pretty.begin_object_key(writer, first)
    }

    fn begin_object_value<W: ?Sized + Write>(&mut self, writer: &mut W) -> io::Result<()> {
        self.pretty.begin_object_value(writer)
    }

    fn end_object_value<W: ?Sized + Write>(&mut self, writer: &mut W) -> io::Result<()> {
        self.pretty.end_object_value(writer)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn json(text: &str) -> String {
        let mut out = Vec::new();
        let mut serializer = serde_json::Serializer::with_formatter(&mut out, SafeFormatter::default());
        text.serialize(&mut serializer).expect("written");
        String::from_utf8(out).expect("UTF-8")
    }

    #[test]
    fn strings_hold_no_character_that_acts_on_a_terminal() {
        let hostile = "a\u{1b}]0;x\u{7}\u{7f}\u{9b}31m\u{202e}\u{e0041}é";
        let written = json(hostile);
        assert!(!written.chars().any(is_unsafe_to_show), "{written}");
        assert_eq!(serde_json::from_str::<String>(&written).expect("JSON"), hostile);
    }
}
