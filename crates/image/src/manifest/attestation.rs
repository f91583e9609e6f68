//! Attestations that a builder has put beside an image: provenance and bills of materials.
//!
//! Builders list a manifest of platform `unknown/unknown` for each image, whose annotations name the image it is about; the
//! layers of that manifest are in-toto statements. They are listed, not read.

use dockopt_core::image::Attestation;
use dockopt_core::warning::Warning;
use oci_spec::image::{Descriptor, ImageManifest};

use super::document::{checked_document, parse};
use super::error::ManifestError;
use super::plan::{Plan, Wanted};
use crate::source::{BlobKey, Source};

/// Attestation manifests of one image that are looked at.
const MAX_MANIFESTS: usize = 16;
/// Attestations of one image that are listed.
const MAX_ATTESTATIONS: usize = 256;

/// An attestation manifest and what it is about.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Subject {
    /// The digest of the image's manifest.
    image: String,
    /// The digest of the attestation manifest.
    manifest: String,
}

/// What a descriptor is about, if it is that of an attestation manifest.
pub(super) fn subject(descriptor: &Descriptor) -> Option<Subject> {
    let annotations = descriptor.annotations().as_ref()?;
    let is_one = annotations.get("vnd.docker.reference.type")? == "attestation-manifest";
    let image = annotations.get("vnd.docker.reference.digest")?.clone();
    is_one.then(|| Subject { image, manifest: descriptor.digest().to_string() })
}

/// Lists the attestations about the planned image; those whose manifest is not in the source are left out.
pub(super) fn describe(
    source: &dyn Source,
    wanted: &Wanted,
    subjects: &[Subject],
    plan: &mut Plan,
) -> Result<(), ManifestError> {
    let mut manifests: Vec<&String> = Vec::new();
    for subject in subjects.iter().filter(|subject| plan.info.digest.as_ref() == Some(&subject.image)) {
        if !manifests.contains(&&subject.manifest) && manifests.len() < MAX_MANIFESTS {
            manifests.push(&subject.manifest);
        }
    }
    for digest in manifests {
        let key = BlobKey::Digest(digest.clone());
        let found = match source.manifest(&key) {
            Ok(found) => found,
            Err(error) => {
                plan.warnings.push(Warning::new(None, format!("attestations cannot be listed: {error}")));
                continue;
            }
        };
        let Some(bytes) = checked_document(found, &key, wanted, &mut plan.warnings)? else {
            continue;
        };
        match parse::<ImageManifest>(&key.to_string(), &bytes, "layers") {
            Ok(manifest) => plan.info.attestations.extend(manifest.layers().iter().map(attestation)),
            Err(error) => {
                plan.warnings.push(Warning::new(None, format!("attestations cannot be listed: {error}")));
            }
        }
    }
    plan.info.attestations.truncate(MAX_ATTESTATIONS);
    Ok(())
}

fn attestation(layer: &Descriptor) -> Attestation {
    let annotations = layer.annotations().as_ref();
    Attestation {
        predicate_type: annotations.and_then(|known| known.get("in-toto.io/predicate-type")).cloned(),
        digest: layer.digest().to_string(),
        size: layer.size(),
    }
}

#[cfg(test)]
mod tests {
    use dockopt_testkit::{Archive, Compression, Image, Index, Layer};

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
        plan(&source, "name", Format::Any, &Wanted::default()).expect("a plan")
    }

    fn layout() -> Archive {
        let other = image().platform("linux", "riscv64", None);
        let platforms = image().index(Compression::Gzip).attestation_of(&image()).attestation_of(&other);
        Index::new(Compression::Gzip).nested(platforms).to_archive()
    }

    #[test]
    fn only_attestations_about_the_chosen_image_are_listed() {
        let found = planned(&layout()).info.attestations;
        let kinds: Vec<_> = found.iter().map(|found| (found.kind(), found.size > 0)).collect();
        assert_eq!(kinds, [("provenance", true)]);
        assert!(found[0].digest.starts_with("sha256:"));
    }

    #[test]
    fn an_attestation_manifest_that_is_not_there_or_broken_does_no_harm() {
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
