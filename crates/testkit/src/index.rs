//! Image indexes: several platforms, nested indexes, attestations, and missing parts.
//!
//! [`Index::to_archive`] puts the descriptors into `index.json` itself. For an index in a separate
//! blob, as `docker buildx` and the containerd store write it, [nest](Index::nested) it in another.

use serde_json::{Value, json};

use crate::archive::Archive;
use crate::compression::Compression;
use crate::image::{Image, MediaTypes};
use crate::oci;
use crate::packed::{Packed, descriptor};

/// The part of an image that exists.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Presence {
    All,
    ManifestAndConfig,
    Nothing,
}

#[derive(Clone, Debug)]
enum Kind {
    Image(Packed, Presence),
    Index(Index),
    Descriptor(Value),
}

#[derive(Clone, Debug)]
struct Item {
    kind: Kind,
    platform: Option<Value>,
    annotations: Vec<(String, String)>,
}

/// A builder of image indexes.
///
/// ```
/// use dockopt_testkit::{Compression, Image, Index};
///
/// let intel = Image::new();
/// let arm = Image::new().platform("linux", "arm64", Some("v8"));
/// let platforms = Index::new(Compression::Gzip)
///     .image(&intel)
///     .image_without_blobs(&arm)
///     .attestation_of(&intel);
/// let archive = Index::new(Compression::Gzip).nested(platforms).to_archive();
/// assert_eq!(archive.get_json("index.json")["manifests"].as_array().unwrap().len(), 1);
/// ```
#[derive(Clone, Debug)]
#[must_use]
pub struct Index {
    compression: Compression,
    media_types: MediaTypes,
    items: Vec<Item>,
}

impl Index {
    /// Creates an index without descriptors, with the compression for the layers of its images.
    pub fn new(compression: Compression) -> Self {
        Self { compression, media_types: MediaTypes::Oci, items: Vec::new() }
    }

    /// Chooses between an OCI index and a Docker manifest list, for an index that is nested in
    /// another.
    pub fn media_types(mut self, media_types: MediaTypes) -> Self {
        self.media_types = media_types;
        self
    }

    /// Adds an image with its platform and all its blobs.
    pub fn image(self, image: &Image) -> Self {
        self.push_image(image, Presence::All)
    }

    /// Adds only the descriptor of an image, as in a save of one platform out of many.
    pub fn image_without_blobs(self, image: &Image) -> Self {
        self.push_image(image, Presence::Nothing)
    }

    /// Adds the manifest and config of an image, without its layers.
    pub fn image_without_layers(self, image: &Image) -> Self {
        self.push_image(image, Presence::ManifestAndConfig)
    }

    fn push_image(self, image: &Image, presence: Presence) -> Self {
        let packed = image.pack(self.compression);
        let platform = Some(packed.platform.clone());
        self.push(Kind::Image(packed, presence), platform)
    }

    fn push(mut self, kind: Kind, platform: Option<Value>) -> Self {
        self.items.push(Item { kind, platform, annotations: Vec::new() });
        self
    }

    /// Adds an index as a separate blob.
    pub fn nested(self, index: Self) -> Self {
        self.push(Kind::Index(index), None)
    }

    /// Adds a descriptor unchanged, for blobs that this index does not write.
    pub fn descriptor(self, descriptor: Value) -> Self {
        self.push(Kind::Descriptor(descriptor), None)
    }

    /// Adds an attestation manifest about an image, as `docker buildx` does: platform
    /// `unknown/unknown`.
    pub fn attestation_of(self, image: &Image) -> Self {
        self.provenance_of(image, &json!({}))
    }

    /// Adds an attestation with this predicate, the provenance of an image.
    pub fn provenance_of(self, image: &Image, predicate: &Value) -> Self {
        let statement = json!({
            "_type": "https://in-toto.io/Statement/v0.1",
            "predicateType": "https://slsa.dev/provenance/v0.2",
            "subject": [],
            "predicate": predicate,
        });
        let subject = image.pack(self.compression).manifest_digest();
        let attestation = Image::new()
            .platform("unknown", "unknown", None)
            .layer_tar(statement.to_string())
            .compressed_as(Compression::Plain)
            .media_type("application/vnd.in-toto+json")
            .manifest_json(|manifest| {
                let predicate = json!({"in-toto.io/predicate-type": "https://slsa.dev/provenance/v0.2"});
                manifest["layers"][0]["annotations"] = predicate;
            })
            .without_history();
        self.image(&attestation)
            .annotation("vnd.docker.reference.type", "attestation-manifest")
            .annotation("vnd.docker.reference.digest", &subject)
    }

    /// Adds an artifact about an image, as `oras attach` does: the subject of its manifest is the
    /// image's manifest.
    pub fn artifact_of(self, image: &Image, artifact_type: &str, content: &str) -> Self {
        let subject = image.pack(self.compression).descriptor();
        let artifact = Image::new()
            .artifact(artifact_type)
            .layer_blob(content, "")
            .media_type(artifact_type)
            .manifest_json(move |manifest| manifest["subject"] = subject.clone());
        self.image(&artifact).without_platform()
    }

    /// Removes the platform of the last descriptor.
    pub fn without_platform(mut self) -> Self {
        self.last().platform = None;
        self
    }

    /// Adds an annotation to the last descriptor.
    pub fn annotation(mut self, key: &str, value: &str) -> Self {
        self.last().annotations.push((key.into(), value.into()));
        self
    }

