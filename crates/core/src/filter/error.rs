//! Why a filter cannot be parsed.

use thiserror::Error;

/// A filter that cannot be understood.
#[derive(Clone, Debug, Error, PartialEq, Eq)]
#[error("{message}")]
pub struct FilterError {
    /// What is wrong with it.
    pub message: String,
    /// The bytes of the filter's text that it is about.
    pub at: std::ops::Range<usize>,
}
