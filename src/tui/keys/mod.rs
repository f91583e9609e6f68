//! Keys: their actions, contexts and help texts.
//!
//! Only [`table`] has actions by name. A [`Keymap`] is the table with the user's changes; the help
//! on screen and the page of keys show the keymap in force. A key that the user binds to an action
//! is removed from the actions that have it by default. A context may give a key its own meaning,
//! different from the global one.

mod key;
mod keymap;
mod page;
mod table;
#[cfg(test)]
mod tests;

pub(crate) use self::key::Key;
pub(crate) use self::keymap::{Binding, Conflict, Keymap};
pub(crate) use self::page::markdown;
pub(crate) use self::table::{Context, KeyRow, ROWS};
