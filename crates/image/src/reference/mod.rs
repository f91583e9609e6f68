//! References to images: what the user types.

mod error;
#[expect(clippy::module_inception, reason = "the reference itself")]
mod reference;

pub use error::ReferenceError;
pub(crate) use reference::Place;
pub use reference::Reference;
