//! Images in registries: the distribution API, and threads that wait for its answers.
//!
//! Everything a registry says is bounded, compared with its digest, and tried again when it breaks; credentials come from
//! where Docker and Podman keep them and go to the registry and its token service alone.

mod authentication;
mod blob;
mod client;
mod credentials;
mod error;
mod grammar;
mod message;
mod name;
mod pace;
mod secret;
mod source;
#[cfg(test)]
mod testing;
mod transport;

use std::time::Duration;

pub use error::{Cause, RegistryError};
pub use name::ImageName;
pub(crate) use source::open;

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
