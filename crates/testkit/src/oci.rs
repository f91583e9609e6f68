//! OCI layouts: `oci-layout`, `index.json` and `blobs/sha256/` (OCI image specification,
//! `image-layout.md`).

use serde_json::{Value, json};

use crate::archive::{Archive, Content};
use crate::compression::Compression;
use crate::image::{Image, MediaTypes};

/// The annotation that holds a tag.
pub(crate) const REF_NAME: &str = "org.opencontainers.image.ref.name";

/// Returns a layout with one image, named in `index.json` as skopeo does, once for each tag.
pub(crate) fn single(image: &Image, compression: Compression) -> Archive {
    let packed = image.pack(compression);
    let mut archive = Archive::new();
    packed.insert_blobs(&mut archive);
    let mut descriptors = Vec::new();
    for tag in image.tags() {
        let mut descriptor = packed.descriptor();
        descriptor["annotations"] = json!({REF_NAME: tag});
        descriptors.push(descriptor);
    }
    if descriptors.is_empty() {
        descriptors.push(packed.descriptor());
    }
    finish(&mut archive, &descriptors);
    archive
}

/// Adds `index.json` with these descriptors, and `oci-layout`.
pub(crate) fn finish(archive: &mut Archive, descriptors: &[Value]) {
    let index = json!({
        "schemaVersion": 2,
        "mediaType": MediaTypes::Oci.index(),
        "manifests": descriptors,
    });
    archive.insert("index.json", index.to_string()).insert("oci-layout", r#"{"imageLayoutVersion":"1.0.0"}"#);
}

/// Returns the same members with the blobs' directories before them, as tools write archives.
pub(crate) fn with_directories(archive: &Archive) -> Archive {
    let mut all = Archive::new();
    all.insert_member("blobs", Content::Directory)
        .insert_member("blobs/sha256", Content::Directory)
        .merge(archive);
    all
}
