//! `index.json` of an OCI layout, and the indexes and manifests it leads to.
//!
//! Indexes may be nested, refer to themselves, list attestations and artifacts beside images, and name platforms whose
//! blobs were not saved. All that can be an image is collected first; then one is chosen.

use std::collections::HashSet;

use dockopt_core::image::{LayerInfo, Platform};
use dockopt_core::warning::Warning;
use oci_spec::image::{Descriptor, ImageIndex, ImageManifest, MediaType};
use serde::Deserialize;
use serde::de::IgnoredAny;

use super::choose::{host_platform, names_match, platform_matches};
use super::{Plan, PlannedBlob, Wanted, checked_document, config, unreadable};
use crate::error::ReadError;
use crate::source::{BlobKey, Source};

/// Indexes within indexes that are followed.
const MAX_DEPTH: usize = 8;
const NAME_ANNOTATIONS: [&str; 2] = ["io.containerd.image.name", "org.opencontainers.image.ref.name"];

/// An image that an index lists.
#[derive(Debug)]
struct Candidate {
    digest: String,
    names: Vec<String>,
    platform: Option<Platform>,
    manifest: Option<ImageManifest>,
    /// Whether its configuration and all layers are in the source.
    complete: bool,
}

/// What was found on the way through the indexes.
struct Walk<'s> {
    source: &'s dyn Source,
    wanted: &'s Wanted,
    candidates: Vec<Candidate>,
    /// Why things in the index are no images.
    others: Vec<String>,
    seen: HashSet<String>,
    warnings: Vec<Warning>,
}

/// Tells an index from a manifest, whatever its media type says.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Shape {
    manifests: Option<IgnoredAny>,
    fs_layers: Option<IgnoredAny>,
}

/// Plans the image that is wanted; `None` if there is no image at all.
pub(super) fn plan(source: &dyn Source, document: &[u8], wanted: &Wanted) -> Result<Option<Plan>, ReadError> {
    let index: ImageIndex = parse("index.json", document)?;
    let mut walk = Walk {
        source,
        wanted,
        candidates: Vec::new(),
        others: Vec::new(),
        seen: HashSet::new(),
        warnings: Vec::new(),
    };
    for descriptor in index.manifests() {
        walk.descriptor(descriptor, &[], 0)?;
    }
    if walk.candidates.is_empty() {
        return match walk.others.first() {
            None => Ok(None),
            Some(other) => Err(ReadError::Document {
                document: "index.json".to_owned(),
                reason: format!("lists no image, but {other}"),
            }),
        };
    }
    let chosen = choose(&walk.candidates, wanted)?;
    let mut plan = Plan {
        warnings: std::mem::take(&mut walk.warnings),
        ..Plan::default()
    };
    fill(source, wanted, chosen, &mut plan)?;
    Ok(Some(plan))
}

