//! A row of waste.

use crate::model::cause::Cause;
use crate::model::entry::MetadataFields;
use crate::model::path::EntryPath;

/// Wasted bytes that one change explains.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WasteRow {
    /// The highest path that explains them.
    pub path: EntryPath,
    /// Wasted bytes.
    pub bytes: u64,
    /// The number of copies of files that hold them.
    pub files: u64,
    /// The kind of change.
    pub cause: Cause,
    /// The metadata that the change affected in any of the files; empty for other causes.
    pub changed: MetadataFields,
    /// The layers that store the bytes, in ascending order.
    pub stored_in: Vec<usize>,
    /// The layer of the change.
    pub wasted_by: usize,
}
