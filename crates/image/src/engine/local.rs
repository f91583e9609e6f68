//! The images that an engine on this machine holds, as its own listing tells them.
//!
//! Everything here was said by the engine: names are to be escaped before they are shown, and sizes need not add up.

use super::endpoint::EngineKind;
use super::engine::Engine;
use super::images::{LocalImages, find_images, images};
use crate::host::Environment;
use crate::read::ReadError;

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
