//! Facts from the content of files.

pub mod content;
pub mod dpkg;
pub mod kind;
pub mod os_release;
mod path;
mod values;
