//! Settings for talking to registries.

use std::time::Duration;

/// How registries are talked to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RegistryOptions {
    /// Whether registries, token services and redirects may be asked without encryption; this machine's always are.
    pub plain_http: bool,
    /// Longest time without progress.
    pub timeout: Duration,
}

impl Default for RegistryOptions {
    fn default() -> Self {
        Self { plain_http: false, timeout: Duration::from_secs(30) }
    }
}
