//! The metadata of an image: names, configuration, history, and its layers as blobs.
//!
//! All of it is a claim of the image's maker: shown and compared, never trusted. The serde form is
//! that of the cache; reports have their own.

use std::collections::BTreeMap;
use std::fmt;

use serde::{Deserialize, Serialize};

/// An image as its manifest and configuration describe it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct ImageInfo {
    /// The reference as the user typed it.
    pub reference: String,
    /// The kind of source the image was read from.
    pub source: Option<SourceKind>,
    /// Digest of the manifest, where there is one.
    pub digest: Option<String>,
    /// Digest of the configuration: the image ID.
    pub id: Option<String>,
    /// The platform it runs on.
    pub platform: Option<Platform>,
    /// Its names in the source.
    pub tags: Vec<String>,
    /// Creation time (RFC 3339, as written).
    pub created: Option<String>,
    /// Author.
    pub author: Option<String>,
    /// The configuration of its containers.
    pub config: RunConfig,
    /// The steps of its build, the first one first.
    pub history: Vec<HistoryEntry>,
    /// Its layers, the lowest one first.
    pub layers: Vec<LayerInfo>,
    /// Attestations by its builder, in the order of the index.
    pub attestations: Vec<Attestation>,
    /// Annotations of its manifest.
    pub annotations: BTreeMap<String, String>,
    /// Its base image according to the provenance of its builder.
    pub provenance: Option<ProvenBase>,
    /// Its Dockerfile according to the provenance of its builder.
    pub build: Option<ProvenBuild>,
}

/// The Dockerfile that a builder notes in the provenance of an image.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct ProvenBuild {
    /// The name of the file.
    pub file: String,
    /// The text, at most 1 MiB.
    pub text: String,
    /// The first and the last line, from 1, of the instruction that made each layer, where it is known.
    pub lines: Vec<Option<(u32, u32)>>,
}

/// The base image that a builder notes in the provenance of an image.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct ProvenBase {
    /// The name.
    pub name: String,
    /// Digest of its manifest or index.
    pub digest: Option<String>,
    /// The number of its layers, where the provenance tells it.
    pub layers: Option<usize>,
}

/// The kinds of sources that images are read from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum SourceKind {
    /// The Docker engine.
    Docker,
    /// The Podman engine.
    Podman,
    /// A registry.
    Registry,
    /// An archive with a `manifest.json`, as `docker save` writes it.
    DockerArchive,
    /// An archive with an `index.json`.
    OciArchive,
    /// An OCI layout in a directory.
    OciDirectory,
}

impl SourceKind {
    /// Returns the name used in schemes of references and in reports.
    pub fn name(self) -> &'static str {
        match self {
            Self::Docker => "docker",
            Self::Podman => "podman",
            Self::Registry => "registry",
            Self::DockerArchive => "docker-archive",
            Self::OciArchive => "oci-archive",
            Self::OciDirectory => "oci",
        }
    }
}

impl fmt::Display for SourceKind {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(self.name())
    }
}

/// A document attached to an image: a signature, an attestation of its build, or a list of its
/// contents.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Attestation {
    /// The type of the artifact that holds it, where one is declared.
    pub artifact_type: Option<String>,
    /// The media type of the content that the digest identifies, where one is declared.
    pub media_type: Option<String>,
    /// The type of its predicate, a URI (in-toto attestation framework), where one is declared.
    pub predicate_type: Option<String>,
    /// Digest of the statement, or of the manifest that holds it.
    pub digest: String,
    /// Size in bytes of the statement or manifest.
    pub size: u64,
    /// Annotations of its descriptor.
    pub annotations: BTreeMap<String, String>,
}

/// Prefixes of predicate, artifact and media types, with the kind of each; the first match wins.
const KINDS: [(&str, &str); 13] = [
    ("https://slsa.dev/provenance/", "provenance"),
    ("https://spdx.dev/Document", "SBOM"),
    ("https://cyclonedx.org/bom", "SBOM"),
    ("https://openvex.dev/ns", "VEX"),
    ("https://sigstore.dev/cosign/sign/", "signature"),
    ("application/vnd.dev.cosign.artifact.sig.", "signature"),
    ("application/vnd.dev.cosign.simplesigning.", "signature"),
    ("application/vnd.cncf.notary.signature", "signature"),
    ("application/vnd.dev.cosign.artifact.sbom.", "SBOM"),
    ("application/spdx", "SBOM"),
    ("text/spdx", "SBOM"),
    ("application/vnd.cyclonedx", "SBOM"),
    ("application/vnd.syft+json", "SBOM"),
];

impl Attestation {
    /// Returns the kind: `provenance`, `SBOM`, `VEX`, `signature`, or else the type of the
    /// predicate, the artifact or the content.
    pub fn kind(&self) -> &str {
        let types = [&self.predicate_type, &self.artifact_type, &self.media_type];
        let types = types.into_iter().flatten().map(String::as_str).filter(|name| !is_manifest(name));
        let kind =
            |name: &str| KINDS.iter().find(|(start, _)| name.starts_with(start)).map(|(_, kind)| *kind);
        types.clone().find_map(kind).or_else(|| types.clone().next()).unwrap_or("unknown")
    }
}

