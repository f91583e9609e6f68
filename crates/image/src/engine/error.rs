//! Why an engine gives no image.

use std::io;
use std::path::PathBuf;
use std::process::ExitStatus;
use std::time::Duration;

use thiserror::Error;

/// What went wrong with an engine.
#[derive(Debug, Error)]
pub enum EngineError {
    /// Nobody listens there, or nobody may connect.
    #[error("cannot connect")]
    Connect(#[source] io::Error),
    /// There is something, but it cannot be talked to.
    #[error("cannot be used: {0}")]
    Setup(String),
    /// It did not answer in time.
    #[error("no answer within {} seconds", .0.as_secs())]
    Timeout(Duration),
    /// It refuses, in its own words.
    #[error("it answers {status}: {message}")]
    Refused {
        /// HTTP status.
        status: u16,
        /// What it says.
        message: String,
    },
    /// What it answers is not what engines answer.
    #[error("it does not answer as a container engine: {0}")]
    NotAnEngine(String),
    /// The connection broke while it was answering.
    #[error("the connection broke: {0}")]
    Broken(String),
    /// The engine's own program could not be started.
    #[error("cannot start `{program}`")]
    Start {
        /// The program.
        program: String,
        /// Why.
        source: io::Error,
    },
    /// The engine's own program failed.
    #[error("`{command}` ended with {status}{}", said(.stderr))]
    Failed {
        /// What was run.
        command: String,
        /// How it ended.
        status: ExitStatus,
        /// The end of what it said.
        stderr: String,
    },
    /// A name that no engine can have an image of.
    #[error("`{0}` is no name of an image")]
    BadName(String),
}

fn said(stderr: &str) -> String {
    if stderr.is_empty() { String::new() } else { format!(": {stderr}") }
}

impl EngineError {
    /// All that is known of it in one line.
    pub(crate) fn in_one_line(&self) -> String {
        match self {
            Self::Connect(source) | Self::Start { source, .. } => format!("{self}: {}", plain(source)),
            _ => self.to_string(),
        }
    }

    /// Whether it is that there is no such image, or can be none of that name: an API tells it by its status, a program by its
    /// words alone.
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

    /// What could be done about it, at an address by TCP that is asked by TLS or not.
    pub(super) fn hint(&self, is_tls: bool) -> Option<&'static str> {
        let text = self.in_one_line();
        if text.contains("received fatal alert") {
            Some(
                "it wants a certificate that it knows: `DOCKER_CERT_PATH` names the directory of `ca.pem`, `cert.pem` and `key.pem`",
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

    /// Whether there is no engine at all, rather than one that fails.
    pub(crate) fn is_nobody(&self) -> bool {
        use io::ErrorKind::{ConnectionRefused, NotADirectory, NotFound};
        match self {
            Self::Connect(source) => matches!(source.kind(), NotFound | NotADirectory | ConnectionRefused),
            Self::Start { source, .. } => matches!(source.kind(), NotFound | NotADirectory),
            _ => false,
        }
    }

    /// Whether the user may not connect.
    pub(crate) fn is_permission(&self) -> bool {
        matches!(self, Self::Connect(source) if source.kind() == io::ErrorKind::PermissionDenied)
    }
}

/// The words of an I/O error, without its number.
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

/// The last of an error's causes, which says what happened; those above say that something did, in varying words.
fn innermost(error: &dyn std::error::Error) -> String {
    let mut last = error;
    while let Some(cause) = last.source() {
        last = cause;
    }
    plain(last)
}

/// An error and its causes, those left out that only say again what is said already.
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

/// The first line and some of it: answers come from anywhere.
pub(super) fn bounded(text: &str) -> String {
    const LONGEST: usize = 500;
    let line = text.trim().lines().next().unwrap_or_default();
    line.chars().take(LONGEST).collect()
}

/// Settings that do not tell where an engine listens.
#[derive(Debug, Error)]
pub enum DiscoverError {
    /// An address that is none.
    #[error("{origin} says `{address}`, which is no address of an engine: {reason}")]
    Address {
        /// Where it is from.
        origin: String,
        /// The address, without its password.
        address: String,
        /// What is wrong with it.
        reason: &'static str,
    },
    /// The context in use does not exist.
    #[error("there is no Docker context `{name}`: no file `{}`", .path.display())]
    NoContext {
        /// Its name.
        name: String,
        /// The file that would tell about it.
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
    /// A file of settings cannot be read.
    #[error("cannot read `{}`", .path.display())]
    Io {
        /// Which.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// A file of settings says nonsense.
    #[error("`{}` is malformed: {reason}", .path.display())]
    Malformed {
        /// Which.
        path: PathBuf,
        /// What is wrong.
        reason: String,
    },
}

impl DiscoverError {
    /// What could be done about it.
    pub fn hint(&self) -> Option<String> {
        match self {
            Self::NoContext { .. } => Some("`docker context ls` lists those there are".to_owned()),
            Self::NoConnection { .. } => {
                Some("`podman system connection list` lists those there are".to_owned())
            }
            _ => None,
        }
    }
}
