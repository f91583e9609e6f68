//! What can go wrong between an image's name and the last byte of its layers.
//!
//! Every variant names the host or the object it is about; none holds a password, a token, or the query of an address, which
//! for blobs is often a signature.

use std::error::Error;
use std::time::Duration;

use thiserror::Error;

/// An image that cannot be had from its registry.
#[derive(Clone, Debug, Error)]
pub enum RegistryError {
    /// The name is no name of an image.
    #[error("`{name}` is not the name of an image: {reason}")]
    Name {
        /// As typed.
        name: String,
        /// What is wrong with it.
        reason: String,
    },
    /// Stored credentials cannot be used.
    #[error("credentials for `{host}` cannot be read from {place}: {reason}")]
    Credentials {
        /// The registry they are for.
        host: String,
        /// The file or the credential helper.
        place: String,
        /// What is wrong with it.
        reason: String,
    },
    /// No connections can be made at all.
    #[error("connections to registries cannot be set up")]
    Setup(#[source] Cause),
    /// There is no answer.
    #[error("`{host}` cannot be reached")]
    Connection {
        /// Host and port.
        host: String,
        /// Why.
        source: Cause,
    },
    /// An address that would be asked without encryption.
    #[error("{what} `{address}` is plain HTTP, nothing was sent there")]
    PlainHttp {
        /// What it is the address of.
        what: &'static str,
        /// The address, without its query.
        address: String,
    },
    /// A redirect that leads nowhere.
    #[error("{object}: `{host}` redirects {problem}")]
    Redirect {
        /// What was asked for.
        object: String,
        /// Who redirected.
        host: String,
        /// `too often`, …
        problem: &'static str,
    },
    /// The registry's demand for credentials cannot be understood or met.
    #[error("`{host}` asks for an authentication that is not possible: {reason}")]
    Challenge {
        /// The registry.
        host: String,
        /// What it asks for.
        reason: String,
    },
    /// Credentials are missing or not accepted.
    #[error("`{host}` does not let {who} have {object}{}", said(.message.as_ref()))]
    Unauthorized {
        /// The registry.
        host: String,
        /// `you` if credentials were sent, else `anonymous users`.
        who: &'static str,
        /// What was asked for.
        object: String,
        /// What the registry said.
        message: Option<String>,
    },
    /// Access is denied whoever asks.
    #[error("`{host}` denies access to {object}{}", said(.message.as_ref()))]
    Forbidden {
        /// The registry.
        host: String,
        /// What was asked for.
        object: String,
        /// What the registry said.
        message: Option<String>,
    },
    /// There is nothing of that name.
    #[error("`{host}` has no {object}{}", said(.message.as_ref()))]
    NotFound {
        /// The registry.
        host: String,
        /// What was asked for.
        object: String,
        /// What the registry said.
        message: Option<String>,
    },
    /// Too much was asked for in too short a time.
    #[error("`{host}` allows no more requests {}{}", for_how_long(*.wait), said(.message.as_ref()))]
    RateLimited {
        /// The registry.
        host: String,
        /// How long it wants to be left alone, if it says so.
        wait: Option<Duration>,
        /// What the registry said.
        message: Option<String>,
    },
    /// Any other answer than the one hoped for.
    #[error("`{host}` answers with status {status} when asked for {object}{}", said(.message.as_ref()))]
    Status {
        /// Who answered.
        host: String,
        /// The HTTP status.
        status: u16,
        /// What was asked for.
        object: String,
        /// What it said.
        message: Option<String>,
    },
    /// The answer stopped coming.
    #[error("{object} breaks off after {received} bytes")]
    Broken {
        /// What was fetched.
        object: String,
        /// What had come.
        received: u64,
        /// How it broke off.
        source: Cause,
    },
    /// The answer has more bytes than it may have.
    #[error("{object} has more than the {limit} bytes that {limited_by}")]
    TooLarge {
        /// What was fetched.
        object: String,
        /// What it may have.
        limit: u64,
        /// Who says so.
        limited_by: &'static str,
    },
    /// The answer is not what it is known by.
    #[error("{object} does not match its digest: expected `{expected}`, found `{found}`")]
    Digest {
        /// What was fetched.
        object: String,
        /// The digest it is known by.
        expected: String,
        /// The digest it has.
        found: String,
    },
    /// A digest that nothing can be compared with.
    #[error("{object} cannot be verified, only SHA-256 and SHA-512 digests can")]
    Algorithm {
        /// What should be fetched.
        object: String,
    },
    /// The answer of a token service makes no sense.
    #[error("token service `{host}`: {reason}")]
    Token {
        /// The token service.
        host: String,
        /// What is wrong with its answer.
        reason: String,
    },
    /// There is no answer yet, and it is not worth waiting for.
    #[error("`{host}` has not answered in time for {object}")]
    Late {
        /// The registry.
        host: String,
        /// What was asked for.
        object: String,
    },
    /// The image asks for too much.
    #[error("{object} leads to more than {limit} documents")]
    TooManyDocuments {
        /// The image.
        object: String,
        /// How many are fetched.
        limit: usize,
    },
}

impl RegistryError {
    /// What could be done about it.
    pub fn hint(&self) -> Option<String> {
        match self {
            Self::Unauthorized { host, .. } => Some(format!(
                "log in with `docker login {}`, or check the name: registries hide what they do not have",
                login_name(host)
            )),
            Self::PlainHttp { .. } => {
                Some("allow it with `--plain-http` if you trust the network".to_owned())
            }
            Self::RateLimited { host, .. } => {
                Some(format!("log in with `docker login {}`, or wait", login_name(host)))
            }
            Self::Credentials { host, .. } => {
                Some(format!("log in again with `docker login {}`", login_name(host)))
            }
            Self::Connection { source, .. } if source.to_string().contains("InvalidContentType") => Some(
                "it does not speak TLS; allow plain HTTP with `--plain-http` if you trust the network".to_owned(),
            ),
            Self::Connection { source, .. } if source.to_string().contains("UnknownIssuer") => Some(
                "its certificate is signed by nobody this system trusts; `SSL_CERT_FILE` names a file of others"
                    .to_owned(),
            ),
            Self::NotFound { .. } => Some("check the name and the tag".to_owned()),
            Self::Digest { .. } => Some(
                "the registry, or something on the way to it, gives other bytes than asked for".to_owned(),
            ),
            _ => None,
        }
    }

