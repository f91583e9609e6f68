//! Limits on what is read into memory at once.

/// Largest document that is read into memory: 8 MiB.
pub(crate) const MAX_DOCUMENT: u64 = 8 * 1024 * 1024;
