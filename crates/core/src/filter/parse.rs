//! From the text of a filter to its terms.
//!
//! A filter is read while it is typed: a quote that is still open reaches to the end of the text, everything else that is
//! unfinished is an error that says what may follow.

use std::ops::Range;

use crate::comparison::States;
use crate::policy::{Limit, Unit};

use super::FilterError;
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

const PROPERTIES: [(&str, Condition); 9] = [
    ("wasted", Condition::Is(Property::Wasted)),
    ("ghost", Condition::State(States::GHOST)),
    ("added", Condition::State(States::ADDED)),
    ("removed", Condition::State(States::REMOVED)),
    ("modified", Condition::State(States::MODIFIED)),
    ("unmodified", Condition::State(States::UNMODIFIED)),
    ("live", Condition::Is(Property::Live)),
    ("setuid", Condition::Is(Property::Setuid)),
    ("empty", Condition::Is(Property::Empty)),
];

const WORDS: [&str; 7] = ["re", "size", "kind", "is", "owner", "group", "layer"];

const RELATIONS: [(&str, Relation); 5] = [
    (">=", Relation::AtLeast),
    ("<=", Relation::AtMost),
    (">", Relation::Above),
    ("<", Relation::Below),
    ("=", Relation::Equal),
];

/// The terms of a filter.
pub(super) fn terms(text: &str) -> Result<Vec<Term>, FilterError> {
    words(text).into_iter().map(|word| word.term()).collect()
}

/// A part of a filter between blanks.
#[derive(Debug)]
struct Word {
    /// Without quotes and the `!` before it.
    text: String,
    /// Length of what stands before the first quote; all of `text` if nothing is quoted.
    plain: usize,
    negated: bool,
    at: Range<usize>,
}

fn words(text: &str) -> Vec<Word> {
    let mut words = Vec::new();
    let mut rest = text.char_indices().peekable();
    while let Some(&(start, first)) = rest.peek() {
        if first.is_whitespace() {
            rest.next();
            continue;
        }
        let mut word = Word { text: String::new(), plain: 0, negated: false, at: start..text.len() };
        let (mut inside, mut met_quote) = (false, false);
        while let Some(&(at, character)) = rest.peek() {
            if character.is_whitespace() && !inside {
                word.at.end = at;
                break;
            }
            rest.next();
            match character {
                '"' => {
                    inside = !inside;
                    met_quote = true;
                }
                '!' if word.text.is_empty() && !met_quote => word.negated = !word.negated,
                _ => word.text.push(character),
            }
            if !met_quote {
                word.plain = word.text.len();
            }
        }
        words.push(word);
    }
    words
}

impl Word {
    fn term(&self) -> Result<Term, FilterError> {
        if self.text.is_empty() && self.at.len() <= 1 {
            return Err(self.error("`!` must stand before a term".to_owned()));
        }
        Ok(Term { condition: self.condition()?, negated: self.negated })
    }

    fn condition(&self) -> Result<Condition, FilterError> {
        let plain = self.text.get(..self.plain).unwrap_or_default();
        let end = plain.find(|character: char| !character.is_alphanumeric()).unwrap_or(plain.len());
        let (word, _) = plain.split_at(end);
        let rest = self.text.get(end..).unwrap_or_default();
        if word == "size"
            && let Some((relation, size)) = relation(rest)
        {
            return self.size(relation, size);
        }
        match plain.get(end..).and_then(|plain| plain.strip_prefix(':')) {
            Some(_) => self.keyword(word, rest.strip_prefix(':').unwrap_or_default()),
            None => Ok(Condition::Path(Pattern::text(&self.text))),
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
            "size" => Err(self.error("a size is written as `size>10M`, `size<=1k` or `size=0`".to_owned())),
            _ => Err(self.unknown(word)),
        }
    }

    fn unknown(&self, word: &str) -> FilterError {
        let quote = format!("for a path with a colon write `\"{}\"`", self.text);
        self.error(match nearest(word, WORDS) {
            Some("size") => format!("no such term `{word}:`; did you mean `size>`?"),
            Some(near) => format!("no such term `{word}:`; did you mean `{near}:`?"),
            None => format!("no such term `{word}:`; {quote}"),
        })
    }

    fn one_of<T: Clone>(&self, word: &str, value: &str, choices: &[(&str, T)]) -> Result<T, FilterError> {
        if let Some((_, choice)) = choices.iter().find(|(name, _)| *name == value) {
            return Ok(choice.clone());
        }
        let names: Vec<&str> = choices.iter().map(|(name, _)| *name).collect();
        Err(self.error(match nearest(value, names.iter().copied()) {
            Some(near) => format!("`{word}:` knows no `{value}`; did you mean `{near}`?"),
            None => format!("`{word}:` takes one of {}", names.join(", ")),
        }))
    }

    fn size(&self, relation: Relation, size: &str) -> Result<Condition, FilterError> {
        match Limit::parse(Unit::Bytes, size) {
            Ok(Some(Limit::Bytes(size))) => Ok(Condition::Size(relation, size)),
            _ => Err(self.error(format!("`{size}` is not a size such as `10M`, `20MB` or `1.5GiB`"))),
        }
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
        value.parse().map_err(|_| self.error(otherwise.to_owned()))
    }

    fn regex(&self, value: &str) -> Result<Condition, FilterError> {
        Pattern::regex(value).map(Condition::Path).map_err(|error| {
            // The crate draws a picture of several lines; the last one says what is wrong.
            let message = error.to_string();
            let last = message.lines().last().unwrap_or_default().trim();
            self.error(format!("not a regular expression: {}", last.strip_prefix("error: ").unwrap_or(last)))
        })
    }

    fn error(&self, message: String) -> FilterError {
        FilterError { message, at: self.at.clone() }
    }
}

fn relation(text: &str) -> Option<(Relation, &str)> {
    RELATIONS.into_iter().find_map(|(sign, relation)| Some((relation, text.strip_prefix(sign)?)))
}

/// The word that is meant, if one is near enough: at most a third of its letters differ.
fn nearest<'w>(word: &str, known: impl IntoIterator<Item = &'w str>) -> Option<&'w str> {
    let distances = known.into_iter().map(|known| (distance(word, known), known));
    distances.min().filter(|(distance, known)| distance * 3 <= known.len().max(3)).map(|(_, known)| known)
}

/// How many letters must be put in, taken out or changed to make one word of the other.
fn distance(one: &str, other: &str) -> usize {
    let mut row: Vec<usize> = (0..=other.chars().count()).collect();
    for (at, letter) in one.chars().enumerate() {
        let mut diagonal = at;
        let mut left = at + 1;
        for (above, other) in row.iter_mut().skip(1).zip(other.chars()) {
            let changed = diagonal + usize::from(letter != other);
            diagonal = *above;
            left = changed.min(left + 1).min(*above + 1);
            *above = left;
        }
        if let Some(first) = row.first_mut() {
            *first = at + 1;
        }
    }
    row.last().copied().unwrap_or(0)
}
