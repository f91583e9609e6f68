//! Images in registries: a client for the distribution API, with blocking calls from threads.
//!
//! Every response has a size limit, is compared with its digest, and is retried when it breaks off.
//! Credentials are from the files and helpers of Docker and Podman; only the registry and its token
//! service receive them.

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
pub use error::{Reason, RegistryError};
pub use name::ImageName;
pub use options::RegistryOptions;
pub(crate) use pace::Pace;
pub(crate) use referrers::{Attached, Referrers};
