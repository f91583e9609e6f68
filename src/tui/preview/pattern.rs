//! What the user looks for in a file: some text, or after `re:` a regular expression.
//!
//! Capital letters count only where the pattern has one. Text is looked for within lines; a match of no length is none.

use std::ops::Range;

use dockopt_core::path::escape_text;
use regex::bytes::{Regex, RegexBuilder};

/// A pattern that is understood.
#[derive(Clone, Debug)]
pub(crate) struct Pattern {
    regex: Regex,
    /// The same for many lines at once: finds something wherever a line has a match, and perhaps elsewhere.
    scan: Option<Regex>,
    reach: usize,
}

impl Pattern {
    /// Understands what was typed; the error says what is wrong with it, on one line.
    pub(crate) fn parse(typed: &str) -> Result<Self, String> {
        let (source, reach) = match typed.strip_prefix("re:") {
            Some(expression) => (expression.to_owned(), 0),
            // Characters that differ in case only may differ in length.
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
        // What is asked about the whole line, or sets these options itself, may be found in no other way than line by line.
        let is_about_lines = ["(?", "\\A", "\\z"].iter().any(|about| source.contains(about));
        let scan = if is_about_lines { None } else { build(true).ok() };
        Ok(Self { regex, scan, reach })
    }

    /// Where among many lines, from some byte on, the first match may start; `None` if no line has one.
    pub(super) fn candidate(&self, lines: &[u8], from: usize) -> Option<usize> {
        match &self.scan {
            Some(scan) if from <= lines.len() => scan.find_at(lines, from).map(|found| found.start()),
            _ => Some(from),
        }
    }

    /// The first match in a line that starts at `from` or later.
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

    /// All matches in a line that start at `from` or later and do not overlap.
    pub(super) fn all(&self, line: &[u8], from: usize) -> impl Iterator<Item = Range<usize>> {
        let mut at = from;
        std::iter::from_fn(move || {
            let found = self.next(line, at)?;
            at = found.end;
            Some(found)
        })
    }

    /// Most bytes of a match, if that is known.
    pub(super) fn reach(&self) -> usize {
        self.reach
    }
}

fn has_capitals(text: &str) -> bool {
    text.chars().any(char::is_uppercase)
}

/// Whether an expression has a capital letter that stands for itself: not as in `\S` or `\p{Lu}`.
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

/// The last line of the parser's message: the others draw a picture.
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
    fn capital_letters_count_only_where_the_pattern_has_one() {
        assert_eq!(found("root", "Root root ROOT"), [0..4, 5..9, 10..14]);
        assert_eq!(found("Root", "Root root ROOT"), [0..4]);
        assert_eq!(found("re:r\\So", "Root root"), [0..3, 5..8]);
        assert_eq!(found("re:\\p{Lu}x", "aX bx"), [0..2, 3..5]);
        assert_eq!(found("re:R..t", "Root root"), [0..4]);
        assert_eq!(found("größe", "GRÖSSE GRÖßE"), [8..15]);
    }

    #[test]
    fn text_stands_for_itself() {
        assert_eq!(found("a.b*", "aab a.b* axb"), [4..8]);
        assert_eq!(found("re", "re:re"), [0..2, 3..5]);
    }

    #[test]
    fn a_match_of_no_length_is_none() {
        assert_eq!(found("re:x*", "axxbx"), [1..3, 4..5]);
        assert!(found("re:$", "abc").is_empty());
    }

    #[test]
    fn an_expression_that_is_wrong_is_explained_on_one_line() {
        assert_eq!(Pattern::parse("re:a(b").expect_err("a group"), "unclosed group");
        assert_eq!(Pattern::parse("re:").expect_err("empty"), "nothing to look for");
        assert_eq!(Pattern::parse("").expect_err("empty"), "nothing to look for");
        let huge = Pattern::parse("re:(\\w{100}){100}{100}").expect_err("huge");
        assert_eq!(huge.lines().count(), 1, "{huge}");
        let hostile = Pattern::parse("re:\u{1b}[31m(\u{202e}").expect_err("a group");
        assert!(!hostile.contains(['\u{1b}', '\u{202e}']), "{hostile}");
    }
}
