//! `index.json` of an OCI layout, with nested indexes and manifests.
//!
//! Indexes may be nested, refer to themselves, list attestations and artifacts along with images,
//! and list platforms whose blobs were not saved. All possible images are collected first; then one
//! is selected.

use std::collections::{HashMap, HashSet};
use std::fmt;
use std::ops::Range;

use dockopt_core::image::{LayerInfo, Platform};
use dockopt_core::warning::Warning;
use dockopt_core::warning_kind::WarningKind;
use oci_spec::image::{Descriptor, ImageIndex, ImageManifest, MediaType};
use serde::Deserialize;
use serde::de::IgnoredAny;

use super::agreement::{Counts, Draft};
use super::attestation::{self, Subject};
use super::choose::{host_platform, names_match, platform_matches};
use super::config;
use super::document::{check_size, checked_document, key, parse, unreadable};
use super::error::ManifestError;
use super::obstacle::Obstacle;
use super::plan::{Choice, Plan, PlannedBlob};
use crate::source::Source;

const DOCUMENT: &str = "index.json";
/// Maximum nesting of indexes.
const MAX_DEPTH: usize = 8;
/// Maximum number of descriptors followed in total: nested lists grow exponentially.
const MAX_DESCRIPTORS: usize = 4096;
const NAME_ANNOTATIONS: [&str; 2] = ["io.containerd.image.name", "org.opencontainers.image.ref.name"];

/// An image listed in an index.
#[derive(Debug)]
struct Candidate {
    digest: String,
    names: Vec<String>,
    platform: Option<Platform>,
    manifest: Option<ImageManifest>,
    /// The descriptor of its manifest, if the manifest is read only after selection.
    later: Option<Descriptor>,
    /// Whether its configuration and all layers are in the source.
    complete: bool,
    /// The digests of the indexes above it.
    above: Vec<String>,
}

/// State of the walk through the indexes.
struct Walk<'s> {
    source: &'s dyn Source,
    wanted: &'s Choice,
    candidates: Vec<Candidate>,
    /// Reasons why entries of the index are not images.
    others: Vec<String>,
    /// The indexes above the current descriptor.
    above: Vec<String>,
    /// Digests of documents already read, with the candidates each led to.
    walked: HashMap<String, Range<usize>>,
    descriptors: usize,
    /// Attestations, with the images they are about.
    attestations: Vec<Subject>,
    warnings: Vec<Warning>,
}

/// The document behind a descriptor.
enum Found {
    Index(Box<ImageIndex>),
    Manifest(Box<ImageManifest>),
    /// Neither of them; a description of what it is.
    Other(String),
}

/// The members that distinguish an index from a manifest, regardless of the media type.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Shape {
    config: Option<IgnoredAny>,
    manifests: Option<IgnoredAny>,
    fs_layers: Option<IgnoredAny>,
}

/// An index that lists no image, with a description of what it lists instead.
#[derive(Debug)]
pub(super) struct NoImage {
    instead: Option<String>,
}

impl fmt::Display for NoImage {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("lists no image")?;
        match &self.instead {
            Some(other) => write!(formatter, ", but {other}"),
            None => Ok(()),
        }
    }
}

/// The images reachable from an index.
pub(super) struct Images<'s> {
    source: &'s dyn Source,
    candidates: Vec<Candidate>,
    attestations: Vec<Subject>,
    warnings: Vec<Warning>,
}

/// Collects the images reachable from an index.
pub(super) fn images<'s>(
    source: &'s dyn Source,
    document: &[u8],
    wanted: &Choice,
) -> Result<Result<Images<'s>, NoImage>, ManifestError> {
    let index: ImageIndex = parse(DOCUMENT, document, "manifests")?;
    let mut walk = Walk {
        source,
        wanted,
        candidates: Vec::new(),
        others: Vec::new(),
        above: Vec::new(),
        walked: HashMap::new(),
        descriptors: 0,
        attestations: Vec::new(),
        warnings: Vec::new(),
    };
    for descriptor in index.manifests() {
        walk.descriptor(descriptor, &[])?;
    }
    if walk.candidates.is_empty() {
        let instead = walk.others.into_iter().next();
        return Ok(Err(NoImage { instead }));
    }
    let Walk { candidates, attestations, warnings, .. } = walk;
    Ok(Ok(Images { source, candidates, attestations, warnings }))
}

