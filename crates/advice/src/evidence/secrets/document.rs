//! A text with what its name tells about it.

use std::borrow::Cow;

use regex::Captures;

use super::super::path::clean;
use super::place::has_directory;
use super::text::{CANDIDATES, Pattern, Words};

/// Bytes at the start that tell text from other content.
const START: usize = 2048;

/// How a text is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Style {
    /// For people: only what is certain by itself counts.
    Prose,
    /// Names and values.
    Settings,
    /// A program: only literals count.
    Code,
    /// A command.
    Command,
    /// Commands that someone has typed.
    History,
}

/// A text.
pub(super) struct TextFile<'t> {
    pub(super) text: Cow<'t, str>,
    pub(super) style: Style,
    /// The path without a leading `/`.
    pub(super) path: Cow<'t, str>,
    /// The name of the file.
    pub(super) name: String,
    /// Whether it is below a directory of tests or examples.
    pub(super) is_example: bool,
    /// The words that it has.
    pub(super) words: Words,
}

/// Names of histories of shells and of clients of databases.
const HISTORIES: [&str; 12] = [
    ".bash_history",
    ".zsh_history",
    ".ash_history",
    ".sh_history",
    ".history",
    ".mysql_history",
    ".psql_history",
    ".rediscli_history",
    ".python_history",
    ".node_repl_history",
    "fish_history",
    ".zhistory",
];

/// Ends of names of copies that editors and people leave.
const COPIES: [&str; 6] = ["~", ".bak", ".old", ".orig", ".save", ".backup"];

/// Directories of tests and examples.
const EXAMPLES: [&str; 17] = [
    "test",
    "tests",
    "testdata",
    "testing",
    "__tests__",
    "spec",
    "specs",
    "fixtures",
    "example",
    "examples",
    "sample",
    "samples",
    "mocks",
    "__mocks__",
    "testcerts",
    "test-fixtures",
    "docs",
];

/// Parts of names of files with placeholders.
const TEMPLATES: [&str; 7] = [".example", ".sample", ".template", ".dist", ".tmpl", ".tpl", ".schema"];

/// Ends of names of texts for people.
const PROSE: [&str; 16] = [
    ".md",
    ".rst",
    ".adoc",
    ".html",
    ".htm",
    ".tex",
    ".po",
    ".pot",
    ".css",
    ".scss",
    ".d.ts",
    ".csv",
    ".markdown",
    ".graphql",
    ".gql",
    ".proto",
];

/// Names of texts for people.
const PROSE_NAMES: [&str; 9] =
    ["readme", "changelog", "license", "licence", "copying", "notice", "security", "openapi", "swagger"];

/// Ends of names of settings.
const SETTINGS: [&str; 31] = [
    ".env",
    ".properties",
    ".yml",
    ".yaml",
    ".ini",
    ".conf",
    ".cfg",
    ".cnf",
    ".toml",
    ".json",
    ".xml",
    ".config",
    ".tfvars",
    ".tfstate",
    ".s3cfg",
    ".npmrc",
    ".yarnrc",
    ".pypirc",
    ".boto",
    ".netrc",
    ".terraformrc",
    ".envrc",
    ".gemrc",
    ".dockercfg",
    ".plist",
    ".list",
    ".service",
    ".desktop",
    ".ovpn",
    ".rc",
    ".environment",
];

/// Ends of names of programs.
const CODE: [&str; 34] = [
    ".py", ".js", ".mjs", ".cjs", ".ts", ".tsx", ".jsx", ".rb", ".go", ".php", ".java", ".kt", ".rs", ".c",
    ".cc", ".cpp", ".h", ".cs", ".sh", ".bash", ".pl", ".scala", ".swift", ".lua", ".ps1", ".sql", ".vue",
    ".svelte", ".txt", ".pm", ".t", ".el", ".m4", ".log",
];

