//! The text that names an image, parsed.
//!
//! `docker-archive:FILE`, `oci-archive:FILE`, `oci:DIRECTORY` (with or without `//`), `-` for standard
//! input, or just a path, whose content then decides. As with skopeo, a file may be followed by
//! `:NAME`, which chooses one of several images. `docker://NAME`, `podman://NAME` and
//! `registry://NAME` (with `//`, because `registry:2` is the name of an image), or just a name that is
//! no path, which any engine may have. Which of them it is depends on files and engines:
//! [`Reference::locate`] looks.

use dockopt_core::image::SourceKind;

use super::error::ReferenceError;
use super::scheme::{file_kind_of, kind_of};
use crate::engine::EngineKind;

/// An image as the user names it. Parsing looks at the text alone.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reference {
    /// As typed.
    pub text: String,
    pub(super) parsed: Parsed,
    /// The user's name for an image that is referred to by its ID.
    pub(super) alias: Option<String>,
}

/// What the text alone tells.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Parsed {
    /// A kind of source, and what follows its scheme.
    Of { kind: SourceKind, rest: String },
    /// A path, or the name of an image.
    Bare,
    /// An unknown scheme, unless it begins the path of a file; then the kind of source is `otherwise`.
    Unknown { scheme: String, otherwise: Option<String> },
}

impl Reference {
    /// Parses a reference; `source` is a scheme for a reference without one, as dive's `--source` gives it.
    ///
    /// # Errors
    ///
    /// [`ReferenceError::UnknownSource`] if `source` is needed and no scheme.
    pub fn parse(text: &str, source: Option<&str>) -> Result<Self, ReferenceError> {
        Ok(Self { text: text.to_owned(), parsed: parse(text, source)?, alias: None })
    }

    /// The engine that a scheme names, as dive's `--source` gives it.
    ///
    /// # Errors
    ///
    /// [`ReferenceError::UnknownSource`] for any other scheme.
    pub fn engine_of(scheme: &str) -> Result<EngineKind, ReferenceError> {
        EngineKind::from_name(scheme).ok_or_else(|| ReferenceError::unknown(scheme, scheme))
    }

    /// The same image under the user's name for it, which comes first among its names if its engine has that name.
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

/// A text without a scheme, of the kind of source that is given.
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
