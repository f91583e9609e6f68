//! Parses the text of a filter.
//!
//! A filter is parsed while it is typed: an open quote extends to the end of the text, and every
//! other incomplete term is an error that says what may follow.

use std::ops::Range;

use strsim::levenshtein;

use crate::comparison::States;
use crate::model::path::escape_text;
use crate::model::quantity::parse_size;

use super::error::FilterError;
use super::term::{Condition, Kind, Property, Relation, Term};
use super::text::Pattern;

const KINDS: [(&str, Kind); 7] = [
    ("file", Kind::File),
    ("dir", Kind::Directory),
    ("symlink", Kind::Symlink),
    ("hardlink", Kind::HardLink),
    ("device", Kind::Device),
    ("fifo", Kind::Fifo),
    ("exec", Kind::Executable),
];

const PROPERTIES: [(&str, Condition); 10] = [
    ("wasted", Condition::Is(Property::Wasted)),
    ("ghost", Condition::State(States::GHOST)),
    ("added", Condition::State(States::ADDED)),
    ("removed", Condition::State(States::REMOVED)),
    ("modified", Condition::State(States::MODIFIED)),
    ("unmodified", Condition::State(States::UNMODIFIED)),
    ("live", Condition::Is(Property::Live)),
    ("setuid", Condition::Is(Property::Setuid)),
    ("empty", Condition::Is(Property::Empty)),
    ("unowned", Condition::Is(Property::Unowned)),
];

const WORDS: [&str; 8] = ["re", "size", "kind", "is", "owner", "group", "layer", "pkg"];

const RELATIONS: [(&str, Relation); 5] = [
    (">=", Relation::AtLeast),
    ("<=", Relation::AtMost),
    (">", Relation::Above),
    ("<", Relation::Below),
    ("=", Relation::Equal),
];

/// Parses the terms of a filter.
pub(super) fn terms(text: &str) -> Result<Vec<Term>, FilterError> {
    words(text).into_iter().map(|word| word.term()).collect()
}

/// A part of a filter between blanks.
#[derive(Debug)]
struct Word {
    /// The text without quotes and without `!`.
    text: String,
    /// The position of the first quote in `text`.
    quoted_from: Option<usize>,
    negated: bool,
    at: Range<usize>,
}

fn words(text: &str) -> Vec<Word> {
    let mut words: Vec<Word> = Vec::new();
    let (mut in_word, mut in_quotes) = (false, false);
    for (at, character) in text.char_indices() {
        if character.is_whitespace() && !in_quotes {
            in_word = false;
            continue;
        }
        if !in_word {
            in_word = true;
            words.push(Word { text: String::new(), quoted_from: None, negated: false, at: at..at });
        }
        let Some(word) = words.last_mut() else { continue };
        word.at.end = at + character.len_utf8();
        match character {
            '"' => {
                in_quotes = !in_quotes;
                word.quoted_from.get_or_insert(word.text.len());
            }
            '!' if word.text.is_empty() && word.quoted_from.is_none() => word.negated = !word.negated,
            _ => word.text.push(character),
        }
    }
    words
}

impl Word {
    fn term(&self) -> Result<Term, FilterError> {
        if self.text.is_empty() && self.quoted_from.is_none() {
            return Err(self.error("`!` needs a term after it"));
        }
        Ok(Term { condition: self.condition()?, negated: self.negated })
    }

    fn condition(&self) -> Result<Condition, FilterError> {
        // A quote makes text of what follows it, not of what precedes it: `re:"a b"` is a regular
        // expression.
        let plain = self.text.get(..self.quoted_from.unwrap_or(self.text.len())).unwrap_or_default();
        let word = plain.split(|character: char| !character.is_alphanumeric()).next().unwrap_or_default();
        let rest = self.text.get(word.len()..).unwrap_or_default();
        if word == "size"
            && let Some((relation, size)) = relation(rest)
        {
            return self.size(relation, size);
        }
        match rest.strip_prefix(':') {
            Some(value) if !word.is_empty() && plain.len() > word.len() => self.keyword(word, value),
            _ => Ok(Condition::Path(Pattern::text(&self.text))),
        }
    }

