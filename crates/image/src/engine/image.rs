//! The inspection of an image by an engine.

use dockopt_core::image::Platform;
use serde::Deserialize;

/// An image in an engine.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct EngineImage {
    /// `sha256:…`: the digest of the configuration, or of the index in an engine that stores
    /// indexes.
    pub(crate) id: String,
    /// `NAME:TAG`.
    pub(crate) tags: Vec<String>,
    /// `NAME@sha256:…`: digests of the manifest by repository.
    pub(crate) repo_digests: Vec<String>,
    pub(crate) platform: Option<Platform>,
    /// Bytes of the files of all its layers, according to the engine.
    pub(crate) size: u64,
    /// Diff IDs of its layers, the lowest first.
    pub(crate) layers: Vec<String>,
    /// Whether the engine stores it as an index, which may have other platforms too.
    pub(crate) is_index: bool,
    /// Its date as the engine writes it.
    pub(crate) created: Option<String>,
    /// Whether the engine reports no layers. Docker cannot export such an image.
    pub(crate) has_no_layers: bool,
}

impl EngineImage {
    /// Returns the digest of its manifest, if all repositories have the same.
    pub(crate) fn digest(&self) -> Option<String> {
        let mut digests = self.repo_digests.iter().filter_map(|name| Some(name.rsplit_once('@')?.1));
        let first = digests.next()?;
        digests.all(|digest| digest == first).then(|| first.to_owned())
    }
}

/// The fields that inspections by Docker's API, Podman's, and `podman image inspect` share.
#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
pub(super) struct Inspection {
    id: String,
    repo_tags: Option<Vec<String>>,
    repo_digests: Option<Vec<String>>,
    os: Option<String>,
    architecture: Option<String>,
    variant: Option<String>,
    size: Option<i64>,
    created: Option<String>,
    #[serde(rename = "RootFS")]
    root_fs: Option<RootFs>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
struct RootFs {
    layers: Option<Vec<String>>,
}

impl From<Inspection> for EngineImage {
    fn from(found: Inspection) -> Self {
        let text = |text: Option<String>| text.filter(|text| !text.is_empty());
        let platform = match (text(found.os), text(found.architecture)) {
            (Some(os), Some(architecture)) => {
                Some(Platform { os, architecture, variant: text(found.variant) })
            }
            _ => None,
        };
        let layers = found.root_fs.map(|root| root.layers.unwrap_or_default());
        Self {
            id: full_id(found.id),
            tags: found.repo_tags.unwrap_or_default(),
            repo_digests: found.repo_digests.unwrap_or_default(),
            platform,
            size: found.size.and_then(|size| size.try_into().ok()).unwrap_or(0),
            created: text(found.created),
            has_no_layers: layers.as_ref().is_some_and(Vec::is_empty) && found.size == Some(0),
            layers: layers.unwrap_or_default(),
            is_index: false,
        }
    }
}

impl From<bollard::models::ImageInspect> for EngineImage {
    fn from(found: bollard::models::ImageInspect) -> Self {
        let is_index = found.descriptor.is_some();
        let inspection = Inspection {
            id: found.id.unwrap_or_default(),
            repo_tags: found.repo_tags,
            repo_digests: found.repo_digests,
            os: found.os,
            architecture: found.architecture,
            variant: found.variant,
            size: found.size,
            created: found.created,
            root_fs: found.root_fs.map(|root| RootFs { layers: root.layers }),
        };
        Self { is_index, ..inspection.into() }
    }
}

/// Adds the algorithm, which Podman omits.
pub(super) fn full_id(id: String) -> String {
    let is_hex = id.len() == 64 && id.bytes().all(|byte| byte.is_ascii_hexdigit());
    if is_hex { format!("sha256:{id}") } else { id }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn manifest_digest_needs_agreement_of_all_names() {
        let image = |digests: &[&str]| EngineImage {
            repo_digests: digests.iter().map(ToString::to_string).collect(),
            ..EngineImage::default()
        };
        assert_eq!(image(&["a@sha256:1", "b/c@sha256:1"]).digest().as_deref(), Some("sha256:1"));
        assert_eq!(image(&["a@sha256:1", "a@sha256:2"]).digest(), None);
        assert_eq!(image(&[]).digest(), None);
        assert_eq!(image(&["nonsense"]).digest(), None);
    }

    #[test]
    fn inspection_by_podman_is_parsed() {
        let hex = "a".repeat(64);
        let json = format!(
            r#"{{"Id":"{hex}","RepoTags":null,"Size":-1,"Os":"linux","Architecture":"arm64","Variant":"","RootFS":{{"Type":"layers","Layers":["sha256:1"]}},"New":{{}}}}"#
        );
        let image: EngineImage = serde_json::from_str::<Inspection>(&json).expect("an inspection").into();
        assert_eq!((image.id, image.size), (format!("sha256:{hex}"), 0));
        assert_eq!(image.platform.expect("a platform").to_string(), "linux/arm64");
        assert_eq!(image.layers, ["sha256:1"]);
    }
}
