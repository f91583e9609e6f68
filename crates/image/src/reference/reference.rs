//! Parses references to images.
//!
//! | reference | image |
//! |---|---|
//! | `docker-archive:FILE`, `oci-archive:FILE`, `oci:DIRECTORY` | of that format |
//! | `docker://NAME`, `podman://NAME`, `registry://NAME` | in that engine or its registry |
//! | `-` | on standard input |
//! | a path | of the format of its content |
//! | any other name | in any engine |
//!
//! As in skopeo, `:NAME` after a file chooses one of several images. The schemes of files may have
//! `//` after the colon. The schemes of names must have it, because `registry:2` is itself the name
//! of an image. Whether a text without a scheme is a path depends on the files that exist:
//! [`Reference::locate`] checks.

use dockopt_core::image::SourceKind;

use super::error::ReferenceError;
use super::scheme::{file_kind_of, kind_of};
use crate::engine::EngineKind;

/// An image as named by the user. Parsing depends on the text alone.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reference {
    /// As typed.
    pub text: String,
    pub(super) parsed: Parsed,
    /// The user's name for an image whose reference is an ID.
    pub(super) alias: Option<String>,
}

/// The result of parsing the text alone.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Parsed {
    /// A kind of source, and the text after its scheme.
    Of { kind: SourceKind, rest: String },
    /// A path, or the name of an image.
    Bare,
    /// An unknown scheme, unless the text is the path of a file; `otherwise` is the scheme for
    /// that file.
    Unknown { scheme: String, otherwise: Option<String> },
}

impl Reference {
    /// Parses a reference; `source` is the scheme for a reference without one, as in dive's
    /// `--source`.
    ///
    /// # Errors
    ///
    /// Fails with [`ReferenceError::UnknownSource`] if `source` is needed and not a known scheme.
    pub fn parse(text: &str, source: Option<&str>) -> Result<Self, ReferenceError> {
        Ok(Self { text: text.to_owned(), parsed: parse(text, source)?, alias: None })
    }

    /// Returns the engine that a scheme names, as in dive's `--source`.
    ///
    /// # Errors
    ///
    /// Fails with [`ReferenceError::UnknownSource`] for any other scheme.
    pub fn engine_of(scheme: &str) -> Result<EngineKind, ReferenceError> {
        EngineKind::from_name(scheme).ok_or_else(|| ReferenceError::unknown(scheme, scheme))
    }

    /// Returns the reference with the user's name for its image, which is listed first if the
    /// engine has that name.
    #[must_use]
    pub fn known_as(self, name: &str) -> Self {
        Self { alias: Some(name.to_owned()), ..self }
    }
}

/// Splits `SCHEME:REST` and `SCHEME://REST`; only `SCHEME://` makes an unknown scheme an error.
fn parse(text: &str, source: Option<&str>) -> Result<Parsed, ReferenceError> {
    if let Some((scheme, rest)) = text.split_once("://") {
        return Ok(match kind_of(scheme) {
            Some(kind) => Parsed::Of { kind, rest: rest.to_owned() },
            None => Parsed::Unknown { scheme: scheme.to_owned(), otherwise: source.map(str::to_owned) },
        });
    }
    if let Some((scheme, rest)) = text.split_once(':')
        && let Some(kind) = file_kind_of(scheme)
    {
        return Ok(Parsed::Of { kind, rest: rest.to_owned() });
    }
    of_source(text, source)
}

/// Parses a text without a scheme as one of the kind `source`.
pub(super) fn of_source(text: &str, source: Option<&str>) -> Result<Parsed, ReferenceError> {
    let Some(scheme) = source else { return Ok(Parsed::Bare) };
    match kind_of(scheme) {
        Some(kind) => Ok(Parsed::Of { kind, rest: text.to_owned() }),
        None => Err(ReferenceError::unknown(scheme, text)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parsed(text: &str) -> Parsed {
        Reference::parse(text, None).expect("a reference").parsed
    }

    fn of(kind: SourceKind, rest: &str) -> Parsed {
        Parsed::Of { kind, rest: rest.to_owned() }
    }

    #[test]
    fn slashes_after_schemes_of_files_are_optional() {
        for text in ["oci-archive:image.tar", "oci-archive://image.tar"] {
            assert_eq!(parsed(text), of(SourceKind::OciArchive, "image.tar"));
        }
        assert_eq!(parsed("oci:src:name:tag"), of(SourceKind::OciDirectory, "src:name:tag"));
        assert_eq!(parsed("-"), Parsed::Bare);
        assert_eq!(parsed("oci-archive:-"), of(SourceKind::OciArchive, "-"));
    }

    #[test]
    fn source_option_applies_only_without_a_scheme() {
        let parsed = |text| Reference::parse(text, Some("docker-archive")).expect("a reference").parsed;
        assert_eq!(parsed("image.tar"), of(SourceKind::DockerArchive, "image.tar"));
        assert_eq!(parsed("oci:dir"), of(SourceKind::OciDirectory, "dir"));
        let reference = Reference::parse("alpine:3", Some("podman")).expect("a reference");
        assert_eq!(reference.parsed, of(SourceKind::Podman, "alpine:3"));
        let error = Reference::parse("x", Some("nonsense")).expect_err("no source");
        assert_eq!(error.to_string(), "unknown source `nonsense` in `x`");
    }

    #[test]
    fn schemes_of_names_need_slashes() {
        for text in ["alpine:3", "registry:2", "docker:dind", "docker"] {
            assert_eq!(parsed(text), Parsed::Bare, "{text}");
        }
        assert_eq!(parsed("docker://alpine"), of(SourceKind::Docker, "alpine"));
        assert_eq!(parsed("podman://localhost/x:1"), of(SourceKind::Podman, "localhost/x:1"));
        let name = "localhost:5000/x@sha256:00";
        assert_eq!(parsed(&format!("registry://{name}")), of(SourceKind::Registry, name));
        assert_eq!(parsed("ftp://x"), Parsed::Unknown { scheme: "ftp".to_owned(), otherwise: None });
    }
}
