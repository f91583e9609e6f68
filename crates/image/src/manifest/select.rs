//! From documents to a plan: which image it is, and which blobs are its layers.
//!
//! An archive may describe its images twice (Docker since version 25 writes an OCI index *and* a manifest.json). The
//! index says more (digests, media types, platforms), so it is preferred; manifest.json gives names, and serves
//! where there is no index, or none that lists an image.

use super::error::ManifestError;
use super::plan::{Plan, Wanted};
use super::{docker, index};
use crate::source::{BlobKey, Format, Source, SourceError};

/// Chooses an image of the source and finds out all about it but its files.
pub(crate) fn plan(
    source: &dyn Source,
    name: &str,
    format: Format,
    wanted: &Wanted,
) -> Result<Plan, ManifestError> {
    let docker = document_if(source, "manifest.json", matches!(format, Format::Any | Format::DockerArchive))?;
    let index = document_if(source, "index.json", format != Format::DockerArchive)?;
    match (index, docker) {
        (None, None) => {
            Err(ManifestError::NotAnImage { name: name.to_owned(), reason: missing(source, format)? })
        }
        (None, Some(docker)) => docker::plan(source, &docker, wanted),
        (Some(index), None) => index::plan(source, &index, wanted)?.map_err(|no_image| {
            ManifestError::NotAnImage { name: name.to_owned(), reason: format!("its index.json {no_image}") }
        }),
        (Some(index), Some(docker)) => match index::plan(source, &index, wanted)? {
            Ok(mut plan) => {
                docker::add_names(&docker, &mut plan);
                Ok(plan)
            }
            Err(_) => docker::plan(source, &docker, wanted),
        },
    }
}

/// Why there is no image: nothing that describes one, or only in another format than the one asked for.
fn missing(source: &dyn Source, format: Format) -> Result<String, SourceError> {
    let other = match format {
        Format::Any => return Ok(source.looks_like()),
        Format::DockerArchive => {
            ("index.json", "it has an index.json, but no manifest.json: it is an OCI image")
        }
        Format::OciArchive | Format::OciDirectory => {
            ("manifest.json", "it has a manifest.json, but no index.json: it is a docker archive")
        }
    };
    let there = document_if(source, other.0, true)?.is_some();
    Ok(if there { other.1.to_owned() } else { source.looks_like() })
}

fn document_if(source: &dyn Source, name: &str, wanted: bool) -> Result<Option<Vec<u8>>, SourceError> {
    if wanted { source.document(&BlobKey::Path(name.to_owned())) } else { Ok(None) }
}
