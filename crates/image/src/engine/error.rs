//! Errors of engines.

use std::io;
use std::path::PathBuf;
use std::process::ExitStatus;
use std::time::Duration;

use thiserror::Error;

/// An error of an engine.
#[derive(Debug, Error)]
pub enum EngineError {
    /// No engine listens, or the user has no permission.
    #[error("cannot connect")]
    Connect(#[source] io::Error),
    /// The address or the connection is unusable.
    #[error("cannot be used: {0}")]
    Setup(String),
    /// The engine did not respond in time.
    #[error("no answer within {} seconds", .0.as_secs())]
    Timeout(Duration),
    /// The engine responded with an error.
    #[error("it answers {status}: {message}")]
    Refused {
        /// HTTP status.
        status: u16,
        /// Its message.
        message: String,
    },
    /// The response is not that of an engine.
    #[error("it does not answer as a container engine: {0}")]
    NotAnEngine(String),
    /// The connection broke during the response.
    #[error("the connection broke: {0}")]
    Broken(String),
    /// The engine's own program did not start.
    #[error("cannot start `{program}`")]
    Start {
        /// The program.
        program: String,
        /// The cause.
        source: io::Error,
    },
    /// The engine's own program failed.
    #[error("`{command}` ended with {status}{}", said(.stderr))]
    Failed {
        /// The command.
        command: String,
        /// Its exit status.
        status: ExitStatus,
        /// The end of its standard error.
        stderr: String,
    },
    /// The name of an image is invalid.
    #[error("`{0}` is not the name of an image")]
    BadName(String),
}

fn said(stderr: &str) -> String {
    if stderr.is_empty() { String::new() } else { format!(": {stderr}") }
}

impl EngineError {
    /// Returns the error and its cause on one line.
    pub(crate) fn in_one_line(&self) -> String {
        match self {
            Self::Connect(source) | Self::Start { source, .. } => format!("{self}: {}", plain(source)),
            _ => self.to_string(),
        }
    }

    /// Returns whether the engine does not have the image, or its name is invalid. APIs report this
    /// by a status, programs by a message.
    pub(super) fn is_no_such_image(&self) -> bool {
        const NO_NAME: &str = "invalid reference format";
        match self {
            Self::Refused { status: 404, .. } => true,
            Self::Refused { status: 400 | 500, message } => message.contains(NO_NAME),
            Self::Failed { stderr, .. } => ["no such image", "image not known", "No such image", NO_NAME]
                .iter()
                .any(|words| stderr.contains(words)),
            _ => false,
        }
    }

    /// Returns what the user can do about it; `is_tls` is whether the connection uses TLS.
    pub(super) fn hint(&self, is_tls: bool) -> Option<&'static str> {
        let text = self.in_one_line();
        if text.contains("received fatal alert") {
            Some(
                "it requires a certificate that it trusts: `DOCKER_CERT_PATH` names the directory of `ca.pem`, `cert.pem` and `key.pem`",
            )
        } else if text.contains("invalid peer certificate") {
            Some(
                "its own certificate is not signed by `ca.pem` in `DOCKER_CERT_PATH`, or is for another host",
            )
        } else if is_tls && text.contains("InvalidContentType") {
            Some("it does not speak TLS: unset `DOCKER_TLS_VERIFY` if you trust the network")
        } else if !is_tls && matches!(self, Self::Broken(_)) {
            Some("if it expects TLS, set `DOCKER_TLS_VERIFY=1` and `DOCKER_CERT_PATH`")
        } else {
            None
        }
    }

    /// Returns whether no engine listens, as opposed to one that fails.
    pub(crate) fn is_unserved(&self) -> bool {
        use io::ErrorKind::{ConnectionRefused, NotADirectory, NotFound};
        match self {
            Self::Connect(source) => matches!(source.kind(), NotFound | NotADirectory | ConnectionRefused),
            Self::Start { source, .. } => matches!(source.kind(), NotFound | NotADirectory),
            _ => false,
        }
    }

