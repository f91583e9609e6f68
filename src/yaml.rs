//! YAML files that users write, and errors that name the line.
//!
//! A file becomes [`Node`]s that know their lines; the caller interprets them. An unknown key is
//! always an error: a mistyped setting would set nothing.

use std::fmt;
use std::fs::File;
use std::io::{ErrorKind, Read};
use std::path::Path;

use serde::de::{Deserialize, Deserializer, Error, MapAccess, SeqAccess, Visitor};
use serde_saphyr::Spanned;

use crate::error::CliError;

/// Largest file: 1 MiB.
const MAX_FILE: u64 = 1024 * 1024;

/// A file and its kind.
#[derive(Clone, Copy)]
pub(crate) struct Document<'a> {
    /// The kind as errors name it: "rules file".
    pub(crate) kind: &'static str,
    pub(crate) path: &'a Path,
}

/// A value with the line it begins on, counted from 1.
#[derive(Debug)]
pub(crate) struct Node {
    pub(crate) line: u64,
    pub(crate) value: Value,
}

/// Content of a node.
#[derive(Debug)]
pub(crate) enum Value {
    /// Text, a number, `true` or `false`, as text; empty if there is no value.
    Scalar(String),
    List(Vec<Node>),
    Map(Vec<MapEntry>),
}

/// A key of a map with its line and its value.
#[derive(Debug)]
pub(crate) struct MapEntry {
    pub(crate) key: String,
    pub(crate) line: u64,
    pub(crate) node: Node,
}

/// An error on a line.
#[derive(Debug)]
pub(crate) struct Fault {
    line: u64,
    message: String,
    hint: Option<String>,
}

impl Document<'_> {
    /// Reads the file; `None` if it does not exist and the user did not name it.
    pub(crate) fn read(self, named: bool) -> Result<Option<String>, CliError> {
        let failed = |error: std::io::Error| CliError::failure(format!("cannot read {self}"), &error);
        let file = match File::open(self.path) {
            Err(error) if error.kind() == ErrorKind::NotFound && !named => return Ok(None),
            opened => opened.map_err(failed)?,
        };
        let mut text = String::new();
        let length = file.take(MAX_FILE + 1).read_to_string(&mut text).map_err(failed)?;
        if length as u64 > MAX_FILE {
            return Err(CliError::usage(format!("{self} is larger than 1 MiB")));
        }
        Ok(Some(text))
    }

    /// Parses the text as a map; an empty document is an empty map.
    pub(crate) fn parse(self, text: &str) -> Result<Vec<MapEntry>, CliError> {
        if text.trim().is_empty() {
            return Ok(Vec::new());
        }
        // Keep a plain `y` as text, not as `true`.
        let options = serde_saphyr::options! { strict_booleans: true };
        let root: Node = serde_saphyr::from_str_with_options(text, options).map_err(|error| {
            CliError::usage(format!("{self} cannot be parsed: {}", reason(&error.to_string())))
        })?;
        match root.value {
            Value::Map(entries) => Ok(entries),
            Value::Scalar(text) if text.is_empty() => Ok(Vec::new()),
            Value::Scalar(_) | Value::List(_) => Err(self.fault(Fault::new(root.line, "expected a map"))),
        }
    }

    /// Converts a fault to an error that names the file and the line.
    pub(crate) fn fault(self, fault: Fault) -> CliError {
        let error = CliError::usage(format!("{self}, line {}: {}", fault.line, fault.message));
        match fault.hint {
            Some(hint) => error.hint(hint),
            None => error,
        }
    }
}

impl fmt::Display for Document<'_> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{} `{}`", self.kind, self.path.display())
    }
}

impl Fault {
    pub(crate) fn new(line: u64, message: impl Into<String>) -> Self {
        Self { line, message: message.into(), hint: None }
    }

    /// Adds a hint.
    pub(crate) fn hint(mut self, hint: impl Into<String>) -> Self {
        self.hint = Some(hint.into());
        self
    }
}

