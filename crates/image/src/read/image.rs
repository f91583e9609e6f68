//! Images that were read.

use std::sync::Arc;

use dockopt_core::facts::Evidence;
use dockopt_core::image::ImageInfo;
use dockopt_core::tree::Tree;
use dockopt_core::warning::Warning;

use super::error::ReadError;
use crate::contents::Contents;

/// An image that was read.
#[derive(Debug)]
pub struct Image {
    /// Its metadata.
    pub info: ImageInfo,
    /// Its files.
    pub tree: Tree,
    /// Facts about its files, by the probes of the read.
    pub evidence: Evidence,
    /// Warnings about it.
    pub warnings: Vec<Warning>,
}

/// An image that was read, and the contents of its files.
#[derive(Debug)]
pub struct Opened {
    /// The image.
    pub image: Image,
    /// The contents of its files.
    pub contents: Contents,
    /// The layers that could not be read to their end: only entries before the error are in the
    /// tree. Empty unless [`ReadOptions::lenient`](super::ReadOptions::lenient) is set.
    pub failures: Vec<LayerFailure>,
}

/// A layer that could not be read to its end.
#[derive(Clone, Debug)]
pub struct LayerFailure {
    /// Number of the layer, counted from the lowest.
    pub layer: usize,
    /// The error. It names the lowest of several layers with the same blob.
    pub error: Arc<ReadError>,
}
