//! Locating an image in engines: the attempts, and suggestions for the user.

use std::fmt;

use thiserror::Error;

use super::endpoint::EngineKind;
use super::engine::Engine;
use super::error::EngineError;

const NOT_PERMITTED: &str =
    "this user may not access the engine's socket: use `sudo`, or join the group `docker`";

const START: &str = "start one, or set its address: `DOCKER_HOST`, `DOCKER_CONTEXT`, `CONTAINER_HOST`";

const ONLY_IN_ENGINE: &str =
    "an ID is known only to the engine that has the image: `dockopt-dive images` lists them";

const BUILT_HERE: &str = "an image of that name was built on this machine: `podman images` lists them";

const TAKEN_FOR_FILE: &str = "names with the extension of an archive are treated as files";

/// An error while locating an engine, or an image in one.
#[derive(Debug, Error)]
pub enum LocateError {
    /// No engine has the image, or none can be reached.
    #[error("{}", no_such_image(.name, *.engine, .attempts))]
    NoSuchImage {
        /// The image.
        name: String,
        /// The engine to look in; `None` for any.
        engine: Option<EngineKind>,
        /// The places that were tried.
        attempts: Vec<Attempt>,
    },
    /// No engine responds.
    #[error("cannot reach {}", .engine.map_or("docker or podman", EngineKind::name))]
    NoEngine {
        /// The engine to look for; `None` for any.
        engine: Option<EngineKind>,
        /// The places that were tried.
        attempts: Vec<Attempt>,
        /// A suggestion if the user's settings exclude all other places.
        way_out: Option<String>,
    },
    /// An engine cannot be queried.
    #[error("cannot query {engine}")]
    Engine {
        /// The engine.
        engine: String,
        /// The cause.
        source: EngineError,
    },
}

impl LocateError {
    /// Returns a suggestion for the user, other than looking in a registry.
    pub(crate) fn hint(&self) -> Option<String> {
        match self {
            Self::NoSuchImage { name, attempts, .. } => where_else(name, attempts),
            Self::NoEngine { attempts, .. } if attempts.iter().any(Attempt::is_permission) => {
                Some(NOT_PERMITTED.to_owned())
            }
            Self::NoEngine { attempts, way_out, .. } => {
                let of_attempt = attempts.iter().find_map(Attempt::hint);
                Some(of_attempt.or(way_out.as_deref()).unwrap_or(START).to_owned())
            }
            Self::Engine { .. } => None,
        }
    }

    /// Returns the places that were tried.
    pub(crate) fn attempts(&self) -> &[Attempt] {
        match self {
            Self::NoSuchImage { attempts, .. } | Self::NoEngine { attempts, .. } => attempts,
            Self::Engine { .. } => &[],
        }
    }

    /// Returns the image to look for in a registry instead; `None` if no registry can have it.
    pub(crate) fn elsewhere(&self) -> Option<Elsewhere<'_>> {
        match self {
            Self::NoSuchImage { name, engine, attempts }
                if !is_id(name) && !is_local(name) && !is_file_name(name) =>
            {
                let was_answered = attempts.iter().any(Attempt::is_absent);
                let is_certain = match engine {
                    Some(_) => was_answered,
                    None => all_were_asked(attempts),
                };
                Some(Elsewhere { name, is_certain })
            }
            _ => None,
        }
    }
}

/// An image that may be in a registry.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Elsewhere<'e> {
    /// The name as typed by the user.
    pub name: &'e str,
    /// Whether it is certain that no engine has the image: not if a configured engine could not be
    /// queried, access was denied, or a query failed.
    pub is_certain: bool,
}

/// A place where the image or engine was not found.
#[derive(Debug)]
pub struct Attempt {
    /// Description of the place.
    place: String,
    /// The error; `None` if the engine reported that it has no such image.
    error: Option<String>,
    hint: Option<&'static str>,
    is_permission: bool,
    is_unserved: bool,
}

impl Attempt {
    /// Returns a suggestion for this place.
    pub(crate) fn hint(&self) -> Option<&'static str> {
        self.hint
    }

    /// Returns whether the engine reported that it has no such image.
    pub(crate) fn is_absent(&self) -> bool {
        self.error.is_none()
    }

    /// Returns whether access was denied.
    pub(crate) fn is_permission(&self) -> bool {
        self.is_permission
    }

    /// Returns whether this is a default place without any engine.
    pub(crate) fn is_unserved(&self) -> bool {
        self.is_unserved
    }

    pub(super) fn absent(place: String) -> Self {
        Self { place, error: None, hint: None, is_permission: false, is_unserved: false }
    }

    pub(super) fn failed(engine: &Engine, error: &EngineError) -> Self {
        // An endpoint in the user's settings should have an engine.
        let is_unserved = error.is_unserved() && !engine.is_configured();
        Self { is_unserved, hint: engine.hint(error), ..Self::unclear(engine.to_string(), error) }
    }

    pub(super) fn unclear(place: String, error: &EngineError) -> Self {
        let is_permission = error.is_permission();
        Self { place, error: Some(error.in_one_line()), hint: None, is_permission, is_unserved: false }
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

fn no_such_image(name: &str, engine: Option<EngineKind>, attempts: &[Attempt]) -> String {
    let was_answered = attempts.iter().any(Attempt::is_absent);
    match engine {
        Some(engine) if was_answered => format!("{} has no image `{name}`", engine.name()),
        Some(engine) => format!("cannot reach {} to look for image `{name}`", engine.name()),
        None if attempts.iter().all(Attempt::is_unserved) => {
            format!(
                "no file or directory `{name}`, and no docker or podman that could have an image of that name"
            )
        }
        None if all_were_asked(attempts) => {
            format!("no file or directory `{name}`, and no image of that name in docker or podman")
        }
        None => format!(
            "no file or directory `{name}`, and some engines cannot be queried for an image of that name"
        ),
    }
}

/// Returns whether every existing engine responded.
fn all_were_asked(attempts: &[Attempt]) -> bool {
    attempts.iter().all(|attempt| attempt.is_absent() || attempt.is_unserved())
}

/// Returns a suggestion for an image that no engine has; `None` if a registry may have it.
fn where_else(name: &str, attempts: &[Attempt]) -> Option<String> {
    let was_answered = attempts.iter().any(Attempt::is_absent);
    if attempts.iter().any(Attempt::is_permission) && !was_answered {
        return Some(NOT_PERMITTED.to_owned());
    }
    let of_name = || {
        if is_id(name) {
            Some(if was_answered { ONLY_IN_ENGINE } else { START })
        } else if is_local(name) {
            Some(BUILT_HERE)
        } else if is_file_name(name) {
            Some(TAKEN_FOR_FILE)
        } else {
            None
        }
    };
    attempts.iter().find_map(Attempt::hint).or_else(of_name).map(str::to_owned)
}

/// Returns whether a name has the extension of an archive: a registry could have it, but the user
/// means a file.
fn is_file_name(name: &str) -> bool {
    let endings = [".tar", ".tgz", ".gz", ".zst", ".oci"];
    endings.iter().any(|ending| name.to_ascii_lowercase().ends_with(ending))
}

/// Returns whether Podman uses the name for an image without a registry.
fn is_local(name: &str) -> bool {
    name.starts_with("localhost/")
}

/// Returns whether a name can only be an ID.
fn is_id(name: &str) -> bool {
    let digits = name.strip_prefix("sha256:").unwrap_or(name);
    digits.len() == 64 && digits.bytes().all(|byte| byte.is_ascii_hexdigit())
}
