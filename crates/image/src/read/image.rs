//! Images that were read.

use std::sync::Arc;

use dockopt_core::image::ImageInfo;
use dockopt_core::tree::Tree;
use dockopt_core::warning::Warning;

use super::error::ReadError;
use crate::contents::Contents;

/// An image that was read.
#[derive(Debug)]
pub struct Image {
    /// What it says about itself.
    pub info: ImageInfo,
    /// Its files.
    pub tree: Tree,
    /// What is odd about it.
    pub warnings: Vec<Warning>,
}

/// An image that was read, and what it takes to look inside its files.
#[derive(Debug)]
pub struct Opened {
    /// The image.
    pub image: Image,
    /// The contents of its files.
    pub contents: Contents,
    /// The layers that could not be read, or not to their end: only entries before the error are in the tree. Always empty
    /// unless the image is read to be browsed.
    pub failures: Vec<LayerFailure>,
}

/// A layer that could not be read, or not to its end.
#[derive(Clone, Debug)]
pub struct LayerFailure {
    /// Which layer, counted from the lowest.
    pub layer: usize,
    /// Why, and by [`ReadError::hint`] what could be done. Where several layers are the same blob, it names the lowest of them.
    pub error: Arc<ReadError>,
}
