//! The picker: a list of the images of a local engine, from which the browser is opened, and to which it comes back.
//!
//! As the browser it is a state that events change and that is drawn. The engine is asked on a thread; until it answers
//! there is a frame that says so. Browser and picker share one screen and one thread that reads keys, so that whatever
//! is typed while one gives way to the other is not lost.

mod app;
mod areas;
mod draw;
mod help;
mod run;
#[cfg(test)]
pub(crate) mod tests;

pub(crate) use self::app::Beginning;
pub(crate) use self::run::{Outside, pick};
