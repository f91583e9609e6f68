//! Options of requests to registries.

use std::time::Duration;

/// Settings of requests to registries.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RegistryOptions {
    /// Whether plain HTTP is allowed for registries, token services and redirects. On this machine
    /// it always is.
    pub plain_http: bool,
    /// The longest time without progress.
    pub timeout: Duration,
}

impl Default for RegistryOptions {
    fn default() -> Self {
        Self { plain_http: false, timeout: Duration::from_secs(30) }
    }
}
