//! What a comparison says of a path.

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