impl Images<'_> {
    /// Plans the requested image.
    pub(super) fn plan(self, wanted: &Choice) -> Result<Draft, ManifestError> {
        let chosen = choose(&self.candidates, wanted)?;
        let mut plan = Plan { warnings: self.warnings, ..Plan::default() };
        let counts = fill(self.source, wanted, chosen, &mut plan)?;
        let about = (self.attestations.as_slice(), chosen.above.as_slice());
        attestation::describe(self.source, wanted, about, &mut plan)?;
        Ok(Draft { document: DOCUMENT, plan, counts })
    }

    /// Returns whether one of the images has this configuration.
    pub(super) fn has(&self, id: &str) -> bool {
        let configurations = self.candidates.iter().filter_map(|one| one.manifest.as_ref());
        configurations.map(|manifest| manifest.config().digest().as_ref()).any(|digest| digest == id)
    }
}

impl Walk<'_> {
    fn descriptor(&mut self, descriptor: &Descriptor, inherited: &[String]) -> Result<(), ManifestError> {
        self.descriptors += 1;
        if self.descriptors > MAX_DESCRIPTORS {
            return Err(ManifestError::Document {
                document: DOCUMENT.to_owned(),
                reason: format!("lists more than {MAX_DESCRIPTORS} manifests, all indexes together"),
            });
        }
        if let Some(other) = not_an_image(descriptor) {
            self.others.push(other);
            self.attestations.extend(attestation::subject(descriptor));
            return Ok(());
        }
        let digest = descriptor.digest().to_string();
        let names = names_of(descriptor, inherited);
        if self.above.len() > MAX_DEPTH || self.above.contains(&digest) {
            let message = format!("index `{digest}` refers to itself or is nested too deep");
            self.warnings.push(Warning::new(WarningKind::IndexLoop, None, message));
            return Ok(());
        }
        if let Some(found) = self.walked.get(&digest) {
            let known = self.candidates.get_mut(found.clone()).unwrap_or_default();
            for known in known {
                known.add_names(&names);
            }
            return Ok(());
        }
        let start = self.candidates.len();
        self.document(descriptor, names)?;
        self.walked.insert(digest, start..self.candidates.len());
        Ok(())
    }

    /// Reads the document of a descriptor: an index or a manifest.
    fn document(&mut self, descriptor: &Descriptor, names: Vec<String>) -> Result<(), ManifestError> {
        let platform = descriptor_platform(descriptor);
        // Only one of a registry's many platforms is needed; the others do not justify a request
        // each.
        let later = self.source.is_remote() && platform.is_some() && is_manifest(descriptor);
        let key = key(descriptor);
        let bytes = if later { None } else { self.source.manifest(&key)? };
        let Some(bytes) = checked_document(bytes, &key, self.wanted, &mut self.warnings)? else {
            self.candidates.push(Candidate {
                digest: descriptor.digest().to_string(),
                names,
                platform,
                manifest: None,
                later: later.then(|| descriptor.clone()),
                complete: later,
                above: self.above.clone(),
            });
            return Ok(());
        };
        check_size(descriptor, bytes.len() as u64, &mut self.warnings);
        match understand(descriptor, &bytes)? {
            Found::Manifest(manifest) => return self.manifest(descriptor, names, *manifest),
            Found::Other(other) => self.others.push(other),
            Found::Index(index) => {
                self.above.push(descriptor.digest().to_string());
                for inner in index.manifests() {
                    self.descriptor(inner, &names)?;
                }
                self.above.pop();
            }
        }
        Ok(())
    }

    fn manifest(
        &mut self,
        descriptor: &Descriptor,
        names: Vec<String>,
        manifest: ImageManifest,
    ) -> Result<(), ManifestError> {
        if let Some(other) = artifact(&manifest) {
            self.others.push(other);
            self.attestations.extend(attestation::artifact(descriptor, &manifest));
            return Ok(());
        }
        let here = |descriptor: &Descriptor| self.source.size(&key(descriptor)).is_some();
        let complete = here(manifest.config()) && manifest.layers().iter().all(here);
        let platform = match descriptor_platform(descriptor) {
            Some(platform) => Some(platform),
            None => self.configured_platform(&manifest)?,
        };
        self.candidates.push(Candidate {
            digest: descriptor.digest().to_string(),
            names,
            platform,
            manifest: Some(manifest),
            later: None,
            complete,
            above: self.above.clone(),
        });
        Ok(())
    }

    fn configured_platform(&self, manifest: &ImageManifest) -> Result<Option<Platform>, ManifestError> {
        let key = key(manifest.config());
        let Some(bytes) = self.source.document(&key)? else {
            return Ok(None);
        };
        Ok(config::platform(&config::parse(&key.to_string(), &bytes)?))
    }
}

