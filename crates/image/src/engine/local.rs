//! The images that an engine on this machine holds, as its own listing tells them.
//!
//! Everything here was said by the engine: names are to be escaped before they are shown, and sizes need not add up.

use super::attempt::LocateError;
use super::endpoint::EngineKind;
use super::engine::Engine;
use super::images::{LocalImages, find_images, images};
use crate::host::Environment;

/// An engine that has told which images it holds, and can be asked again.
#[derive(Clone, Debug)]
pub struct LocalEngine(Engine);

impl LocalEngine {
    /// Asks an engine for its images: the one that is wanted, or the first that answers. One that a variable of the
    /// environment names is asked before those that may listen in the usual places, and nobody is asked in its stead.
    ///
    /// # Errors
    ///
    /// If the engine does not answer.
    pub fn find(
        wanted: Option<EngineKind>,
        environment: &Environment,
    ) -> Result<(Self, LocalImages), LocateError> {
        let (engine, images) = find_images(wanted, environment)?;
        Ok((Self(engine), images))
    }

    /// The images that it holds now.
    ///
    /// # Errors
    ///
    /// If it does not answer any more: no other engine is asked.
    pub fn images(&self) -> Result<LocalImages, LocateError> {
        images(&self.0)
    }
}
