//! Provenance, SBOMs and signatures of an image. They are listed; only the provenance is read, for
//! the base image.
//!
//! * `BuildKit` adds a manifest of platform `unknown/unknown` for each image to the index. Its
//!   annotations name the image; its layers are in-toto statements.
//! * Any manifest may name another one as its `subject` (OCI image specification 1.1); it then
//!   contains an artifact about that one.
//! * Registries list more, see [`crate::registry::Referrers`].

use std::collections::HashMap;

use dockopt_core::image::{Attestation, ImageInfo};
use dockopt_core::warning::Warning;
use dockopt_core::warning_kind::WarningKind;
use oci_spec::image::{Descriptor, ImageIndex, ImageManifest};

use super::document::{checked_document, parse};
use super::error::ManifestError;
use super::plan::{Choice, Plan};
use super::provenance;
use crate::registry::Attached;
use crate::source::{BlobKey, Source};

/// Maximum number of attestation manifests read for one image.
const MAX_MANIFESTS: usize = 16;
/// Maximum number of attestations listed for one image.
const MAX_ATTESTATIONS: usize = 256;
/// Maximum length of a listed annotation, name and value together, in bytes. Cosign's annotations
/// contain certificates.
const MAX_ANNOTATION: usize = 1024;
/// The kind of a statement about the build.
const PROVENANCE: &str = "provenance";
/// Annotations with a predicate type, by `BuildKit`, cosign and Sigstore.
const PREDICATE_TYPES: [&str; 3] =
    ["in-toto.io/predicate-type", "predicateType", "dev.sigstore.bundle.predicateType"];

/// A manifest about an image.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Subject {
    /// The digest of the image's manifest, or of an index above it.
    image: String,
    /// The statement about it.
    statement: Statement,
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum Statement {
    /// The layers of the manifest with this digest.
    Layers(String),
    /// The manifest itself.
    Artifact(Box<Attestation>),
}

/// Returns the subject of an attestation manifest of `BuildKit`; `None` for other descriptors.
pub(super) fn subject(descriptor: &Descriptor) -> Option<Subject> {
    let annotations = descriptor.annotations().as_ref()?;
    let is_one = annotations.get("vnd.docker.reference.type")? == "attestation-manifest";
    let image = annotations.get("vnd.docker.reference.digest")?.clone();
    is_one.then(|| Subject { image, statement: Statement::Layers(descriptor.digest().to_string()) })
}

/// Returns the subject of an artifact, if its manifest has one.
pub(super) fn artifact(descriptor: &Descriptor, manifest: &ImageManifest) -> Option<Subject> {
    let image = manifest.subject().as_ref()?.digest().to_string();
    let mut artifact = attestation(descriptor);
    // An artifact without a type of its own has that of its configuration.
    let own_type = manifest.artifact_type().as_ref().unwrap_or(manifest.config().media_type());
    artifact.artifact_type.get_or_insert_with(|| own_type.to_string());
    let annotations = manifest.annotations().as_ref();
    artifact.predicate_type = artifact.predicate_type.or_else(|| predicate_type(annotations));
    for (name, value) in listed(annotations) {
        artifact.annotations.entry(name).or_insert(value);
    }
    Some(Subject { image, statement: Statement::Artifact(Box::new(artifact)) })
}

/// Lists the statements about the planned image or an index above it. Statements whose manifest is
/// not in the source are omitted.
pub(super) fn describe(
    source: &dyn Source,
    wanted: &Choice,
    (subjects, above): (&[Subject], &[String]),
    plan: &mut Plan,
) -> Result<(), ManifestError> {
    let mut manifests: Vec<&String> = Vec::new();
    let mut artifacts: Vec<&Attestation> = Vec::new();
    let is_about = |subject: &&Subject| {
        plan.info.digest.as_ref() == Some(&subject.image) || above.contains(&subject.image)
    };
    for subject in subjects.iter().filter(is_about) {
        match &subject.statement {
            Statement::Layers(manifest) => {
                if !manifests.contains(&manifest) && manifests.len() < MAX_MANIFESTS {
                    manifests.push(manifest);
                }
            }
            Statement::Artifact(artifact) => artifacts.push(artifact),
        }
    }
    for digest in manifests {
        describe_statements(source, wanted, digest, plan)?;
    }
    add(&mut plan.info, artifacts.into_iter().cloned());
    Ok(())
}

