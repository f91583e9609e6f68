//! What a range of layers did to every path: the layers `first..=last`, seen over everything below `first`.
//!
//! One pass over the nodes, children before their parents, finds for each path what it showed before and after the
//! range, and adds up the directories. A path is one byte; sums are kept for directories alone, a file's are its own.

mod shared;

use crate::model::entry::MetadataFields;
use crate::timeline::{Deed, Event};
use crate::tree::{EntryId, NodeId, Record, Seen, Tree};

/// Layers seen over everything below them, counted from the lowest.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct LayerRange {
    /// The lowest layer of the range.
    pub first: usize,
    /// The highest one; layers above it count for nothing.
    pub last: usize,
}

impl LayerRange {
    /// One layer.
    pub fn only(layer: usize) -> Self {
        Self { first: layer, last: layer }
    }

    /// Everything up to a layer: from the first one above the base, or from the lowest if the layer belongs to the base.
    pub fn up_to(layer: usize, base_layers: usize) -> Self {
        Self { first: if layer >= base_layers { base_layers } else { 0 }, last: layer }
    }

    /// Two layers and all between them, in whatever order they are given.
    pub fn spanning(one: usize, other: usize) -> Self {
        Self { first: one.min(other), last: one.max(other) }
    }

    /// The final filesystem: a range above all layers, over which nothing changes.
    pub fn final_of(layer_count: usize) -> Self {
        Self::only(layer_count)
    }

    /// Whether a layer belongs to the range.
    pub fn contains(self, layer: usize) -> bool {
        (self.first..=self.last).contains(&layer)
    }
}

/// What a range did to a path that it shows, or took away.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Change {
    /// It is as it was.
    Unmodified,
    /// It was not there before.
    Added,
    /// A file was written again, even if nothing changed. A directory has another mode, owner or extended attributes, or
    /// something below it was added, modified or removed.
    Modified,
    /// It is not there any more.
    Removed,
}

/// What a comparison says of a path.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum State {
    /// No layer up to the last one of the range shows it.
    Absent,
    /// It is shipped but invisible: a layer of or below the range shows it, but it is not there before the range nor after it.
    Ghost,
    /// It is there before the range, or after it.
    Shown(Change),
}

/// A set of states, [`State::Absent`] left out.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct States(u8);

impl States {
    /// No state.
    pub const NONE: Self = Self(0);
    /// [`State::Ghost`].
    pub const GHOST: Self = Self(1);
    /// [`Change::Unmodified`].
    pub const UNMODIFIED: Self = Self(2);
    /// [`Change::Added`].
    pub const ADDED: Self = Self(4);
    /// [`Change::Modified`].
    pub const MODIFIED: Self = Self(8);
    /// [`Change::Removed`].
    pub const REMOVED: Self = Self(16);
    /// All that change something.
    pub const CHANGED: Self = Self(4 | 8 | 16);
    /// All of them.
    pub const ALL: Self = Self(31);

    /// These and others.
    #[must_use]
    pub const fn union(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }

    /// These without others.
    #[must_use]
    pub const fn without(self, other: Self) -> Self {
        Self(self.0 & !other.0)
    }

    /// Whether both have a state in common.
    pub const fn intersects(self, other: Self) -> bool {
        self.0 & other.0 != 0
    }

    /// Whether there is none.
    pub const fn is_empty(self) -> bool {
        self.0 == 0
    }
}

impl From<State> for States {
    fn from(state: State) -> Self {
        match state {
            State::Absent => Self::NONE,
            State::Ghost => Self::GHOST,
            State::Shown(Change::Unmodified) => Self::UNMODIFIED,
            State::Shown(Change::Added) => Self::ADDED,
            State::Shown(Change::Modified) => Self::MODIFIED,
            State::Shown(Change::Removed) => Self::REMOVED,
        }
    }
}

/// Sums over a path and everything below it.
///
/// A directory counts a file with several names once, as `du` does; the row of a file is about that file.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Totals {
    /// Bytes of content that are visible after the range.
    pub bytes: u64,
    /// Paths that are visible after the range, directories not included.
    pub files: u64,
    /// Bytes of content that the range changed: what is added or modified as it is after the range, what is removed as it was.
    pub changed_bytes: u64,
    /// Bytes of content of ghosts, each as it was last seen.
    pub ghost_bytes: u64,
}

