//! The pane that shows a file.

mod draw;
#[cfg(test)]
#[cfg(unix)]
mod fetched;
#[cfg(test)]
mod journeys;
pub(crate) mod state;