/// Lists the statements of an attestation manifest.
fn describe_statements(
    source: &dyn Source,
    wanted: &Choice,
    manifest: &str,
    plan: &mut Plan,
) -> Result<(), ManifestError> {
    let key = BlobKey::Digest(manifest.to_owned());
    let found = match source.manifest(&key) {
        Ok(found) => found,
        Err(error) => {
            plan.warnings.push(unlisted(&error));
            return Ok(());
        }
    };
    let mut odd = Vec::new();
    let found = checked_document(found, &key, wanted, &mut odd)?;
    add_odd(odd, plan);
    let Some(bytes) = found else { return Ok(()) };
    match parse::<ImageManifest>(&key.to_string(), &bytes, "layers") {
        Ok(manifest) => {
            plan.info.attestations.extend(manifest.layers().iter().map(attestation));
            read_provenance(source, wanted, manifest.layers(), plan);
        }
        Err(error) => plan.warnings.push(unlisted(&error)),
    }
    Ok(())
}

/// Adds warnings about an attestation. It does not affect the image.
fn add_odd(odd: Vec<Warning>, plan: &mut Plan) {
    let kind = WarningKind::Attestations;
    plan.warnings.extend(odd.into_iter().map(|warning| Warning { kind, ..warning }));
}

/// Finds the base and the Dockerfile of the image in the first provenance among some statements.
fn read_provenance(source: &dyn Source, wanted: &Choice, statements: &[Descriptor], plan: &mut Plan) {
    let is_provenance = |statement: &&Descriptor| attestation(statement).kind() == PROVENANCE;
    let Some(statement) = statements.iter().find(is_provenance).filter(|_| plan.info.provenance.is_none())
    else {
        return;
    };
    let key = BlobKey::Digest(statement.digest().to_string());
    let mut odd = Vec::new();
    let document = source.document(&key).map_err(ManifestError::from);
    match document.and_then(|found| checked_document(found, &key, wanted, &mut odd)) {
        // A document that was changed proves nothing.
        Ok(Some(bytes)) if odd.is_empty() => {
            provenance::note(&bytes, &mut plan.info);
        }
        Ok(_) => {}
        Err(error) => plan.warnings.push(unlisted(&error)),
    }
    add_odd(odd, plan);
}

/// Lists what is attached to an image in its registry. Manifests accepted by `is_known` are
/// omitted, because their statements are listed already.
pub(crate) fn attach(
    info: &mut ImageInfo,
    documents: &[Attached],
    is_known: impl Fn(&str) -> bool,
) -> Vec<Warning> {
    let mut warnings = Vec::new();
    for document in documents {
        let found = match document {
            Attached::List(bytes) => parse("list of attachments of the image", bytes, "manifests")
                .map(|list: ImageIndex| list.manifests().iter().map(attestation).collect::<Vec<_>>()),
            Attached::Manifest(bytes) => parse("manifest of cosign", bytes, "layers")
                .map(|manifest: ImageManifest| manifest.layers().iter().map(attestation).collect()),
        };
        match found {
            Ok(found) => add(info, found.into_iter().filter(|one| !is_known(&one.digest))),
            Err(error) => warnings.push(unlisted(&error)),
        }
    }
    warnings
}

/// Returns the warning for attestations that cannot be listed.
pub(crate) fn unlisted(error: &dyn std::error::Error) -> Warning {
    let message = format!("attestations cannot be listed: {error}");
    Warning::new(WarningKind::Attestations, None, message)
}

/// Adds attestations that are not listed yet, up to the maximum.
fn add(info: &mut ImageInfo, found: impl Iterator<Item = Attestation>) {
    let listed = &mut info.attestations;
    for attestation in found {
        if listed.len() < MAX_ATTESTATIONS && !listed.iter().any(|known| known.digest == attestation.digest) {
            listed.push(attestation);
        }
    }
    listed.truncate(MAX_ATTESTATIONS);
}

