//! The terminal browser.
//!
//! The keymap turns events into actions, actions change the browser's state, and the state is
//! drawn. Nothing here prints: one guard owns the screen and restores it, even on a panic.

pub(crate) mod action;
pub(crate) mod app;
mod areas;
mod browse;
mod draw;
pub(crate) mod effect;
mod events;
mod extract;
mod find;
mod glyphs;
#[cfg(test)]
mod journeys;
pub(crate) mod keys;
mod list;
mod loader;
pub(crate) mod panes;
pub(crate) mod picker;
mod preview;
pub(crate) mod range;
mod screen;
mod subject;
pub(crate) mod text;
pub(crate) mod theme;
mod typing;
mod update;
mod worker;
mod world;

pub(crate) use browse::browse;
pub(crate) use loader::{Job, Origin};
