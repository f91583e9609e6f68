//! The terminal browser.
//!
//! An event becomes an action by the keymap, an action changes the browser's state, and the state is drawn. Nothing here
//! prints: the screen belongs to one guard that gives it back whatever happens.

pub(crate) mod action;
pub(crate) mod keys;
pub(crate) mod theme;
