//! The archives of `docker save` and of the tools that imitate it.
//!
//! All of them have a `manifest.json` that lists images with config, tags and layers. The paths in
//! it depend on version and tool: `<id>/layer.tar`, `blobs/sha256/…`, or others.

use std::collections::HashMap;

use serde_json::{Map, Value, json};

use crate::archive::{Archive, Content};
use crate::compression::Compression;
use crate::digest::{blob_path, hex_of, sha256};
use crate::image::{CREATED, Image};
use crate::index::{Index, full_name, split_tag};
use crate::oci;
use crate::packed::{Packed, PackedLayer};

/// How a legacy archive stores a layer whose content it already has.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Duplicates {
    /// Writes it again.
    Copies,
    /// Writes a symlink (`../<id>/layer.tar`), as Docker does.
    #[default]
    Symlinks,
    /// Writes a hard link.
    HardLinks,
}

/// The position of `manifest.json` in a legacy archive.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Order {
    /// After the layers, as Docker writes it.
    #[default]
    LayersFirst,
    /// Before everything else.
    ManifestFirst,
}

/// Options of [`docker_legacy`].
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Legacy {
    /// How to store layers of the same content.
    pub duplicates: Duplicates,
    /// The position of `manifest.json`.
    pub order: Order,
}

/// Returns the archive of `docker save` before version 25: `<id>/layer.tar`, `<id>/json`,
/// `<id>/VERSION`, `<config>.json`.
pub fn docker_legacy(images: &[Image], options: Legacy) -> Archive {
    let mut archive = Archive::new();
    let mut manifest = Vec::new();
    let mut written = HashMap::new();
    let mut repositories = Map::new();
    for image in images {
        let packed = image.pack(Compression::Plain);
        let mut parent = None;
        let mut paths = Vec::new();
        for layer in &packed.layers {
            let id = layer_id(parent.as_deref(), layer);
            if !archive.contains(&id) {
                insert_layer_files(&mut archive, &id, parent.as_deref());
                insert_layer_tar(&mut archive, &id, layer, options.duplicates, &mut written);
            }
            paths.push(format!("{id}/layer.tar"));
            parent = Some(id);
        }
        let config = format!("{}.json", hex_of(&packed.config_digest()));
        if !archive.contains(&config) {
            archive.insert(&config, &packed.config);
        }
        manifest.push(manifest_item(&config, image, &paths));
        add_repositories(&mut repositories, image, &parent.unwrap_or_default());
    }
    archive.insert("manifest.json", json!(manifest).to_string());
    if !repositories.is_empty() {
        archive.insert("repositories", json!(repositories).to_string());
    }
    match options.order {
        Order::LayersFirst => archive.move_to_end("manifest.json"),
        Order::ManifestFirst => archive.move_to_front("manifest.json"),
    };
    archive
}

/// Returns the version 1 ID of a layer. It depends on all layers below, so the same content may
/// have several IDs.
fn layer_id(parent: Option<&str>, layer: &PackedLayer) -> String {
    let text = format!("{} {}", parent.unwrap_or_default(), layer.diff_id);
    hex_of(&sha256(text.as_bytes())).to_owned()
}

fn insert_layer_files(archive: &mut Archive, id: &str, parent: Option<&str>) {
    let mut json = json!({"id": id, "created": CREATED, "os": "linux"});
    if let Some(parent) = parent {
        json["parent"] = json!(parent);
    }
    archive
        .insert_member(id, Content::Directory)
        .insert(&format!("{id}/VERSION"), "1.0")
        .insert(&format!("{id}/json"), json.to_string());
}

fn insert_layer_tar(
    archive: &mut Archive,
    id: &str,
    layer: &PackedLayer,
    duplicates: Duplicates,
    written: &mut HashMap<String, String>,
) {
    let path = format!("{id}/layer.tar");
    let content = match (written.get(&layer.digest), duplicates) {
        (Some(first), Duplicates::Symlinks) => Content::Symlink(format!("../{first}")),
        (Some(first), Duplicates::HardLinks) => Content::HardLink(first.clone()),
        _ => {
            written.insert(layer.digest.clone(), path.clone());
            Content::File(layer.blob.clone())
        }
    };
    archive.insert_member(&path, content);
}

/// Returns the entry of an image in `manifest.json`.
fn manifest_item(config: &str, image: &Image, layers: &[String]) -> Value {
    let tags = match image.tags() {
        [] => Value::Null,
        tags => json!(tags),
    };
    json!({"Config": config, "RepoTags": tags, "Layers": layers})
}

fn add_repositories(repositories: &mut Map<String, Value>, image: &Image, top: &str) {
    for name in image.tags() {
        let (repository, tag) = split_tag(name);
        let entry = repositories.entry(repository).or_insert_with(|| json!({}));
        entry[tag] = json!(top);
    }
}

