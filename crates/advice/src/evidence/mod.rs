//! Facts from the content of files.

pub mod apk;
pub mod conda;
pub mod content;
pub mod dpkg;
pub mod elf;
pub(crate) mod encoding;
pub mod gem;
pub mod jar;
pub mod kind;
pub mod kinds;
pub mod node;
pub mod node_lock;
pub mod os_release;
pub(crate) mod path;
pub mod python;
pub mod rpm;
pub mod scripts;
pub mod secrets;
pub mod unread;
mod values;
pub(crate) mod zip;
