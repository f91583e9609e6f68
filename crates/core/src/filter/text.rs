//! Searches the text of a million paths without writing one of them down.
//!
//! A path contains a text if its directory's does, or if the text ends in its last component: only that, and as much of
//! the path before it as the text is long, is searched. Regular expressions want the whole path; it is built in one
//! buffer, which siblings share.

use regex::bytes::Regex;

use crate::tree::{NodeId, NodeSet, Tree};

/// A text to look for, without regard to case if it has no capitals.
#[derive(Clone, Debug)]
pub(super) struct Needle {
    bytes: Vec<u8>,
    folds: bool,
}

impl Needle {
    pub(super) fn new(text: &str) -> Self {
        let folds = !text.chars().any(char::is_uppercase);
        let mut bytes = Vec::with_capacity(text.len());
        push(&mut bytes, text.as_bytes(), folds);
        Self { bytes, folds }
    }

    fn is_in(&self, text: &[u8]) -> bool {
        let Some((&first, rest)) = self.bytes.split_first() else { return true };
        let mut text = text;
        while let Some(at) = text.iter().position(|&byte| byte == first) {
            text = text.get(at + 1..).unwrap_or_default();
            if text.starts_with(rest) {
                return true;
            }
        }
        false
    }
}

/// Appends a name, in small letters if case does not matter.
fn push(buffer: &mut Vec<u8>, name: &[u8], folds: bool) {
    if !folds {
        buffer.extend_from_slice(name);
    } else if name.is_ascii() {
        buffer.extend(name.iter().map(u8::to_ascii_lowercase));
    } else {
        for chunk in name.utf8_chunks() {
            for character in chunk.valid().chars().flat_map(char::to_lowercase) {
                buffer.extend_from_slice(character.encode_utf8(&mut [0; 4]).as_bytes());
            }
            buffer.extend_from_slice(chunk.invalid());
        }
    }
}

/// All nodes whose path, with its leading slash, contains the text.
pub(super) fn containing(tree: &Tree, needle: &Needle) -> NodeSet {
    let mut found = NodeSet::with_capacity(tree.node_count());
    let spans = needle.bytes.contains(&b'/');
    let mut buffer = Vec::new();
    for node in tree.nodes() {
        let is_below = node != NodeId::ROOT && found.contains(tree.parent(node));
        if is_below || needle.is_in(ending(tree, node, needle, spans, &mut buffer)) {
            found.insert(node);
        }
    }
    found
}

/// The last component of a path, and before it what the text may begin in.
fn ending<'b>(tree: &Tree, node: NodeId, needle: &Needle, spans: bool, buffer: &'b mut Vec<u8>) -> &'b [u8] {
    buffer.clear();
    if spans {
        let mut above = Vec::new();
        let mut length = 1;
        let mut directory = tree.parent(node);
        while directory != NodeId::ROOT && length < needle.bytes.len() {
            above.push(directory);
            length += tree.name(directory).len() + 1;
            directory = tree.parent(directory);
        }
        for directory in above.into_iter().rev() {
            buffer.push(b'/');
            push(buffer, tree.name(directory), needle.folds);
        }
        buffer.push(b'/');
    }
    push(buffer, tree.name(node), needle.folds);
    buffer
}

/// All nodes whose path, with its leading slash, matches the regular expression.
pub(super) fn matching(tree: &Tree, regex: &Regex) -> NodeSet {
    let mut found = NodeSet::with_capacity(tree.node_count());
    let mut path = PathBuffer::default();
    for node in tree.nodes() {
        if regex.is_match(path.of(tree, node)) {
            found.insert(node);
        }
    }
    found
}

/// The path of one node after the other, with its leading slash.
#[derive(Default)]
struct PathBuffer {
    bytes: Vec<u8>,
    node: NodeId,
    /// The directory of the node, and the length of its path.
    directory: NodeId,
    directory_length: usize,
}

impl PathBuffer {
    fn of(&mut self, tree: &Tree, node: NodeId) -> &[u8] {
        if node == NodeId::ROOT {
            return b"/";
        }
        let directory = tree.parent(node);
        if directory == self.node {
            self.directory_length = self.bytes.len();
        } else if directory == self.directory {
            self.bytes.truncate(self.directory_length);
        } else {
            self.bytes.clear();
            if directory != NodeId::ROOT {
                self.bytes.push(b'/');
                self.bytes.extend_from_slice(tree.path(directory).as_bytes());
            }
            self.directory_length = self.bytes.len();
        }
        self.directory = directory;
        self.node = node;
        self.bytes.push(b'/');
        self.bytes.extend_from_slice(tree.name(node));
        &self.bytes
    }
}