impl Walk<'_> {
    fn descriptor(
        &mut self,
        descriptor: &Descriptor,
        names: &[String],
        depth: usize,
    ) -> Result<(), ReadError> {
        let digest = descriptor.digest().to_string();
        let names = names_of(descriptor, names);
        if let Some(other) = not_an_image(descriptor) {
            self.others.push(other);
            return Ok(());
        }
        if depth > MAX_DEPTH || (is_index(descriptor) && !self.seen.insert(digest.clone())) {
            self.warnings.push(Warning::new(
                None,
                format!("index `{digest}` refers to itself or is nested too deep"),
            ));
            return Ok(());
        }
        let Some(bytes) = checked_document(self.source, &digest, self.wanted, &mut self.warnings)? else {
            let platform = descriptor_platform(descriptor);
            self.candidates.push(Candidate {
                digest,
                names,
                platform,
                manifest: None,
                complete: false,
            });
            return Ok(());
        };
        self.check_size(descriptor, bytes.len() as u64);
        let shape: Shape = parse(&digest, &bytes)?;
        if shape.fs_layers.is_some() {
            let reason = "is a manifest of schema 1, which no current tool writes".to_owned();
            return Err(ReadError::Document {
                document: digest,
                reason,
            });
        }
        if shape.manifests.is_some() {
            self.seen.insert(digest.clone());
            let index: ImageIndex = parse(&digest, &bytes)?;
            return index
                .manifests()
                .iter()
                .try_for_each(|inner| self.descriptor(inner, &names, depth + 1));
        }
        self.manifest(descriptor, names, parse(&digest, &bytes)?)
    }

    fn manifest(
        &mut self,
        descriptor: &Descriptor,
        names: Vec<String>,
        manifest: ImageManifest,
    ) -> Result<(), ReadError> {
        let digest = descriptor.digest().to_string();
        if !is_image_config(manifest.config().media_type()) {
            let media_type = manifest.config().media_type();
            self.others
                .push(format!("an artifact with a configuration of type `{media_type}`"));
            return Ok(());
        }
        if let Some(known) = self.candidates.iter_mut().find(|known| known.digest == digest) {
            known.names.extend(
                names
                    .into_iter()
                    .filter(|name| !known.names.contains(name))
                    .collect::<Vec<_>>(),
            );
            return Ok(());
        }
        let here = |descriptor: &Descriptor| self.source.size(&key(descriptor)).is_some();
        let complete = here(manifest.config()) && manifest.layers().iter().all(here);
        let platform = match descriptor_platform(descriptor) {
            Some(platform) => Some(platform),
            None => self.configured_platform(&manifest)?,
        };
        self.candidates.push(Candidate {
            digest,
            names,
            platform,
            manifest: Some(manifest),
            complete,
        });
        Ok(())
    }

    fn configured_platform(&self, manifest: &ImageManifest) -> Result<Option<Platform>, ReadError> {
        let key = key(manifest.config());
        let Some(bytes) = self.source.document(&key)? else {
            return Ok(None);
        };
        Ok(config::platform(&config::parse(&key.to_string(), &bytes)?))
    }

    fn check_size(&mut self, descriptor: &Descriptor, found: u64) {
        if descriptor.size() != found {
            let (digest, listed) = (descriptor.digest(), descriptor.size());
            let message = format!("document `{digest}` has {found} bytes, its descriptor says {listed}");
            self.warnings.push(Warning::new(None, message));
        }
    }
}

fn fill(source: &dyn Source, wanted: &Wanted, chosen: &Candidate, plan: &mut Plan) -> Result<(), ReadError> {
    let missing = |document: String| ReadError::Document {
        document,
        reason: "is not in the source".to_owned(),
    };
    let manifest = chosen
        .manifest
        .as_ref()
        .ok_or_else(|| missing(format!("manifest `{}`", chosen.digest)))?;
    let config_digest = manifest.config().digest().to_string();
    let bytes = checked_document(source, &config_digest, wanted, &mut plan.warnings)?
        .ok_or_else(|| missing(format!("configuration `{config_digest}`")))?;
    let config = config::parse(&config_digest, &bytes)?;
    for layer in manifest.layers() {
        plan.info.layers.push(LayerInfo {
            digest: Some(layer.digest().to_string()),
            media_type: Some(layer.media_type().to_string()),
            transfer: Some(source.size(&key(layer)).unwrap_or(layer.size())),
            ..LayerInfo::default()
        });
        plan.blobs.push(PlannedBlob {
            key: key(layer),
            size: Some(layer.size()),
        });
    }
    plan.info.digest = Some(chosen.digest.clone());
    plan.info.id = Some(config_digest);
    plan.info.tags.clone_from(&chosen.names);
    config::describe(&config, &mut plan.info, &mut plan.warnings);
    Ok(())
}

fn choose<'c>(candidates: &'c [Candidate], wanted: &Wanted) -> Result<&'c Candidate, ReadError> {
    let named: Vec<&Candidate> = match &wanted.image {
        None => candidates.iter().collect(),
        Some(name) => candidates
            .iter()
            .enumerate()
            .filter(|(at, one)| is_wanted(one, name, *at))
            .map(|(_, one)| one)
            .collect(),
    };
    let groups: HashSet<String> = named.iter().map(|candidate| group(candidate)).collect();
    let labels = |candidates: &[&Candidate]| candidates.iter().map(|candidate| label(candidate)).collect();
    match (&wanted.image, groups.len()) {
        (Some(name), 0) => Err(ReadError::Selection {
            reason: format!("there is no image `{name}`"),
            choices: labels(&candidates.iter().collect::<Vec<_>>()),
            option: "--image",
        }),
        (None, count) if count > 1 => Err(ReadError::Selection {
            reason: format!("there are {count} images"),
            choices: labels(&named),
            option: "--image",
        }),
        _ => choose_platform(&named, wanted),
    }
}

