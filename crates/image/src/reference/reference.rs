//! What the user typed to name an image, parsed.
//!
//! `docker-archive:FILE`, `oci-archive:FILE`, `oci:DIRECTORY` (with or without `//`), `-` for standard input, or just a path,
//! whose content then says what it is. As with skopeo, a file may be followed by `:NAME`, which chooses one of several images.
//! `docker://NAME`, `podman://NAME` and `registry://NAME` (with `//`, because `registry:2` is the name of an image), or just
//! a name that is no path, which any engine may have.

use std::path::{Path, PathBuf};

use super::error::ReferenceError;
use crate::engine::{EngineKind, is_name, locate};
use crate::host::Environment;
use crate::source::Format;

/// Where an image is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reference {
    /// As typed.
    pub text: String,
    /// Parsed.
    pub(crate) place: Place,
    /// The image chosen within an archive by `FILE:NAME`.
    pub(crate) image: Option<String>,
    /// The name that the user has for an image that is looked for by its ID.
    pub(crate) known_as: Option<String>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Place {
    StandardInput {
        format: Format,
    },
    File {
        path: PathBuf,
        format: Format,
    },
    /// In an engine, or in any of them.
    Engine {
        engine: Option<EngineKind>,
        name: String,
    },
    Registry {
        name: String,
    },
}

/// The schemes of images in files.
const FILES: [&str; 3] = ["docker-archive", "oci-archive", "oci"];
/// The schemes of sources that live outside files.
const ELSEWHERE: [&str; 3] = ["docker", "podman", "registry"];

impl Reference {
    /// Parses a reference; `source` is a scheme for a reference that has none, as dive's `--source` gives it.
    ///
    /// Looks whether files exist, because a name may contain colons; opens none.
    pub fn parse(text: &str, source: Option<&str>) -> Result<Self, ReferenceError> {
        let (scheme, rest) = split_scheme(text, source)?;
        let format = match scheme {
            None => Format::Any,
            Some("docker-archive") => Format::DockerArchive,
            Some("oci-archive") => Format::OciArchive,
            Some("oci") => Format::OciDirectory,
            Some("registry") => return Ok(Self::new(text, Place::Registry { name: rest.to_owned() })),
            Some(scheme) => {
                let (engine, name) = (EngineKind::from_name(scheme), rest.to_owned());
                return Ok(Self::new(text, Place::Engine { engine, name }));
            }
        };
        if rest == "-" {
            return Ok(Self::new(text, Place::StandardInput { format }));
        }
        let (path, image) = split_image(rest, scheme.is_some());
        if scheme.is_none() && !Path::new(path).exists() {
            if !is_name(text) {
                return Err(ReferenceError::NotFound { reference: text.to_owned() });
            }
            return Ok(Self::new(text, Place::Engine { engine: None, name: text.to_owned() }));
        }
        let place = Place::File { path: PathBuf::from(path), format };
        Ok(Self { image: image.map(str::to_owned), ..Self::new(text, place) })
    }

    /// The engine that a scheme names, as dive's `--source` gives it.
    ///
    /// # Errors
    ///
    /// [`ReferenceError::UnknownSource`] for any other scheme.
    pub fn engine_of(scheme: &str) -> Result<EngineKind, ReferenceError> {
        EngineKind::from_name(scheme).ok_or_else(|| ReferenceError::UnknownSource {
            scheme: scheme.to_owned(),
            reference: scheme.to_owned(),
        })
    }

    /// Looks whether an engine has the image, if it is to be in one; reads nothing.
    ///
    /// # Errors
    ///
    /// [`LocateError::NoSuchImage`](crate::LocateError), or what keeps engines from being asked.
    pub fn find(&self, environment: &Environment) -> Result<(), ReferenceError> {
        match &self.place {
            Place::Engine { engine, name } => Ok(locate(name, *engine, environment).map(drop)?),
            Place::StandardInput { .. } | Place::File { .. } | Place::Registry { .. } => Ok(()),
        }
    }

    /// The image of that name in its registry, for when no engine has it.
    #[must_use]
    pub fn in_registry(&self, name: &str) -> Self {
        Self { place: Place::Registry { name: name.to_owned() }, ..self.clone() }
    }

    /// The same image, to which the user gave this name: if its engine knows it by that, it comes before its other names.
    #[must_use]
    pub fn known_as(self, name: &str) -> Self {
        Self { known_as: Some(name.to_owned()), ..self }
    }

    /// What kind of image it must be.
    pub(crate) fn format(&self) -> Format {
        match self.place {
            Place::StandardInput { format } | Place::File { format, .. } => format,
            Place::Engine { .. } | Place::Registry { .. } => Format::Any,
        }
    }

    fn new(text: &str, place: Place) -> Self {
        Self { text: text.to_owned(), place, image: None, known_as: None }
    }
}

