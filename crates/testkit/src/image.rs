//! A builder of images: layers, history, platform, tags, and faults in each.
//!
//! An image has no file format: [`Image::pack`] turns it into blobs, its writers into archives.
//! [`Image::config_json`] and [`Image::manifest_json`] change config and manifest before digests
//! are computed, so that the only fault is the one under test.

use std::fmt;
use std::sync::Arc;

use serde_json::{Value, json};

use crate::compress::compress;
use crate::compression::Compression;
use crate::digest::sha256;
use crate::layer::Layer;
use crate::packed::{Packed, PackedLayer, descriptor};
use crate::seekable;

/// The creation time of every image and every step of its history.
pub(crate) const CREATED: &str = "2020-09-13T12:26:40Z";

/// The media types of a manifest.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum MediaTypes {
    /// `application/vnd.oci.image.…`.
    #[default]
    Oci,
    /// `application/vnd.docker.…`, manifest version 2, schema 2.
    Docker,
}

impl MediaTypes {
    pub(crate) fn manifest(self) -> &'static str {
        match self {
            Self::Oci => "application/vnd.oci.image.manifest.v1+json",
            Self::Docker => "application/vnd.docker.distribution.manifest.v2+json",
        }
    }

    pub(crate) fn index(self) -> &'static str {
        match self {
            Self::Oci => "application/vnd.oci.image.index.v1+json",
            Self::Docker => "application/vnd.docker.distribution.manifest.list.v2+json",
        }
    }

    fn config(self) -> &'static str {
        match self {
            Self::Oci => "application/vnd.oci.image.config.v1+json",
            Self::Docker => "application/vnd.docker.container.image.v1+json",
        }
    }

    fn layer(self, compression: Compression) -> String {
        let (base, join) = match self {
            Self::Oci => ("application/vnd.oci.image.layer.v1.tar", '+'),
            Self::Docker => ("application/vnd.docker.image.rootfs.diff.tar", '.'),
        };
        let suffix = compression.suffix();
        suffix.map_or(base.to_owned(), |suffix| format!("{base}{join}{suffix}"))
    }
}

#[derive(Clone, Debug)]
enum Source {
    Tar(Vec<u8>),
    Blob { bytes: Vec<u8>, diff_id: String },
}

#[derive(Clone, Debug)]
struct ImageLayer {
    source: Source,
    compression: Option<Compression>,
    media_type: Option<String>,
}

#[derive(Clone)]
struct Edit(Arc<dyn Fn(&mut Value) + Send + Sync>);

impl fmt::Debug for Edit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Edit")
    }
}

/// A builder of images.
///
/// ```
/// use dockopt_testkit::{Compression, Image, Layer};
///
/// let image = Image::new()
///     .layer(Layer::new().file("etc/motd", "hello"))
///     .created_by("COPY motd /etc/")
///     .history("ENV A=1", true)
///     .layer(Layer::new().whiteout("etc/motd"))
///     .created_by("RUN rm /etc/motd")
///     .tag("example:1.0");
/// let legacy = image.docker_legacy().to_tar();
/// let layout = image.oci_layout(Compression::Zstd);
/// assert_eq!(layout.get_json("index.json")["schemaVersion"], 2);
/// ```
#[derive(Clone, Debug)]
#[must_use]
pub struct Image {
    layers: Vec<ImageLayer>,
    history: Vec<Value>,
    platform: Value,
    tags: Vec<String>,
    media_types: MediaTypes,
    config_edits: Vec<Edit>,
    manifest_edits: Vec<Edit>,
    config_blob: Option<(String, Vec<u8>)>,
}

impl Default for Image {
    fn default() -> Self {
        Self {
            layers: Vec::new(),
            history: Vec::new(),
            platform: json!({"architecture": "amd64", "os": "linux"}),
            tags: Vec::new(),
            media_types: MediaTypes::default(),
            config_edits: Vec::new(),
            manifest_edits: Vec::new(),
            config_blob: None,
        }
    }
}

impl Image {
    /// Creates an image for `linux/amd64` without layers, history and tags.
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds a layer with a history entry.
    pub fn layer(self, layer: Layer) -> Self {
        self.layer_tar(layer.into_tar())
    }

    /// Adds a layer from the bytes of its tar, with a history entry.
    pub fn layer_tar(self, tar: impl AsRef<[u8]>) -> Self {
        self.push_layer(Source::Tar(tar.as_ref().to_vec()))
    }

    /// Adds a layer that every format stores as these bytes, with a diff ID that may be wrong.
    pub fn layer_blob(self, blob: impl AsRef<[u8]>, diff_id: &str) -> Self {
        self.push_layer(Source::Blob { bytes: blob.as_ref().to_vec(), diff_id: diff_id.to_owned() })
    }

    fn push_layer(mut self, source: Source) -> Self {
        self.layers.push(ImageLayer { source, compression: None, media_type: None });
        let text = format!("layer {}", self.layers.len() - 1);
        self.history(&text, false)
    }

    /// Sets the compression of the last layer, whatever the writer uses for the others.
    ///
    /// The media type is that of the writer's compression, so it contradicts the bytes.
    pub fn compressed_as(mut self, compression: Compression) -> Self {
        self.last_layer().compression = Some(compression);
        self
    }