impl Candidate {
    fn add_names(&mut self, names: &[String]) {
        for name in names {
            if !self.names.contains(name) {
                self.names.push(name.clone());
            }
        }
    }
}

/// Distinguishes an index from a manifest.
fn understand(descriptor: &Descriptor, bytes: &[u8]) -> Result<Found, ManifestError> {
    let digest = descriptor.digest().to_string();
    let shape: Shape = serde_json::from_slice(bytes).map_err(|error| unreadable(&digest, &error))?;
    if shape.fs_layers.is_some() {
        let reason = "a manifest of schema 1, which no current tool writes".to_owned();
        return Err(ManifestError::Document { document: digest, reason });
    }
    if shape.manifests.is_some() || (is_index(descriptor) && shape.config.is_none()) {
        return parse(&digest, bytes, "manifests").map(|index| Found::Index(Box::new(index)));
    }
    if shape.config.is_none() {
        let media_type = descriptor.media_type();
        return Ok(Found::Other(format!("`{digest}` of type `{media_type}`, which has no configuration")));
    }
    parse(&digest, bytes, "layers").map(|manifest| Found::Manifest(Box::new(manifest)))
}

/// Describes a manifest that is not an image's; `None` for an image.
fn artifact(manifest: &ImageManifest) -> Option<String> {
    let media_type = manifest.config().media_type();
    (!is_image_config(media_type)).then(|| format!("an artifact with a configuration of type `{media_type}`"))
}

fn fill(
    source: &dyn Source,
    wanted: &Choice,
    chosen: &Candidate,
    plan: &mut Plan,
) -> Result<Counts, ManifestError> {
    let missing =
        |document: String| ManifestError::Document { document, reason: "is not in the source".to_owned() };
    let manifest = match &chosen.manifest {
        Some(manifest) => Some(manifest.clone()),
        None => match &chosen.later {
            Some(descriptor) => later_manifest(source, wanted, descriptor, &mut plan.warnings)?,
            None => None,
        },
    };
    let manifest = manifest.ok_or_else(|| missing(format!("manifest `{}`", chosen.digest)))?;
    let config_digest = manifest.config().digest().to_string();
    let key_of_config = key(manifest.config());
    let bytes = source.document(&key_of_config)?;
    let bytes = checked_document(bytes, &key_of_config, wanted, &mut plan.warnings)?
        .ok_or_else(|| missing(format!("configuration `{config_digest}`")))?;
    check_size(manifest.config(), bytes.len() as u64, &mut plan.warnings);
    let config = config::parse(&config_digest, &bytes)?;
    for layer in manifest.layers() {
        plan.info.layers.push(LayerInfo {
            digest: Some(layer.digest().to_string()),
            media_type: Some(layer.media_type().to_string()),
            transfer: Some(source.size(&key(layer)).unwrap_or(layer.size())),
            ..LayerInfo::default()
        });
        let obstacle = Obstacle::of(layer);
        plan.blobs.push(PlannedBlob { key: key(layer), size: Some(layer.size()), obstacle });
    }
    plan.info.annotations =
        manifest.annotations().iter().flatten().map(|(k, v)| (k.clone(), v.clone())).collect();
    plan.info.digest = Some(chosen.digest.clone());
    plan.info.id = Some(config_digest);
    plan.info.tags.clone_from(&chosen.names);
    config::describe(&config, &mut plan.info, &mut plan.warnings);
    Ok(Counts::of(&config))
}

