//! References to images: what the user types.

#[expect(clippy::module_inception, reason = "the reference itself")]
mod reference;

pub(crate) use reference::Place;
pub use reference::Reference;