/// The wanted platform; without one the only image that is complete, else the host's.
fn choose_platform<'c>(candidates: &[&'c Candidate], wanted: &Wanted) -> Result<&'c Candidate, ReadError> {
    let complete: Vec<&'c Candidate> = candidates
        .iter()
        .copied()
        .filter(|candidate| candidate.complete)
        .collect();
    let found = match (&wanted.platform, candidates, complete.as_slice()) {
        (Some(platform), ..) => find(&complete, platform).or_else(|| find(candidates, platform)),
        (None, [only], _) | (None, _, [only]) => Some(*only),
        (None, ..) => find(&complete, &host_platform()),
    };
    let wanted = wanted.platform.clone().unwrap_or_else(host_platform);
    found.ok_or_else(|| ReadError::Selection {
        reason: format!("there is no image for platform `{wanted}`"),
        choices: candidates
            .iter()
            .map(|candidate| platform_label(candidate))
            .collect(),
        option: "--platform",
    })
}

fn find<'c>(candidates: &[&'c Candidate], wanted: &Platform) -> Option<&'c Candidate> {
    let fits = |candidate: &&&Candidate| {
        candidate
            .platform
            .as_ref()
            .is_some_and(|found| platform_matches(found, wanted))
    };
    candidates.iter().find(fits).copied()
}

fn is_wanted(candidate: &Candidate, wanted: &str, number: usize) -> bool {
    let digest = wanted.strip_prefix("sha256:").unwrap_or(wanted);
    candidate
        .names
        .iter()
        .any(|name| name == wanted || names_match(name, wanted))
        || wanted.parse() == Ok(number)
        || (digest.len() >= 6 && candidate.digest.trim_start_matches("sha256:").starts_with(digest))
}

/// Images of one name are one image for several platforms; so are nameless ones that name a platform.
fn group(candidate: &Candidate) -> String {
    match (candidate.names.first(), &candidate.platform) {
        (Some(_), _) => candidate.names.join("\n"),
        (None, Some(_)) => String::new(),
        (None, None) => candidate.digest.clone(),
    }
}

fn label(candidate: &Candidate) -> String {
    candidate.names.first().unwrap_or(&candidate.digest).clone()
}

fn platform_label(candidate: &Candidate) -> String {
    let platform = candidate
        .platform
        .as_ref()
        .map_or_else(|| candidate.digest.clone(), Platform::to_string);
    if candidate.complete {
        platform
    } else {
        format!("{platform} (not in the archive)")
    }
}

fn names_of(descriptor: &Descriptor, inherited: &[String]) -> Vec<String> {
    let annotations = descriptor.annotations().as_ref();
    let own = NAME_ANNOTATIONS
        .iter()
        .find_map(|key| annotations.and_then(|annotations| annotations.get(*key)));
    match own {
        Some(name) => vec![name.clone()],
        None => inherited.to_vec(),
    }
}

/// What a descriptor is, if it says that it is no image.
fn not_an_image(descriptor: &Descriptor) -> Option<String> {
    let annotations = descriptor.annotations().as_ref();
    let reference_type = annotations.and_then(|annotations| annotations.get("vnd.docker.reference.type"));
    let platform = descriptor.platform().as_ref();
    let unknown = platform.is_some_and(|platform| platform.os().to_string() == "unknown");
    (reference_type.is_some() || unknown).then(|| "attestations".to_owned())
}

fn is_index(descriptor: &Descriptor) -> bool {
    let media_type = descriptor.media_type().to_string();
    *descriptor.media_type() == MediaType::ImageIndex || media_type.contains("manifest.list")
}

fn is_image_config(media_type: &MediaType) -> bool {
    let media_type = media_type.to_string();
    media_type == "application/vnd.oci.image.config.v1+json"
        || media_type == "application/vnd.docker.container.image.v1+json"
}

fn descriptor_platform(descriptor: &Descriptor) -> Option<Platform> {
    descriptor.platform().as_ref().map(|platform| Platform {
        os: platform.os().to_string(),
        architecture: platform.architecture().to_string(),
        variant: platform.variant().clone(),
    })
}

fn key(descriptor: &Descriptor) -> BlobKey {
    BlobKey::Digest(descriptor.digest().to_string())
}

fn parse<'b, T: Deserialize<'b>>(name: &str, bytes: &'b [u8]) -> Result<T, ReadError> {
    serde_json::from_slice(bytes).map_err(|error| unreadable(name, &error))
}
