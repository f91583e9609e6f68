//! Planning: selects an image and the blobs of its layers from the documents of a source.

mod agreement;
mod attestation;
mod choose;
mod config;
mod docker;
mod document;
mod error;
mod index;
mod obstacle;
mod plan;
mod provenance;
mod select;

pub(crate) use attestation::{attach, unlisted};
pub use choose::parse_platform;
pub(crate) use choose::{check_platform, put_first};
pub use error::ManifestError;
pub(crate) use obstacle::Obstacle;
pub(crate) use plan::{Choice, Plan, PlannedBlob};
pub(crate) use select::plan;
