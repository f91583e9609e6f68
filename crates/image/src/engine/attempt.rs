//! Why an image is in no engine: the places that were tried, and what the user could do.

use std::fmt;

use thiserror::Error;

use super::endpoint::EngineKind;
use super::engine::Engine;
use super::error::EngineError;

const NOT_PERMITTED: &str =
    "the engine's socket is not for this user: try with `sudo`, or become a member of the group `docker`";

const START: &str = "start one, or say where it listens: `DOCKER_HOST`, `DOCKER_CONTEXT`, `CONTAINER_HOST`";

const ONLY_IN_ENGINE: &str =
    "an ID is known only to the engine that has the image: `dockopt-dive images` lists them";

const BUILT_HERE: &str = "an image of that name was built on this machine: `podman images` lists them";

const TAKEN_FOR_FILE: &str = "a name that ends like that of an archive is taken for a file";

/// An engine, or an image in one, that cannot be found.
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
    /// No engine answers.
    #[error("cannot reach {}", .engine.map_or("docker or podman", EngineKind::name))]
    NoEngine {
        /// The engine to look for; `None` for any.
        engine: Option<EngineKind>,
        /// The places that were tried.
        attempts: Vec<Attempt>,
        /// What to do where the user's settings allow no other place.
        way_out: Option<String>,
    },
    /// An engine cannot be asked.
    #[error("{engine} cannot be asked")]
    Engine {
        /// The engine.
        engine: String,
        /// Why.
        source: EngineError,
    },
}

impl LocateError {
    /// What the user could do about it, other than looking in a registry.
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

    /// The places that were tried.
    pub(crate) fn attempts(&self) -> &[Attempt] {
        match self {
            Self::NoSuchImage { attempts, .. } | Self::NoEngine { attempts, .. } => attempts,
            Self::Engine { .. } => &[],
        }
    }

    /// The image to look for in a registry instead; `None` if no registry can have it.
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
    /// Its name, as it was typed.
    pub name: &'e str,
    /// Whether it is in no engine. It is not certain if one could not be asked: it was named, is not for this user, or fails.
    pub is_certain: bool,
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

    pub(super) fn absent(place: String) -> Self {
        Self { place, error: None, hint: None, is_permission: false, is_nobody: false }
    }

    pub(super) fn failed(engine: &Engine, error: &EngineError) -> Self {
        // Where the user's settings lead there should be one.
        let is_nobody = error.is_nobody() && !engine.is_configured();
        Self { is_nobody, hint: engine.hint(error), ..Self::unclear(engine.to_string(), error) }
    }

    pub(super) fn unclear(place: String, error: &EngineError) -> Self {
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

fn no_such_image(name: &str, engine: Option<EngineKind>, attempts: &[Attempt]) -> String {
    let was_answered = attempts.iter().any(Attempt::is_absent);
    match engine {
        Some(engine) if was_answered => format!("{} has no image `{name}`", engine.name()),
        Some(engine) => format!("cannot reach {}, to look for image `{name}`", engine.name()),
        None if attempts.iter().all(Attempt::is_nobody) => {
            format!(
                "no file or directory `{name}`, and no docker or podman that could have an image of that name"
            )
        }
        None if all_were_asked(attempts) => {
            format!("no file or directory `{name}`, and no image of that name in docker or podman")
        }
        None => format!(
            "no file or directory `{name}`, and not every engine can be asked for an image of that name"
        ),
    }
}

/// Whether every engine that there is has answered.
fn all_were_asked(attempts: &[Attempt]) -> bool {
    attempts.iter().all(|attempt| attempt.is_absent() || attempt.is_nobody())
}

/// What the user could do about an image that no engine has; `None` if a registry may have it.
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

/// Whether a name ends as those of archives do: a registry could have it, but what is meant is a file.
fn is_file_name(name: &str) -> bool {
    let endings = [".tar", ".tgz", ".gz", ".zst", ".oci"];
    endings.iter().any(|ending| name.to_ascii_lowercase().ends_with(ending))
}

/// Whether Podman gave the name to an image that is from no registry.
fn is_local(name: &str) -> bool {
    name.starts_with("localhost/")
}

/// Whether a name can only be an ID.
fn is_id(name: &str) -> bool {
    let digits = name.strip_prefix("sha256:").unwrap_or(name);
    digits.len() == 64 && digits.bytes().all(|byte| byte.is_ascii_hexdigit())
}
