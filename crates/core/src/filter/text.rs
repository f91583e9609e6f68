//! Searches the text of a million paths.
//!
//! A path contains a text if its directory's path does, or if the text ends in its last component.
//! So only components are searched, and no path is written out. Regular expressions need whole
//! paths.

use std::ops::ControlFlow;

use regex::bytes::{Regex, RegexBuilder};

use crate::tree::{NodeId, NodeSet, Tree};

/// Limit for the size of a compiled regular expression in bytes.
const REGEX_LIMIT: usize = 4 * 1024 * 1024;

/// A text or a regular expression for paths with their leading slash.
#[derive(Clone, Debug)]
pub(super) enum Pattern {
    Text(Needle),
    Regex(Regex),
}

/// A text to find; without capitals it matches ASCII letters of either case.
#[derive(Clone, Debug)]
pub(super) struct Needle {
    bytes: Vec<u8>,
    any_case: bool,
}

impl Pattern {
    pub(super) fn text(text: &str) -> Self {
        let any_case = !text.bytes().any(|byte| byte.is_ascii_uppercase());
        Self::Text(Needle { bytes: text.into(), any_case })
    }

    pub(super) fn regex(text: &str) -> Result<Self, regex::Error> {
        let mut builder = RegexBuilder::new(text);
        builder.size_limit(REGEX_LIMIT).dfa_size_limit(REGEX_LIMIT).build().map(Self::Regex)
    }

    /// Returns the nodes whose path matches.
    pub(super) fn matches(&self, tree: &Tree) -> NodeSet {
        match self {
            Self::Text(needle) => needle.found_in(tree),
            Self::Regex(regex) => matching(tree, regex),
        }
    }
}

impl Needle {
    #[cfg(test)]
    pub(super) fn text(&self) -> &str {
        std::str::from_utf8(&self.bytes).expect("text")
    }

    fn found_in(&self, tree: &Tree) -> NodeSet {
        let Some(slash) = self.bytes.iter().rposition(|&byte| byte == b'/') else {
            return inherited(tree, |node| self.is_in(tree.name(node)));
        };
        // If the text ends in the last component, its last slash is the one before that component.
        let (above, slash_and_start) = self.bytes.split_at_checked(slash).unwrap_or_default();
        let start = slash_and_start.get(1..).unwrap_or_default();
        let mut last = (NodeId::ROOT, above.is_empty());
        inherited(tree, |node| {
            let begins = tree.name(node).get(..start.len()).is_some_and(|name| self.equals(name, start));
            begins && {
                let directory = tree.parent(node);
                if directory != last.0 {
                    last = (directory, self.ends(&rooted(tree, directory), above));
                }
                last.1
            }
        })
    }

    fn is_in(&self, name: &[u8]) -> bool {
        let Some((first, rest)) = self.bytes.split_first() else { return true };
        let follows = |at: usize| name.get(at + 1..at + 1 + rest.len());
        let mut places = name.iter().enumerate();
        if self.any_case {
            places.any(|(at, byte)| {
                byte.to_ascii_lowercase() == *first
                    && follows(at).is_some_and(|text| text.eq_ignore_ascii_case(rest))
            })
        } else {
            places.any(|(at, byte)| byte == first && follows(at) == Some(rest))
        }
    }

    fn ends(&self, path: &[u8], end: &[u8]) -> bool {
        path.len()
            .checked_sub(end.len())
            .and_then(|at| path.get(at..))
            .is_some_and(|path| self.equals(path, end))
    }

    fn equals(&self, one: &[u8], other: &[u8]) -> bool {
        if self.any_case { one.eq_ignore_ascii_case(other) } else { one == other }
    }
}

/// Returns the nodes whose path matches.
fn matching(tree: &Tree, regex: &Regex) -> NodeSet {
    let mut found = NodeSet::with_capacity(tree.node_count());
    if regex.is_match(b"/") {
        found.insert(NodeId::ROOT);
    }
    let _all = tree.walk_rooted_paths(|node, path| {
        if regex.is_match(path) {
            found.insert(node);
        }
        ControlFlow::Continue(())
    });
    found
}

/// Returns the matching nodes and everything below them.
fn inherited(tree: &Tree, mut matches: impl FnMut(NodeId) -> bool) -> NodeSet {
    let mut found = NodeSet::with_capacity(tree.node_count());
    for node in tree.nodes() {
        let is_below = node != NodeId::ROOT && found.contains(tree.parent(node));
        if is_below || matches(node) {
            found.insert(node);
        }
    }
    found
}

/// Returns a directory's path with its leading slash; an empty path for the root.
fn rooted(tree: &Tree, directory: NodeId) -> Vec<u8> {
    if directory == NodeId::ROOT {
        return Vec::new();
    }
    [b"/", tree.path(directory).as_bytes()].concat()
}