impl Totals {
    fn add(&mut self, other: Self) {
        // Sums fit into 64 bits once files with several names are counted once; on the way there they may wrap.
        self.bytes = self.bytes.wrapping_add(other.bytes);
        self.files = self.files.wrapping_add(other.files);
        self.changed_bytes = self.changed_bytes.wrapping_add(other.changed_bytes);
        self.ghost_bytes = self.ghost_bytes.wrapping_add(other.ghost_bytes);
    }
}

/// What a range of layers did to every path of a tree that was stacked with its timeline.
///
/// Questions must be asked with the tree that the comparison was made of.
#[derive(Clone, Debug)]
pub struct Comparison {
    range: LayerRange,
    marks: Vec<Mark>,
    /// Sums of the nodes that have children, by their number among those.
    totals: Vec<Totals>,
}

/// A node's state in three bits, and in the other five which states lie below it.
#[derive(Clone, Copy, Debug, Default)]
struct Mark(u8);

/// The states as a mark holds them; directories that are modified only by what lies below them have a number of their own.
const CODES: [State; 7] = [
    State::Absent,
    State::Ghost,
    State::Shown(Change::Unmodified),
    State::Shown(Change::Added),
    State::Shown(Change::Modified),
    State::Shown(Change::Removed),
    State::Shown(Change::Modified),
];
const MODIFIED_BELOW: u8 = 6;

impl Mark {
    fn state(self) -> State {
        CODES.get(usize::from(self.0 & 7)).copied().unwrap_or(State::Absent)
    }

    /// The state as it counts for the directories above.
    fn own(self) -> States {
        if self.0 & 7 == MODIFIED_BELOW { States::NONE } else { self.state().into() }
    }

    fn below(self) -> States {
        States(self.0 >> 3)
    }

    fn set_state(&mut self, state: State) {
        let code = CODES.iter().position(|one| *one == state).unwrap_or(0);
        self.set_code(u8::try_from(code).unwrap_or(0));
    }

    fn set_code(&mut self, code: u8) {
        self.0 = self.0 & !7 | code;
    }

    fn add_below(&mut self, states: States) {
        self.0 |= states.0 << 3;
    }

    /// Decides the state of a node, when everything below it is known.
    fn judge(&mut self, tree: &Tree, glance: Glance) {
        let Glance { before, after, last, touched } = glance;
        match (before, after) {
            (Seen::Nothing, Seen::Nothing) if last == Seen::Nothing => {}
            (Seen::Nothing, Seen::Nothing) => self.set_state(State::Ghost),
            (Seen::Nothing, _) => self.set_state(State::Shown(Change::Added)),
            (_, Seen::Nothing) => self.set_state(State::Shown(Change::Removed)),
            _ if touched && is_modified(tree, before, after) => {
                self.set_state(State::Shown(Change::Modified));
            }
            _ if self.below().intersects(States::CHANGED) => self.set_code(MODIFIED_BELOW),
            _ => self.set_state(State::Shown(Change::Unmodified)),
        }
    }
}

/// What the events of a node say about a range.
#[derive(Clone, Copy)]
struct Glance {
    before: Seen,
    after: Seen,
    /// What was last shown up to the end of the range.
    last: Seen,
    /// Whether anything happened in the range.
    touched: bool,
}

impl Glance {
    fn at(node: NodeId, events: &[Event], range: LayerRange) -> Self {
        let before = Seen::before_all_layers(node);
        let mut glance = Self { before, after: before, last: before, touched: false };
        for event in events.iter().take_while(|event| event.layer() <= range.last) {
            glance.after = event.seen();
            if event.layer() < range.first {
                glance.before = glance.after;
            } else {
                glance.touched = true;
            }
            if glance.after != Seen::Nothing {
                glance.last = glance.after;
            }
        }
        glance
    }
}

