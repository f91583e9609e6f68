//! Finds the engine that has an image.
//!
//! Docker first, then Podman, each at the places where it may listen, in order. What was tried and why it did not help is
//! kept: an error without it is a riddle.

use std::fmt;

use super::engine::{Engine, is_name};
use super::error::EngineError;
use super::image::EngineImage;
use super::{EngineKind, endpoints};
use crate::environment::Environment;
use crate::error::ReadError;

/// An image that an engine has.
#[derive(Clone, Debug)]
pub(crate) struct Located {
    pub(crate) engine: Engine,
    pub(crate) image: EngineImage,
}

/// A place that was tried in vain.
#[derive(Debug)]
pub struct Attempt {
    /// Which, in words.
    place: String,
    /// Why it did not help; `None` if it answers that it has no such image.
    error: Option<String>,
    is_permission: bool,
}

impl Attempt {
    /// Whether an engine answered that it has no such image.
    pub(crate) fn is_absent(&self) -> bool {
        self.error.is_none()
    }

    /// Whether the user may not connect.
    pub(crate) fn is_permission(&self) -> bool {
        self.is_permission
    }

    fn failed(place: String, error: &EngineError) -> Self {
        Self { place, error: Some(error.in_one_line()), is_permission: error.is_permission() }
    }
}

impl fmt::Display for Attempt {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.error {
            Some(error) => write!(formatter, "{}: {error}", self.place),
            None => write!(formatter, "{}: no such image", self.place),
        }
    }
}

/// Finds an image in the engine that is wanted, or in any.
pub(crate) fn locate(
    name: &str,
    wanted: Option<EngineKind>,
    environment: &Environment,
) -> Result<Located, ReadError> {
    let mut attempts = Vec::new();
    if !is_name(name) {
        let error = EngineError::BadName(name.to_owned());
        let engine = wanted.map_or("any engine", EngineKind::name).to_owned();
        return Err(ReadError::Engine { engine, source: error });
    }
    for kind in kinds(wanted) {
        let found = first_answer(kind, environment, &mut attempts, |engine| engine.inspect(name));
        match found {
            Some((engine, Some(image))) => return Ok(Located { engine, image }),
            Some((engine, None)) => {
                attempts.push(Attempt { place: engine.to_string(), error: None, is_permission: false });
            }
            None => {}
        }
    }
    Err(ReadError::NoSuchImage { name: name.to_owned(), engine: wanted, attempts })
}

/// The engines to try.
pub(super) fn kinds(wanted: Option<EngineKind>) -> impl Iterator<Item = EngineKind> {
    [EngineKind::Docker, EngineKind::Podman]
        .into_iter()
        .filter(move |kind| wanted.is_none_or(|wanted| wanted == *kind))
}

/// Asks every place where an engine may listen until one answers.
pub(super) fn first_answer<T>(
    kind: EngineKind,
    environment: &Environment,
    attempts: &mut Vec<Attempt>,
    ask: impl Fn(&Engine) -> Result<T, EngineError>,
) -> Option<(Engine, T)> {
    let places = match endpoints(kind, environment) {
        Ok(places) => places,
        Err(error) => {
            let error = EngineError::Setup(error.to_string());
            attempts.push(Attempt::failed(kind.name().to_owned(), &error));
            return None;
        }
    };
    for engine in places.into_iter().map(Engine::new) {
        match ask(&engine) {
            Ok(answer) => return Some((engine, answer)),
            Err(error) => attempts.push(Attempt::failed(engine.to_string(), &error)),
        }
    }
    None
}