impl MapEntry {
    /// Returns the fault of an unknown key.
    pub(crate) fn unknown<'a>(&self, known: impl IntoIterator<Item = &'a str>) -> Fault {
        unknown("key", self.line, &self.key, known)
    }

    /// Returns the fault of an invalid value.
    pub(crate) fn wrong(&self, message: impl fmt::Display) -> Fault {
        Fault::new(self.node.line, format!("`{}`: {message}", self.key))
    }

    /// Returns the value as text.
    pub(crate) fn text(&self) -> Result<&str, Fault> {
        match &self.node.value {
            Value::Scalar(text) => Ok(text),
            Value::List(_) | Value::Map(_) => Err(self.wrong("expected a single value")),
        }
    }

    /// Returns the values of a list, or a single value, with their lines.
    pub(crate) fn texts(&self) -> Result<Vec<(u64, &str)>, Fault> {
        let nodes = match &self.node.value {
            Value::List(nodes) => nodes.as_slice(),
            Value::Scalar(_) | Value::Map(_) => std::slice::from_ref(&self.node),
        };
        let text = |node| match node {
            &Node { line, value: Value::Scalar(ref text) } => Ok((line, text.as_str())),
            _ => Err(self.wrong("expected a list of single values")),
        };
        nodes.iter().map(text).collect()
    }

    /// Returns the maps of a list with their lines; no value is an empty list.
    pub(crate) fn maps(&self) -> Result<Vec<(u64, &[Self])>, Fault> {
        let nodes = match &self.node.value {
            Value::List(nodes) => nodes.as_slice(),
            Value::Scalar(text) if text.is_empty() => &[],
            Value::Scalar(_) | Value::Map(_) => return Err(self.wrong("expected a list of maps")),
        };
        let entries = |node| match node {
            &Node { line, value: Value::Map(ref entries) } => Ok((line, entries.as_slice())),
            _ => Err(self.wrong("expected a list of maps")),
        };
        nodes.iter().map(entries).collect()
    }

    /// Returns the entries of a map; no value is an empty map.
    pub(crate) fn entries(&self) -> Result<&[Self], Fault> {
        match &self.node.value {
            Value::Map(entries) => Ok(entries),
            Value::Scalar(text) if text.is_empty() => Ok(&[]),
            Value::Scalar(_) | Value::List(_) => Err(self.wrong("expected a map")),
        }
    }
}

/// Returns the fault of an unknown `key` or `value`, with the nearest known name as a hint.
pub(crate) fn unknown<'a>(
    what: &str,
    line: u64,
    name: &str,
    known: impl IntoIterator<Item = &'a str>,
) -> Fault {
    let likeness = |known: &str| strsim::jaro_winkler(&name.to_lowercase(), &known.to_lowercase());
    let nearest = known.into_iter().max_by(|one, other| likeness(one).total_cmp(&likeness(other)));
    let fault = Fault::new(line, format!("unknown {what} `{name}`"));
    match nearest {
        Some(nearest) => fault.hint(format!("did you mean `{nearest}`?")),
        None => fault,
    }
}

/// Returns the first line of the parser's message, without its advice to programmers.
fn reason(message: &str) -> &str {
    let line = message.lines().next().unwrap_or_default();
    let line = line.strip_prefix("error: ").unwrap_or(line);
    let end = [", set ", "; use ", " rejected by "].iter().filter_map(|advice| line.find(advice)).min();
    line.get(..end.unwrap_or(line.len())).unwrap_or(line)
}

impl<'de> Deserialize<'de> for Node {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let spanned = Spanned::deserialize(deserializer)?;
        Ok(Self { line: spanned.referenced.line(), value: spanned.value })
    }
}

impl<'de> Deserialize<'de> for Value {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(ValueVisitor)
    }
}

struct ValueVisitor;

