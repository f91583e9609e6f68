//! An engine as a list of images.
//!
//! All values are claims of the engine: escape names before display; sizes need not add up.

use super::attempt::LocateError;
use super::endpoint::EngineKind;
use super::engine::Engine;
use super::images::{LocalImages, find_images, images};
use crate::host::Environment;

/// An engine that has listed its images, and can list them again.
#[derive(Clone, Debug)]
pub struct LocalEngine(Engine);

impl LocalEngine {
    /// Lists the images of the `wanted` engine, or of the first that responds. An engine that an
    /// environment variable names precedes default sockets, and no other replaces it.
    ///
    /// # Errors
    ///
    /// Fails if the engine does not respond.
    pub fn find(
        wanted: Option<EngineKind>,
        environment: &Environment,
    ) -> Result<(Self, LocalImages), LocateError> {
        let (engine, images) = find_images(wanted, environment)?;
        Ok((Self(engine), images))
    }

    /// Lists its current images.
    ///
    /// # Errors
    ///
    /// Fails if it does not respond; no other engine replaces it.
    pub fn images(&self) -> Result<LocalImages, LocateError> {
        images(&self.0)
    }
}
