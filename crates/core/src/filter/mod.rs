//! Filters for the paths of a tree: `size>10M !kind:symlink node_modules`.
//!
//! A filter is a list of terms between blanks; all must hold, and `!` negates one. It applies to a
//! [`Comparison`]: sizes, owners and kinds are those of its rows, and a path that no layer of the
//! range or below shows never matches.

mod error;
mod parse;
mod term;
mod text;

pub use error::FilterError;

use crate::comparison::{Comparison, State};
use crate::ownership::Ownership;
use crate::tree::{NodeSet, Tree};

use term::{Prepared, Scene, Term};

/// Conditions that a path must meet.
#[derive(Clone, Debug, Default)]
pub struct Filter {
    terms: Vec<Term>,
}

/// The paths that match a filter.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Matches {
    /// The matching paths.
    pub own: NodeSet,
    /// The matching paths and all directories above them.
    pub shown: NodeSet,
}

impl Matches {
    /// Returns the number of matching paths.
    pub fn count(&self) -> usize {
        self.own.len()
    }
}

impl Filter {
    /// Parses a filter. A text of blanks is a filter that every path matches.
    pub fn parse(text: &str) -> Result<Self, FilterError> {
        Ok(Self { terms: parse::terms(text)? })
    }

    /// Whether every path matches the filter.
    pub fn is_empty(&self) -> bool {
        self.terms.is_empty()
    }

    /// Whether the filter selects invisible paths: `is:ghost` or `is:wasted`.
    pub fn asks_for_ghosts(&self) -> bool {
        self.terms.iter().any(Term::asks_for_ghosts)
    }

    /// Whether the filter asks for the owners of files: `pkg:` or `is:unowned`.
    pub fn asks_for_owners(&self) -> bool {
        self.terms.iter().any(Term::asks_for_owners)
    }

    /// Returns the matching paths of a tree in a comparison.
    pub fn matches(&self, tree: &Tree, comparison: &Comparison, ownership: &Ownership) -> Matches {
        let scene = Scene { tree, comparison, ownership };
        let terms: Vec<(&Term, Prepared)> =
            self.terms.iter().map(|term| (term, term.prepare(tree, ownership))).collect();
        let mut own = NodeSet::with_capacity(tree.node_count());
        for node in tree.nodes().filter(|&node| comparison.state(node) != State::Absent) {
            if terms.iter().all(|(term, prepared)| term.holds(&scene, node, prepared)) {
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

/// The terms of the language and their meanings, for help and documentation.
pub const TERMS: [(&str, &str); 12] = [
    ("text", "the path contains the text; a capital letter makes it case-sensitive"),
    ("\"some text\"", "text with blanks or colons"),
    ("re:REGEX", "the path, with its leading slash, matches a regular expression"),
    ("size>10M", "the file is larger; also >= < <= ="),
    ("kind:KIND", "file, dir, symlink, hardlink, device, fifo or exec"),
    ("is:ghost", "also wasted, live, added, removed, modified, unmodified, setuid, empty, unowned"),
    ("owner:UID[:GID]", "the user, and optionally the group"),
    ("group:GID", "the group"),
    ("layer:N", "layer N ships an entry of this path"),
    ("pkg:NAME", "package NAME owns the file; also NAME@VERSION, or a package URL"),
    ("!TERM", "the term does not match"),
    ("TERM TERM", "both match"),
];
