//! Common faults of images, each with a name.
//!
//! For other faults use [`Image::manifest_json`] and [`Image::config_json`], which keep the digests
//! correct, or the methods of [`Archive`], which do not.

use serde_json::{Value, json};

use crate::archive::Archive;
use crate::digest::{blob_path, sha256};
use crate::image::{Image, MediaTypes};
use crate::oci;

/// The media type of an empty config.
const EMPTY: &str = "application/vnd.oci.empty.v1+json";

impl Image {
    /// Makes the manifest give a wrong size, in bytes, for a layer.
    pub fn wrong_layer_size(self, layer: usize, size: u64) -> Self {
        self.manifest_json(move |manifest| manifest["layers"][layer]["size"] = json!(size))
    }

    /// Makes the manifest list a digest for a layer that no blob has.
    pub fn wrong_layer_digest(self, layer: usize) -> Self {
        let digest = sha256(b"no such layer");
        self.manifest_json(move |manifest| manifest["layers"][layer]["digest"] = json!(digest))
    }

    /// Makes the config list a diff ID that is not the layer's.
    pub fn wrong_diff_id(self, layer: usize) -> Self {
        let digest = sha256(b"no such diff ID");
        self.config_json(move |config| config["rootfs"]["diff_ids"][layer] = json!(digest))
    }

    /// Adds a diff ID without a layer to the config.
    pub fn extra_diff_id(self) -> Self {
        let digest = sha256(b"one too many");
        self.config_json(move |config| {
            let ids = config["rootfs"]["diff_ids"].as_array_mut();
            ids.unwrap().push(json!(digest));
        })
    }

    /// Removes the last diff ID from the config.
    pub fn missing_diff_id(self) -> Self {
        self.config_json(|config| {
            config["rootfs"]["diff_ids"].as_array_mut().unwrap().pop();
        })
    }

    /// Leaves `history` out of the config.
    pub fn without_history(self) -> Self {
        self.config_json(|config| {
            config.as_object_mut().unwrap().remove("history");
        })
    }

    /// Marks every history entry as an empty layer.
    pub fn only_empty_history(self) -> Self {
        self.config_json(|config| {
            for line in config["history"].as_array_mut().unwrap() {
                line["empty_layer"] = json!(true);
            }
        })
    }

    /// Leaves all layers out of the manifest, as Docker 25.0 did; `manifest.json` still lists them.
    pub fn manifest_without_layers(self) -> Self {
        self.manifest_json(|manifest| manifest["layers"] = json!([]))
    }

    /// Gives a layer the media type and annotations of an encrypted one (ocicrypt).
    pub fn encrypted_layer(self, layer: usize) -> Self {
        self.manifest_json(move |manifest| {
            let descriptor = &mut manifest["layers"][layer];
            let media_type = descriptor["mediaType"].as_str().unwrap();
            descriptor["mediaType"] = json!(format!("{media_type}+encrypted"));
            descriptor["annotations"]["org.opencontainers.image.enc.keys.jwe"] = json!("e30=");
            descriptor["annotations"]["org.opencontainers.image.enc.pubopts"] = json!("e30=");
        })
    }

    /// Gives a layer the media type of a foreign one (old Windows images), with a URL that does not
    /// exist.
    pub fn foreign_layer(self, layer: usize) -> Self {
        self.manifest_json(move |manifest| {
            let descriptor = &mut manifest["layers"][layer];
            let docker = descriptor["mediaType"].as_str().unwrap().contains("docker");
            descriptor["mediaType"] = json!(if docker {
                "application/vnd.docker.image.rootfs.foreign.diff.tar.gzip"
            } else {
                "application/vnd.oci.image.layer.nondistributable.v1.tar+gzip"
            });
            descriptor["urls"] = json!(["https://layers.invalid/base"]);
        })
    }

    /// Makes the image an artifact: an empty config, and a manifest with an artifact type.
    pub fn artifact(self, artifact_type: &str) -> Self {
        let artifact_type = artifact_type.to_owned();
        self.config_blob(EMPTY, "{}").manifest_json(move |manifest| {
            manifest["artifactType"] = json!(artifact_type);
        })
    }
}

impl Archive {
    /// Flips every bit of the last byte of a file, so that its digest and checksum are wrong.
    pub fn corrupt(&mut self, name: &str) -> &mut Self {
        self.edit(name, |bytes| {
            let last = bytes.last_mut().expect("an empty file cannot be damaged");
            *last = !*last;
        })
    }

    /// Cuts a file to a number of bytes.
    pub fn truncate(&mut self, name: &str, bytes: usize) -> &mut Self {
        self.edit(name, |content| content.truncate(bytes))
    }
}

/// Returns an OCI layout whose manifest is of the obsolete schema 1.
pub fn schema1(name: &str) -> Archive {
    let media_type = "application/vnd.docker.distribution.manifest.v1+prettyjws";
    let manifest = json!({
        "schemaVersion": 1,
        "name": name,
        "tag": "latest",
        "architecture": "amd64",
        "fsLayers": [{"blobSum": sha256(b"")}],
        "history": [{"v1Compatibility": "{}"}],
        "signatures": [],
    });
    let manifest = manifest.to_string();
    let mut archive = Archive::new();
    let digest = archive.insert_blob(manifest.as_bytes());
    let descriptor = json!({"mediaType": media_type, "digest": digest, "size": manifest.len()});
    oci::finish(&mut archive, &[descriptor]);
    archive
}

