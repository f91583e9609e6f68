//! Patterns, compiled once, and the words without which they cannot match.

use std::sync::LazyLock;

use aho_corasick::{AhoCorasick, AhoCorasickKind};
use regex::Regex;

/// Most candidates of one kind that are examined in one file.
pub(super) const CANDIDATES: usize = 200;
/// Words of which the name of a secret has one.
pub(super) const OF_NAMES: [&str; 7] = ["pass", "pwd", "psk", "secret", "token", "key", "auth"];

/// A pattern that is compiled when it is first used.
pub(super) type Pattern = LazyLock<Regex>;

/// Compiles a pattern of this crate, with classes of ASCII: those of Unicode take milliseconds. A wrong
/// one matches nothing; the tests of its module notice.
pub(super) fn compiled(pattern: &str) -> Regex {
    let classes =
        [("\\w", "[0-9A-Za-z_]"), ("\\d", "[0-9]"), ("\\s", "[ \\t\\r\\n]"), ("\\S", "[^ \\t\\r\\n]")];
    let ascii = classes
        .iter()
        .fold(pattern.replace("\\b", "(?-u:\\b)"), |text, (class, set)| text.replace(class, set));
    Regex::new(&ascii).unwrap_or_else(|_| never())
}

fn never() -> Regex {
    #[expect(clippy::expect_used, reason = "a constant pattern, which the tests compile")]
    Regex::new("$.^").expect("a valid pattern")
}

/// Words that patterns need, in lower case. Most texts have few of them, and a text is searched for
/// all of them at once.
const WORDS: [&str; 26] = [
    "private key",
    "privatekey",
    "age-secret-key-",
    "putty-user-key",
    "\"kty\"",
    "private-key",
    "ls0tls1crudjti",
    "://",
    "authorization",
    "pass",
    "pwd",
    "psk",
    "secret",
    "token",
    "key",
    "auth",
    "value",
    "identified",
    "login",
    "redis",
    "name",
    "curl",
    "ldap",
    "-p",
    "bindpw",
    "rootpw",
];

static SEARCH: LazyLock<Option<AhoCorasick>> = LazyLock::new(|| {
    let mut builder = AhoCorasick::builder();
    builder.ascii_case_insensitive(true).kind(Some(AhoCorasickKind::DFA)).build(WORDS).ok()
});

/// The words that a text has.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Words(u32);

impl Words {
    /// Searches a text.
    pub(super) fn of(text: &str) -> Self {
        let mut found = 0;
        for hit in SEARCH.iter().flat_map(|search| search.find_overlapping_iter(text)) {
            found |= 1 << hit.pattern().as_u32();
            if found == (1 << WORDS.len()) - 1 {
                break;
            }
        }
        Self(found)
    }

    /// Whether the text has one of these words.
    pub(super) fn has(self, words: &[&str]) -> bool {
        let bit =
            |word: &&str| WORDS.iter().position(|known| known == word).is_none_or(|at| self.0 & 1 << at != 0);
        words.iter().any(bit)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_found_in_either_case() {
        let words = Words::of("x PASSWORD=1\n-----BEGIN PRIVATE KEY-----");
        assert!(words.has(&["pass"]) && words.has(&["private key"]) && words.has(&["token", "key"]));
        assert!(!words.has(&["token"]) && !words.has(&["://"]));
        assert!(Words::of("").has(&["not in the list"]), "an unknown word excludes nothing");
    }
}
