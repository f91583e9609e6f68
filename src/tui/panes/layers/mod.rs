//! The layers pane.

mod draw;
#[cfg(test)]
mod journeys;
pub(crate) mod state;
