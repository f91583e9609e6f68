//! Why an image cannot be read.
//!
//! Every variant names the object it is about. [`ReadError::hint`] says what could be done about it.

use std::io;
use std::path::PathBuf;

use dockopt_core::tree::TreeError;
use thiserror::Error;

use crate::engine::{Attempt, EngineError, EngineKind};
use crate::layer::LayerError;
use crate::registry::RegistryError;
use crate::tar::TarError;

/// An image that cannot be read.
#[derive(Debug, Error)]
pub enum ReadError {
    /// The reference names a kind of source that does not exist.
    #[error("unknown source `{scheme}` in `{reference}`")]
    UnknownSource {
        /// What stands before the colon.
        scheme: String,
        /// All of it.
        reference: String,
    },
    /// There is no such file, and it is no known source either.
    #[error("no file or directory `{reference}`")]
    NotFound {
        /// As typed.
        reference: String,
    },
    /// No engine has the image, or none can be reached: [`Self::details`] tells what was tried.
    #[error("{}", no_such_image(.name, *.engine, .attempts))]
    NoSuchImage {
        /// The image.
        name: String,
        /// The engine it was to be in; `None` if any would do.
        engine: Option<EngineKind>,
        /// Where it was looked for.
        attempts: Vec<Attempt>,
    },
    /// No engine answers: [`Self::details`] tells what was tried.
    #[error("cannot reach {}", .engine.map_or("docker or podman", EngineKind::name))]
    NoEngine {
        /// The engine that was wanted; `None` if any would do.
        engine: Option<EngineKind>,
        /// Where it was looked for.
        attempts: Vec<Attempt>,
        /// What could be done where the user's settings allow no other place.
        way_out: Option<String>,
    },
    /// An engine cannot be asked.
    #[error("{engine} cannot be asked")]
    Engine {
        /// Which.
        engine: String,
        /// Why.
        source: EngineError,
    },
    /// An engine that began to send an image did not send all of it.
    #[error("{engine} did not send all of image `{name}`")]
    Transfer {
        /// Which engine.
        engine: String,
        /// Which image.
        name: String,
        /// What was met instead of the rest.
        source: Box<ReadError>,
    },
    /// A file or directory cannot be read.
    #[error("cannot read `{}`", .path.display())]
    Io {
        /// Which.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// Something that is no image.
    #[error("`{name}` is not a container image: {reason}")]
    NotAnImage {
        /// What was opened.
        name: String,
        /// What it is instead.
        reason: String,
    },
    /// The archive around the image is broken.
    #[error("archive `{name}` is broken")]
    Archive {
        /// Which.
        name: String,
        /// How.
        source: TarError,
    },
    /// A manifest, index or configuration is missing or says nonsense.
    #[error("{document}: {reason}")]
    Document {
        /// Which document.
        document: String,
        /// What is wrong.
        reason: String,
    },
    /// There are several images, or none of that name.
    #[error("{reason}")]
    Selection {
        /// Why none was chosen.
        reason: String,
        /// The images there are.
        choices: Vec<String>,
        /// The option that chooses.
        option: &'static str,
    },
    /// A layer is missing from the source.
    #[error("layer {index} (`{name}`) is not in the {source_kind}")]
    MissingLayer {
        /// Counted from the lowest.
        index: usize,
        /// Its file or digest.
        name: String,
        /// Kind of source.
        source_kind: &'static str,
    },
    /// A layer cannot be read.
    #[error("layer {index} (`{name}`) cannot be read")]
    Layer {
        /// Counted from the lowest.
        index: usize,
        /// Its file or digest.
        name: String,
        /// Why.
        source: LayerError,
    },
    /// An image cannot be had from its registry.
    #[error("image `{name}` cannot be read from its registry")]
    Registry {
        /// Which.
        name: String,
        /// Why.
        source: RegistryError,
    },
    /// A digest differs from the one expected; found only when asked to verify.
    #[error("{object} does not match its digest: expected `{expected}`, found `{found}`")]
    Verification {
        /// The blob.
        object: String,
        /// Expected digest.
        expected: String,
        /// Digest found.
        found: String,
    },
    /// The layers do not fit into a tree.
    #[error("image is too large")]
    Tree(#[from] TreeError),
    /// The caller cancelled.
    #[error("cancelled")]
    Cancelled,
}

const NOT_PERMITTED: &str =
    "the engine's socket is not for this user: try with `sudo`, or become a member of the group `docker`";

const START: &str = "start one, or say where it listens: `DOCKER_HOST`, `DOCKER_CONTEXT`, `CONTAINER_HOST`";

impl ReadError {
    /// What could be done about it.
    pub fn hint(&self) -> Option<String> {
        match self {
            Self::UnknownSource { .. } => Some(
                "known sources are `docker://NAME`, `podman://NAME`, `registry://NAME`, `docker-archive:FILE`, \
                 `oci-archive:FILE`, `oci:DIRECTORY` and `-`"
                    .to_owned(),
            ),
            Self::NoSuchImage { name, attempts, .. } => Some(where_else(name, attempts)),
            Self::NotAnImage { name, .. } if !name.contains('.') && crate::ImageName::is_valid(name) => Some(
                format!("files and directories come first; an image of an engine is `docker://{name}` or `podman://{name}`"),
            ),
            Self::NoEngine { attempts, .. } if attempts.iter().any(Attempt::is_permission) => {
                Some(NOT_PERMITTED.to_owned())
            }
            Self::NoEngine { attempts, way_out, .. } => {
                let of_attempt = attempts.iter().find_map(Attempt::hint);
                Some(of_attempt.or(way_out.as_deref()).unwrap_or(START).to_owned())
            }
            Self::Transfer { .. } => {
                Some("the engine may have been stopped, or the image removed: try again".to_owned())
            }
            Self::Selection { choices, option, .. } if !choices.is_empty() => {
                Some(format!("choose with `{option}`: {}", list(choices)))
            }
            Self::MissingLayer { .. } => {
                Some("the image was saved without this layer: save or copy it again, all of it".to_owned())
            }
            Self::Registry { source, .. } => source.hint(),
            Self::Layer { source, .. } if RegistryError::within(source).is_some() => {
                RegistryError::within(source).and_then(RegistryError::hint)
            }
            Self::Layer { source: LayerError::Read(_) | LayerError::Tar(_) | LayerError::Empty, .. } => {
                Some("the image seems to be damaged or incomplete: save or copy it again".to_owned())
            }
            _ => None,
        }
    }

    /// What there is to say beside the causes, one line each: where an image was looked for.
    pub fn details(&self) -> Vec<String> {
        match self {
            Self::NoSuchImage { attempts, .. } | Self::NoEngine { attempts, .. } => {
                attempts.iter().map(ToString::to_string).collect()
            }
            _ => Vec::new(),
        }
    }

    /// What to look for in a registry, of an image that was found nowhere else; nothing if no registry can have it.
    pub fn elsewhere(&self) -> Option<Elsewhere<'_>> {
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

fn where_else(name: &str, attempts: &[Attempt]) -> String {
    let was_answered = attempts.iter().any(Attempt::is_absent);
    if attempts.iter().any(Attempt::is_permission) && !was_answered {
        return NOT_PERMITTED.to_owned();
    }
    if let Some(hint) = attempts.iter().find_map(Attempt::hint) {
        return hint.to_owned();
    }
    if is_id(name) && !was_answered {
        return START.to_owned();
    }
    if is_id(name) {
        return "an ID is known only to the engine that has the image: `dockopt-dive images` lists them"
            .to_owned();
    }
    if is_local(name) {
        return "an image of that name was built on this machine: `podman images` lists them".to_owned();
    }
    if is_file_name(name) {
        return "a name that ends like that of an archive is taken for a file".to_owned();
    }
    if let Err(error) = crate::ImageName::parse(name) {
        return format!("{error}");
    }
    format!("an image in a registry is read without an engine: `dockopt-dive registry://{name}`")
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

fn list(choices: &[String]) -> String {
    const SHOWN: usize = 20;
    let mut text: Vec<String> = choices.iter().take(SHOWN).map(|choice| format!("`{choice}`")).collect();
    if choices.len() > SHOWN {
        text.push(format!("and {} more", choices.len() - SHOWN));
    }
    text.join(", ")
}
