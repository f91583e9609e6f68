//! The states and sums of all paths of a tree.

use super::glance::Glance;
use super::mark::Mark;
use super::range::LayerRange;
use super::state::{Change, State, States};
use super::totals::Totals;
use crate::tree::{EntryId, NodeId, Seen, Tree};

/// What a range of layers did to every path of a tree.
///
/// All methods that take a tree need the one that was compared.
#[derive(Clone, Debug)]
pub struct Comparison {
    range: LayerRange,
    marks: Vec<Mark>,
    /// Sums of the nodes with children, by their number among those.
    totals: Vec<Totals>,
}

impl Comparison {
    /// Compares all paths as if each had content of its own.
    pub(super) fn judged(tree: &Tree, range: LayerRange) -> Self {
        let mut comparison = Self {
            range,
            marks: vec![Mark::default(); tree.node_count()],
            totals: vec![Totals::default(); tree.timeline().branch_count()],
        };
        for node in tree.nodes().rev() {
            let events = tree.timeline().events(node);
            if !events.is_empty() || node == NodeId::ROOT {
                comparison.judge(tree, node, Glance::at(node, events, range));
            }
        }
        comparison
    }

    /// The sums of a node with children.
    pub(super) fn sums_mut(&mut self, tree: &Tree, node: NodeId) -> Option<&mut Totals> {
        tree.timeline().branch(node).and_then(|branch| self.totals.get_mut(branch))
    }

    /// Decides the state of a node after those of its children, and adds its sums to its parent.
    fn judge(&mut self, tree: &Tree, node: NodeId, glance: Glance) {
        let Some(mark) = self.marks.get_mut(node.index()) else { return };
        mark.judge(tree, glance);
        let (own, below) = (mark.own(), mark.below());
        let mut totals = Totals::own(tree, mark.state(), glance);
        if let Some(sums) = self.sums_mut(tree, node) {
            sums.add(totals);
            totals = *sums;
        }
        if node == NodeId::ROOT {
            return;
        }
        let parent = tree.parent(node);
        if let Some(mark) = self.marks.get_mut(parent.index()) {
            mark.add_below(own.union(below));
        }
        if let Some(sums) = self.sums_mut(tree, parent) {
            sums.add(totals);
        }
    }

    /// Returns the compared layers.
    pub fn range(&self) -> LayerRange {
        self.range
    }

    /// Returns what the range did to a path.
    pub fn state(&self, node: NodeId) -> State {
        self.mark(node).state()
    }

    /// Returns the states of everything strictly below a path.
    ///
    /// A directory that is modified only because of its contents does not count: the contents do.
    pub fn contains(&self, node: NodeId) -> States {
        self.mark(node).below()
    }

    /// Returns the states of a path and everything below it, counted as in
    /// [`Comparison::contains`]. If none of the wanted states is among them, the path can be
    /// skipped.
    pub fn holds(&self, node: NodeId) -> States {
        let mark = self.mark(node);
        mark.own().union(mark.below())
    }

    /// Returns the entry to show for a path: the one after the range, the one before it if the
    /// range removed the path, the last one for a ghost. `None` for a directory that no layer
    /// lists.
    pub fn entry(&self, tree: &Tree, node: NodeId) -> Option<EntryId> {
        self.shown(tree, node).entry()
    }

    /// Whether a path shows a directory, one that no layer lists included.
    pub fn is_directory(&self, tree: &Tree, node: NodeId) -> bool {
        tree.is_directory_seen(self.shown(tree, node))
    }

    /// Returns the sums over a path and everything below it.
    pub fn totals(&self, tree: &Tree, node: NodeId) -> Totals {
        match tree.timeline().branch(node).and_then(|branch| self.totals.get(branch)) {
            Some(totals) => *totals,
            None => Totals::own(tree, self.state(node), self.glance(tree, node)),
        }
    }

    pub(crate) fn shown(&self, tree: &Tree, node: NodeId) -> Seen {
        let glance = self.glance(tree, node);
        match self.state(node) {
            State::Absent => Seen::Nothing,
            State::Ghost => glance.last,
            State::Shown(Change::Removed) => glance.before,
            State::Shown(_) => glance.after,
        }
    }

    pub(super) fn glance(&self, tree: &Tree, node: NodeId) -> Glance {
        Glance::at(node, tree.timeline().events(node), self.range)
    }

    fn mark(&self, node: NodeId) -> Mark {
        self.marks.get(node.index()).copied().unwrap_or_default()
    }
}
