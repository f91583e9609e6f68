//! Paths inside an image, and their safe display.
//!
//! Names in a tar are arbitrary bytes: they need not be UTF-8, and may contain terminal control
//! sequences or characters that reorder text. [`EntryPath`] keeps the bytes. Everything that shows
//! a name to a person goes through [`escape`].

use std::fmt;

/// Iterates over the components of a path, `..` included. Empty ones and `.` mean nothing and are
/// left out.
pub fn components(path: &[u8]) -> impl DoubleEndedIterator<Item = &[u8]> {
    path.split(|&byte| byte == b'/').filter(|name| !matches!(*name, b"" | b"."))
}

/// A cleaned path inside an image: components joined by `/`, without a leading slash; empty for the
/// root.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct EntryPath(Vec<u8>);

impl EntryPath {
    /// Wraps bytes that are already clean.
    pub(crate) fn from_clean(bytes: Vec<u8>) -> Self {
        Self(bytes)
    }

    /// Cleans a path: removes empty components and `.`, resolves `..`, and stops at the root.
    pub fn clean(bytes: &[u8]) -> Self {
        let mut clean: Vec<&[u8]> = Vec::new();
        for component in components(bytes) {
            match component {
                b".." => drop(clean.pop()),
                _ => clean.push(component),
            }
        }
        Self(clean.join(&b'/'))
    }

    /// Returns the bytes, without a leading slash.
    pub fn as_bytes(&self) -> &[u8] {
        &self.0
    }

    /// Returns the path as text with a leading slash; bytes that are not UTF-8 become `\xNN`.
    ///
    /// Control characters stay: data formats escape them by their own rules. For people use
    /// [`fmt::Display`].
    pub fn to_text(&self) -> String {
        let mut text = String::with_capacity(self.0.len() + 1);
        text.push('/');
        for chunk in self.0.utf8_chunks() {
            text.push_str(chunk.valid());
            for byte in chunk.invalid() {
                push_hex(&mut text, *byte);
            }
        }
        text
    }
}

impl fmt::Display for EntryPath {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "/{}", escape(&self.0))
    }
}

/// Escapes bytes from an image for one line of a terminal.
///
/// Control characters (C0, DEL, C1), line separators, characters that are invisible or change the
/// direction of text, and bytes that are not UTF-8 become `\n`, `\t`, `\xNN` or `\u{…}`. A
/// backslash is doubled, so that the result is unambiguous.
pub fn escape(bytes: &[u8]) -> String {
    let mut text = String::with_capacity(bytes.len());
    for chunk in bytes.utf8_chunks() {
        for character in chunk.valid().chars() {
            push_escaped(&mut text, character);
        }
        for byte in chunk.invalid() {
            push_hex(&mut text, *byte);
        }
    }
    text
}

/// Escapes text from an image (a command, a label) for one line of a terminal: as [`escape`], but a
/// backslash stays single.
pub fn escape_text(text: &str) -> String {
    let mut safe = String::with_capacity(text.len());
    for character in text.chars() {
        if character == '\\' {
            safe.push(character);
        } else {
            push_escaped(&mut safe, character);
        }
    }
    safe
}

/// Whether a character could move the cursor, reorder text or hide, so must not reach a terminal.
pub fn is_unsafe_to_show(character: char) -> bool {
    character.is_control()
        || matches!(
            character,
            '\u{ad}' | '\u{61c}' | '\u{180e}' | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}'
                | '\u{2060}'..='\u{206f}' | '\u{feff}' | '\u{fff9}'..='\u{fffb}' | '\u{e0000}'..='\u{e007f}'
        )
}

fn push_escaped(text: &mut String, character: char) {
    match character {
        '\\' => text.push_str("\\\\"),
        '\n' => text.push_str("\\n"),
        '\r' => text.push_str("\\r"),
        '\t' => text.push_str("\\t"),
        _ if character.is_ascii_control() => push_hex(text, character as u8),
        _ if is_unsafe_to_show(character) => {
            text.extend(character.escape_unicode());
        }
        _ => text.push(character),
    }
}

fn push_hex(text: &mut String, byte: u8) {
    const DIGITS: &[u8; 16] = b"0123456789abcdef";
    text.push_str("\\x");
    for digit in [byte >> 4, byte & 15] {
        text.extend(DIGITS.get(usize::from(digit)).map(|&digit| char::from(digit)));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cleaned_paths_stay_below_the_root() {
        for (bytes, expected) in [
            (&b""[..], &b""[..]),
            (b"/", b""),
            (b"./usr//lib/", b"usr/lib"),
            (b"../../a/./b/../c", b"a/c"),
            (b"\xff/..", b""),
        ] {
            assert_eq!(EntryPath::clean(bytes).as_bytes(), expected);
        }
    }

    #[test]
    fn ordinary_names_are_unchanged() {
        assert_eq!(escape("usr/lib/größe 日本.txt".as_bytes()), "usr/lib/größe 日本.txt");
    }

    #[test]
    fn escape_sequences_are_escaped() {
        assert_eq!(escape(b"\x1b]52;c;AAAA\x07"), "\\x1b]52;c;AAAA\\x07");
        assert_eq!(escape("\u{9b}31m".as_bytes()), "\\u{9b}31m");
        assert_eq!(escape(b"a\nb\tc\r\x7f"), "a\\nb\\tc\\r\\x7f");
    }

    #[test]
    fn bidirectional_and_invisible_characters_are_escaped() {
        assert_eq!(escape("a\u{202e}gpj.exe".as_bytes()), "a\\u{202e}gpj.exe");
        assert_eq!(escape("a\u{200b}b\u{2028}c".as_bytes()), "a\\u{200b}b\\u{2028}c");
    }

    #[test]
    fn bytes_that_are_not_utf8_keep_their_value() {
        assert_eq!(escape(b"caf\xe9/x"), "caf\\xe9/x");
        assert_eq!(EntryPath::from_clean(b"caf\xe9\n".to_vec()).to_text(), "/caf\\xe9\n");
    }

    #[test]
    fn escaping_is_unambiguous() {
        assert_ne!(escape(b"\\x1b"), escape(b"\x1b"));
        assert_eq!(escape_text("RUN a \\ && b\n"), "RUN a \\ && b\\n");
    }
}
