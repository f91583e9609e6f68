//! The tree pane.

pub(crate) mod draw;
#[cfg(test)]
mod journeys;
pub(crate) mod request;
pub(crate) mod rows;
pub(crate) mod state;
pub(crate) mod viewer;
