//! The contents of an image's files.

mod attributes;
#[expect(clippy::module_inception, reason = "the contents and their parts")]
mod contents;
mod error;
mod holes;
mod layer;
mod reader;
mod seekable;

pub(crate) use attributes::Attributes;
pub use contents::Contents;
pub use error::ContentError;
pub(crate) use error::Unavailable;
pub(crate) use layer::BlobHome;
pub use reader::ContentReader;
