//! Reads an image: opens its source, reads its layers in parallel, stacks them, compares contents.

mod check;
mod compare;
mod engine;
mod error;
mod image;
mod on_demand;
mod open;
mod options;
mod parallel;
mod reader;
mod registry;
mod watch;

pub use error::ReadError;
pub use image::{Image, LayerFailure, Opened};
pub use open::{describe_image, open_image, read_image};
pub use options::ReadOptions;
pub use watch::{Snapshot, Watcher};
