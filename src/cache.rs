//! Where the cache of layers is, and how large it may become.
//!
//! It is `dockopt-dive` where XDG puts caches. Whoever has no home has no cache: nothing is looked up in the list of users.

use std::path::{Path, PathBuf};

use dockopt_core::policy::{Limit, Unit};
use dockopt_image::Cache;
use etcetera::base_strategy::{BaseStrategy, Xdg};

use crate::error::CliError;

/// The variable that sets the limit.
pub(crate) const SIZE_VARIABLE: &str = "DOCKOPT_DIVE_CACHE_SIZE";
/// Bytes the cache may take if nothing else is said: 512 MiB.
const DEFAULT_LIMIT: u64 = 512 << 20;

/// Where the cache is.
pub(crate) fn directory() -> Option<PathBuf> {
    let variable = |name| std::env::var_os(name).filter(|value| !value.is_empty());
    let is_absolute = variable("XDG_CACHE_HOME").is_some_and(|path| Path::new(&path).is_absolute());
    if !is_absolute && variable("HOME").is_none() {
        return None;
    }
    Some(Xdg::new().ok()?.cache_dir().join("dockopt-dive"))
}

/// Bytes the cache may take; 0 if there is to be none.
///
/// # Errors
///
/// If the variable that sets it is no size.
pub(crate) fn limit() -> Result<u64, CliError> {
    let Some(text) = std::env::var_os(SIZE_VARIABLE).filter(|text| !text.is_empty()) else {
        return Ok(DEFAULT_LIMIT);
    };
    match Limit::parse(Unit::Bytes, &text.to_string_lossy()) {
        Ok(Some(Limit::Bytes(bytes))) => Ok(bytes),
        Ok(_) => Ok(0),
        Err(error) => Err(CliError::failure(format!("`{SIZE_VARIABLE}`"), &error)),
    }
}

/// The cache, unless there is none: no home, or no room for it.
///
/// # Errors
///
/// If the directory can neither be read nor made, or the limit is no size.
pub(crate) fn open() -> Result<Option<Cache>, CliError> {
    let limit = limit()?;
    match directory().filter(|_| limit > 0) {
        Some(directory) => open_in(directory, limit).map(Some),
        None => Ok(None),
    }
}

/// The cache in a directory.
pub(crate) fn open_in(directory: PathBuf, limit: u64) -> Result<Cache, CliError> {
    Cache::open(directory, limit)
        .map_err(|error| CliError::failure("the cache cannot be used".to_owned(), &error))
}
