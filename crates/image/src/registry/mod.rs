//! Images in registries: the distribution API, over blocking calls from threads.
//!
//! Every answer is bounded, compared with its digest, and retried when it breaks off. Credentials
//! come from the files and helpers of Docker and Podman; only the registry and its token service
//! receive them.

mod authentication;
mod blob;
mod client;
mod credentials;
mod docker_hub;
mod error;
mod grammar;
mod message;
mod name;
mod options;
mod pace;
mod referrers;
mod retry_after;
mod secret;
#[cfg(test)]
pub(crate) mod testing;
mod transport;

pub(crate) use blob::RemoteBlob;
pub(crate) use client::{Client, Document};
pub(crate) use credentials::find as find_credentials;
pub use error::{Cause, RegistryError};
pub use name::ImageName;
pub use options::RegistryOptions;
pub(crate) use pace::Pace;
pub(crate) use referrers::{Attached, Referrers};
