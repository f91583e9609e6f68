//! Fuzzy search over all paths of all layers.
//!
//! Paths are made up on the way in one buffer: a million of them would be more memory than the tree. A query that goes on
//! from the one before looks only at what that one found.

use std::cmp::Reverse;
use std::collections::BinaryHeap;
use std::ops::ControlFlow;
use std::sync::Arc;

use dockopt_core::tree::{NodeId, NodeSet};
use nucleo_matcher::pattern::{CaseMatching, Normalization, Pattern};
use nucleo_matcher::{Config, Matcher, Utf32Str};

use super::subject::{Subject, same};
use super::worker::Latest;

/// How many of the best paths are kept.
const KEPT: usize = 500;
/// After how many paths to look whether the answer is still wanted.
const STRIDE: usize = 4096;

/// Paths to look for.
#[derive(Clone)]
pub(crate) struct FindRequest {
    /// Grows with every request.
    pub(crate) number: u64,
    pub(crate) subject: Arc<Subject>,
    pub(crate) query: String,
}

/// What was found.
#[derive(Debug, Default)]
pub(crate) struct FoundPaths {
    /// The request it answers.
    pub(crate) number: u64,
    /// The best paths, the best one first.
    pub(crate) best: Vec<NodeId>,
    /// How many paths match.
    pub(crate) total: usize,
}

/// Answers searches.
pub(crate) struct Finder {
    matcher: Matcher,
    /// What the search before found.
    before: Option<Before>,
}

struct Before {
    subject: Arc<Subject>,
    query: String,
    hits: NodeSet,
}

impl Default for Finder {
    fn default() -> Self {
        Self { matcher: Matcher::new(Config::DEFAULT.match_paths()), before: None }
    }
}

impl Finder {
    /// The answer, unless nobody wants it any more.
    pub(crate) fn answer(&mut self, request: &FindRequest, latest: &Latest<'_>) -> Option<FoundPaths> {
        let query = request.query.trim();
        if query.is_empty() {
            return Some(FoundPaths { number: request.number, ..FoundPaths::default() });
        }
        let tree = &request.subject.tree;
        let within = self.narrows(request).then(|| self.before.take()).flatten();
        let pattern = Pattern::parse(query, CaseMatching::Smart, Normalization::Smart);
        let mut search = BestPaths {
            hits: NodeSet::with_capacity(tree.node_count()),
            best: BinaryHeap::new(),
            total: 0,
            seen: 0,
        };
        let (mut shown, mut characters) = (String::new(), Vec::new());
        let walked = tree.walk_paths(|node, path| {
            search.seen += 1;
            if search.seen.is_multiple_of(STRIDE) && !latest.is_current() {
                return ControlFlow::Break(());
            }
            if within.as_ref().is_none_or(|before| before.hits.contains(node)) {
                // As paths are shown, with the slash in front.
                shown.clear();
                shown.push('/');
                shown.push_str(&String::from_utf8_lossy(path));
                let text = Utf32Str::new(&shown, &mut characters);
                if let Some(score) = pattern.score(text, &mut self.matcher) {
                    search.add(node, score, path.len());
                }
            }
            ControlFlow::Continue(())
        });
        if walked.is_break() {
            return None;
        }
        let found = FoundPaths { number: request.number, total: search.total, best: search.best_first() };
        self.before = Some(Before {
            subject: Arc::clone(&request.subject),
            query: query.to_owned(),
            hits: search.hits,
        });
        Some(found)
    }

    /// Whether everything the request can find was found by the one before.
    fn narrows(&self, request: &FindRequest) -> bool {
        // A word that begins or ends with a sign has a meaning of its own, which more letters can widen.
        let plain = |query: &str| {
            query.chars().all(|character| character.is_alphanumeric() || "/._- ".contains(character))
        };
        self.before.as_ref().is_some_and(|before| {
            same(&before.subject, &request.subject)
                && request.query.trim().starts_with(&before.query)
                && plain(&request.query)
                && plain(&before.query)
        })
    }
}

/// A score, the length of the path, and where it is: the better hit is the larger one.
type Hit = (u32, Reverse<usize>, Reverse<NodeId>);

/// A search under way. Of equal scores the shorter path is the better one, then the one that comes first.
struct BestPaths {
    hits: NodeSet,
    best: BinaryHeap<Reverse<Hit>>,
    total: usize,
    seen: usize,
}

impl BestPaths {
    fn add(&mut self, node: NodeId, score: u32, length: usize) {
        self.hits.insert(node);
        self.total += 1;
        self.best.push(Reverse((score, Reverse(length), Reverse(node))));
        if self.best.len() > KEPT {
            self.best.pop();
        }
    }

    fn best_first(&mut self) -> Vec<NodeId> {
        let mut best: Vec<_> = std::mem::take(&mut self.best).into_iter().map(|Reverse(hit)| hit).collect();
        best.sort_unstable_by(|one, other| other.cmp(one));
        best.into_iter().map(|(_, _, Reverse(node))| node).collect()
    }
}