/// Reads the manifest of the selected image, which was deferred during selection.
fn later_manifest(
    source: &dyn Source,
    wanted: &Choice,
    descriptor: &Descriptor,
    warnings: &mut Vec<Warning>,
) -> Result<Option<ImageManifest>, ManifestError> {
    let key = key(descriptor);
    let Some(bytes) = checked_document(source.manifest(&key)?, &key, wanted, warnings)? else {
        return Ok(None);
    };
    check_size(descriptor, bytes.len() as u64, warnings);
    let other = match understand(descriptor, &bytes)? {
        Found::Manifest(manifest) => match artifact(&manifest) {
            None => return Ok(Some(*manifest)),
            Some(other) => other,
        },
        Found::Index(_) => "an index".to_owned(),
        Found::Other(other) => other,
    };
    let reason = format!("is not that of an image: {other}");
    Err(ManifestError::Document { document: format!("manifest `{key}`"), reason })
}

fn choose<'c>(candidates: &'c [Candidate], wanted: &Choice) -> Result<&'c Candidate, ManifestError> {
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
        (Some(name), 0) => Err(ManifestError::Selection {
            reason: format!("there is no image `{name}`"),
            choices: labels(&candidates.iter().collect::<Vec<_>>()),
            option: "--image",
        }),
        (None, count) if count > 1 => Err(ManifestError::Selection {
            reason: format!("there are {count} images"),
            choices: labels(&named),
            option: "--image",
        }),
        _ => choose_platform(&named, wanted),
    }
}

/// Selects the requested platform; without one, the only complete image, or else the host's
/// platform.
fn choose_platform<'c>(
    candidates: &[&'c Candidate],
    wanted: &Choice,
) -> Result<&'c Candidate, ManifestError> {
    let complete: Vec<&'c Candidate> =
        candidates.iter().copied().filter(|candidate| candidate.complete).collect();
    let found = match (&wanted.platform, candidates, complete.as_slice()) {
        (Some(platform), ..) => find(&complete, platform).or_else(|| find(candidates, platform)),
        (None, [only], _) | (None, _, [only]) => Some(*only),
        (None, ..) => find(&complete, &host_platform()),
    };
    let wanted = wanted.platform.clone().unwrap_or_else(host_platform);
    found.ok_or_else(|| ManifestError::Selection {
        reason: format!("there is no image for platform `{wanted}`"),
        choices: candidates.iter().map(|candidate| platform_label(candidate)).collect(),
        option: "--platform",
    })
}

fn find<'c>(candidates: &[&'c Candidate], wanted: &Platform) -> Option<&'c Candidate> {
    let fits = |candidate: &&&Candidate| {
        candidate.platform.as_ref().is_some_and(|found| platform_matches(found, wanted))
    };
    candidates.iter().find(fits).copied()
}

fn is_wanted(candidate: &Candidate, wanted: &str, number: usize) -> bool {
    let digits = wanted.strip_prefix("sha256:").unwrap_or(wanted);
    let starts = |digest: &str| digits.len() >= 6 && digest.trim_start_matches("sha256:").starts_with(digits);
    let manifest = candidate.manifest.as_ref();
    candidate.names.iter().any(|name| name == wanted || names_match(name, wanted))
        || wanted.parse() == Ok(number)
        || starts(&candidate.digest)
        || manifest.is_some_and(|manifest| starts(manifest.config().digest().as_ref()))
}

/// Returns the group of an image. Images with the same name are one image for several platforms,
/// and so are nameless images with a platform.
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
    let platform = candidate.platform.as_ref().map_or_else(|| candidate.digest.clone(), Platform::to_string);
    if candidate.complete { platform } else { format!("{platform} (not in the archive)") }
}

fn names_of(descriptor: &Descriptor, inherited: &[String]) -> Vec<String> {
    let annotations = descriptor.annotations().as_ref();
    let own =
        NAME_ANNOTATIONS.iter().find_map(|key| annotations.and_then(|annotations| annotations.get(*key)));
    match own {
        Some(name) => vec![name.clone()],
        None => inherited.to_vec(),
    }
}

/// Describes a descriptor that is declared not to be an image.
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

