//! References to images: parsing, and locating the image.

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
