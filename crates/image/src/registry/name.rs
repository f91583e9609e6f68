//! Names of images in registries: `[HOST/]REPOSITORY[:TAG][@DIGEST]`.
//!
//! The defaults are those of every tool: Docker Hub, its namespace `library`, the tag `latest`.

use std::fmt;
use std::net::IpAddr;

use super::docker_hub;
use super::error::RegistryError;
use super::grammar;

/// The name of an image in a registry.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ImageName {
    registry: String,
    repository: String,
    tag: Option<String>,
    digest: Option<String>,
}

impl ImageName {
    /// Parses a name.
    pub fn parse(text: &str) -> Result<Self, RegistryError> {
        let parts = grammar::parse(text)
            .map_err(|reason| RegistryError::Name { name: text.to_owned(), reason: reason.to_owned() })?;
        let registry = match parts.host {
            None | Some("index.docker.io") => docker_hub::NAME,
            Some(host) => host,
        };
        let repository = match parts.repository {
            short if registry == docker_hub::NAME && !short.contains('/') => {
                format!("{}/{short}", docker_hub::NAMESPACE)
            }
            whole => whole.to_owned(),
        };
        let tag = parts.tag.or(parts.digest.is_none().then_some("latest"));
        Ok(Self {
            registry: registry.to_owned(),
            repository,
            tag: tag.map(str::to_owned),
            digest: parts.digest.map(str::to_ascii_lowercase),
        })
    }

    /// Returns whether a text is a valid name of an image.
    pub fn is_valid(text: &str) -> bool {
        Self::parse(text).is_ok()
    }

    /// Returns the registry as written in the name: `docker.io`, `localhost:5000`.
    pub fn registry(&self) -> &str {
        &self.registry
    }

    /// Returns the repository within the registry: `library/alpine`.
    pub fn repository(&self) -> &str {
        &self.repository
    }

    /// Returns the digest, if the name has one.
    pub fn digest(&self) -> Option<&str> {
        self.digest.as_deref()
    }

    /// Returns the tag, if the name has one.
    pub fn tag(&self) -> Option<&str> {
        self.tag.as_deref()
    }

    /// Returns the host and port of the API.
    pub(super) fn host(&self) -> &str {
        match self.registry() {
            docker_hub::NAME => docker_hub::HOST,
            registry => registry,
        }
    }

    /// Returns the key of the manifest: the digest, which is exact, or the tag.
    pub(crate) fn manifest_key(&self) -> &str {
        self.digest().or_else(|| self.tag()).unwrap_or("latest")
    }
}

impl fmt::Display for ImageName {
    /// Writes the full name, defaults included.
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{}/{}", self.registry(), self.repository())?;
        if let Some(tag) = self.tag() {
            write!(formatter, ":{tag}")?;
        }
        match self.digest() {
            Some(digest) => write!(formatter, "@{digest}"),
            None => Ok(()),
        }
    }
}

/// Returns whether a host (without its port) is this machine, where plain HTTP is allowed.
pub(super) fn is_loopback(host: &str) -> bool {
    let address = host.trim_start_matches('[').trim_end_matches(']');
    host.eq_ignore_ascii_case("localhost")
        || address.parse().is_ok_and(|address: IpAddr| address.is_loopback())
}

/// Returns a host without its port.
pub(super) fn without_port(host: &str) -> &str {
    match host.rsplit_once(':') {
        Some((name, port)) if !port.ends_with(']') => name,
        _ => host,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn missing_parts_have_defaults() {
        let digest = format!("sha256:{}", "aB".repeat(32));
        let lower = digest.to_lowercase();
        for (text, full, host) in [
            ("alpine", "docker.io/library/alpine:latest", docker_hub::HOST),
            ("a/b:1", "docker.io/a/b:1", docker_hub::HOST),
            ("docker.io/alpine:3", "docker.io/library/alpine:3", docker_hub::HOST),
            ("index.docker.io/a/b", "docker.io/a/b:latest", docker_hub::HOST),
            ("localhost/a", "localhost/a:latest", "localhost"),
            ("[::1]:5000/a", "[::1]:5000/a:latest", "[::1]:5000"),
            ("127.0.0.1:5000/a/b/c:x", "127.0.0.1:5000/a/b/c:x", "127.0.0.1:5000"),
            (&format!("ghcr.io/a/b@{digest}"), &format!("ghcr.io/a/b@{lower}"), "ghcr.io"),
            (&format!("a:1@{digest}"), &format!("docker.io/library/a:1@{lower}"), docker_hub::HOST),
        ] {
            let name = ImageName::parse(text).expect(text);
            assert_eq!((name.to_string().as_str(), name.host()), (full, host), "{text}");
        }
        let both = ImageName::parse(&format!("a:1@{digest}")).expect("a name");
        assert_eq!(both.manifest_key(), lower, "a digest is exact");
    }

    #[test]
    fn error_of_an_invalid_name_says_what_is_expected() {
        for text in
            ["", "Alpine", "a b", "../x", "a?b", "a#b", "a:", "a@sha256:00", "-a", "a/../b", "http://a/b"]
        {
            assert!(!ImageName::is_valid(text), "{text}");
        }
        let error = ImageName::parse("Alpine").expect_err("not in lower case");
        assert_eq!(
            error.to_string(),
            "`Alpine` is not the name of an image: expected `[HOST/]NAME[:TAG][@DIGEST]`, the name in lower case"
        );
    }

    #[test]
    fn loopback_is_recognised_by_name_and_address() {
        for host in ["localhost", "LOCALHOST", "127.0.0.1", "127.8.8.8", "[::1]", "::1"] {
            assert!(is_loopback(host), "{host}");
        }
        for host in
            ["localhost.example.com", "10.0.0.1", "127.0.0.1.example.com", "1270.0.0.1", "example.com"]
        {
            assert!(!is_loopback(host), "{host}");
        }
        assert_eq!(without_port("localhost:5000"), "localhost");
        assert_eq!(without_port("example.com"), "example.com");
        assert_eq!((without_port("[::1]"), without_port("[::1]:5000")), ("[::1]", "[::1]"));
    }
}
