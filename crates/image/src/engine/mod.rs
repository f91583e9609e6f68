//! Container engines: their addresses, and fetching images from them.
//!
//! [`discover`] reads the environment and the files of the engines' own programs, and returns
//! addresses in the order to try. [`engine::Engine`] is an engine at one of them, used through its
//! API or its program. [`locate`] finds the engine that has an image.

mod attempt;
mod client;
mod command;
mod connections;
mod context;
mod discover;
mod endpoint;
#[expect(clippy::module_inception, reason = "the type `Engine` of the wing `engine`")]
mod engine;
mod error;
mod identity;
mod image;
mod images;
mod local;
mod locate;
mod ping;
mod settings;
mod shared;
mod ssh;

pub use attempt::{Attempt, Elsewhere, LocateError};
pub use endpoint::EngineKind;
pub(crate) use engine::is_name;
pub use error::{DiscoverError, EngineError};
pub(crate) use identity::Trust;
pub(crate) use image::EngineImage;
pub use images::{LocalImage, LocalImages};
pub use local::LocalEngine;
pub(crate) use locate::{LocatedImage, locate};
