//! Search patterns: plain text, or a regular expression after `re:`.
//!
//! Matching is case-sensitive only if the pattern has a capital letter. Matches are within lines,
//! and an empty match is no match.

use std::ops::Range;

use dockopt_core::path::escape_text;
use regex::bytes::{Regex, RegexBuilder};

/// A parsed pattern.
#[derive(Clone, Debug)]
pub(crate) struct Pattern {
    regex: Regex,
    /// The pattern for many lines at once: it matches wherever a line has a match, and perhaps
    /// elsewhere.
    scan: Option<Regex>,
    reach: usize,
}

impl Pattern {
    /// Parses a typed pattern; the error is one line.
    pub(crate) fn parse(typed: &str) -> Result<Self, String> {
        let (source, reach) = match typed.strip_prefix("re:") {
            Some(expression) => (expression.to_owned(), 0),
            // Characters that differ only in case may differ in length.
            None => (regex::escape(typed), typed.chars().count() * 4),
        };
        if source.is_empty() {
            return Err("nothing to look for".to_owned());
        }
        let has_capitals = if reach == 0 { expression_has_capitals(&source) } else { has_capitals(typed) };
        let build = |many_lines: bool| {
            let mut builder = RegexBuilder::new(&source);
            builder.case_insensitive(!has_capitals);
            builder.multi_line(many_lines).crlf(many_lines).dot_matches_new_line(many_lines).build()
        };
        let regex = build(false).map_err(|error| reason(&error))?;
        // A pattern that refers to the whole line, or sets these options itself, only works line by
        // line.
        let is_about_lines = ["(?", "\\A", "\\z"].iter().any(|about| source.contains(about));
        let scan = if is_about_lines { None } else { build(true).ok() };
        Ok(Self { regex, scan, reach })
    }

    /// Returns where the first match may start among many lines, at `from` or later; `None` if no
    /// line has a match.
    pub(super) fn candidate(&self, lines: &[u8], from: usize) -> Option<usize> {
        match &self.scan {
            Some(scan) if from <= lines.len() => scan.find_at(lines, from).map(|found| found.start()),
            _ => Some(from),
        }
    }

    /// Returns the first match in a line that starts at `from` or later.
    pub(super) fn next(&self, line: &[u8], from: usize) -> Option<Range<usize>> {
        let mut at = from;
        while at <= line.len() {
            let found = self.regex.find_at(line, at)?;
            if !found.is_empty() {
                return Some(found.range());
            }
            at = found.end() + 1;
        }
        None
    }

    /// Returns all matches in a line that start at `from` or later and do not overlap.
    pub(super) fn all(&self, line: &[u8], from: usize) -> impl Iterator<Item = Range<usize>> {
        let mut at = from;
        std::iter::from_fn(move || {
            let found = self.next(line, at)?;
            at = found.end;
            Some(found)
        })
    }

    /// Returns the most bytes of a match, if there is a limit.
    pub(super) fn reach(&self) -> usize {
        self.reach
    }
}

fn has_capitals(text: &str) -> bool {
    text.chars().any(char::is_uppercase)
}

/// Returns whether an expression has a literal capital letter: not as in `\S` or `\p{Lu}`.
fn expression_has_capitals(expression: &str) -> bool {
    let mut characters = expression.chars();
    while let Some(character) = characters.next() {
        if character != '\\' {
            if character.is_uppercase() {
                return true;
            }
            continue;
        }
        let class = characters.next();
        if matches!(class, Some('p' | 'P' | 'x' | 'u' | 'U')) && characters.as_str().starts_with('{') {
            characters.find(|character| *character == '}');
        }
    }
    false
}

/// Returns the last line of the parser's message: the others draw a picture.
fn reason(error: &regex::Error) -> String {
    let message = error.to_string();
    let last = message.lines().last().unwrap_or_default();
    escape_text(last.strip_prefix("error: ").unwrap_or(last))
}

#[cfg(test)]
#[expect(clippy::single_range_in_vec_init, reason = "lists of ranges")]
mod tests {
    use super::*;

    fn found(typed: &str, line: &str) -> Vec<Range<usize>> {
        Pattern::parse(typed).expect(typed).all(line.as_bytes(), 0).collect()
    }

    #[test]
    fn capitals_in_the_pattern_make_it_case_sensitive() {
        assert_eq!(found("root", "Root root ROOT"), [0..4, 5..9, 10..14]);
        assert_eq!(found("Root", "Root root ROOT"), [0..4]);
        assert_eq!(found("re:r\\So", "Root root"), [0..3, 5..8]);
        assert_eq!(found("re:\\p{Lu}x", "aX bx"), [0..2, 3..5]);
        assert_eq!(found("re:R..t", "Root root"), [0..4]);
        assert_eq!(found("größe", "GRÖSSE GRÖßE"), [8..15]);
    }

    #[test]
    fn plain_text_is_literal() {
        assert_eq!(found("a.b*", "aab a.b* axb"), [4..8]);
        assert_eq!(found("re", "re:re"), [0..2, 3..5]);
    }

    #[test]
    fn empty_match_is_no_match() {
        assert_eq!(found("re:x*", "axxbx"), [1..3, 4..5]);
        assert!(found("re:$", "abc").is_empty());
    }

    #[test]
    fn invalid_expression_fails_with_one_line() {
        assert_eq!(Pattern::parse("re:a(b").expect_err("a group"), "unclosed group");
        assert_eq!(Pattern::parse("re:").expect_err("empty"), "nothing to look for");
        assert_eq!(Pattern::parse("").expect_err("empty"), "nothing to look for");
        let huge = Pattern::parse("re:(\\w{100}){100}{100}").expect_err("huge");
        assert_eq!(huge.lines().count(), 1, "{huge}");
        let hostile = Pattern::parse("re:\u{1b}[31m(\u{202e}").expect_err("a group");
        assert!(!hostile.contains(['\u{1b}', '\u{202e}']), "{hostile}");
    }
}