    /// Sets the media type of the last layer.
    pub fn media_type(mut self, media_type: &str) -> Self {
        self.last_layer().media_type = Some(media_type.to_owned());
        self
    }

    fn last_layer(&mut self) -> &mut ImageLayer {
        self.layers.last_mut().expect("the image has no layer yet")
    }

    /// Adds a history entry; `empty_layer` marks a step that made no layer.
    pub fn history(mut self, created_by: &str, empty_layer: bool) -> Self {
        let mut line = json!({"created": CREATED, "created_by": created_by});
        if empty_layer {
            line["empty_layer"] = json!(true);
        }
        self.history.push(line);
        self
    }

    /// Sets the instruction of the last history entry.
    pub fn created_by(mut self, instruction: &str) -> Self {
        let line = self.history.last_mut().expect("there is no history yet");
        line["created_by"] = json!(instruction);
        self
    }

    /// Sets the comment of the last history entry.
    pub fn comment(mut self, comment: &str) -> Self {
        let line = self.history.last_mut().expect("there is no history yet");
        line["comment"] = json!(comment);
        self
    }

    /// Sets the platform in the config and in every index.
    pub fn platform(mut self, os: &str, architecture: &str, variant: Option<&str>) -> Self {
        self.platform = json!({"architecture": architecture, "os": os});
        if let Some(variant) = variant {
            self.platform["variant"] = json!(variant);
        }
        self
    }

    /// Adds a name, `name:tag`.
    pub fn tag(mut self, name: &str) -> Self {
        self.tags.push(name.to_owned());
        self
    }

    /// Sets the media types of the manifest; [`MediaTypes::Oci`] by default.
    pub fn media_types(mut self, media_types: MediaTypes) -> Self {
        self.media_types = media_types;
        self
    }

    /// Changes the config before it is written. Changes accumulate and apply in call order.
    pub fn config_json(mut self, edit: impl Fn(&mut Value) + Send + Sync + 'static) -> Self {
        self.config_edits.push(Edit(Arc::new(edit)));
        self
    }

    /// Changes the manifest before it is written. Changes accumulate and apply in call order.
    pub fn manifest_json(mut self, edit: impl Fn(&mut Value) + Send + Sync + 'static) -> Self {
        self.manifest_edits.push(Edit(Arc::new(edit)));
        self
    }

    /// Replaces the config with any bytes.
    pub fn config_blob(mut self, media_type: &str, bytes: impl AsRef<[u8]>) -> Self {
        self.config_blob = Some((media_type.to_owned(), bytes.as_ref().to_vec()));
        self
    }

    /// Returns the names so far.
    pub fn tags(&self) -> &[String] {
        &self.tags
    }

    /// Returns the image as blobs, with its layers compressed.
    pub fn pack(&self, compression: Compression) -> Packed {
        let layers = self.layers.iter();
        let layers: Vec<_> = layers.map(|layer| self.pack_layer(layer, compression)).collect();
        let (config_type, config) = match &self.config_blob {
            Some((media_type, bytes)) => (media_type.as_str(), bytes.clone()),
            None => (self.media_types.config(), self.config(&layers)),
        };
        let mut manifest = json!({
            "schemaVersion": 2,
            "mediaType": self.media_types.manifest(),
            "config": descriptor(config_type, &config),
            "layers": layers.iter().map(layer_descriptor).collect::<Vec<_>>(),
        });
        for edit in &self.manifest_edits {
            (edit.0)(&mut manifest);
        }
        Packed {
            layers,
            config,
            manifest: manifest.to_string().into_bytes(),
            media_type: self.media_types.manifest().to_owned(),
            platform: self.platform.clone(),
        }
    }

    fn pack_layer(&self, layer: &ImageLayer, wanted: Compression) -> PackedLayer {
        let compression = layer.compression.unwrap_or(wanted);
        let mut annotations = Vec::new();
        let (blob, diff_id) = match (&layer.source, compression) {
            (Source::Blob { bytes, diff_id }, _) => (bytes.clone(), diff_id.clone()),
            (Source::Tar(tar), _) => match seekable::pack_layer(tar, compression) {
                Some(packed) => {
                    annotations = packed.annotations;
                    (packed.blob, sha256(&packed.tar))
                }
                None => (compress(tar, compression), sha256(tar)),
            },
        };
        let media_type = layer.media_type.clone();
        PackedLayer {
            digest: sha256(&blob),
            blob,
            diff_id,
            media_type: media_type.unwrap_or_else(|| self.media_types.layer(wanted)),
            annotations,
        }
    }

    fn config(&self, layers: &[PackedLayer]) -> Vec<u8> {
        let diff_ids: Vec<_> = layers.iter().map(|layer| &layer.diff_id).collect();
        let mut config = self.platform.clone();
        config["created"] = json!(CREATED);
        config["config"] = json!({
            "Env": ["PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"],
            "Cmd": ["/bin/sh"],
        });
        config["rootfs"] = json!({"type": "layers", "diff_ids": diff_ids});
        config["history"] = json!(self.history);
        for edit in &self.config_edits {
            (edit.0)(&mut config);
        }
        config.to_string().into_bytes()
    }
}

fn layer_descriptor(layer: &PackedLayer) -> Value {
    let mut descriptor = descriptor(&layer.media_type, &layer.blob);
    for (key, value) in &layer.annotations {
        descriptor["annotations"][key] = json!(value);
    }
    descriptor
}
