//! Heredocs: `<<NAME` in `RUN`, `COPY` and `ADD`, and the lines up to `NAME`.

use std::ops::Range;

/// A heredoc.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Heredoc {
    /// The word that ends it.
    pub name: String,
    /// Its lines, with the last line break.
    pub body: Range<usize>,
    /// The line that ends it, without its line break; empty at the end of a file that lacks it.
    pub end: Range<usize>,
}

/// A heredoc that a line announces.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Announced {
    pub(super) name: String,
    /// Whether tabs at the start of lines do not count: `<<-`.
    pub(super) strips_tabs: bool,
}

/// Returns the heredocs that arguments announce.
pub(super) fn announced(arguments: &str) -> Vec<Announced> {
    let mut found = Vec::new();
    let mut rest = arguments;
    let mut before = ' ';
    let mut quote = None;
    while let Some(at) = rest.find("<<") {
        let (skipped, after) = rest.split_at(at);
        quote = skipped.chars().fold(quote, quoted_by);
        // A number before it names a file descriptor.
        let word = skipped.trim_end_matches(|letter: char| letter.is_ascii_digit());
        before = word.chars().next_back().unwrap_or(before);
        let after = after.get(2..).unwrap_or_default();
        let (after, strips_tabs) = after.strip_prefix('-').map_or((after, false), |after| (after, true));
        let name = name(after);
        // `<<<` is a here string, `1<<2` a shift.
        if let Some(name) = name.filter(|_| before.is_whitespace() && quote.is_none()) {
            found.push(Announced { name, strips_tabs });
        }
        before = '<';
        rest = after;
    }
    found
}

/// Returns the quotation mark that is open behind a letter.
fn quoted_by(open: Option<char>, letter: char) -> Option<char> {
    match open {
        Some(mark) if mark == letter => None,
        None if matches!(letter, '"' | '\'') => Some(letter),
        open => open,
    }
}

/// Returns the word that ends a heredoc, without its quotes.
fn name(text: &str) -> Option<String> {
    let quote = text.chars().next().filter(|first| matches!(first, '"' | '\''));
    let name = match quote {
        Some(quote) => text.get(1..)?.split_once(quote)?.0,
        None => {
            text.split(|letter: char| !(letter.is_ascii_alphanumeric() || "_.-".contains(letter))).next()?
        }
    };
    let is_name = name.chars().all(|letter| letter.is_ascii_alphanumeric() || "_.-".contains(letter));
    (is_name && !name.is_empty()).then(|| name.to_owned())
}

/// Whether arguments are one heredoc and nothing else: its body is the script.
pub(super) fn is_alone(arguments: &str) -> bool {
    let arguments = arguments.trim();
    announced(arguments).len() == 1 && arguments.starts_with("<<") && !arguments.contains(char::is_whitespace)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn heredocs_are_recognised() {
        let names = |arguments: &str| {
            announced(arguments).into_iter().map(|one| (one.name, one.strips_tabs)).collect::<Vec<_>>()
        };
        let name = |name: &str, tabs| (name.to_owned(), tabs);
        assert_eq!(names("<<EOF"), [name("EOF", false)]);
        assert_eq!(names("<<-\"E.F\" python3"), [name("E.F", true)]);
        assert_eq!(names("<<A <<'B' /dest"), [name("A", false), name("B", false)]);
        assert_eq!(names("cat 3<<EOF"), [name("EOF", false)]);
        assert_eq!(names("echo \"usage: cat <<EOF\" '<<A'"), []);
        assert_eq!(names("cat <<< x; echo $((1<<2)) a<<b"), []);
        assert!(is_alone(" <<EOF ") && !is_alone("python <<EOF") && !is_alone("<<EOF python"));
    }
}
