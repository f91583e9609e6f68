//! A row of waste.

use crate::model::cause::Cause;
use crate::model::entry::MetadataFields;
use crate::model::path::EntryPath;

/// Wasted bytes that one change explains.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WasteRow {
    /// The top-most path that explains them.
    pub path: EntryPath,
    /// Wasted bytes.
    pub bytes: u64,
    /// Copies of files that hold them.
    pub files: u64,
    /// What the change was.
    pub cause: Cause,
    /// The metadata that it changed in any of the files; empty for every other cause.
    pub changed: MetadataFields,
    /// The layers that store the bytes, in ascending order.
    pub stored_in: Vec<usize>,
    /// The layer of the change.
    pub wasted_by: usize,
}