fn is_known(scheme: &str) -> bool {
    FILES.contains(&scheme) || ELSEWHERE.contains(&scheme)
}

/// Splits `SCHEME:REST` and `SCHEME://REST`; only `SCHEME://` makes an unknown scheme an error.
fn split_scheme<'a>(
    text: &'a str,
    source: Option<&'a str>,
) -> Result<(Option<&'a str>, &'a str), ReferenceError> {
    if let Some((scheme, rest)) = text.split_once("://") {
        if is_known(scheme) {
            return Ok((Some(scheme), rest));
        }
        if !Path::new(text).exists() {
            return Err(ReferenceError::UnknownSource {
                scheme: scheme.to_owned(),
                reference: text.to_owned(),
            });
        }
    }
    match text.split_once(':') {
        Some((scheme, rest)) if FILES.contains(&scheme) => Ok((Some(scheme), rest)),
        _ => match source {
            Some(scheme) if !is_known(scheme) => {
                Err(ReferenceError::UnknownSource { scheme: scheme.to_owned(), reference: text.to_owned() })
            }
            source => Ok((source, text)),
        },
    }
}

/// Splits `FILE:NAME` at the first colon after which the part before names something that exists.
fn split_image(rest: &str, has_scheme: bool) -> (&str, Option<&str>) {
    if Path::new(rest).exists() {
        return (rest, None);
    }
    let colons = rest.match_indices(':').map(|(at, _)| at);
    let mut halves = colons.filter_map(|at| Some((rest.get(..at)?, rest.get(at + 1..)?)));
    match halves.find(|(path, _)| has_scheme && Path::new(path).exists()) {
        Some((path, name)) if !name.is_empty() => (path, Some(name)),
        _ => (rest, None),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn place(text: &str) -> Place {
        Reference::parse(text, None).expect("a reference").place
    }

    #[test]
    fn schemes_are_accepted_with_and_without_slashes() {
        let path = PathBuf::from("no-such-image.tar");
        for text in ["oci-archive:no-such-image.tar", "oci-archive://no-such-image.tar"] {
            assert_eq!(place(text), Place::File { path: path.clone(), format: Format::OciArchive });
        }
        assert_eq!(place("-"), Place::StandardInput { format: Format::Any });
        assert_eq!(place("oci-archive:-"), Place::StandardInput { format: Format::OciArchive });
    }

    #[test]
    fn a_source_option_serves_references_without_scheme() {
        let reference = Reference::parse("no-such-image.tar", Some("docker-archive")).expect("a reference");
        assert!(matches!(reference.place, Place::File { format: Format::DockerArchive, .. }));
        let reference = Reference::parse("oci:dir", Some("docker-archive")).expect("a reference");
        assert!(matches!(reference.place, Place::File { format: Format::OciDirectory, .. }));
    }

    #[test]
    fn a_name_after_the_file_chooses_an_image() {
        let reference = Reference::parse("oci:src:name:tag", None).expect("a reference");
        assert_eq!(reference.image.as_deref(), Some("name:tag"));
        assert!(matches!(reference.place, Place::File { path, .. } if path == Path::new("src")));
    }

    #[test]
    fn names_that_are_no_files_are_images_of_engines_and_registries() {
        let engine = |engine, name: &str| Place::Engine { engine, name: name.to_owned() };
        assert_eq!(place("alpine:3"), engine(None, "alpine:3"));
        assert_eq!(place("registry:2"), engine(None, "registry:2"), "an image with the name of a scheme");
        assert_eq!(place("docker:dind"), engine(None, "docker:dind"));
        assert_eq!(place("docker://alpine"), engine(Some(EngineKind::Docker), "alpine"));
        assert_eq!(place("podman://localhost/x:1"), engine(Some(EngineKind::Podman), "localhost/x:1"));
        let registry = Place::Registry { name: "localhost:5000/x@sha256:00".to_owned() };
        assert_eq!(place("registry://localhost:5000/x@sha256:00"), registry);
        let reference = Reference::parse("alpine:3", Some("podman")).expect("a reference");
        assert_eq!(reference.place, engine(Some(EngineKind::Podman), "alpine:3"));
    }

    #[test]
    fn what_cannot_be_opened_is_explained() {
        let error = |text| Reference::parse(text, None).expect_err("no reference");
        assert!(matches!(error("ftp://x"), ReferenceError::UnknownSource { scheme, .. } if scheme == "ftp"));
        assert!(matches!(error("./alpine"), ReferenceError::NotFound { .. }));
        assert!(matches!(error("no such file"), ReferenceError::NotFound { .. }));
        let error = Reference::parse("x", Some("nonsense")).expect_err("no reference");
        assert!(matches!(error, ReferenceError::UnknownSource { .. }));
    }
}
