//! Looks into an image for scripts: resolves paths, finds the versions of a path, lists rows and
//! writes them.
//!
//! This module reads no images: the commands in `cli` open them and write its results.

mod argument;
mod history;
mod json;
mod listing;
mod locate;
mod lookup;
mod missing;
mod quote;
mod rows;
mod scene;
mod text;
mod versions;

pub(crate) use self::argument::PathArgument;
pub(crate) use self::history::PathHistory;
pub(crate) use self::json::write_json;
pub(crate) use self::listing::{Depth, Listing, Place};
pub(crate) use self::locate::{locate, locate_in_any_layer};
pub(crate) use self::lookup::Follow;
pub(crate) use self::scene::{LocatedPath, Scene, Viewpoint};
pub(crate) use self::text::{COLUMNS, LongRows, NameStyle};
