//! Looking into an image from scripts: what a typed path leads to, the versions of a path, rows and how they are written.
//!
//! Nothing here reads an image: the commands in `cli` open it, ask here, and write the answer.

mod argument;
mod history;
mod json;
mod listing;
mod locate;
mod lookup;
mod missing;
mod quote;
mod rows;
mod text;
mod versions;

pub(crate) use self::argument::PathArgument;
pub(crate) use self::history::PathHistory;
pub(crate) use self::json::write_json;
pub(crate) use self::listing::{Depth, Listing, Place};
pub(crate) use self::locate::{Located, Scene, Viewpoint, locate, locate_in_any_layer};
pub(crate) use self::lookup::Follow;
pub(crate) use self::text::{COLUMNS, LongRows, NameStyle};
