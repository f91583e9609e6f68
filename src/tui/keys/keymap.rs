//! The keys in force: the table with the user's changes.

use std::collections::HashMap;

use ratatui::crossterm::event::{KeyEvent, KeyEventKind};

use super::key::Key;
use super::table::{Context, KeyRow, ROWS};
use crate::tui::action::Action;

/// The keys in force.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Keymap {
    keys: HashMap<Action, Vec<Key>>,
    actions: HashMap<(Context, Key), Action>,
}

/// New keys for one action.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Binding {
    pub(crate) action: Action,
    /// The new keys.
    pub(crate) keys: Vec<Key>,
    /// Whether the default keys stay, after these.
    pub(crate) adds: bool,
}

/// Conflict between bindings.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Conflict {
    /// The bindings at these indices use the same key in one context.
    Twice { first: usize, second: usize, key: Key },
    /// The binding at this index leaves no key that quits the program.
    NoQuit { at: usize },
}

/// The keys of one context, for the help.
#[derive(Clone, Debug)]
pub(crate) struct Group {
    /// The context.
    pub(crate) context: Context,
    /// The actions that have keys there.
    pub(crate) lines: Vec<Line>,
}

/// An action in the help.
#[derive(Clone, Debug)]
pub(crate) struct Line {
    /// Its keys in this context.
    pub(crate) keys: Vec<Key>,
    /// Its row of the table.
    pub(crate) row: &'static KeyRow,
}

impl Default for Keymap {
    fn default() -> Self {
        Self::of(|row| row.keys.to_vec())
    }
}

impl Keymap {
    /// Returns the default keys with changes.
    ///
    /// # Errors
    ///
    /// Fails if two changes use the same key in the same context, or if no key quits.
    pub(crate) fn with(bindings: &[Binding]) -> Result<Self, Conflict> {
        for (second, binding) in bindings.iter().enumerate() {
            let mut before = bindings.iter().take(second).enumerate();
            if let Some((first, key)) = before.find_map(|(at, other)| Some((at, common(other, binding)?))) {
                return Err(Conflict::Twice { first, second, key });
            }
        }
        let keymap = Self::of(|row| given(row, bindings));
        if keymap.keys(Action::Quit).is_empty() {
            return Err(Conflict::NoQuit { at: last_that_unbinds(Action::Quit, bindings) });
        }
        Ok(keymap)
    }

    fn of(keys: impl Fn(&KeyRow) -> Vec<Key>) -> Self {
        let keys: HashMap<Action, Vec<Key>> = ROWS.iter().map(|row| (row.action, keys(row))).collect();
        let mut actions = HashMap::new();
        for row in ROWS {
            for key in keys.get(&row.action).into_iter().flatten() {
                for context in row.contexts.iter().filter(|context| row.holds(*key, **context)) {
                    actions.insert((*context, *key), row.action);
                }
            }
        }
        Self { keys, actions }
    }

    /// Returns the action of a key in a context; `None` if there is none. In a prompt such a key
    /// may be text.
    pub(crate) fn action(&self, context: Context, event: KeyEvent) -> Option<Action> {
        if event.kind == KeyEventKind::Release { None } else { self.find(context, Key::from(event)) }
    }

    pub(super) fn find(&self, context: Context, key: Key) -> Option<Action> {
        let everywhere = if context.is_modal() { None } else { self.actions.get(&(Context::Global, key)) };
        self.actions.get(&(context, key)).or(everywhere).copied()
    }

    /// Returns the keys of an action; the first one is displayed.
    pub(crate) fn keys(&self, action: Action) -> &[Key] {
        self.keys.get(&action).map_or(&[], Vec::as_slice)
    }

    /// Returns the first key of an action as text; empty if it has none.
    pub(crate) fn label(&self, action: Action) -> String {
        self.keys(action).first().map(Key::to_string).unwrap_or_default()
    }

    /// Returns the contexts that have keys, for the help.
    pub(crate) fn groups(&self) -> Vec<Group> {
        let groups = Context::ALL.map(|context| Group { context, lines: self.lines(context) });
        groups.into_iter().filter(|group| !group.lines.is_empty()).collect()
    }

    fn lines(&self, context: Context) -> Vec<Line> {
        let line = |row: &'static KeyRow| {
            let keys = self.keys(row.action).iter().copied().filter(|key| row.holds(*key, context));
            Line { keys: keys.collect(), row }
        };
        ROWS.iter().map(line).filter(|line| !line.keys.is_empty()).collect()
    }
}

/// Returns the row of an action.
fn row_of(action: Action) -> Option<&'static KeyRow> {
    ROWS.iter().find(|row| row.action == action)
}

/// Returns a key that two different actions use in one context.
fn common(one: &Binding, other: &Binding) -> Option<Key> {
    let (row, other_row) = (row_of(one.action)?, row_of(other.action)?);
    if one.action == other.action {
        return None;
    }
    let meets = |key: Key| Context::ALL.iter().any(|at| row.holds(key, *at) && other_row.holds(key, *at));
    one.keys.iter().copied().find(|key| other.keys.contains(key) && meets(*key))
}

/// Returns the keys of an action with bindings applied.
fn given(row: &KeyRow, bindings: &[Binding]) -> Vec<Key> {
    let Some(binding) = bindings.iter().rev().find(|binding| binding.action == row.action) else {
        return untaken(row, bindings);
    };
    let mut keys = binding.keys.clone();
    if binding.adds {
        keys.extend(untaken(row, bindings).into_iter().filter(|key| !binding.keys.contains(key)));
    }
    keys
}

/// Returns the default keys of an action that no binding takes.
fn untaken(row: &KeyRow, bindings: &[Binding]) -> Vec<Key> {
    let is_taken = |key: Key| bindings.iter().any(|binding| takes(binding, row, key));
    row.keys.iter().copied().filter(|key| !is_taken(*key)).collect()
}

/// Returns the index of the last binding that removes default keys of an action.
fn last_that_unbinds(action: Action, bindings: &[Binding]) -> usize {
    let row = row_of(action);
    let takes_one =
        |binding: &Binding| row.is_some_and(|row| row.keys.iter().any(|key| takes(binding, row, *key)));
    bindings.iter().rposition(|binding| binding.action == action || takes_one(binding)).unwrap_or_default()
}

/// Returns whether a binding takes a default key from another action: in one of its own contexts,
/// or because it applies everywhere.
fn takes(binding: &Binding, row: &KeyRow, key: Key) -> bool {
    let Some(taker) = row_of(binding.action).filter(|taker| taker.action != row.action) else {
        return false;
    };
    let everywhere = taker.contexts.contains(&Context::Global);
    binding.keys.contains(&key)
        && row.contexts.iter().any(|at| taker.holds(key, *at) || (everywhere && !at.is_modal()))
}
