//! An image as the blobs of a registry or a layout: layers, config and manifest, with their
//! digests.

use serde_json::{Value, json};

use crate::archive::Archive;
use crate::digest::sha256;

/// A layer as a blob.
#[derive(Clone, Debug)]
pub struct PackedLayer {
    /// The bytes stored.
    pub blob: Vec<u8>,
    /// The digest of the blob.
    pub digest: String,
    /// The digest of the tar inside.
    pub diff_id: String,
    /// The media type in the manifest.
    pub media_type: String,
    /// Annotations of its descriptor.
    pub annotations: Vec<(String, String)>,
}

/// An image as blobs.
#[derive(Clone, Debug)]
pub struct Packed {
    /// The layers, the base first.
    pub layers: Vec<PackedLayer>,
    /// The bytes of the config.
    pub config: Vec<u8>,
    /// The bytes of the manifest.
    pub manifest: Vec<u8>,
    /// The media type of the manifest.
    pub media_type: String,
    /// `os`, `architecture` and optionally `variant`.
    pub platform: Value,
}

impl Packed {
    /// Returns the digest of the config, Docker's image ID.
    pub fn config_digest(&self) -> String {
        sha256(&self.config)
    }

    /// Returns the digest of the manifest.
    pub fn manifest_digest(&self) -> String {
        sha256(&self.manifest)
    }

    /// Returns the correct diff IDs of the layers, even if the config lists others.
    pub fn diff_ids(&self) -> Vec<String> {
        let layers = self.layers.iter();
        layers.map(|layer| layer.diff_id.clone()).collect()
    }

    /// Returns a descriptor of the manifest, without platform and annotations.
    pub(crate) fn descriptor(&self) -> Value {
        descriptor(&self.media_type, &self.manifest)
    }

    /// Adds all blobs to a layout.
    pub(crate) fn insert_blobs(&self, archive: &mut Archive) {
        for layer in &self.layers {
            archive.insert_blob(&layer.blob);
        }
        archive.insert_blob(&self.config);
        archive.insert_blob(&self.manifest);
    }
}

/// Returns a descriptor of some bytes (OCI image specification, `descriptor.md`).
pub(crate) fn descriptor(media_type: &str, bytes: &[u8]) -> Value {
    json!({"mediaType": media_type, "digest": sha256(bytes), "size": bytes.len()})
}
