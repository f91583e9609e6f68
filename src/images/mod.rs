//! The list of a local engine's images: its order, its filter, and the text of its columns.
//!
//! The table on standard output and the picker on a terminal share it. Ages count from the moment
//! of the request: nothing here reads a clock.

mod age;
mod column;
mod columns;
mod listing;
mod names;
mod order;
mod select;
mod table;
#[cfg(test)]
pub(crate) mod tests;

pub(crate) use self::column::Column;
pub(crate) use self::columns::{Columns, Needs};
pub(crate) use self::listing::Listing;
pub(crate) use self::names::{short_id, shown_name};
pub(crate) use self::order::{Sort, SortKey};
pub(crate) use self::select::Words;
pub(crate) use self::table::{write_ids, write_json, write_text};
