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
