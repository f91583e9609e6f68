//! An open directory to write into, in the implementation for the system.

#[cfg(not(unix))]
pub(super) use super::portable::{Directory, finish_file};
#[cfg(unix)]
pub(super) use super::unix::{Directory, finish_file};
