//! The state of a path in a comparison.

/// What a range did to a path that exists before or after it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Change {
    /// Nothing.
    Unmodified,
    /// The path is new.
    Added,
    /// A file was rewritten, even without changes. A directory has another mode, owner or extended
    /// attributes, or something below it was added, modified or removed.
    Modified,
    /// The path no longer exists.
    Removed,
}

/// The state of a path in a comparison.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum State {
    /// No layer up to the end of the range shows the path.
    Absent,
    /// Shipped but invisible: a layer up to the end of the range shows the path, but it exists
    /// neither before the range nor after it.
    Ghost,
    /// The path exists before the range or after it.
    Shown(Change),
}

/// A set of states. [`State::Absent`] is never a member.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct States(pub(super) u8);

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
    /// All states that are changes.
    pub const CHANGED: Self = Self(4 | 8 | 16);
    /// All states.
    pub const ALL: Self = Self(31);

    /// Returns the union of both sets.
    #[must_use]
    pub const fn union(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }

    /// Returns the states that are not in `other`.
    #[must_use]
    pub const fn without(self, other: Self) -> Self {
        Self(self.0 & !other.0)
    }

    /// Whether the sets have a state in common.
    pub const fn intersects(self, other: Self) -> bool {
        self.0 & other.0 != 0
    }

    /// Whether the set is empty.
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
