//! The details of a layer and of the image.

mod draw;
pub(crate) mod lines;
