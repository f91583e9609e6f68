//! Why a filter cannot be parsed.

use thiserror::Error;

/// A filter that cannot be parsed.
#[derive(Clone, Debug, Error, PartialEq, Eq)]
#[error("{message}")]
pub struct FilterError {
    /// What is wrong.
    pub message: String,
    /// The part of the filter that is wrong, as byte positions in its text.
    pub at: std::ops::Range<usize>,
}
