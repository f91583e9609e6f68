//! The state of a node in one byte.

use super::glance::Glance;
use super::state::{Change, State, States};
use crate::history::Deed;
use crate::model::entry::MetadataFields;
use crate::tree::{Seen, Tree};

/// The state of a node in three bits, and the states below it in the other five.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Mark(u8);

/// States by their number in a mark; a directory that is modified only by its contents has its own
/// number.
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
    pub(super) fn state(self) -> State {
        CODES.get(usize::from(self.0 & 7)).copied().unwrap_or(State::Absent)
    }

    /// Returns the state as it counts for the directories above.
    pub(super) fn own(self) -> States {
        if self.0 & 7 == MODIFIED_BELOW { States::NONE } else { self.state().into() }
    }

    pub(super) fn below(self) -> States {
        States(self.0 >> 3)
    }

    fn set_state(&mut self, state: State) {
        let code = CODES.iter().position(|one| *one == state).unwrap_or(0);
        self.set_code(u8::try_from(code).unwrap_or(0));
    }

    fn set_code(&mut self, code: u8) {
        self.0 = self.0 & !7 | code;
    }

    pub(super) fn add_below(&mut self, states: States) {
        self.0 |= states.0 << 3;
    }

    /// Decides the state of a node; everything below it must be decided.
    pub(super) fn judge(&mut self, tree: &Tree, glance: Glance) {
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

/// Whether rewriting a path modifies it: always for a file, for a directory if more than its time
/// differs.
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
