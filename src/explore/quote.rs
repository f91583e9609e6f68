//! Quotes words for a shell, so that a command in a hint can be copied.

use dockopt_core::path::is_unsafe_to_show;

/// Quotes a word for a shell: plain where possible, otherwise in quotes, and with escape sequences
/// for bytes that must not reach a terminal.
pub(crate) fn shell_word(bytes: &[u8]) -> String {
    let is_plain = |byte: &u8| byte.is_ascii_alphanumeric() || b"/._-+:@%,=".contains(byte);
    match std::str::from_utf8(bytes) {
        Ok(text) if !bytes.is_empty() && bytes.iter().all(is_plain) => text.to_owned(),
        Ok(text) if !text.chars().any(|character| character.is_control() || is_unsafe_to_show(character)) => {
            format!("'{}'", text.replace('\'', "'\\''"))
        }
        _ => escaped(bytes),
    }
}

fn escaped(bytes: &[u8]) -> String {
    let mut word = String::from("$'");
    for &byte in bytes {
        match byte {
            b'\'' | b'\\' => word.extend(['\\', char::from(byte)]),
            b' '..=b'~' => word.push(char::from(byte)),
            _ => word.extend(hex(byte)),
        }
    }
    word.push('\'');
    word
}

/// Formats a byte as `\xNN`.
pub(super) fn hex(byte: u8) -> impl Iterator<Item = char> {
    let digit = |value: u8| char::from_digit(value.into(), 16).unwrap_or('0');
    ['\\', 'x', digit(byte >> 4), digit(byte & 15)].into_iter()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_quoted_only_where_necessary() {
        for (bytes, word) in [
            (&b"3:/app/id_rsa"[..], "3:/app/id_rsa"),
            (b"", "''"),
            (b"/with space", "'/with space'"),
            (b"/it's", "'/it'\\''s'"),
            ("/snö".as_bytes(), "'/snö'"),
            (b"/\x1b[2J", "$'/\\x1b[2J'"),
            (b"/\xff'\\\n", "$'/\\xff\\'\\\\\\x0a'"),
            ("/\u{202e}x".as_bytes(), "$'/\\xe2\\x80\\xaex'"),
            (b"$(reboot)", "'$(reboot)'"),
        ] {
            assert_eq!(shell_word(bytes), word);
        }
    }
}
