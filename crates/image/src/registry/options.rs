//! Settings of requests to registries.

use std::time::Duration;

/// How requests to registries are made.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RegistryOptions {
    /// Whether plain HTTP is allowed for registries, token services and redirects. It always is on
    /// this machine.
    pub plain_http: bool,
    /// The longest time without progress.
    pub timeout: Duration,
}

impl Default for RegistryOptions {
    fn default() -> Self {
        Self { plain_http: false, timeout: Duration::from_secs(30) }
    }
}
