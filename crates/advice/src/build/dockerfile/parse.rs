//! Splits a Dockerfile into instructions.

use super::heredoc::{Heredoc, announced};
use super::instruction::{Flag, Instruction};
use super::text::Logical;

/// A line of a text.
#[derive(Clone, Copy)]
struct Line<'t> {
    /// Offset of its first byte.
    start: usize,
    /// Its text without the line break.
    text: &'t str,
    /// Offset of the next line.
    next: usize,
}

/// Returns the character that continues lines: `\`, unless a directive at the start says otherwise.
pub(super) fn escape(text: &str) -> char {
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    for line in text.lines() {
        let Some((name, value)) = line.trim().strip_prefix('#').and_then(|line| line.split_once('=')) else {
            break;
        };
        if name.trim().eq_ignore_ascii_case("escape") {
            return if value.trim() == "`" { '`' } else { '\\' };
        }
    }
    '\\'
}

/// Returns the instructions of a text.
pub(super) fn instructions(text: &str, escape: char) -> Vec<Instruction> {
    let mut lines = Lines { text, at: 0, number: 0, escape };
    if text.starts_with('\u{feff}') {
        lines.at = '\u{feff}'.len_utf8();
    }
    std::iter::from_fn(|| lines.instruction()).collect()
}

struct Lines<'t> {
    text: &'t str,
    at: usize,
    /// Number of lines read.
    number: usize,
    escape: char,
}

impl<'t> Lines<'t> {
    fn next(&mut self) -> Option<Line<'t>> {
        let rest = self.text.get(self.at..).filter(|rest| !rest.is_empty())?;
        let length = rest.find('\n').map_or(rest.len(), |at| at + 1);
        let text = rest.get(..length)?;
        let text = text.strip_suffix('\n').unwrap_or(text);
        let line =
            Line { start: self.at, text: text.strip_suffix('\r').unwrap_or(text), next: self.at + length };
        self.at = line.next;
        self.number += 1;
        Some(line)
    }

    fn instruction(&mut self) -> Option<Instruction> {
        let mut line = self.next()?;
        while is_blank_or_comment(line.text) {
            line = self.next()?;
        }
        let (first, start) = (self.number, line.start + indentation(line.text));
        let (mut logical, mut end) = (Logical::default(), (line.start + line.text.len(), self.number));
        let mut open = self.take(line, &mut logical);
        while open {
            let Some(line) = self.next() else { break };
            if !is_blank_or_comment(line.text) {
                open = self.take(line, &mut logical);
                end = (line.start + line.text.len(), self.number);
            }
        }
        let (keyword, flags, arguments) = parts(&logical);
        let takes_heredocs = matches!(keyword.as_str(), "RUN" | "COPY" | "ADD");
        let announced = if takes_heredocs { announced(arguments.text()) } else { Vec::new() };
        let heredocs: Vec<Heredoc> =
            announced.iter().map(|one| self.heredoc(&one.name, one.strips_tabs)).collect();
        let (end, end_line) = heredocs.last().map_or(end, |heredoc| (heredoc.end.end, self.number));
        let word = indentation(logical.text());
        let keyword_span = logical.span(word..word + keyword.len()).unwrap_or(start..start);
        Some(Instruction {
            keyword,
            keyword_span,
            span: start..end,
            line: first,
            end_line,
            flags,
            arguments,
            heredocs,
        })
    }

    /// Adds a line to the text of an instruction; returns whether the next line continues it.
    fn take(&self, line: Line<'_>, logical: &mut Logical) -> bool {
        let trimmed = line.text.trim_end();
        let continued = trimmed.strip_suffix(self.escape);
        logical.push(continued.unwrap_or(line.text), line.start);
        continued.is_some()
    }

    fn heredoc(&mut self, name: &str, strips_tabs: bool) -> Heredoc {
        let start = self.at;
        while let Some(line) = self.next() {
            let text = if strips_tabs { line.text.trim_start_matches('\t') } else { line.text };
            if text == name {
                let end = line.start..line.start + line.text.len();
                return Heredoc { name: name.to_owned(), body: start..line.start, end };
            }
        }
        let end = self.text.len();
        Heredoc { name: name.to_owned(), body: start.min(end)..end, end: end..end }
    }
}

fn is_blank_or_comment(line: &str) -> bool {
    let line = line.trim_start();
    line.is_empty() || line.starts_with('#')
}

fn indentation(line: &str) -> usize {
    line.len() - line.trim_start().len()
}

/// Splits an instruction into keyword, options and arguments.
fn parts(logical: &Logical) -> (String, Vec<Flag>, Logical) {
    let text = logical.text();
    let mut at = indentation(text);
    let word_at = |at: usize| {
        let rest = text.get(at..).unwrap_or_default();
        rest.split(char::is_whitespace).next().unwrap_or_default()
    };
    let keyword = word_at(at);
    at += keyword.len();
    let mut flags = Vec::new();
    loop {
        at += indentation(text.get(at..).unwrap_or_default());
        let word = word_at(at);
        let Some(flag) = word.strip_prefix("--").filter(|flag| !flag.is_empty()) else { break };
        let (name, value) = flag.split_once('=').unwrap_or((flag, ""));
        flags.push(Flag { name: name.to_owned(), value: value.to_owned() });
        at += word.len();
    }
    let mut arguments = logical.from(at);
    arguments.trim_end();
    (keyword.to_ascii_uppercase(), flags, arguments)
}
