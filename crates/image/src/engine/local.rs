//! The images that an engine on this machine holds, as its own listing tells them.
//!
//! Everything here was said by the engine: names are to be escaped before they are shown, and sizes need not add up.

use super::images::{find_images, images};
use super::{Engine, EngineKind};
use crate::host::Environment;
use crate::read::ReadError;

/// The images of a local engine.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct LocalImages {
    /// Which engine was asked, and where: `docker (unix:///var/run/docker.sock)`.
    pub engine: String,
    /// The images, once for each of their names.
    pub images: Vec<LocalImage>,
    /// Bytes that all images take together, with shared layers counted once; if the engine tells.
    pub total: Option<u64>,
}

/// An image of a local engine, under one of its names.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct LocalImage {
    /// Its ID: `sha256:…`.
    pub id: String,
    /// Repository and tag; an image without any is dangling.
    pub name: Option<String>,
    /// When it was made, in seconds since 1970.
    pub created: Option<i64>,
    /// Bytes of all its layers.
    pub size: u64,
    /// Bytes of layers that other images have as well.
    pub shared: Option<u64>,
    /// Bytes of layers that no other image has.
    pub unique: Option<u64>,
    /// How many containers use it.
    pub containers: Option<u64>,
    /// The reference that opens it.
    pub reference: String,
}

/// An engine that has told which images it holds, and can be asked again.
#[derive(Clone, Debug)]
pub struct LocalEngine(Engine);

impl LocalEngine {
    /// Asks an engine for its images: the one that `source` names, or the first that answers. One that a variable of the
    /// environment names is asked before those that may listen in the usual places, and nobody is asked in its stead.
    ///
    /// # Errors
    ///
    /// If `source` is no engine, or the engine does not answer.
    pub fn find(source: Option<&str>, environment: &Environment) -> Result<(Self, LocalImages), ReadError> {
        let wanted = match source {
            None => None,
            Some(name) => Some(EngineKind::from_name(name).ok_or_else(|| ReadError::UnknownSource {
                scheme: name.to_owned(),
                reference: name.to_owned(),
            })?),
        };
        let (engine, images) = find_images(wanted, environment)?;
        Ok((Self(engine), images))
    }

    /// The images that it holds now.
    ///
    /// # Errors
    ///
    /// If it does not answer any more: no other engine is asked.
    pub fn images(&self) -> Result<LocalImages, ReadError> {
        images(&self.0)
    }
}
