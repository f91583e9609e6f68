//! References to images: the text, parsed, and the place it leads to.

mod error;
mod located;
#[expect(clippy::module_inception, reason = "the reference itself")]
mod reference;
mod scheme;

pub use error::ReferenceError;
pub use located::Located;
pub(crate) use located::Place;
pub use reference::Reference;
pub use scheme::{SCHEMES, Scheme};
