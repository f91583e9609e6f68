//! The picker: a list of a local engine's images that opens the browser and returns from it.
//!
//! Like the browser, it is a state that events change and that is drawn. A thread asks the engine;
//! until the answer arrives, the screen says so. Browser and picker share one screen and one input
//! thread, so that no key is lost while they switch.

mod app;
mod areas;
mod draw;
mod help;
mod run;
#[cfg(test)]
pub(crate) mod tests;

pub(crate) use self::app::Beginning;
pub(crate) use self::run::{Outside, pick};
