//! Finds the engine that has an image.
//!
//! Docker first, then Podman, each at the places where it may listen, in order: several may be there, as of the system and of
//! the user, each with images of its own. What was tried and why it did not help is kept: an error without it is a riddle.

use std::fmt;

use super::discover::endpoints;
use super::endpoint::EngineKind;
use super::engine::{Engine, is_name};
use super::error::EngineError;
use super::image::EngineImage;
use crate::host::Environment;
use crate::read::ReadError;

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
    hint: Option<&'static str>,
    is_permission: bool,
    is_nobody: bool,
}

impl Attempt {
    /// What could be done about it.
    pub(crate) fn hint(&self) -> Option<&'static str> {
        self.hint
    }

    /// Whether an engine answered that it has no such image.
    pub(crate) fn is_absent(&self) -> bool {
        self.error.is_none()
    }

    /// Whether the user may not connect.
    pub(crate) fn is_permission(&self) -> bool {
        self.is_permission
    }

    /// Whether it is a usual place, and there is no engine at all.
    pub(crate) fn is_nobody(&self) -> bool {
        self.is_nobody
    }

    fn absent(place: String) -> Self {
        Self { place, error: None, hint: None, is_permission: false, is_nobody: false }
    }

    fn failed(engine: &Engine, error: &EngineError) -> Self {
        // Where the user's settings lead there should be one.
        let is_nobody = error.is_nobody() && !engine.is_configured();
        Self { is_nobody, hint: engine.hint(error), ..Self::unclear(engine.to_string(), error) }
    }

    fn unclear(place: String, error: &EngineError) -> Self {
        let is_permission = error.is_permission();
        Self { place, error: Some(error.in_one_line()), hint: None, is_permission, is_nobody: false }
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
    let mut engines = Vec::new();
    for kind in kinds(wanted) {
        engines.extend(places(kind, environment, &mut attempts));
    }
    for engine in engines {
        match engine.inspect(name) {
            Ok(Some(image)) => return Ok(Located { engine, image }),
            Ok(None) => attempts.push(Attempt::absent(engine.to_string())),
            Err(error) => attempts.push(Attempt::failed(&engine, &error)),
        }
    }
    if attempts.iter().any(Attempt::is_absent) {
        // Usual places where nothing is are no news to who has an engine.
        attempts.retain(|attempt| !attempt.is_nobody);
    }
    Err(ReadError::NoSuchImage { name: name.to_owned(), engine: wanted, attempts })
}

/// The engines to try.
pub(super) fn kinds(wanted: Option<EngineKind>) -> impl Iterator<Item = EngineKind> {
    [EngineKind::Docker, EngineKind::Podman]
        .into_iter()
        .filter(move |kind| wanted.is_none_or(|wanted| wanted == *kind))
}

/// The places where an engine may listen; an attempt if the user's settings cannot be understood.
fn places(kind: EngineKind, environment: &Environment, attempts: &mut Vec<Attempt>) -> Vec<Engine> {
    match endpoints(kind, environment) {
        Ok(places) => places.into_iter().map(Engine::new).collect(),
        Err(error) => {
            let error = EngineError::Setup(error.to_string());
            attempts.push(Attempt::unclear(kind.name().to_owned(), &error));
            Vec::new()
        }
    }
}

/// Asks every place where an engine may listen until one answers.
pub(super) fn first_answer<T>(
    kind: EngineKind,
    environment: &Environment,
    attempts: &mut Vec<Attempt>,
    ask: impl Fn(&Engine) -> Result<T, EngineError>,
) -> Option<(Engine, T)> {
    for engine in places(kind, environment, attempts) {
        match ask(&engine) {
            Ok(answer) => return Some((engine, answer)),
            Err(error) => attempts.push(Attempt::failed(&engine, &error)),
        }
    }
    None
}
