//! Fuzzy search over all paths of all layers.
//!
//! Paths are built during the walk, in one buffer: a million of them would take more memory than
//! the tree. A query that extends the previous one only searches the previous matches.

use std::cmp::Reverse;
use std::collections::BinaryHeap;
use std::ops::ControlFlow;
use std::sync::Arc;

use dockopt_core::tree::{NodeId, NodeSet};
use nucleo_matcher::pattern::{CaseMatching, Normalization, Pattern};
use nucleo_matcher::{Config, Matcher, Utf32Str};

use super::subject::{Subject, same};
use super::worker::Latest;

/// Number of best paths that are kept.
const KEPT: usize = 500;
/// Paths between two checks whether the request was superseded.
const STRIDE: usize = 4096;

/// A search request.
#[derive(Clone)]
pub(crate) struct FindRequest {
    /// Grows with every request.
    pub(crate) number: u64,
    pub(crate) subject: Arc<Subject>,
    pub(crate) query: String,
}

/// The result of a search.
#[derive(Debug, Default)]
pub(crate) struct FoundPaths {
    /// The request that it answers.
    pub(crate) number: u64,
    /// The best paths, the best one first.
    pub(crate) best: Vec<NodeId>,
    /// Number of matching paths.
    pub(crate) total: usize,
}

/// Worker that answers searches.
pub(crate) struct Finder {
    matcher: Matcher,
    /// The previous search.
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
    /// Returns the answer, or `None` if the request was superseded.
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
                // As displayed, with a leading slash.
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

    /// Returns whether the previous search found every path that this request can match.
    fn narrows(&self, request: &FindRequest) -> bool {
        // Signs at the start or end of a word are operators, and further letters can widen their
        // matches.
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

/// Score, length of the path, and node; the better hit is the larger one.
type Hit = (u32, Reverse<usize>, Reverse<NodeId>);

/// A search in progress. Of equal scores the shorter path is better, then the one that comes first.
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
