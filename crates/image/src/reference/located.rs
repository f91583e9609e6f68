//! Locates the image of a reference: checks whether files exist, and queries engines.

use std::path::{Path, PathBuf};

use dockopt_core::image::SourceKind;

use super::error::ReferenceError;
use super::reference::{Parsed, Reference, of_source};
use crate::engine::{self, EngineKind, is_name};
use crate::host::Environment;
use crate::source::Format;

/// An image at a known place, ready to open. Opening it does not look it up again.
#[derive(Clone, Debug)]
pub struct Located {
    /// The reference as typed.
    pub(crate) text: String,
    pub(crate) place: Place,
    /// The image chosen within an archive by `FILE:NAME`.
    pub(crate) image: Option<String>,
    /// The user's name for an image whose reference is an ID.
    pub(crate) alias: Option<String>,
}

/// The place of an image.
#[derive(Clone, Debug)]
pub(crate) enum Place {
    StandardInput {
        format: Format,
    },
    File {
        path: PathBuf,
        format: Format,
    },
    Engine {
        /// The name that the engine was queried for.
        name: String,
        found: Box<engine::LocatedImage>,
    },
    Registry {
        name: String,
    },
}

impl Located {
    /// Returns the format that the image must have.
    pub(crate) fn format(&self) -> Format {
        match self.place {
            Place::StandardInput { format } | Place::File { format, .. } => format,
            Place::Engine { .. } | Place::Registry { .. } => Format::Any,
        }
    }
}

impl Reference {
    /// Locates the image: checks whether files exist, because file names may contain colons, and
    /// queries engines for names that are not files. Does not read the image.
    ///
    /// # Errors
    ///
    /// Fails if there is neither a file nor an image of that name, or an engine cannot be queried.
    pub fn locate(&self, environment: &Environment) -> Result<Located, ReferenceError> {
        match &self.parsed {
            Parsed::Unknown { scheme, .. } if !Path::new(&self.text).exists() => {
                Err(ReferenceError::unknown(scheme, &self.text))
            }
            Parsed::Unknown { otherwise, .. } => {
                self.locate_as(&of_source(&self.text, otherwise.as_deref())?, environment)
            }
            parsed => self.locate_as(parsed, environment),
        }
    }

    /// Returns the image of that name in its registry, for a name that no engine has.
    pub fn in_registry(&self, name: &str) -> Located {
        self.at(Place::Registry { name: name.to_owned() })
    }

    fn locate_as(&self, parsed: &Parsed, environment: &Environment) -> Result<Located, ReferenceError> {
        let Parsed::Of { kind, rest } = parsed else {
            return self.locate_bare(environment);
        };
        let format = match kind {
            SourceKind::Registry => return Ok(self.in_registry(rest)),
            SourceKind::Docker => return self.in_engine(rest, Some(EngineKind::Docker), environment),
            SourceKind::Podman => return self.in_engine(rest, Some(EngineKind::Podman), environment),
            SourceKind::DockerArchive => Format::DockerArchive,
            SourceKind::OciArchive => Format::OciArchive,
            SourceKind::OciDirectory => Format::OciDirectory,
        };
        if rest == "-" {
            return Ok(self.at(Place::StandardInput { format }));
        }
        let (path, image) = split_image(rest);
        let place = Place::File { path: PathBuf::from(path), format };
        Ok(Located { image: image.map(str::to_owned), ..self.at(place) })
    }

    /// Locates a file, or an image in any engine.
    fn locate_bare(&self, environment: &Environment) -> Result<Located, ReferenceError> {
        let (text, format) = (self.text.as_str(), Format::Any);
        if text == "-" {
            Ok(self.at(Place::StandardInput { format }))
        } else if Path::new(text).exists() {
            Ok(self.at(Place::File { path: PathBuf::from(text), format }))
        } else if is_name(text) {
            self.in_engine(text, None, environment)
        } else {
            Err(ReferenceError::NotFound { reference: text.to_owned() })
        }
    }

    fn in_engine(
        &self,
        name: &str,
        wanted: Option<EngineKind>,
        environment: &Environment,
    ) -> Result<Located, ReferenceError> {
        let found = Box::new(engine::locate(name, wanted, environment)?);
        Ok(self.at(Place::Engine { name: name.to_owned(), found }))
    }

    fn at(&self, place: Place) -> Located {
        Located { text: self.text.clone(), place, image: None, alias: self.alias.clone() }
    }
}

/// Splits `FILE:NAME` at the first colon where the text before it is an existing path.
fn split_image(rest: &str) -> (&str, Option<&str>) {
    if Path::new(rest).exists() {
        return (rest, None);
    }
    let colons = rest.match_indices(':').map(|(at, _)| at);
    let mut halves = colons.filter_map(|at| Some((rest.get(..at)?, rest.get(at + 1..)?)));
    match halves.find(|(path, _)| Path::new(path).exists()) {
        Some((path, name)) if !name.is_empty() => (path, Some(name)),
        _ => (rest, None),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::engine::LocateError;

    /// Locates a reference without any engine.
    fn located(text: &str) -> Result<Located, ReferenceError> {
        let nowhere = "unix:///nonexistent/engine.sock";
        let environment = Environment::with([("DOCKER_HOST", nowhere), ("CONTAINER_HOST", nowhere)]);
        Reference::parse(text, None)?.locate(&environment)
    }

    fn place(text: &str) -> Place {
        located(text).expect("a place").place
    }

    #[test]
    fn file_schemes_accept_missing_files() {
        for text in ["oci-archive:no-such-image.tar", "oci-archive://no-such-image.tar"] {
            let Place::File { path, format } = place(text) else { panic!("{text}") };
            assert_eq!((path.as_path(), format), (Path::new("no-such-image.tar"), Format::OciArchive));
        }
        assert!(matches!(place("-"), Place::StandardInput { format: Format::Any }));
        assert!(matches!(place("oci-archive:-"), Place::StandardInput { format: Format::OciArchive }));
        assert!(matches!(place("src"), Place::File { format: Format::Any, .. }));
    }

    #[test]
    fn name_after_the_file_chooses_an_image() {
        let located = located("oci:src:name:tag").expect("a place");
        assert_eq!(located.image.as_deref(), Some("name:tag"));
        assert!(matches!(located.place, Place::File { path, .. } if path == Path::new("src")));
    }

    #[test]
    fn names_of_no_file_are_images_of_engines_and_registries() {
        for (text, wanted) in [
            ("alpine:3", None),
            ("registry:2", None),
            ("docker:dind", None),
            ("docker://alpine", Some(EngineKind::Docker)),
            ("podman://localhost/x:1", Some(EngineKind::Podman)),
        ] {
            let error = located(text).expect_err("no engine");
            let ReferenceError::Locate(LocateError::NoSuchImage { name, engine, .. }) = error else {
                panic!("{error}")
            };
            assert!(text.ends_with(&name), "{text}: {name}");
            assert_eq!(engine, wanted, "{text}");
        }
        let Place::Registry { name } = place("registry://localhost:5000/x@sha256:00") else {
            panic!("no registry")
        };
        assert_eq!(name, "localhost:5000/x@sha256:00");
    }

    #[test]
    fn unknown_schemes_and_missing_files_are_errors() {
        let error = |text| located(text).expect_err("no place");
        assert!(matches!(error("ftp://x"), ReferenceError::UnknownSource { scheme, .. } if scheme == "ftp"));
        assert!(matches!(error("./alpine"), ReferenceError::NotFound { .. }));
        assert!(matches!(error("no such file"), ReferenceError::NotFound { .. }));
    }
}