impl Comparison {
    /// Compares what all paths show before a range and after it. Without a timeline every path is absent.
    pub fn of(tree: &Tree, range: LayerRange) -> Self {
        let mut comparison = Self {
            range,
            marks: vec![Mark::default(); tree.node_count()],
            totals: vec![Totals::default(); tree.timeline.branch_count()],
        };
        for node in tree.nodes().rev() {
            let events = tree.timeline.events(node);
            if !events.is_empty() || node == NodeId::ROOT {
                comparison.judge(tree, node, Glance::at(node, events, range));
            }
        }
        shared::correct(&mut comparison, tree);
        comparison
    }

    /// The sums over a node that has children.
    fn sums_mut(&mut self, tree: &Tree, node: NodeId) -> Option<&mut Totals> {
        tree.timeline.branch(node).and_then(|branch| self.totals.get_mut(branch))
    }

    /// Decides a node whose children are all decided, and adds it to its parent.
    fn judge(&mut self, tree: &Tree, node: NodeId, glance: Glance) {
        let Some(mark) = self.marks.get_mut(node.index()) else { return };
        mark.judge(tree, glance);
        let (own, below) = (mark.own(), mark.below());
        let mut totals = own_totals(tree, mark.state(), glance);
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

    /// The layers compared.
    pub fn range(&self) -> LayerRange {
        self.range
    }

    /// What the range did to a path.
    pub fn state(&self, node: NodeId) -> State {
        self.mark(node).state()
    }

    /// The states of everything strictly below a path.
    ///
    /// A directory that is modified only because something below it changed does not count, because what changed does.
    pub fn contains(&self, node: NodeId) -> States {
        self.mark(node).below()
    }

    /// The states of a path and everything below it, as [`Comparison::contains`] counts them: where this has nothing
    /// in common with the states that are wanted, there is nothing to show.
    pub fn holds(&self, node: NodeId) -> States {
        let mark = self.mark(node);
        mark.own().union(mark.below())
    }

    /// The entry that stands for a path: what it shows after the range; what it showed before if the range removed it;
    /// what it showed last if it is a ghost. `None` for a directory that no layer lists.
    pub fn entry(&self, tree: &Tree, node: NodeId) -> Option<EntryId> {
        self.shown(tree, node).entry()
    }

    /// Whether what stands for a path is a directory, one that no layer lists included.
    pub fn is_directory(&self, tree: &Tree, node: NodeId) -> bool {
        tree.is_directory_seen(self.shown(tree, node))
    }

    /// Sums over a path and everything below it.
    pub fn totals(&self, tree: &Tree, node: NodeId) -> Totals {
        match tree.timeline.branch(node).and_then(|branch| self.totals.get(branch)) {
            Some(totals) => *totals,
            None => own_totals(tree, self.state(node), self.glance(tree, node)),
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

    fn glance(&self, tree: &Tree, node: NodeId) -> Glance {
        Glance::at(node, tree.timeline.events(node), self.range)
    }

    fn mark(&self, node: NodeId) -> Mark {
        self.marks.get(node.index()).copied().unwrap_or_default()
    }
}

/// Whether a path that is written again is modified by that: files always are, directories when they differ in more than
/// their time.
fn is_modified(tree: &Tree, before: Seen, after: Seen) -> bool {
    if !tree.is_directory_seen(after) {
        return true;
    }
    match tree.between(before, after) {
        Deed::Identical => false,
        Deed::MetadataChanged(fields) => !fields.without(MetadataFields::TIMES).is_empty(),
        _ => true,
    }
}

fn own_totals(tree: &Tree, state: State, glance: Glance) -> Totals {
    let size = |seen| tree.inode_seen(seen).map_or(0, Record::stored_bytes);
    match state {
        State::Absent => Totals::default(),
        State::Ghost => Totals { ghost_bytes: size(glance.last), ..Totals::default() },
        State::Shown(Change::Removed) => Totals { changed_bytes: size(glance.before), ..Totals::default() },
        State::Shown(change) => {
            let bytes = size(glance.after);
            let files = u64::from(!tree.is_directory_seen(glance.after));
            let changed_bytes = if change == Change::Unmodified { 0 } else { bytes };
            Totals { bytes, files, changed_bytes, ghost_bytes: 0 }
        }
    }
}
