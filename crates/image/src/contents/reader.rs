//! Random-access reading of one file's content.

use std::fmt;
use std::sync::Arc;

use dockopt_core::path::EntryPath;
use dockopt_core::tree::EntryFacts;

use super::error::{ContentError, Unavailable};
use super::holes::HolesError;
use super::layer::StoredLayer;
use crate::bytes::remote::Fetched;
use crate::bytes::spool::Missing;
use crate::tar::SparseMap;

/// Returns whether to stop waiting.
type GivesUp = Arc<dyn Fn() -> bool + Send + Sync>;

/// Layer and path of a content, for errors.
#[derive(Clone, Debug)]
pub(crate) struct Object {
    pub(crate) layer: usize,
    pub(crate) path: EntryPath,
}

/// The content of a regular file.
#[derive(Clone)]
pub struct ContentReader {
    object: Object,
    layer: Option<Arc<StoredLayer>>,
    /// Start of the data in the unpacked layer.
    place: u64,
    size: u64,
    sparse: bool,
    /// The hole map of a sparse file, loaded on first use.
    map: Option<Arc<SparseMap>>,
    gives_up: GivesUp,
}

impl fmt::Debug for ContentReader {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("ContentReader").field("object", &self.object).finish_non_exhaustive()
    }
}

impl ContentReader {
    pub(super) fn new(object: Object, layer: Option<Arc<StoredLayer>>, facts: &EntryFacts<'_>) -> Self {
        let (size, place) = facts.place.map_or((0, 0), |place| (facts.metadata.size, place));
        let gives_up: GivesUp = Arc::new(|| false);
        Self { object, layer, place, size, sparse: facts.sparse, map: None, gives_up }
    }

    /// Sets a callback that decides whether to stop waiting. It is called about 50 times a second
    /// while bytes are not available yet.
    #[must_use]
    pub fn or_give_up(self, gives_up: impl Fn() -> bool + Send + Sync + 'static) -> Self {
        Self { gives_up: Arc::new(gives_up), ..self }
    }

    /// Size of the content in bytes.
    pub fn size(&self) -> u64 {
        self.size
    }

    /// Progress of the transfer that contains the content, while it is fetched from an engine or a
    /// registry.
    pub fn fetched(&self) -> Option<Fetched> {
        self.layer.as_ref()?.fetched()
    }

    /// Reads at `offset` into `buffer` and returns the number of bytes; fewer than fit only at the
    /// end of the content.
    ///
    /// Waits while the layer is being unpacked.
    ///
    /// # Errors
    ///
    /// If the layer is not available or broken, or ends before the content does.
    pub fn read_at(&mut self, offset: u64, buffer: &mut [u8]) -> Result<usize, ContentError> {
        let gives_up = Arc::clone(&self.gives_up);
        self.read_at_unless(&*gives_up, offset, buffer)
    }

    /// Does the same as [`Self::read_at`], with another callback.
    pub(crate) fn read_at_unless(
        &mut self,
        gives_up: &dyn Fn() -> bool,
        offset: u64,
        buffer: &mut [u8],
    ) -> Result<usize, ContentError> {
        let wanted = usize::try_from(self.size.saturating_sub(offset)).unwrap_or(usize::MAX);
        let wanted = wanted.min(buffer.len());
        let Some(buffer) = buffer.get_mut(..wanted).filter(|buffer| !buffer.is_empty()) else {
            return Ok(0);
        };
        if !self.sparse {
            self.read_stored(self.place.saturating_add(offset), buffer, gives_up)?;
            return Ok(wanted);
        }
        let map = self.map(gives_up)?;
        buffer.fill(0);
        for piece in map.pieces_in(offset, wanted) {
            if let Some(part) = buffer.get_mut(piece.part) {
                self.read_stored(piece.at, part, gives_up)?;
            }
        }
        Ok(wanted)
    }

    /// Returns the parts of the content that are not holes, as offsets and lengths in bytes.
    pub(crate) fn data(&mut self, gives_up: &dyn Fn() -> bool) -> Result<Vec<(u64, u64)>, ContentError> {
        if self.sparse { Ok(self.map(gives_up)?.data().collect()) } else { Ok(vec![(0, self.size)]) }
    }

    fn map(&mut self, gives_up: &dyn Fn() -> bool) -> Result<Arc<SparseMap>, ContentError> {
        if let Some(map) = &self.map {
            return Ok(Arc::clone(map));
        }
        let layer = self.layer()?;
        let unpacked = layer.unpacked().map_err(|reason| self.unavailable(reason))?;
        let found = layer.holes(&unpacked, (self.place, self.size), gives_up);
        let holes = |reason: String| {
            let Object { layer, path } = self.object.clone();
            ContentError::Holes { layer, path, reason }
        };
        let map = found.map_err(|error| match error {
            HolesError::Tar(_) if gives_up() => ContentError::GivenUp,
            HolesError::Tar(error) => holes(error.to_string()),
            HolesError::NotFound => holes("their map is missing or invalid".to_owned()),
            HolesError::TooMany => holes("the layer has too many".to_owned()),
        })?;
        Ok(Arc::clone(self.map.insert(map)))
    }

    fn read_stored(
        &self,
        position: u64,
        buffer: &mut [u8],
        gives_up: &dyn Fn() -> bool,
    ) -> Result<(), ContentError> {
        let Object { layer, path } = &self.object;
        let stored = self.layer()?;
        let unpacked = stored.unpacked().map_err(|reason| self.unavailable(reason))?;
        match unpacked.read_at(buffer, position, gives_up) {
            Ok(read) if read == buffer.len() => Ok(()),
            Ok(read) => {
                let end = if self.sparse { position + buffer.len() as u64 } else { self.place + self.size };
                let missing = end - (position + read as u64);
                Err(ContentError::Truncated { layer: *layer, path: path.clone(), missing })
            }
            Err(Missing::GivenUp) => Err(ContentError::GivenUp),
            Err(Missing::Failed(source)) => {
                Err(ContentError::Read { layer: *layer, path: path.clone(), source })
            }
        }
    }

    fn layer(&self) -> Result<Arc<StoredLayer>, ContentError> {
        self.layer.clone().ok_or_else(|| self.unavailable(&Unavailable::Missing))
    }

    fn unavailable(&self, reason: &Unavailable) -> ContentError {
        let Object { layer, path } = self.object.clone();
        ContentError::Unavailable { layer, path, reason: reason.reason() }
    }
}
