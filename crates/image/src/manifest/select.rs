//! Planning: selects an image and the blobs of its layers from the documents of a source.
//!
//! An archive may describe its images twice: since version 25 Docker writes an OCI index *and* a
//! manifest.json. The index has more details (digests, media types, platforms), so it is preferred
//! as long as it agrees with the configuration ([`super::agreement`]). manifest.json adds names,
//! and images that the index does not list.

use super::error::ManifestError;
use super::plan::{Choice, Plan};
use super::{agreement, docker, index};
use crate::source::{BlobKey, Format, Source, SourceError};

/// Selects an image of the source and collects everything about it except its files.
pub(crate) fn plan(
    source: &dyn Source,
    name: &str,
    format: Format,
    wanted: &Choice,
) -> Result<Plan, ManifestError> {
    let docker = document_if(source, "manifest.json", matches!(format, Format::Any | Format::DockerArchive))?;
    let index = document_if(source, "index.json", format != Format::DockerArchive)?;
    match (index, docker) {
        (None, None) => {
            Err(ManifestError::NotAnImage { name: name.to_owned(), reason: missing(source, format)? })
        }
        (None, Some(docker)) => docker::plan(source, &docker, wanted),
        (Some(index), None) => match index::images(source, &index, wanted)? {
            Ok(images) => Ok(images.plan(wanted)?.plan),
            Err(no_image) => {
                let reason = format!("its index.json {no_image}");
                Err(ManifestError::NotAnImage { name: name.to_owned(), reason })
            }
        },
        (Some(index), Some(docker)) => match index::images(source, &index, wanted)? {
            Ok(images) => plan_of_both(source, images, &docker, wanted),
            Err(_) => docker::plan(source, &docker, wanted),
        },
    }
}

/// Plans an image that may be described in both documents.
fn plan_of_both(
    source: &dyn Source,
    index: index::Images<'_>,
    manifest: &[u8],
    wanted: &Choice,
) -> Result<Plan, ManifestError> {
    let Ok(docker) = docker::Images::parse(source, manifest) else {
        let mut plan = index.plan(wanted)?.plan;
        docker::add_names(manifest, &mut plan);
        return Ok(plan);
    };
    let mut wanted = wanted.clone();
    if docker.ids().iter().any(|id| !index.has(id)) {
        match docker.choose(&wanted) {
            Ok(id) if index.has(id) => wanted.image = Some(id.to_owned()),
            Ok(_) => return docker::plan(source, manifest, &wanted),
            // The index may list images that manifest.json does not.
            Err(error) => {
                let named = wanted.image.is_some().then(|| index.plan(&wanted));
                return named.and_then(Result::ok).map_or(Err(error), |draft| Ok(draft.plan));
            }
        }
    }
    let mut draft = index.plan(&wanted)?;
    docker::add_names(manifest, &mut draft.plan);
    let id = draft.plan.info.id.clone().unwrap_or_default();
    let verify = wanted.verify;
    match docker.plan(&id, &Choice { platform: None, ..wanted })? {
        Some(other) => agreement::decide(draft, other, verify),
        None => Ok(draft.plan),
    }
}

/// Returns why there is no image: no document describes one, or only in another format than the
/// requested one.
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
