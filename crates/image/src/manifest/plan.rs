//! The image that is wanted, and the plan for reading it.

use dockopt_core::image::{ImageInfo, Platform};
use dockopt_core::warning::Warning;

use super::obstacle::Obstacle;
use crate::source::BlobKey;

/// Which image of a source is wanted.
#[derive(Clone, Debug, Default)]
pub(crate) struct Wanted {
    /// Name, digest, or number of the image; the only one if not given.
    pub(crate) image: Option<String>,
    /// Platform; the host's if there is a choice and none is given.
    pub(crate) platform: Option<Platform>,
    /// Whether documents that do not match their digests are errors.
    pub(crate) verify: bool,
}

/// An image and where its layers are.
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
    /// The size its descriptor gives.
    pub(crate) size: Option<u64>,
    /// What its descriptor says that may keep it from being read.
    pub(crate) obstacle: Option<Obstacle>,
}