    /// Returns whether the user has no permission to connect.
    pub(crate) fn is_permission(&self) -> bool {
        matches!(self, Self::Connect(source) if source.kind() == io::ErrorKind::PermissionDenied)
    }
}

/// Returns the message of an I/O error without its number.
fn plain(error: &dyn std::error::Error) -> String {
    let text = error.to_string();
    let text = text.split_once(" (os error").map_or(text.as_str(), |(words, _)| words);
    let mut letters = text.chars();
    letters.next().map(|first| first.to_lowercase().chain(letters).collect()).unwrap_or_default()
}

impl From<bollard::errors::Error> for EngineError {
    fn from(error: bollard::errors::Error) -> Self {
        use bollard::errors::Error as E;
        match error {
            E::DockerResponseServerError { status_code: status, message } => {
                Self::Refused { status, message: bounded(&message) }
            }
            E::JsonDataError { message, .. } => Self::NotAnEngine(bounded(&message)),
            E::JsonSerdeError { err } => Self::NotAnEngine(bounded(&err.to_string())),
            E::StrParseError { err } => Self::NotAnEngine(err.to_string()),
            E::RequestTimeoutError => Self::Timeout(Duration::ZERO),
            E::IOError { err } => Self::Connect(err),
            E::HyperResponseError { err } => Self::Broken(innermost(&err)),
            E::HyperLegacyError { err } if err.is_connect() => {
                Self::Connect(io::Error::other(innermost(&err)))
            }
            E::HyperLegacyError { err } => Self::Broken(innermost(&err)),
            E::DockerStreamError { error } => Self::Broken(bounded(&error)),
            other => Self::Setup(bounded(&chain(&other))),
        }
    }
}

/// Returns the message of the innermost cause, which has the details.
fn innermost(error: &dyn std::error::Error) -> String {
    let mut last = error;
    while let Some(cause) = last.source() {
        last = cause;
    }
    plain(last)
}

/// Joins the messages of an error and its causes without repetitions.
fn chain(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut next = error.source();
    while let Some(cause) = next {
        let words = cause.to_string();
        if !text.contains(&words) {
            text = format!("{text}: {words}");
        }
        next = cause.source();
    }
    text
}

/// Returns the first line, cut to a maximum: responses may be hostile.
pub(super) fn bounded(text: &str) -> String {
    const LONGEST: usize = 500;
    let line = text.trim().lines().next().unwrap_or_default();
    line.chars().take(LONGEST).collect()
}

/// Invalid settings for the address of an engine.
#[derive(Debug, Error)]
pub enum DiscoverError {
    /// An address is invalid.
    #[error("{origin} has the invalid engine address `{address}`: {reason}")]
    Address {
        /// The setting that has it.
        origin: String,
        /// The address, without its password.
        address: String,
        /// Why it is invalid.
        reason: &'static str,
    },
    /// The context in use does not exist.
    #[error("there is no Docker context `{name}`: no file `{}`", .path.display())]
    NoContext {
        /// Its name.
        name: String,
        /// The file of the context, which does not exist.
        path: PathBuf,
    },
    /// The connection in use does not exist.
    #[error("there is no Podman connection `{name}`, neither in `{}` nor in `containers.conf`", .path.display())]
    NoConnection {
        /// Its name.
        name: String,
        /// The file of connections.
        path: PathBuf,
    },
    /// A settings file cannot be read.
    #[error("cannot read `{}`", .path.display())]
    Io {
        /// The file.
        path: PathBuf,
        /// The cause.
        source: io::Error,
    },
    /// A settings file is malformed.
    #[error("`{}` is malformed: {reason}", .path.display())]
    Malformed {
        /// The file.
        path: PathBuf,
        /// What is malformed.
        reason: String,
    },
}

impl DiscoverError {
    /// Returns what the user can do about it.
    pub fn hint(&self) -> Option<String> {
        match self {
            Self::NoContext { .. } => Some("`docker context ls` lists the existing contexts".to_owned()),
            Self::NoConnection { .. } => {
                Some("`podman system connection list` lists the existing connections".to_owned())
            }
            _ => None,
        }
    }
}
