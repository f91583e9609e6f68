//! Where dockopt-dive's images come from, and how their layers are read.
//!
//! [`Reference::parse`] understands what the user typed, [`read_image`] does the rest: it finds out what the file or
//! stream is, chooses the image, reads its layers in parallel and gives back a tree. Nothing here
//! prints, and nothing writes to disk.

mod batch;
mod check;
mod compare;
mod decode;
mod error;
#[cfg(any(test, feature = "fuzzing"))]
pub mod fuzzing;
mod hash;
mod layer;
mod manifest;
mod parallel;
mod progress;
mod read;
mod reference;
mod sniff;
mod source;
mod tar;
mod verify;
mod window;

pub use self::tar::TarError;
pub use error::ReadError;
pub use layer::LayerError;
pub use manifest::parse_platform;
pub use progress::{OnProgress, Progress};
pub use read::{Image, ReadOptions, read_image};
pub use reference::Reference;