/// Returns the archive of `docker save` from version 25 on: an OCI layout with uncompressed layers,
/// and a `manifest.json` that refers to its blobs.
pub fn docker_25(images: &[Image]) -> Archive {
    let mut archive = Archive::new();
    let mut descriptors = Vec::new();
    let mut manifest = Vec::new();
    let mut repositories = Map::new();
    for image in images {
        let packed = image.pack(Compression::Plain);
        packed.insert_blobs(&mut archive);
        let mut item = blob_item(image, &packed);
        for layer in &packed.layers {
            item["LayerSources"][&layer.diff_id] = json!({
                "mediaType": layer.media_type,
                "size": layer.blob.len(),
                "digest": layer.digest,
            });
        }
        manifest.push(item);
        descriptors.extend(named_descriptors(image, &packed));
        let top = packed.layers.last().map(|layer| layer.digest.as_str());
        add_repositories(&mut repositories, image, hex_of(top.unwrap_or_default()));
    }
    oci::finish(&mut archive, &descriptors);
    archive.insert("manifest.json", json!(manifest).to_string()).move_to_end("oci-layout");
    if !repositories.is_empty() {
        archive.insert("repositories", json!(repositories).to_string());
    }
    oci::with_directories(&archive)
}

/// Returns the entry of an image in a `manifest.json` with paths of blobs.
fn blob_item(image: &Image, packed: &Packed) -> Value {
    let layers: Vec<_> = packed.layers.iter().map(|layer| blob_path(&layer.digest)).collect();
    manifest_item(&blob_path(&packed.config_digest()), image, &layers)
}

/// Returns the descriptor of an image, once for each tag.
fn named_descriptors(image: &Image, packed: &Packed) -> Vec<Value> {
    let named = image.tags().iter().map(|name| {
        let (name, tag) = full_name(name);
        let mut descriptor = packed.descriptor();
        descriptor["annotations"] = json!({
            "io.containerd.image.name": name,
            oci::REF_NAME: tag,
        });
        descriptor
    });
    let descriptors: Vec<_> = named.collect();
    if descriptors.is_empty() {
        return vec![packed.descriptor()];
    }
    descriptors
}

/// Returns the archive of `docker save` from version 29 on: gzip layers, and an `index.json` that
/// refers to an index with the image and its attestation.
pub fn docker_29(images: &[Image]) -> Archive {
    let mut index = Index::new(Compression::Gzip);
    let mut manifest = Vec::new();
    for image in images {
        let inner = Index::new(Compression::Gzip).image(image).attestation_of(image);
        for name in image.tags() {
            index = index.nested(inner.clone()).named(name);
        }
        if image.tags().is_empty() {
            index = index.nested(inner);
        }
        manifest.push(blob_item(image, &image.pack(Compression::Gzip)));
    }
    let mut archive = index.to_archive();
    archive.insert("manifest.json", json!(manifest).to_string()).move_to_end("oci-layout");
    archive
}

/// Returns the archive of kaniko: `sha256:<digest>` is the config, `sha256:<digest>.tar.gz` a
/// layer, `manifest.json` the last member.
pub(crate) fn kaniko(image: &Image) -> Archive {
    let packed = image.pack(Compression::Gzip);
    let mut archive = Archive::new();
    let config = packed.config_digest();
    archive.insert(&config, &packed.config);
    let mut paths = Vec::new();
    for layer in &packed.layers {
        let path = format!("{}.tar.gz", layer.digest);
        if !archive.contains(&path) {
            archive.insert(&path, &layer.blob);
        }
        paths.push(path);
    }
    let manifest = json!([manifest_item(&config, image, &paths)]);
    archive.insert("manifest.json", manifest.to_string());
    archive
}

/// Returns the archive of `podman save`: `<diff ID>.tar`, and `<id>/layer.tar` as a symlink to it.
pub(crate) fn podman(image: &Image) -> Archive {
    let packed = image.pack(Compression::Plain);
    let mut archive = Archive::new();
    let mut paths = Vec::new();
    let mut parent = None;
    for layer in &packed.layers {
        let path = format!("{}.tar", hex_of(&layer.diff_id));
        if !archive.contains(&path) {
            archive.insert(&path, &layer.blob);
        }
        let id = layer_id(parent.as_deref(), layer);
        insert_layer_files(&mut archive, &id, parent.as_deref());
        let link = Content::Symlink(format!("../{path}"));
        archive.insert_member(&format!("{id}/layer.tar"), link);
        paths.push(path);
        parent = Some(id);
    }
    let config = format!("{}.json", hex_of(&packed.config_digest()));
    archive.insert(&config, &packed.config);
    let mut repositories = Map::new();
    add_repositories(&mut repositories, image, &parent.unwrap_or_default());
    let manifest = json!([manifest_item(&config, image, &paths)]);
    archive
        .insert("repositories", json!(repositories).to_string())
        .insert("manifest.json", manifest.to_string());
    archive
}

#[cfg(test)]
#[path = "docker_tests.rs"]
mod tests;
