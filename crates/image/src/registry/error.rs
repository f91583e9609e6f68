//! Errors between an image's name and the last byte of its layers.
//!
//! Every variant names its host or object. None holds a password, a token, or the query of a URL,
//! which is often a signature for blobs.

use std::error::Error;
use std::time::Duration;

use thiserror::Error;

/// A failed request to a registry.
#[derive(Clone, Debug, Error)]
pub enum RegistryError {
    /// The name of an image is invalid.
    #[error("`{name}` is not the name of an image: {reason}")]
    Name {
        /// As typed.
        name: String,
        /// What is wrong with it.
        reason: String,
    },
    /// Stored credentials are unusable.
    #[error("credentials for `{host}` cannot be read from {place}: {reason}")]
    Credentials {
        /// The registry they are for.
        host: String,
        /// The file or the credential helper.
        place: String,
        /// What is wrong with it.
        reason: String,
    },
    /// The HTTP client cannot start.
    #[error("connections to registries cannot be set up")]
    Setup(#[source] Reason),
    /// The host does not answer.
    #[error("`{host}` cannot be reached")]
    Connection {
        /// Host and port.
        host: String,
        /// Why.
        source: Reason,
    },
    /// A request that would go over plain HTTP without permission.
    #[error("{what} `{address}` is plain HTTP, nothing was sent there")]
    PlainHttp {
        /// What the address is for.
        what: &'static str,
        /// The address, without its query.
        address: String,
    },
    /// A redirect that cannot be followed.
    #[error("{object}: `{host}` redirects {problem}")]
    Redirect {
        /// The requested object.
        object: String,
        /// The redirecting host.
        host: String,
        /// `too often`, …
        problem: &'static str,
    },
    /// The registry's challenge is invalid or unsupported.
    #[error("`{host}` asks for an unsupported authentication: {reason}")]
    Challenge {
        /// The registry.
        host: String,
        /// What it asks for.
        reason: String,
    },
    /// Credentials are missing or refused.
    #[error("`{host}` denies {who} access to {object}{}", said(.message.as_ref()))]
    Unauthorized {
        /// The registry.
        host: String,
        /// `you` if credentials were sent, else `anonymous users`.
        who: &'static str,
        /// The requested object.
        object: String,
        /// The message of the registry, if any.
        message: Option<String>,
    },
    /// Access is denied.
    #[error("`{host}` denies access to {object}{}", said(.message.as_ref()))]
    Forbidden {
        /// The registry.
        host: String,
        /// The requested object.
        object: String,
        /// The message of the registry, if any.
        message: Option<String>,
    },
    /// The registry does not have the object.
    #[error("`{host}` has no {object}{}", said(.message.as_ref()))]
    NotFound {
        /// The registry.
        host: String,
        /// The requested object.
        object: String,
        /// The message of the registry, if any.
        message: Option<String>,
    },
    /// The registry limits the rate of requests.
    #[error("`{host}` allows no more requests {}{}", for_how_long(*.wait), said(.message.as_ref()))]
    RateLimited {
        /// The registry.
        host: String,
        /// The wait it asks for, if any.
        wait: Option<Duration>,
        /// The message of the registry, if any.
        message: Option<String>,
    },
    /// Any other status.
    #[error("`{host}` answers with status {status} when asked for {object}{}", said(.message.as_ref()))]
    Status {
        /// The answering host.
        host: String,
        /// The HTTP status.
        status: u16,
        /// The requested object.
        object: String,
        /// Its message.
        message: Option<String>,
    },
    /// The answer broke off.
    #[error("{object} breaks off after {received} bytes")]
    Broken {
        /// The requested object.
        object: String,
        /// Bytes received before.
        received: u64,
        /// Why it broke off.
        source: Reason,
    },
    /// The answer is too large.
    #[error("{object} has more than the {limit} bytes that {limited_by}")]
    TooLarge {
        /// The requested object.
        object: String,
        /// The limit in bytes.
        limit: u64,
        /// Where the limit comes from.
        limited_by: &'static str,
    },
    /// The answer has another digest.
    #[error("{object} does not match its digest: expected `{expected}`, found `{found}`")]
    Digest {
        /// The requested object.
        object: String,
        /// Its digest.
        expected: String,
        /// The digest of the answer.
        found: String,
    },
    /// The algorithm of a digest is not supported.
    #[error("{object} cannot be verified, only SHA-256 and SHA-512 digests can")]
    Algorithm {
        /// The requested object.
        object: String,
    },
    /// The answer of a token service is invalid.
    #[error("token service `{host}`: {reason}")]
    Token {
        /// The token service.
        host: String,
        /// What is wrong with its answer.
        reason: String,
    },
    /// The answer is late; the report does not wait for it.
    #[error("`{host}` did not respond in time when asked for {object}")]
    Late {
        /// The registry.
        host: String,
        /// The requested object.
        object: String,
    },
    /// The image leads to too many documents.
    #[error("{object} leads to more than {limit} documents")]
    TooManyDocuments {
        /// The image.
        object: String,
        /// The limit.
        limit: usize,
    },
}

impl RegistryError {
    /// Returns what the user can do about it.
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
                "this system does not trust the issuer of its certificate; `SSL_CERT_FILE` names a file of others"
                    .to_owned(),
            ),
            Self::NotFound { .. } => Some("check the name and the tag".to_owned()),
            Self::Digest { .. } => Some(
                "the registry, or a proxy on the way to it, sends other bytes than requested".to_owned(),
            ),
            _ => None,
        }
    }

    /// Returns whether the registry refuses a request: it does not have the object, does not
    /// support the request, or denies access.
    pub(super) fn is_refusal(&self) -> bool {
        match self {
            Self::NotFound { .. } | Self::Unauthorized { .. } | Self::Forbidden { .. } => true,
            Self::Status { status, .. } => matches!(status, 400..=499 | 501),
            _ => false,
        }
    }

    /// Returns whether TLS fails for the certificate, according to the TLS library's message.
    pub(super) fn is_about_certificate(&self) -> bool {
        matches!(self, Self::Connection { source, .. } if source.0.contains("certificate"))
    }

    /// Finds the error of a registry among the causes of another error.
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

