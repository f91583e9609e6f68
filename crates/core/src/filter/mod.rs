//! Filters over the paths of a tree, as they are typed: `size>10M !kind:symlink node_modules`.
//!
//! Terms are separated by blanks and must all hold; `!` turns one around. A filter is asked about what a [`Comparison`]
//! shows: sizes, owners and kinds are those of the row, and paths that no layer up to the range's last one shows never match.

mod error;
mod parse;
mod term;
mod text;

pub use error::FilterError;

use crate::comparison::{Comparison, State};
use crate::tree::{NodeSet, Tree};

use term::Term;

/// Conditions that a path must meet.
#[derive(Clone, Debug, Default)]
pub struct Filter {
    terms: Vec<Term>,
}

/// The paths that a filter lets through.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Matches {
    /// The paths that match.
    pub own: NodeSet,
    /// These and all directories above them: what must be shown so that they can be seen.
    pub shown: NodeSet,
}

impl Matches {
    /// How many paths match.
    pub fn count(&self) -> usize {
        self.own.len()
    }
}

impl Filter {
    /// Reads a filter. Nothing but blanks is a filter that lets everything through.
    pub fn parse(text: &str) -> Result<Self, FilterError> {
        Ok(Self { terms: parse::terms(text)? })
    }

    /// Whether the filter lets everything through.
    pub fn is_empty(&self) -> bool {
        self.terms.is_empty()
    }

    /// The paths of a tree that match, as a comparison shows them.
    pub fn matches(&self, tree: &Tree, comparison: &Comparison) -> Matches {
        let texts: Vec<Option<NodeSet>> = self.terms.iter().map(|term| term.text_matches(tree)).collect();
        let terms: Vec<(&Term, Option<&NodeSet>)> =
            self.terms.iter().zip(texts.iter().map(Option::as_ref)).collect();
        let mut own = NodeSet::with_capacity(tree.node_count());
        for node in tree.nodes().filter(|&node| comparison.state(node) != State::Absent) {
            if terms.iter().all(|(term, texts)| term.holds(tree, comparison, node, *texts)) {
                own.insert(node);
            }
        }
        let shown = with_ancestors(tree, &own);
        Matches { own, shown }
    }
}

fn with_ancestors(tree: &Tree, own: &NodeSet) -> NodeSet {
    let mut shown = own.clone();
    // Parents have smaller numbers than their children.
    for node in tree.nodes().rev() {
        if shown.contains(node) {
            shown.insert(tree.parent(node));
        }
    }
    shown
}

/// The terms of the language, each with what it means: for help screens and documentation.
pub const TERMS: [(&str, &str); 11] = [
    ("text", "the path contains the text; capitals matter if there are any in it"),
    ("\"some text\"", "the same for text with blanks or colons"),
    ("re:REGEX", "the path, with its leading slash, matches a regular expression"),
    ("size>10M", "the file's content is larger than that; also >= < <= ="),
    ("kind:KIND", "file, dir, symlink, hardlink, device, fifo or exec"),
    ("is:ghost", "also wasted, live, added, removed, modified, unmodified, setuid, empty"),
    ("owner:UID[:GID]", "the owner, and the group"),
    ("group:GID", "the group"),
    ("layer:N", "layer N shipped something at this path"),
    ("!TERM", "the term does not hold"),
    ("TERM TERM", "both hold"),
];