    /// Whether the registry answers that it does not have something, does not know such a question, or does not allow it.
    pub(super) fn is_refusal(&self) -> bool {
        match self {
            Self::NotFound { .. } | Self::Unauthorized { .. } | Self::Forbidden { .. } => true,
            Self::Status { status, .. } => matches!(status, 400..=499 | 501),
            _ => false,
        }
    }

    /// Whether the other end speaks TLS but is not trusted, by the TLS library's own words.
    pub(super) fn is_about_certificate(&self) -> bool {
        matches!(self, Self::Connection { source, .. } if source.0.contains("certificate"))
    }

    /// The error of a registry that is somewhere below another error.
    pub(crate) fn within<'e>(error: &'e (dyn Error + 'static)) -> Option<&'e Self> {
        let mut next = Some(error);
        while let Some(error) = next {
            if let Some(found) = error.downcast_ref::<Self>() {
                return Some(found);
            }
            let inside = error.downcast_ref::<std::io::Error>().and_then(std::io::Error::get_ref);
            if let Some(found) = inside.and_then(|inside| inside.downcast_ref::<Self>()) {
                return Some(found);
            }
            next = error.source();
        }
        None
    }
}

/// Docker knows its own registry by a name that is not its host.
fn login_name(host: &str) -> &str {
    if host == super::name::DOCKER_HUB_HOST { "docker.io" } else { host }
}

/// The last link of a chain of errors, which says what really happened; those above only say that something did.
#[derive(Clone, Debug, Error)]
#[error("{0}")]
pub struct Cause(String);

impl Cause {
    /// Bytes come, but too few.
    pub(super) fn too_slow() -> Self {
        Self::new(TOO_SLOW)
    }

    pub(super) fn is_too_slow(&self) -> bool {
        self.0 == TOO_SLOW
    }

    pub(super) fn new(text: &str) -> Self {
        Self(text.to_owned())
    }

    /// Of an error of the HTTP client, whose own words may hold an address.
    pub(super) fn of_request(error: reqwest::Error) -> Self {
        Self::of(&error.without_url())
    }

    pub(super) fn of(error: &(dyn Error + 'static)) -> Self {
        let mut last = error;
        while let Some(next) = last.source() {
            last = next;
        }
        let inside = last.downcast_ref::<std::io::Error>().and_then(std::io::Error::get_ref);
        match inside {
            Some(inside) => Self::of(inside),
            None => Self(last.to_string()),
        }
    }
}

const TOO_SLOW: &str = "it comes too slowly, less than 1 KiB a second";

fn for_how_long(wait: Option<Duration>) -> String {
    wait.map_or_else(|| "for now".to_owned(), |wait| format!("for {} seconds", wait.as_secs()))
}

fn said(message: Option<&String>) -> String {
    message.map(|message| format!(": {message}")).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use std::io;

    use super::*;

    fn not_found() -> RegistryError {
        RegistryError::NotFound { host: "h".to_owned(), object: "image `i`".to_owned(), message: None }
    }

    #[test]
    fn an_error_is_found_below_others() {
        let wrapped = io::Error::other(not_found());
        assert!(matches!(RegistryError::within(&wrapped), Some(RegistryError::NotFound { .. })));
        let layer = crate::layer::LayerError::Read(io::Error::other(not_found()));
        assert!(RegistryError::within(&layer).is_some());
        assert!(RegistryError::within(&io::Error::other("else")).is_none());
    }

    #[test]
    fn a_cause_is_the_innermost_error() {
        let layer = crate::layer::LayerError::Read(io::Error::other(not_found()));
        assert_eq!(Cause::of(&layer).to_string(), "`h` has no image `i`");
    }

    #[test]
    fn the_registry_of_docker_is_logged_in_to_by_its_other_name() {
        let error = |host: &str| RegistryError::Unauthorized {
            host: host.to_owned(),
            who: "you",
            object: "image `i`".to_owned(),
            message: Some("no".to_owned()),
        };
        assert_eq!(error("h").to_string(), "`h` does not let you have image `i`: no");
        assert!(error("h").hint().expect("a hint").contains("`docker login h`"));
        assert!(error("registry-1.docker.io").hint().expect("a hint").contains("`docker login docker.io`"));
    }
}