fn is_manifest(descriptor: &Descriptor) -> bool {
    let media_type = descriptor.media_type().to_string();
    *descriptor.media_type() == MediaType::ImageManifest || media_type.ends_with("manifest.v2+json")
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

#[cfg(test)]
mod tests {
    use super::*;

    fn candidate(name: Option<&str>, platform: Option<&str>, complete: bool) -> Candidate {
        let text = format!("{name:?} {platform:?} {complete}");
        Candidate {
            digest: crate::bytes::verify::sha256(text.as_bytes()),
            names: name.map(str::to_owned).into_iter().collect(),
            platform: platform.and_then(crate::manifest::parse_platform),
            manifest: None,
            later: None,
            complete,
            above: Vec::new(),
        }
    }

    fn wanted(image: Option<&str>, platform: Option<&str>) -> Choice {
        Choice {
            image: image.map(str::to_owned),
            platform: platform.and_then(crate::manifest::parse_platform),
            verify: false,
        }
    }

    #[test]
    fn images_of_one_name_are_chosen_by_platform() {
        let candidates = [
            candidate(Some("a:1"), Some("linux/mips"), true),
            candidate(Some("a:1"), Some("linux/riscv64"), true),
        ];
        let chosen = choose(&candidates, &wanted(None, Some("riscv64"))).expect("a choice");
        assert_eq!(chosen.digest, candidates[1].digest);
        let error = choose(&candidates, &wanted(None, Some("linux/s390x"))).expect_err("neither");
        assert_eq!(error.to_string(), "there is no image for platform `linux/s390x`");
    }

    #[test]
    fn images_of_several_names_must_be_chosen_by_name() {
        let candidates = [
            candidate(Some("a:1"), Some("linux/mips"), true),
            candidate(Some("b:1"), Some("linux/mips"), true),
            candidate(None, None, true),
        ];
        let error = choose(&candidates, &wanted(None, None)).expect_err("which?");
        assert_eq!(error.to_string(), "there are 3 images");
        let digest = candidates[2].digest.clone();
        for (name, at) in [("b:1", 1), ("0", 0), (&digest, 2), (&digest["sha256:".len()..20], 2)] {
            let chosen = choose(&candidates, &wanted(Some(name), None)).expect(name);
            assert_eq!(chosen.digest, candidates[at].digest, "{name}");
        }
        assert!(choose(&candidates, &wanted(Some("sha256:"), None)).is_err());
    }

    #[test]
    fn only_complete_image_is_chosen_and_incomplete_ones_are_marked() {
        let candidates =
            [candidate(None, Some("linux/mips"), false), candidate(None, Some("linux/riscv64"), true)];
        let chosen = choose(&candidates, &wanted(None, None)).expect("a choice");
        assert_eq!(chosen.digest, candidates[1].digest);
        assert_eq!(platform_label(&candidates[0]), "linux/mips (not in the archive)");
        let chosen = choose(&candidates, &wanted(None, Some("mips"))).expect("a later error names it");
        assert_eq!(chosen.digest, candidates[0].digest);
    }

    #[test]
    fn nearest_annotation_provides_the_names() {
        let descriptor = |annotations: &str| -> Descriptor {
            let digest = crate::bytes::verify::sha256(b"");
            let json = format!(
                r#"{{"mediaType":"application/vnd.oci.image.manifest.v1+json","digest":"{digest}","size":1,
                    "annotations":{annotations}}}"#
            );
            serde_json::from_str(&json).expect("a descriptor")
        };
        let inherited = ["outer".to_owned()];
        assert_eq!(names_of(&descriptor("{}"), &inherited), inherited);
        let named =
            r#"{"org.opencontainers.image.ref.name":"1","io.containerd.image.name":"docker.io/library/a:1"}"#;
        assert_eq!(names_of(&descriptor(named), &inherited), ["docker.io/library/a:1"]);
    }

    #[test]
    fn null_lists_are_empty() {
        let index: ImageIndex =
            parse("x", br#"{"schemaVersion":2,"manifests":null,"annotations":null}"#, "manifests")
                .expect("an index");
        assert_eq!(index.manifests().len(), 0);
        assert!(parse::<ImageIndex>("x", b"[]", "manifests").is_err());
    }
}
