//! The data model: paths, entries, images, quantities and warnings, without a tree.
//!
//! Nothing here uses the other wings. The crate root re-exports each module, so that other crates
//! write `dockopt_core::entry::Entry`; inside this crate the path names the wing.

pub mod base;
pub mod cause;
pub mod entry;
pub mod evidence;
pub mod image;
pub mod instruction;
pub mod packages;
pub mod path;
pub mod pattern;
pub mod quantity;
pub mod table;
pub mod warning;
pub mod warning_kind;