/// Returns the name for `docker login`, which for Docker Hub is not its host.
fn login_name(host: &str) -> &str {
    if host == super::docker_hub::HOST { super::docker_hub::NAME } else { host }
}

/// The innermost cause of an error, which has the details.
#[derive(Clone, Debug, Error)]
#[error("{0}")]
pub struct Reason(String);

impl Reason {
    /// Returns the cause for a transfer below the minimum speed.
    pub(super) fn too_slow() -> Self {
        Self::new(TOO_SLOW)
    }

    pub(super) fn is_too_slow(&self) -> bool {
        self.0 == TOO_SLOW
    }

    pub(super) fn new(text: &str) -> Self {
        Self(text.to_owned())
    }

    /// Returns the cause of an error of the HTTP client, without the URL in its message.
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

const TOO_SLOW: &str = "the transfer is too slow, less than 1 KiB a second";

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
    fn registry_error_is_found_among_causes() {
        let wrapped = io::Error::other(not_found());
        assert!(matches!(RegistryError::within(&wrapped), Some(RegistryError::NotFound { .. })));
        let layer = crate::layer::LayerError::Read(io::Error::other(not_found()));
        assert!(RegistryError::within(&layer).is_some());
        assert!(RegistryError::within(&io::Error::other("else")).is_none());
    }

    #[test]
    fn cause_is_the_innermost_error() {
        let layer = crate::layer::LayerError::Read(io::Error::other(not_found()));
        assert_eq!(Reason::of(&layer).to_string(), "`h` has no image `i`");
    }

    #[test]
    fn hint_for_docker_hub_names_docker_io() {
        let error = |host: &str| RegistryError::Unauthorized {
            host: host.to_owned(),
            who: "you",
            object: "image `i`".to_owned(),
            message: Some("no".to_owned()),
        };
        assert_eq!(error("h").to_string(), "`h` denies you access to image `i`: no");
        assert!(error("h").hint().expect("a hint").contains("`docker login h`"));
        assert!(error("registry-1.docker.io").hint().expect("a hint").contains("`docker login docker.io`"));
    }
}
