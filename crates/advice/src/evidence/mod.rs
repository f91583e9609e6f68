//! What the content of a file says.

pub mod content;
pub mod kind;
mod values;