/// Returns an OCI layout with this many indexes, each referring to the next and the last to the
/// first.
///
/// No digest can be correct in such a ring, so all are wrong; the sizes are correct.
pub fn index_loop(indexes: usize) -> Archive {
    let digests: Vec<_> = (0..indexes).map(|index| sha256(format!("index {index}").as_bytes())).collect();
    let media_type = MediaTypes::Oci.index();
    let of_size = |digest: &str, size: usize| -> Value {
        json!({"mediaType": media_type, "digest": digest, "size": size})
    };
    let index = |digest: &str, size: usize| {
        let manifests = [of_size(digest, size)];
        json!({"schemaVersion": 2, "mediaType": media_type, "manifests": manifests}).to_string()
    };
    // All indexes have the same length.
    let size = index(&sha256(b""), 100).len();
    let mut archive = Archive::new();
    for (at, digest) in digests.iter().enumerate() {
        let next = &digests[(at + 1) % indexes];
        archive.insert(&blob_path(digest), index(next, size));
    }
    oci::finish(&mut archive, &[of_size(&digests[0], size)]);
    archive
}

/// Returns JSON of arrays within arrays, this many deep.
pub fn nested_json(depth: usize) -> Vec<u8> {
    [b"[".repeat(depth), b"]".repeat(depth)].concat()
}

/// Returns valid JSON of exactly this many bytes, at least eight: an object with one long string.
pub fn json_of_size(bytes: usize) -> Vec<u8> {
    let filler = b"x".repeat(bytes.checked_sub(8).expect("at least eight bytes"));
    [&b"{\"a\":\""[..], &filler, b"\"}"].concat()
}

/// Returns all prefixes that end at a block of 512 bytes, the empty one included and the whole
/// excluded.
pub fn truncations(bytes: &[u8]) -> impl Iterator<Item = &[u8]> {
    (0..bytes.len()).step_by(512).map(|end| &bytes[..end])
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::compression::Compression;
    use crate::layer::Layer;

    fn image() -> Image {
        Image::new().layer(Layer::new().file("a", "1")).layer(Layer::new().file("b", "2"))
    }

    fn manifest(image: &Image) -> Value {
        serde_json::from_slice(&image.pack(Compression::Gzip).manifest).unwrap()
    }

    fn config(image: &Image) -> Value {
        serde_json::from_slice(&image.pack(Compression::Gzip).config).unwrap()
    }

    #[test]
    fn manifests_are_wrong_about_one_layer_only() {
        let right = manifest(&image());
        let wrong = manifest(&image().wrong_layer_size(1, 7).wrong_layer_digest(0));
        assert_eq!(wrong["layers"][1]["size"], 7);
        assert_eq!(wrong["layers"][1]["digest"], right["layers"][1]["digest"]);
        assert_ne!(wrong["layers"][0]["digest"], right["layers"][0]["digest"]);
        let foreign = manifest(&image().foreign_layer(0));
        assert!(foreign["layers"][0]["urls"].is_array());
        assert_eq!(manifest(&image().artifact("a/b"))["config"]["mediaType"], EMPTY);
    }

    #[test]
    fn configs_list_a_wrong_number_of_layers() {
        let count = |image: Image| config(&image)["rootfs"]["diff_ids"].as_array().unwrap().len();
        assert_eq!(count(image().extra_diff_id()), 3);
        assert_eq!(count(image().missing_diff_id()), 1);
        assert!(config(&image().without_history())["history"].is_null());
        let lines = config(&image().only_empty_history());
        assert_eq!(lines["history"][1]["empty_layer"], true);
        assert_ne!(config(&image())["rootfs"], config(&image().wrong_diff_id(0))["rootfs"]);
    }

    #[test]
    fn a_loop_leads_back_to_its_start() {
        for length in 1..4 {
            let archive = index_loop(length);
            let start = archive.get_json("index.json")["manifests"][0].clone();
            let mut at = start.clone();
            for _ in 0..length {
                let path = blob_path(at["digest"].as_str().unwrap());
                assert_eq!(at["size"], archive.get(&path).len());
                at = archive.get_json(&path)["manifests"][0].clone();
            }
            assert_eq!(at, start);
        }
    }

    #[test]
    fn odd_json_is_json() {
        assert_eq!(json_of_size(100).len(), 100);
        serde_json::from_slice::<Value>(&json_of_size(8)).unwrap();
        assert_eq!(nested_json(2), b"[[]]");
        assert_eq!(truncations(&[0; 1024]).count(), 2);
        let index = schema1("x").get_json("index.json");
        let digest = index["manifests"][0]["digest"].as_str().unwrap();
        let manifest = schema1("x").get_json(&blob_path(digest));
        assert_eq!(manifest["schemaVersion"], 1);
    }

    #[test]
    fn damaged_files_change() {
        let mut archive = image().docker_25();
        let before = archive.get("index.json").to_vec();
        archive.corrupt("index.json");
        assert_ne!(archive.get("index.json"), before);
        archive.truncate("index.json", 3);
        assert_eq!(archive.get("index.json").len(), 3);
    }
}