    /// Names the last descriptor by tag (`1.0`) and in full, as the containerd store does.
    pub fn named(self, name: &str) -> Self {
        let (name, tag) = full_name(name);
        self.annotation("io.containerd.image.name", &name).annotation(oci::REF_NAME, &tag)
    }

    fn last(&mut self) -> &mut Item {
        self.items.last_mut().expect("the index is empty")
    }

    /// Returns an OCI layout whose `index.json` has these descriptors.
    pub fn to_archive(&self) -> Archive {
        let mut archive = Archive::new();
        let descriptors = self.insert_blobs(&mut archive);
        oci::finish(&mut archive, &descriptors);
        oci::with_directories(&archive)
    }

    /// Adds the blobs of all items to an archive and returns their descriptors.
    pub(crate) fn insert_blobs(&self, archive: &mut Archive) -> Vec<Value> {
        let items = self.items.iter();
        items.map(|item| item.insert_blobs(archive)).collect()
    }

    /// Adds this index and everything below it as blobs; returns its descriptor.
    fn insert(&self, archive: &mut Archive) -> Value {
        let index = json!({
            "schemaVersion": 2,
            "mediaType": self.media_types.index(),
            "manifests": self.insert_blobs(archive),
        });
        let bytes = index.to_string().into_bytes();
        archive.insert_blob(&bytes);
        descriptor(self.media_types.index(), &bytes)
    }
}

impl Item {
    fn insert_blobs(&self, archive: &mut Archive) -> Value {
        let mut descriptor = match &self.kind {
            Kind::Image(packed, presence) => {
                match presence {
                    Presence::All => packed.insert_blobs(archive),
                    Presence::ManifestAndConfig => {
                        archive.insert_blob(&packed.config);
                        archive.insert_blob(&packed.manifest);
                    }
                    Presence::Nothing => {}
                }
                packed.descriptor()
            }
            Kind::Index(index) => index.insert(archive),
            Kind::Descriptor(descriptor) => descriptor.clone(),
        };
        if let Some(platform) = &self.platform {
            descriptor["platform"] = platform.clone();
        }
        for (key, value) in &self.annotations {
            descriptor["annotations"][key] = json!(value);
        }
        descriptor
    }
}

/// Returns a name in full (`docker.io/library/…:tag`), and its tag.
pub(crate) fn full_name(name: &str) -> (String, String) {
    let (repository, tag) = split_tag(name);
    let host = repository.split_once('/').map(|(host, _)| host);
    let prefix = match host {
        None => "docker.io/library/",
        Some(host) if host.contains(['.', ':']) || host == "localhost" => "",
        Some(_) => "docker.io/",
    };
    (format!("{prefix}{repository}:{tag}"), tag.to_owned())
}

/// Splits a name into repository and tag; the default tag is `latest`.
pub(crate) fn split_tag(name: &str) -> (&str, &str) {
    match name.rsplit_once(':') {
        Some((repository, tag)) if !tag.contains('/') => (repository, tag),
        _ => (name, "latest"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::digest::blob_path;
    use crate::layer::Layer;

    #[test]
    fn names_are_completed_as_docker_completes_them() {
        let cases = [
            ("a", "docker.io/library/a:latest", "latest"),
            ("a/b:1", "docker.io/a/b:1", "1"),
            ("localhost/b:1", "localhost/b:1", "1"),
            ("host:5000/b", "host:5000/b:latest", "latest"),
        ];
        for (name, full, tag) in cases {
            assert_eq!(full_name(name), (full.to_owned(), tag.to_owned()));
        }
    }

    #[test]
    fn a_partial_save_has_the_blobs_of_one_platform_only() {
        let here = Image::new().layer(Layer::new().file("a", "amd64"));
        let there = here.clone().platform("linux", "arm64", Some("v8"));
        let archive = Index::new(Compression::Gzip).image(&here).image_without_blobs(&there).to_archive();
        let index = archive.get_json("index.json");
        let path = |at: usize| blob_path(index["manifests"][at]["digest"].as_str().unwrap());
        assert!(archive.contains(&path(0)));
        assert!(!archive.contains(&path(1)));
        assert_eq!(index["manifests"][1]["platform"]["variant"], "v8");
    }

    #[test]
    fn artifact_has_the_manifest_of_the_image_as_its_subject() {
        let image = Image::new().layer(Layer::new().file("a", "b"));
        let archive = Index::new(Compression::Gzip).artifact_of(&image, "doc/example", "text").to_archive();
        let descriptor = archive.get_json("index.json")["manifests"][0].clone();
        assert_eq!(descriptor["platform"], Value::Null);
        let manifest = archive.get_json(&blob_path(descriptor["digest"].as_str().unwrap()));
        assert_eq!(manifest["subject"]["digest"], image.pack(Compression::Gzip).manifest_digest());
        assert_eq!(manifest["artifactType"], "doc/example");
    }

    #[test]
    fn an_attestation_names_the_manifest_it_is_about() {
        let image = Image::new().layer(Layer::new().file("a", "b"));
        let index = Index::new(Compression::Gzip).attestation_of(&image).to_archive().get_json("index.json");
        let descriptor = &index["manifests"][0];
        assert_eq!(descriptor["platform"]["os"], "unknown");
        assert_eq!(
            descriptor["annotations"]["vnd.docker.reference.digest"],
            image.pack(Compression::Gzip).manifest_digest()
        );
    }
}
