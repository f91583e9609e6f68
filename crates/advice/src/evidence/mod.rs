//! Facts from the content of files.

pub mod content;
pub mod kind;
mod values;
