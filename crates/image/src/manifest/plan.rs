//! The requested image, and the plan for reading it.

use dockopt_core::image::{ImageInfo, Platform};
use dockopt_core::warning::Warning;

use super::obstacle::Obstacle;
use crate::source::BlobKey;

/// Selects an image of a source.
#[derive(Clone, Debug, Default)]
pub(crate) struct Choice {
    /// Name, digest, or number of the image; may be `None` if there is only one.
    pub(crate) image: Option<String>,
    /// Platform; the host's if there are several and none is given.
    pub(crate) platform: Option<Platform>,
    /// Whether a document that does not match its digest is an error.
    pub(crate) verify: bool,
}

/// An image and the blobs of its layers.
#[derive(Debug, Default)]
pub(crate) struct Plan {
    pub(crate) info: ImageInfo,
    /// The blob of each layer of `info`.
    pub(crate) blobs: Vec<PlannedBlob>,
    pub(crate) warnings: Vec<Warning>,
}

/// The blob of a layer.
#[derive(Clone, Debug)]
pub(crate) struct PlannedBlob {
    pub(crate) key: BlobKey,
    /// The size in its descriptor.
    pub(crate) size: Option<u64>,
    /// An obstacle to reading it, declared by its descriptor.
    pub(crate) obstacle: Option<Obstacle>,
}
