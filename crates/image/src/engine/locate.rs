//! Finds the engine that has an image.
//!
//! Docker comes first, then Podman, each at its endpoints in order: the system's engine and the
//! user's may both exist with different images. Errors list all attempts.

use super::attempt::{Attempt, LocateError};
use super::discover::endpoints;
use super::endpoint::EngineKind;
use super::engine::{Engine, is_name};
use super::error::EngineError;
use super::image::EngineImage;
use crate::host::Environment;

/// An image and the engine that has it.
#[derive(Clone, Debug)]
pub(crate) struct LocatedImage {
    pub(crate) engine: Engine,
    pub(crate) image: EngineImage,
}

/// Finds an image in the `wanted` engine, or in any.
pub(crate) fn locate(
    name: &str,
    wanted: Option<EngineKind>,
    environment: &Environment,
) -> Result<LocatedImage, LocateError> {
    let mut attempts = Vec::new();
    if !is_name(name) {
        let error = EngineError::BadName(name.to_owned());
        let engine = wanted.map_or("any engine", EngineKind::name).to_owned();
        return Err(LocateError::Engine { engine, source: error });
    }
    let mut engines = Vec::new();
    for kind in kinds(wanted) {
        engines.extend(places(kind, environment, &mut attempts));
    }
    for engine in engines {
        match engine.inspect(name) {
            Ok(Some(image)) => return Ok(LocatedImage { engine, image }),
            Ok(None) => attempts.push(Attempt::absent(engine.to_string())),
            Err(error) => attempts.push(Attempt::failed(&engine, &error)),
        }
    }
    if attempts.iter().any(Attempt::is_absent) {
        // With a running engine, the other default endpoints do not matter.
        attempts.retain(|attempt| !attempt.is_unserved());
    }
    Err(LocateError::NoSuchImage { name: name.to_owned(), engine: wanted, attempts })
}

/// Returns the engines to try.
pub(super) fn kinds(wanted: Option<EngineKind>) -> impl Iterator<Item = EngineKind> {
    [EngineKind::Docker, EngineKind::Podman]
        .into_iter()
        .filter(move |kind| wanted.is_none_or(|wanted| wanted == *kind))
}

/// Returns the endpoints of an engine; invalid settings become an attempt.
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

/// Queries the endpoints of an engine in order until one responds.
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
