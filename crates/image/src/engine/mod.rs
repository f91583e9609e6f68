//! Container engines: where they listen, and how images are fetched from them.
//!
//! Finding them is apart from talking to them: [`discover`] looks at the environment and at the files of the engines'
//! own programs, and gives addresses to be tried in order. [`engine::Engine`] is one of them, reached through its API or
//! its program; [`locate`] finds the one that has an image.

mod attempt;
mod client;
mod command;
mod connections;
mod context;
mod discover;
mod endpoint;
#[expect(clippy::module_inception, reason = "an engine among what is about engines")]
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
pub(crate) use locate::{Located, locate};
