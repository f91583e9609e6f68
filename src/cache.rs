//! Location and size limit of the layer cache.
//!
//! The directory is `dockopt-dive` in the XDG cache directory. Without `HOME` there is no cache:
//! the user database is not consulted.

use std::path::{Path, PathBuf};

use dockopt_core::policy::{Limit, Unit};
use dockopt_image::Cache;
use etcetera::base_strategy::{BaseStrategy, Xdg};

use crate::error::CliError;

/// The environment variable that sets the limit.
pub(crate) const SIZE_VARIABLE: &str = "DOCKOPT_DIVE_CACHE_SIZE";
/// Default limit: 512 MiB.
const DEFAULT_LIMIT: u64 = 512 << 20;

/// Returns the directory of the cache.
pub(crate) fn directory() -> Option<PathBuf> {
    let variable = |name| std::env::var_os(name).filter(|value| !value.is_empty());
    let is_absolute = variable("XDG_CACHE_HOME").is_some_and(|path| Path::new(&path).is_absolute());
    if !is_absolute && variable("HOME").is_none() {
        return None;
    }
    Some(Xdg::new().ok()?.cache_dir().join("dockopt-dive"))
}

/// Returns the limit in bytes; 0 turns the cache off.
///
/// # Errors
///
/// Fails if the variable that sets it is not a size.
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

/// Opens the cache; `None` without a home directory or with a limit of 0.
///
/// # Errors
///
/// Fails if the directory can neither be read nor created, or if the limit is not a size.
pub(crate) fn open() -> Result<Option<Cache>, CliError> {
    let limit = limit()?;
    match directory().filter(|_| limit > 0) {
        Some(directory) => open_in(directory, limit).map(Some),
        None => Ok(None),
    }
}

/// Opens the cache in a directory.
pub(crate) fn open_in(directory: PathBuf, limit: u64) -> Result<Cache, CliError> {
    Cache::open(directory, limit)
        .map_err(|error| CliError::failure("cannot use the cache".to_owned(), &error))
}