fn attestation(descriptor: &Descriptor) -> Attestation {
    let annotations = descriptor.annotations().as_ref();
    Attestation {
        artifact_type: descriptor.artifact_type().as_ref().map(ToString::to_string),
        media_type: Some(descriptor.media_type().to_string()),
        predicate_type: predicate_type(annotations),
        digest: descriptor.digest().to_string(),
        size: descriptor.size(),
        annotations: listed(annotations).collect(),
    }
}

type Annotations = HashMap<String, String>;

fn predicate_type(annotations: Option<&Annotations>) -> Option<String> {
    PREDICATE_TYPES.iter().find_map(|name| annotations?.get(*name)).cloned()
}

fn listed(annotations: Option<&Annotations>) -> impl Iterator<Item = (String, String)> {
    let is_short = |(name, value): &(&String, &String)| name.len() + value.len() <= MAX_ANNOTATION;
    let owned = |(name, value): (&String, &String)| (name.clone(), value.clone());
    annotations.into_iter().flatten().filter(is_short).map(owned)
}

#[cfg(test)]
mod tests {
    use dockopt_testkit::{Archive, Compression, Image, Index, Layer};
    use serde_json::json;

    use super::*;
    use crate::manifest::plan;
    use crate::source::{Format, LayoutDirectory};

    fn image() -> Image {
        Image::new().layer(Layer::new().file("a", "1"))
    }

    fn planned(archive: &Archive) -> Plan {
        let directory = tempfile::tempdir().expect("a directory");
        archive.write_dir(directory.path()).expect("written");
        let source = LayoutDirectory::new(directory.path());
        plan(&source, "name", Format::Any, &Choice::default()).expect("a plan")
    }

    fn layout() -> Archive {
        let other = image().platform("linux", "riscv64", None);
        let platforms = image().index(Compression::Gzip).attestation_of(&image()).attestation_of(&other);
        Index::new(Compression::Gzip).nested(platforms).to_archive()
    }

    #[test]
    fn artifacts_with_the_image_as_subject_are_listed() {
        let bundle = "application/vnd.dev.sigstore.bundle.v0.3+json";
        let index = image().index(Compression::Gzip);
        let archive = index
            .artifact_of(&image(), "application/vnd.cncf.notary.signature", "signed")
            .artifact_of(&image(), bundle, "bundled")
            .annotation("dev.sigstore.bundle.predicateType", "https://slsa.dev/provenance/v1")
            .annotation("certificate", &"x".repeat(MAX_ANNOTATION))
            .artifact_of(&image().layer(Layer::new()), "doc/other", "about another image")
            .to_archive();
        let found = planned(&archive).info.attestations;
        let kinds: Vec<_> = found.iter().map(Attestation::kind).collect();
        assert_eq!(kinds, ["signature", "provenance"]);
        assert_eq!(found[1].artifact_type.as_deref(), Some(bundle));
        assert_eq!(found[1].media_type.as_deref(), Some("application/vnd.oci.image.manifest.v1+json"));
        let names: Vec<_> = found[1].annotations.keys().collect();
        assert_eq!(names, ["dev.sigstore.bundle.predicateType"], "too long ones are left out");
    }

    #[test]
    fn artifacts_about_an_index_above_the_image_are_listed() {
        let platforms = Index::new(Compression::Gzip).image(&image());
        let mut archive = Index::new(Compression::Gzip).nested(platforms).to_archive();
        let outer = archive.get_json("index.json")["manifests"][0]["digest"].clone();
        let artifact = image()
            .artifact("application/spdx+json")
            .manifest_json(move |manifest| {
                let media_type = "application/vnd.oci.image.index.v1+json";
                manifest["subject"] = json!({"mediaType": media_type, "digest": outer, "size": 1});
                manifest["annotations"] = json!({"org.opencontainers.image.created": "2024"});
            })
            .pack(Compression::Gzip);
        archive.insert_blob(&artifact.manifest);
        archive.edit_json("index.json", |index| {
            let descriptor = json!({"mediaType": artifact.media_type, "digest": artifact.manifest_digest(),
                "size": artifact.manifest.len()});
            index["manifests"].as_array_mut().expect("a list").push(descriptor);
        });
        let found = planned(&archive).info.attestations;
        assert_eq!(found.iter().map(Attestation::kind).collect::<Vec<_>>(), ["SBOM"]);
        assert_eq!(found[0].annotations["org.opencontainers.image.created"], "2024");
    }

