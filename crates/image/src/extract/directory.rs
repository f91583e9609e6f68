//! An open directory to write into, as the system allows.

#[cfg(not(unix))]
pub(super) use super::portable::{Directory, finish_file};
#[cfg(unix)]
pub(super) use super::unix::{Directory, finish_file};