    fn keyword(&self, word: &str, value: &str) -> Result<Condition, FilterError> {
        match word {
            "re" => self.regex(value),
            "kind" => self.one_of(word, value, &KINDS).map(Condition::Kind),
            "is" => self.one_of(word, value, &PROPERTIES),
            "owner" => self.owner(value),
            "group" => self
                .number(value, "a group is a number")
                .map(|group| Condition::Owner { user: None, group: Some(group) }),
            "layer" => self.number(value, "a layer is a number, counted from 0").map(Condition::Layer),
            "pkg" if value.is_empty() => Err(self.error("a package is written as NAME or NAME@VERSION")),
            "pkg" => Ok(Condition::Package(value.to_lowercase())),
            "size" => Err(self.error("a size is written as `size>10M`, `size<=1k` or `size=0`")),
            _ => Err(self.unknown(word)),
        }
    }

    fn unknown(&self, word: &str) -> FilterError {
        self.error(match nearest(word, WORDS) {
            Some("size") => format!("no such term `{word}:`; did you mean `size>`?"),
            Some(near) => format!("no such term `{word}:`; did you mean `{near}:`?"),
            None => {
                format!("no such term `{word}:`; write text with a colon in quotes, as `\"{}\"`", self.text)
            }
        })
    }

    fn one_of<T: Clone>(&self, word: &str, value: &str, choices: &[(&str, T)]) -> Result<T, FilterError> {
        if let Some((_, choice)) = choices.iter().find(|(name, _)| *name == value) {
            return Ok(choice.clone());
        }
        let names: Vec<&str> = choices.iter().map(|(name, _)| *name).collect();
        Err(self.error(match nearest(value, names.iter().copied()) {
            Some(near) => format!("`{word}:` has no value `{value}`; did you mean `{near}`?"),
            None => format!("`{word}:` takes one of {}", names.join(", ")),
        }))
    }

    fn size(&self, relation: Relation, size: &str) -> Result<Condition, FilterError> {
        parse_size(size)
            .map(|size| Condition::Size(relation, size))
            .ok_or_else(|| self.error(format!("`{size}` is not a size such as `10M`, `20MB` or `1.5GiB`")))
    }

    fn owner(&self, value: &str) -> Result<Condition, FilterError> {
        let wrong = "an owner is written as UID or UID:GID, both numbers";
        let (user, group) = match value.split_once(':') {
            Some((user, group)) => (user, Some(self.number(group, wrong)?)),
            None => (value, None),
        };
        Ok(Condition::Owner { user: Some(self.number(user, wrong)?), group })
    }

    fn number<T: std::str::FromStr>(&self, value: &str, otherwise: &str) -> Result<T, FilterError> {
        value.parse().map_err(|_| self.error(otherwise))
    }

    fn regex(&self, value: &str) -> Result<Condition, FilterError> {
        Pattern::regex(value).map(Condition::Path).map_err(|error| {
            let reason = match error {
                regex::Error::CompiledTooBig(_) => "it is too large".to_owned(),
                // The error is several lines long; the last one has the reason.
                error => error.to_string().lines().last().unwrap_or_default().replace("error: ", ""),
            };
            self.error(format!("not a regular expression: {reason}"))
        })
    }

    /// Returns an error about this word, escaped: a filter may be pasted text.
    fn error(&self, message: impl AsRef<str>) -> FilterError {
        FilterError { message: escape_text(message.as_ref()), at: self.at.clone() }
    }
}

fn relation(text: &str) -> Option<(Relation, &str)> {
    RELATIONS.into_iter().find_map(|(sign, relation)| Some((relation, text.strip_prefix(sign)?)))
}

/// Returns the most similar known word if at most a third of its letters differ.
fn nearest<'w>(word: &str, known: impl IntoIterator<Item = &'w str>) -> Option<&'w str> {
    let distances = known.into_iter().map(|known| (levenshtein(word, known), known));
    distances.min().filter(|(distance, known)| distance * 3 <= known.len().max(3)).map(|(_, known)| known)
}

#[cfg(test)]
mod tests {
    use super::super::TERMS;
    use super::*;

    fn error(text: &str) -> (String, Range<usize>) {
        let error = terms(text).expect_err(text);
        (error.message, error.at)
    }

