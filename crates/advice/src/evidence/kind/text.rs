//! Text: its encoding and its format.

use crate::evidence::values::name;

/// Whether the first bytes look like text: no NUL, few control characters, mostly valid characters.
pub(super) fn is_text(head: &[u8]) -> bool {
    let is_control = |byte: &&u8| matches!(byte, 0..=6 | 14..=26 | 28..=31 | 127);
    let controls = head.iter().filter(is_control).count();
    let invalid: usize = whole_characters(head).utf8_chunks().map(|chunk| chunk.invalid().len()).sum();
    !head.contains(&0) && controls * 20 <= head.len() && invalid * 3 <= head.len()
}

/// Recognises UTF-16 text as Windows writes it, which a terminal cannot show.
pub(super) fn utf16(head: &[u8]) -> Option<String> {
    (head.starts_with(b"\xff\xfe") || head.starts_with(b"\xfe\xff")).then(|| "UTF-16 text".to_owned())
}

/// Describes a text.
pub(super) fn describe(head: &[u8]) -> String {
    let encoding = if head.is_ascii() {
        "ASCII text"
    } else if std::str::from_utf8(whole_characters(head)).is_ok() {
        "UTF-8 text"
    } else {
        "text with bytes that are not UTF-8"
    };
    let line_end = head.iter().position(|byte| *byte == b'\n');
    let is_dos =
        line_end.and_then(|end| end.checked_sub(1)).is_some_and(|last| head.get(last) == Some(&b'\r'));
    let mut words: Vec<String> = content(head).into_iter().collect();
    words.push(encoding.to_owned());
    words.extend(is_dos.then(|| "CRLF line ends".to_owned()));
    words.extend(head.contains(&0x1b).then(|| "with escape sequences".to_owned()));
    words.join(", ")
}

/// Returns the bytes without an incomplete character at the end.
fn whole_characters(head: &[u8]) -> &[u8] {
    match std::str::from_utf8(head) {
        Err(error) if error.error_len().is_none() => head.get(..error.valid_up_to()).unwrap_or(head),
        _ => head,
    }
}

fn content(head: &[u8]) -> Option<String> {
    let text = head.strip_prefix(b"\xef\xbb\xbf").unwrap_or(head).trim_ascii_start();
    let starts = |prefix: &str| {
        text.get(..prefix.len()).is_some_and(|start| start.eq_ignore_ascii_case(prefix.as_bytes()))
    };
    let what = if let Some(command) = head.strip_prefix(b"#!") {
        let line = command.split(|byte| *byte == b'\n').next().unwrap_or_default();
        return Some(format!("script for {}", name(line.trim_ascii())));
    } else if let Some(labels) = pem(head) {
        return Some(labels);
    } else if starts("<!doctype html") || starts("<html") {
        "HTML"
    } else if starts("<svg") {
        "SVG picture"
    } else if starts("<?xml") {
        "XML"
    } else if starts("<?php") {
        "PHP"
    } else if is_json(text) {
        "JSON"
    } else if starts("%YAML") || starts("---\n") || starts("---\r\n") {
        "YAML"
    } else {
        return None;
    };
    Some(what.to_owned())
}

/// Whether a text starts as a JSON object or array, not as a section name or a comment in braces.
fn is_json(text: &[u8]) -> bool {
    let second = text.get(1..).and_then(|rest| rest.trim_ascii_start().first());
    match text.first() {
        Some(b'{') => matches!(second, Some(b'"' | b'}')),
        Some(b'[') => matches!(second, Some(b'{' | b'[' | b'"' | b']' | b'-' | b'0'..=b'9')),
        _ => false,
    }
}

/// Returns the labels in a PEM file (RFC 7468): private keys do not belong into an image,
/// certificates may.
fn pem(head: &[u8]) -> Option<String> {
    let mut labels: Vec<String> = Vec::new();
    for line in head.split(|byte| *byte == b'\n') {
        let label =
            line.trim_ascii().strip_prefix(b"-----BEGIN ").and_then(|line| line.strip_suffix(b"-----"));
        let Some(label) = label.map(|label| name(label).to_ascii_lowercase()) else { continue };
        if !labels.contains(&label) && labels.len() < 3 {
            labels.push(label);
        }
    }
    (!labels.is_empty()).then(|| format!("PEM {}", labels.join(", ")))
}
