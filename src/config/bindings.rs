//! Keys in the configuration file.
//!
//! `keys` uses our names and replaces the keys of an action. `keybinding` uses dive's names and
//! adds to our keys: a file written for dive does not know the keys that dive lacks, and must not
//! remove them.

use crate::tui::keys::{Binding, Conflict, Key, KeyRow, Keymap, ROWS};
use crate::yaml::{Fault, MapEntry};

/// A binding with its place in the file.
pub(super) struct Placed {
    binding: Binding,
    /// Its name in the file.
    name: String,
    line: u64,
}

/// Parses `keys`.
pub(super) fn ours(entry: &MapEntry) -> Result<Vec<Placed>, Fault> {
    let named = |inner: &MapEntry| {
        let row = ROWS.iter().find(|row| row.name == inner.key);
        let row = row.ok_or_else(|| inner.unknown(ROWS.iter().map(|row| row.name)))?;
        placed(row, inner, false)
    };
    entry.entries()?.iter().map(named).collect()
}

/// Parses `keybinding`.
pub(super) fn dives(entry: &MapEntry) -> Result<Vec<Placed>, Fault> {
    let named = |inner: &MapEntry| {
        let row = ROWS.iter().find(|row| row.dive.contains(&inner.key.as_str()));
        let row = row.ok_or_else(|| inner.unknown(ROWS.iter().flat_map(|row| row.dive).copied()))?;
        placed(row, inner, true)
    };
    entry.entries()?.iter().map(named).collect()
}

fn placed(row: &KeyRow, entry: &MapEntry, adds: bool) -> Result<Placed, Fault> {
    let binding = Binding { action: row.action, keys: keys(entry)?, adds };
    Ok(Placed { binding, name: entry.key.clone(), line: entry.line })
}

/// Parses keys: a list, or one text with commas, as in dive.
fn keys(entry: &MapEntry) -> Result<Vec<Key>, Fault> {
    let mut keys = Vec::new();
    for (line, text) in entry.texts()? {
        let alternatives = if text.trim() == "," { vec![text] } else { text.split(',').collect() };
        for alternative in alternatives {
            let key = alternative.parse::<Key>().map_err(|error| {
                Fault::new(line, format!("`{}`: {error}", entry.key))
                    .hint("keys are written as `ctrl+f`, `shift+tab`, `pgup`, `f1`, `space`, `comma`, `G`; `[]` is none")
            })?;
            if !keys.contains(&key) {
                keys.push(key);
            }
        }
    }
    Ok(keys)
}

/// Returns the keymap in force.
pub(super) fn keymap(placed: &[Placed]) -> Result<Keymap, Fault> {
    for (at, one) in placed.iter().enumerate() {
        let same = |other: &&Placed| other.binding.action == one.binding.action;
        if let Some(before) = placed.iter().take(at).find(same) {
            let message =
                format!("`{}` is the same action as `{}` on line {}", one.name, before.name, before.line);
            return Err(Fault::new(one.line, message));
        }
    }
    let bindings: Vec<Binding> = placed.iter().map(|one| one.binding.clone()).collect();
    Keymap::with(&bindings).map_err(|conflict| told(conflict, placed))
}

fn told(conflict: Conflict, placed: &[Placed]) -> Fault {
    let place = |at: usize| placed.get(at).map_or((0, ""), |one| (one.line, one.name.as_str()));
    match conflict {
        Conflict::Twice { first, second, key } => {
            let ((before, one), (line, other)) = (place(first), place(second));
            Fault::new(line, format!("`{other}`: key `{key}` is already bound to `{one}` on line {before}"))
        }
        Conflict::NoQuit { at } => {
            let (line, name) = place(at);
            Fault::new(line, format!("`{name}`: no key is left for `quit`"))
        }
    }
}