    const OWNER: &str = "an owner is written as UID or UID:GID, both numbers";
    const ERRORS: &[(&str, &str, Range<usize>)] = &[
        ("a kimd:file b", "no such term `kimd:`; did you mean `kind:`?", 2..11),
        ("Size:10", "no such term `Size:`; did you mean `size>`?", 0..7),
        ("a:b", "no such term `a:`; write text with a colon in quotes, as `\"a:b\"`", 0..3),
        (
            "ä hello:\"x y\"",
            "no such term `hello:`; write text with a colon in quotes, as `\"hello:x y\"`",
            3..14,
        ),
        ("a:\u{1b}[31m", "no such term `a:`; write text with a colon in quotes, as `\"a:\\x1b[31m\"`", 0..7),
        ("kind:", "`kind:` takes one of file, dir, symlink, hardlink, device, fifo, exec", 0..5),
        ("kind:directory", "`kind:` takes one of file, dir, symlink, hardlink, device, fifo, exec", 0..14),
        ("!kind:simlink", "`kind:` has no value `simlink`; did you mean `symlink`?", 0..13),
        ("is:gost", "`is:` has no value `gost`; did you mean `ghost`?", 0..7),
        (
            "is:",
            "`is:` takes one of wasted, ghost, added, removed, modified, unmodified, live, setuid, empty, unowned",
            0..3,
        ),
        ("size:10M", "a size is written as `size>10M`, `size<=1k` or `size=0`", 0..8),
        ("size>", "`` is not a size such as `10M`, `20MB` or `1.5GiB`", 0..5),
        ("size>=off", "`off` is not a size such as `10M`, `20MB` or `1.5GiB`", 0..9),
        ("owner:root", OWNER, 0..10),
        ("owner:", OWNER, 0..6),
        ("owner:1:", OWNER, 0..8),
        ("owner:-1", OWNER, 0..8),
        ("owner:4294967296", OWNER, 0..16),
        ("group:", "a group is a number", 0..6),
        ("layer:top", "a layer is a number, counted from 0", 0..9),
        ("pkg:", "a package is written as NAME or NAME@VERSION", 0..4),
        ("a !", "`!` needs a term after it", 2..3),
        ("!! a", "`!` needs a term after it", 0..2),
        ("re:(", "not a regular expression: unclosed group", 0..4),
        ("re:a{1000}{1000}{1000}", "not a regular expression: it is too large", 0..22),
    ];

    #[test]
    fn errors_name_the_fault_and_its_position() {
        for (text, message, at) in ERRORS {
            assert_eq!(error(text), ((*message).to_owned(), at.clone()), "{text}");
        }
    }

    #[test]
    fn the_list_of_terms_is_complete() {
        let kinds = KINDS.iter().map(|(name, _)| *name);
        let properties = PROPERTIES.iter().map(|(name, _)| *name);
        for word in WORDS.into_iter().chain(kinds).chain(properties) {
            let names = |text: &str| {
                text.split(|character: char| !character.is_alphabetic()).any(|part| part == word)
            };
            assert!(TERMS.iter().any(|(term, meaning)| names(term) || names(meaning)), "{word}");
        }
        for (term, _) in TERMS.iter().filter(|(term, _)| !term.contains("ID") && !term.ends_with('N')) {
            let unknown = terms(&term.replace("KIND", "file")).err();
            assert_eq!(unknown, None, "{term}");
        }
    }

    #[test]
    fn quoted_keywords_are_text() {
        let text = |text: &str| match terms(text).expect(text).as_slice() {
            [Term { condition: Condition::Path(Pattern::Text(needle)), negated }] => {
                format!("{}{}", if *negated { "not " } else { "" }, needle.text())
            }
            other => panic!("{other:?}"),
        };
        for (typed, meant) in [
            ("\"some text\"", "some text"),
            ("\"not closed ", "not closed "),
            ("a\" \"b", "a b"),
            ("!\"!a\"", "not !a"),
            ("!!a", "a"),
            ("a!b", "a!b"),
            ("\"kind:file\"", "kind:file"),
            ("\"size>1\"", "size>1"),
            ("kind\":file\"", "kind:file"),
            (":", ":"),
            ("./a:b", "./a:b"),
            ("size", "size"),
            ("\"\"", ""),
        ] {
            assert_eq!(text(typed), meant, "{typed}");
        }
        assert!(matches!(
            terms("re:\"a b\"").expect("a regular expression").as_slice(),
            [Term { condition: Condition::Path(Pattern::Regex(_)), .. }]
        ));
        assert!(terms("  ").expect("nothing").is_empty());
    }

    #[test]
    fn sizes_have_units() {
        for (text, relation, bytes) in [
            ("size>10M", Relation::Above, 10_000_000),
            ("size>=1,000KiB", Relation::AtLeast, 1_024_000),
            ("size<1.5kb", Relation::Below, 1500),
            ("size<=7", Relation::AtMost, 7),
            ("size=\"1 GiB\"", Relation::Equal, 1 << 30),
        ] {
            let terms = terms(text).expect(text);
            let [Term { condition: Condition::Size(found, size), .. }] = terms.as_slice() else {
                panic!("{terms:?}")
            };
            assert_eq!((*found, *size), (relation, bytes), "{text}");
        }
    }
}
