//! Finds the secrets of a text.

use std::ops::Range;

use super::document::{Style, TextFile};
use super::secret::{Class, Secret, Sureness};
use super::{assignment, binary, command, format, key, login, token};

/// Most secrets that are told of one file.
const MOST: usize = 20;

/// Finds the secrets in a file, by its path in the image and its content.
pub fn in_file(path: &[u8], content: &[u8]) -> Vec<Secret> {
    let Some(document) = TextFile::new(path, content) else { return in_binary(path, content) };
    let mut found = surest(all(&document));
    if document.style == Style::History {
        for secret in &mut found {
            secret.class = Class::History;
        }
    }
    as_examples(&document, found)
}

/// Tells the secrets of a file below a directory of tests or examples as such.
fn as_examples(document: &TextFile<'_>, mut found: Vec<Secret>) -> Vec<Secret> {
    if document.is_example {
        found.retain(|secret| secret.class != Class::Password);
        for secret in &mut found {
            secret.sureness = Sureness::Example;
        }
    }
    found
}

/// Finds the key that a file is, and what it holds that is certain by itself.
fn in_binary(path: &[u8], content: &[u8]) -> Vec<Secret> {
    let mut found = binary::find(path, content);
    if found.is_empty() && !binary::is_packed(content) {
        let document = TextFile::of_data(path, content);
        found.extend(key::find(&document));
        found.extend(token::find(&document));
        found = as_examples(&document, found);
    }
    surest(found)
}

/// Finds the secrets in the command of a step, in a variable, or in another text that is no file.
pub fn in_text(text: &str) -> Vec<Secret> {
    let mut found = all(&TextFile::of_command(text));
    found.sort_by_key(|secret| (secret.span.start, std::cmp::Reverse(secret.sureness)));
    let mut end = 0;
    found.retain(|secret| {
        let is_new = secret.span.start >= end;
        end = end.max(secret.span.end);
        is_new
    });
    found.truncate(MOST);
    found
}

/// Returns a text with `***` for its secrets; `None` if it has none.
pub fn redacted(text: &str) -> Option<String> {
    let mut spans: Vec<Range<usize>> =
        all(&TextFile::of_command(text)).into_iter().map(|secret| secret.span).collect();
    spans.sort_by_key(|span| (span.start, span.end));
    let (mut shown, mut at) = (String::new(), 0);
    for span in &spans {
        if let Some(before) = text.get(at..span.start) {
            shown.push_str(before);
            shown.push_str("***");
        }
        at = at.max(span.end);
    }
    shown.push_str(text.get(at..).unwrap_or_default());
    (!spans.is_empty()).then_some(shown)
}

/// Finds all secrets; several finders may find the same one.
fn all(document: &TextFile<'_>) -> Vec<Secret> {
    let mut found = key::find(document);
    found.extend(token::find(document));
    found.extend(login::find(document));
    found.extend(format::find(document));
    match document.style {
        Style::Prose => {}
        Style::Settings | Style::Code => {
            found.extend(assignment::find(document));
            if document.has_commands() {
                found.extend(command::find(document));
            }
        }
        Style::Command | Style::History => found.extend(command::find(document)),
    }
    found
}

/// Returns one secret of each line, the surest one.
fn surest(mut found: Vec<Secret>) -> Vec<Secret> {
    found.sort_by_key(|secret| (secret.line, std::cmp::Reverse(secret.sureness), secret.class));
    found.dedup_by_key(|secret| secret.line);
    // The worst ones stay: a key behind many passwords counts more than these.
    found.sort_by_key(|secret| (secret.class, std::cmp::Reverse(secret.sureness), secret.line));
    found.truncate(MOST);
    found.sort_by_key(|secret| secret.line);
    found
}