/// Whether a type only identifies a manifest, not its kind.
fn is_manifest(name: &str) -> bool {
    name.starts_with("application/vnd.oci.image.") || name.starts_with("application/vnd.docker.distribution.")
}

/// An operating system and a processor architecture.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Platform {
    /// `linux`, `windows`, …
    pub os: String,
    /// `amd64`, `arm64`, …
    pub architecture: String,
    /// `v7`, `v8`, …
    pub variant: Option<String>,
}

impl fmt::Display for Platform {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{}/{}", self.os, self.architecture)?;
        match &self.variant {
            Some(variant) => write!(formatter, "/{variant}"),
            None => Ok(()),
        }
    }
}

/// The part of the configuration that containers run with.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct RunConfig {
    /// User and group, empty or absent for root.
    pub user: Option<String>,
    /// The entry point.
    pub entrypoint: Option<Vec<String>>,
    /// The default arguments of the entry point.
    pub cmd: Option<Vec<String>>,
    /// The environment, `NAME=value`.
    pub env: Vec<String>,
    /// Labels.
    pub labels: BTreeMap<String, String>,
    /// Working directory.
    pub working_dir: Option<String>,
    /// Ports, `80/tcp`.
    pub exposed_ports: Vec<String>,
    /// Volumes.
    pub volumes: Vec<String>,
    /// The signal that stops a container.
    pub stop_signal: Option<String>,
}

/// One step of the build.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct HistoryEntry {
    /// Creation time (RFC 3339, as written).
    pub created: Option<String>,
    /// The command or instruction.
    pub created_by: Option<String>,
    /// A comment, often the name of the builder.
    pub comment: Option<String>,
    /// Whether the step made no layer.
    pub empty_layer: bool,
    /// The index of the layer it made.
    pub layer: Option<usize>,
}

/// A layer as a blob.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct LayerInfo {
    /// Digest of the unpacked tar.
    pub diff_id: Option<String>,
    /// Digest of the blob, where the source knows it.
    pub digest: Option<String>,
    /// Media type of the blob, where the source declares one.
    pub media_type: Option<String>,
    /// Size of the blob in bytes, as transferred.
    pub transfer: Option<u64>,
    /// The command that made it.
    pub created_by: Option<String>,
    /// The comment of its history entry.
    pub comment: Option<String>,
    /// Creation time (RFC 3339, as written).
    pub created: Option<String>,
    /// Whether the archive stores it as a symbolic link to another layer. dive treats such a layer
    /// as empty.
    pub linked: bool,
}

impl ImageInfo {
    /// Sum of the sizes of all layer blobs in bytes; `None` if one is unknown.
    pub fn transfer(&self) -> Option<u64> {
        self.layers.iter().try_fold(0_u64, |sum, layer| sum.checked_add(layer.transfer?))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn known_attestation_types_have_short_names() {
        let kind = |predicate_type: &str| {
            let predicate_type = Some(predicate_type.to_owned());
            Attestation { predicate_type, ..Attestation::default() }.kind().to_owned()
        };
        assert_eq!(kind("https://slsa.dev/provenance/v0.2"), "provenance");
        assert_eq!(kind("https://slsa.dev/provenance/v1"), "provenance");
        assert_eq!(kind("https://spdx.dev/Document"), "SBOM");
        assert_eq!(kind("https://cyclonedx.org/bom/v1.4"), "SBOM");
        assert_eq!(kind("https://example.com/x"), "https://example.com/x");
        assert_eq!(Attestation::default().kind(), "unknown");
    }

    #[test]
    fn predicate_type_precedes_artifact_type_and_media_type() {
        let text = |name: &str| Some(name.to_owned()).filter(|name| !name.is_empty());
        let manifest = "application/vnd.oci.image.manifest.v1+json";
        let bundle = "application/vnd.dev.sigstore.bundle.v0.3+json";
        for (predicate, artifact, media, kind) in [
            ("https://sigstore.dev/cosign/sign/v1", bundle, manifest, "signature"),
            ("https://slsa.dev/provenance/v1", bundle, manifest, "provenance"),
            ("https://example.com/x", "application/spdx+json", manifest, "SBOM"),
            ("", bundle, manifest, bundle),
            ("", "application/vnd.cncf.notary.signature", manifest, "signature"),
            ("", "doc/example", manifest, "doc/example"),
            ("", "", "application/vnd.dev.cosign.simplesigning.v1+json", "signature"),
            ("", "", "text/spdx+xml", "SBOM"),
            ("", "", "application/vnd.in-toto+json", "application/vnd.in-toto+json"),
            ("", "", manifest, "unknown"),
        ] {
            let found = Attestation {
                predicate_type: text(predicate),
                artifact_type: text(artifact),
                media_type: text(media),
                ..Attestation::default()
            };
            assert_eq!(found.kind(), kind, "{found:?}");
        }
    }
}
