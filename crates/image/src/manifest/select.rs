//! From documents to a plan: which image it is, and which blobs are its layers.
//!
//! An archive may describe its images twice (Docker since version 25 writes an OCI index *and* a manifest.json). The
//! index says more (digests, media types, platforms), so it is preferred; manifest.json gives names, and serves
//! where there is no index, or none that lists an image.

mod attestation;
mod choose;
mod config;
mod docker;
mod index;

use dockopt_core::image::{ImageInfo, Platform};
use dockopt_core::warning::Warning;

pub use choose::parse_platform;
pub(crate) use choose::{check_platform, put_first};

use crate::bytes::verify::document_matches;
use crate::read::ReadError;
use crate::reference::Format;
use crate::source::{BlobKey, Source};

/// Which image of a source is wanted.
#[derive(Clone, Debug, Default)]
pub(crate) struct Wanted {
    /// Name, digest, or number of the image; the only one if not given.
    pub(crate) image: Option<String>,
    /// Platform; the host's if there is a choice and none is given.
    pub(crate) platform: Option<Platform>,
    /// Whether documents that do not match their digests are errors.
    pub(crate) verify: bool,
}

/// An image and where its layers are.
#[derive(Debug, Default)]
pub(crate) struct Plan {
    pub(crate) info: ImageInfo,
    /// The blob of each layer of `info`.
    pub(crate) blobs: Vec<PlannedBlob>,
    pub(crate) warnings: Vec<Warning>,
}

/// The blob of a layer.
#[derive(Clone, Debug)]
pub(crate) struct PlannedBlob {
    pub(crate) key: BlobKey,
    /// The size its descriptor gives.
    pub(crate) size: Option<u64>,
}

/// Chooses an image of the source and finds out all about it but its files.
pub(crate) fn plan(
    source: &dyn Source,
    name: &str,
    format: Format,
    wanted: &Wanted,
) -> Result<Plan, ReadError> {
    let docker = document_if(source, "manifest.json", matches!(format, Format::Any | Format::DockerArchive))?;
    let index = document_if(source, "index.json", format != Format::DockerArchive)?;
    match (index, docker) {
        (None, None) => {
            Err(ReadError::NotAnImage { name: name.to_owned(), reason: missing(source, format)? })
        }
        (None, Some(docker)) => docker::plan(source, &docker, wanted),
        (Some(index), None) => index::plan(source, &index, wanted)?.map_err(|no_image| {
            ReadError::NotAnImage { name: name.to_owned(), reason: format!("its index.json {no_image}") }
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
fn missing(source: &dyn Source, format: Format) -> Result<String, ReadError> {
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

fn document_if(source: &dyn Source, name: &str, wanted: bool) -> Result<Option<Vec<u8>>, ReadError> {
    if wanted { source.document(&BlobKey::Path(name.to_owned())) } else { Ok(None) }
}

/// A document of a source that is known by its digest; a mismatch is a warning, or an error when everything is to be verified.
fn checked_document(
    found: Option<Vec<u8>>,
    key: &BlobKey,
    wanted: &Wanted,
    warnings: &mut Vec<Warning>,
) -> Result<Option<Vec<u8>>, ReadError> {
    let (Some(bytes), BlobKey::Digest(digest)) = (found, key) else {
        return Ok(None);
    };
    if !document_matches(&bytes, digest) {
        let found = crate::bytes::verify::sha256(&bytes);
        if wanted.verify {
            let (object, expected) = (format!("document `{key}`"), digest.clone());
            return Err(ReadError::Verification { object, expected, found });
        }
        warnings
            .push(Warning::new(None, format!("document `{key}` does not match its digest, it has {found}")));
    }
    Ok(Some(bytes))
}

fn unreadable(document: &str, error: &dyn std::error::Error) -> ReadError {
    ReadError::Document { document: document.to_owned(), reason: format!("cannot be understood: {error}") }
}