impl<'t> TextFile<'t> {
    /// Reads a file; `None` if it is no text.
    pub(super) fn new(path: &'t [u8], content: &'t [u8]) -> Option<Self> {
        let start = content.get(..START.min(content.len())).unwrap_or_default();
        if start.contains(&0) {
            return None;
        }
        let path = clean(path);
        let name = path.rsplit(|byte| *byte == b'/').next().unwrap_or_default();
        let name = String::from_utf8_lossy(name).to_lowercase();
        let name = COPIES.iter().find_map(|end| name.strip_suffix(end)).unwrap_or(&name).to_owned();
        let is_example = has_directory(path, &EXAMPLES);
        let style = style(&name, start);
        let mut text = String::from_utf8_lossy(content);
        if name == ".mysql_history" {
            text = text.replace("\\040", " ").into();
        }
        Some(Self {
            words: Words::of(&text),
            text,
            style,
            path: String::from_utf8_lossy(path),
            name,
            is_example: is_example && style != Style::History,
        })
    }

    /// Reads a file that is no text: an archive, a database, a memory of an editor.
    pub(super) fn of_data(path: &'t [u8], content: &'t [u8]) -> Self {
        let path = clean(path);
        let is_example = has_directory(path, &EXAMPLES);
        let (text, path) = (String::from_utf8_lossy(content), String::from_utf8_lossy(path));
        let words = Words::of(&text);
        Self { text, style: Style::Code, path, name: String::new(), is_example, words }
    }

    /// Takes a command.
    pub(super) fn of_command(text: &'t str) -> Self {
        let (style, name) = (Style::Command, String::new());
        Self { text: text.into(), style, path: "".into(), name, is_example: false, words: Words::of(text) }
    }

    /// Whether it has commands of a shell.
    pub(super) fn has_commands(&self) -> bool {
        let first = self.text.lines().next().unwrap_or_default();
        let is_script = first.starts_with("#!") && first.contains("sh");
        let ends = [".sh", ".bash", ".sql", ".service", "-ci.yml"].iter().any(|end| self.name.ends_with(end));
        let starts = ["dockerfile", "makefile", "jenkinsfile", "crontab"]
            .iter()
            .any(|start| self.name.starts_with(start));
        is_script || ends || starts || self.path.contains("/cron.")
    }

    /// Searches the text with a pattern, which has no match without one of some words: then it is not
    /// even compiled.
    pub(super) fn captures<'s>(
        &'s self,
        words: &[&str],
        pattern: &'static Pattern,
    ) -> impl Iterator<Item = Captures<'s>> + use<'s, 't> {
        let hits = self.words.has(words).then(|| pattern.captures_iter(&self.text).take(CANDIDATES));
        hits.into_iter().flatten()
    }

    /// Returns the number of the line of a place in the text, from 1.
    pub(super) fn line(&self, at: usize) -> usize {
        let before = self.text.as_bytes().get(..at).unwrap_or_default();
        before.split(|byte| *byte == b'\n').count()
    }
}

/// Returns the style of a text, by the name of its file in lower case and its start.
fn style(name: &str, start: &[u8]) -> Style {
    let ends = |ends: &[&str]| ends.iter().any(|end| name.ends_with(end));
    let stem = name.split('.').next().unwrap_or_default();
    match () {
        () if HISTORIES.contains(&name) => Style::History,
        () if TEMPLATES.iter().any(|part| name.contains(part)) => Style::Prose,
        () if ends(&PROSE) || PROSE_NAMES.contains(&stem) => Style::Prose,
        () if name.starts_with(".env") || ends(&SETTINGS) => Style::Settings,
        () if ends(&CODE) || start.starts_with(b"#!") || name == "makefile" || stem == "dockerfile" => {
            Style::Code
        }
        () => Style::Settings,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_tell_the_style() {
        for (name, expected) in [
            (".env", Style::Settings),
            (".env.production", Style::Settings),
            (".env.example", Style::Prose),
            ("settings.py", Style::Code),
            ("application.yml", Style::Settings),
            ("readme.md", Style::Prose),
            ("license", Style::Prose),
            (".bash_history", Style::History),
            ("credentials", Style::Settings),
            ("types.d.ts", Style::Prose),
        ] {
            assert_eq!(style(name, b"x"), expected, "{name}");
        }
        assert_eq!(style("entrypoint", b"#!/bin/sh"), Style::Code);
        assert!(TextFile::new(b"a", b"\0").is_none());
    }
}
