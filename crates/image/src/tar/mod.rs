//! Reading the members of a tar and their data.

mod error;
mod map;
mod maps;
mod member;
mod pax;
mod sparse;
mod walker;

pub use error::TarError;
pub(crate) use error::TarErrorKind;
pub(crate) use map::{MAX_SEGMENTS, SparseMap};
pub(crate) use member::{End, Member};
pub(crate) use walker::{BLOCK, BLOCK_SIZE, Walker};