impl<'de> Visitor<'de> for ValueVisitor {
    type Value = Value;

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("text, a number, a list or a map")
    }

    fn visit_str<E: Error>(self, text: &str) -> Result<Value, E> {
        Ok(Value::Scalar(text.to_owned()))
    }

    fn visit_bool<E: Error>(self, value: bool) -> Result<Value, E> {
        Ok(Value::Scalar(value.to_string()))
    }

    fn visit_u64<E: Error>(self, value: u64) -> Result<Value, E> {
        Ok(Value::Scalar(value.to_string()))
    }

    fn visit_i64<E: Error>(self, value: i64) -> Result<Value, E> {
        Ok(Value::Scalar(value.to_string()))
    }

    fn visit_f64<E: Error>(self, value: f64) -> Result<Value, E> {
        Ok(Value::Scalar(value.to_string()))
    }

    fn visit_unit<E: Error>(self) -> Result<Value, E> {
        Ok(Value::Scalar(String::new()))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut access: A) -> Result<Value, A::Error> {
        let mut nodes = Vec::new();
        while let Some(node) = access.next_element()? {
            nodes.push(node);
        }
        Ok(Value::List(nodes))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut access: A) -> Result<Value, A::Error> {
        let mut entries = Vec::new();
        while let Some((key, node)) = access.next_entry::<Spanned<String>, Node>()? {
            entries.push(MapEntry { line: key.referenced.line(), key: key.value, node });
        }
        Ok(Value::Map(entries))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(text: &str) -> Result<Vec<MapEntry>, CliError> {
        Document { kind: "test file", path: Path::new("a.yaml") }.parse(text)
    }

    #[test]
    fn values_are_text_with_their_lines() {
        let text = "# first\na: y\nb:\n  - 1\n  - off\n  - ~\n  - 0.5\nc:\n\n  d: [x,\n    yes]\n";
        let entries = parse(text).expect("a map");
        let lines: Vec<(&str, u64)> = entries.iter().map(|entry| (entry.key.as_str(), entry.line)).collect();
        assert_eq!(lines, [("a", 2), ("b", 3), ("c", 8)]);
        assert_eq!(entries[0].text().expect("text"), "y");
        assert_eq!(entries[1].texts().expect("a list"), [(4, "1"), (5, "off"), (6, ""), (7, "0.5")]);
        let inner = entries[2].entries().expect("a map");
        assert_eq!((inner[0].line, inner[0].texts().expect("a list")), (10, vec![(10, "x"), (11, "yes")]));
    }

    #[test]
    fn empty_document_is_an_empty_map() {
        for text in ["", " \n", "# nothing\n", "~", "{}", "---\n"] {
            assert!(parse(text).expect("a map").is_empty(), "{text:?}");
        }
    }

    #[test]
    fn document_without_a_map_fails_with_its_line() {
        for (text, line) in
            [("- a\n", "line 1"), ("\n\nword\n", "line 3"), ("a: 1\na: 2\n", "line 2"), ("a: [", "line 1")]
        {
            let error = format!("{:?}", parse(text).expect_err(text));
            assert!(error.contains("test file `a.yaml`") && error.contains(line), "{text:?}: {error}");
        }
    }

    #[test]
    fn hostile_documents_fail() {
        let deep = format!("a: {}{}", "[".repeat(100_000), "]".repeat(100_000));
        let tenfold = |level: usize| {
            format!("a{}: &a{} [{}]\n", level + 1, level + 1, vec![format!("*a{level}"); 10].join(", "))
        };
        let many: String = ["a0: &a0 x\n".to_owned()].into_iter().chain((0..12).map(tenfold)).collect();
        for text in [deep, many] {
            assert!(parse(&text).is_err());
        }
    }

    #[test]
    fn parser_advice_is_omitted() {
        let message = "error: line 3 column 3: duplicate mapping key: a, set DuplicateKeyPolicy in Options\n --> <input>";
        assert_eq!(reason(message), "line 3 column 3: duplicate mapping key: a");
    }
}