    fn list(manifests: &serde_json::Value) -> Attached {
        Attached::List(json!({"schemaVersion": 2, "manifests": manifests}).to_string().into_bytes())
    }

    fn referrer(digit: usize, artifact_type: &str) -> serde_json::Value {
        json!({"mediaType": "application/vnd.oci.image.manifest.v1+json", "size": 7, "artifactType": artifact_type,
            "digest": format!("sha256:{digit:064}"), "annotations": {"a": "b"}})
    }

    #[test]
    fn attached_documents_are_listed_once_without_known_ones() {
        let cosign = json!({"schemaVersion": 2, "config": referrer(9, ""), "layers": [
            {"mediaType": "application/vnd.dev.cosign.simplesigning.v1+json", "size": 1,
             "digest": format!("sha256:{:064}", 4)},
            {"mediaType": "application/vnd.dsse.envelope.v1+json", "size": 2, "digest": format!("sha256:{:064}", 5),
             "annotations": {"predicateType": "https://spdx.dev/Document"}},
        ]});
        let documents = [
            list(&json!([referrer(1, "doc/x"), referrer(2, "doc/y")])),
            list(&json!([referrer(1, "doc/x"), referrer(3, "application/spdx+json")])),
            Attached::Manifest(cosign.to_string().into_bytes()),
        ];
        let mut info = ImageInfo::default();
        let read = format!("sha256:{:064}", 2);
        assert_eq!(attach(&mut info, &documents, |digest| digest == read), []);
        let kinds: Vec<_> = info.attestations.iter().map(Attestation::kind).collect();
        assert_eq!(kinds, ["doc/x", "SBOM", "signature", "SBOM"]);
        assert_eq!(info.attestations[0].annotations["a"], "b");
    }

    #[test]
    fn malformed_attached_documents_are_warnings() {
        for bytes in
            [&b"nonsense"[..], b"", b"[]", b"{\"schemaVersion\":2,\"manifests\":[{\"digest\":\"../x\"}]}"]
        {
            for document in [Attached::List(bytes.to_vec()), Attached::Manifest(bytes.to_vec())] {
                let mut info = ImageInfo::default();
                let warnings = attach(&mut info, &[document], |_| false);
                assert_eq!((warnings.len(), info.attestations.len()), (1, 0));
                assert!(warnings[0].to_string().contains("attestations cannot be listed"), "{}", warnings[0]);
            }
        }
    }

    #[test]
    fn attachment_list_is_bounded() {
        let many: Vec<_> = (0..2 * MAX_ATTESTATIONS).map(|digit| referrer(digit, "doc/x")).collect();
        let mut info = ImageInfo::default();
        assert_eq!(attach(&mut info, &[list(&json!(many))], |_| false), []);
        assert_eq!(info.attestations.len(), MAX_ATTESTATIONS);
    }

    #[test]
    fn only_attestations_about_the_chosen_image_are_listed() {
        let found = planned(&layout()).info.attestations;
        let kinds: Vec<_> = found.iter().map(|found| (found.kind(), found.size > 0)).collect();
        assert_eq!(kinds, [("provenance", true)]);
        assert!(found[0].digest.starts_with("sha256:"));
    }

    #[test]
    fn missing_or_broken_attestation_manifest_is_harmless() {
        let mut archive = layout();
        let index = archive.get_json("index.json");
        let outer = index["manifests"][0]["digest"].as_str().expect("a digest");
        let listed = archive.get_json(&dockopt_testkit::blob_path(outer));
        let path = dockopt_testkit::blob_path(listed["manifests"][1]["digest"].as_str().expect("a digest"));
        archive.replace(&path, "nonsense");
        let plan = planned(&archive);
        assert_eq!(plan.info.attestations, []);
        assert!(plan.warnings.iter().any(|one| one.to_string().contains("attestations cannot be listed")));
        archive.remove(&path);
        let plan = planned(&archive);
        assert_eq!((plan.info.attestations.len(), plan.warnings.len()), (0, 0));
    }
}
