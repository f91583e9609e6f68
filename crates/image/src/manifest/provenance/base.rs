//! The base image in provenance.
//!
//! With `mode=max` provenance has the steps of the build and the layers that each one leads to: the
//! base is the image whose layers are the lowest ones. With `mode=min` it only lists what the build
//! used, and the base is known if that is one image.

use std::collections::HashSet;

use dockopt_core::image::{LayerInfo, ProvenBase};
use serde_json::Value;

use super::statement::{LAYERS, MATERIALS, STEPS, at, lowest};

/// The scheme of images in steps.
const IMAGE: &str = "docker-image://";
/// The start of the package URL of an image.
const PACKAGE: &str = "pkg:docker/";

/// Finds the base of an image with these layers in a statement; `None` if the statement does not
/// tell.
pub(super) fn base(statement: &Value, layers: &[LayerInfo]) -> Option<ProvenBase> {
    by_layers(statement, layers).or_else(|| only_image(statement))
}

/// Returns the image of a step whose layers are the most of the lowest ones, but not all.
fn by_layers(statement: &Value, layers: &[LayerInfo]) -> Option<ProvenBase> {
    let chains = at(statement, LAYERS)?.as_object()?;
    let images = at(statement, STEPS)?.as_array()?.iter().filter_map(|step| {
        let id = step.get("id")?.as_str()?;
        let op = step.get("op")?;
        let source = op.pointer("/Op/source").or_else(|| op.get("source"))?;
        Some((id, source.get("identifier")?.as_str()?.strip_prefix(IMAGE)?))
    });
    let below_all = |chain: &Value| lowest(chain, layers).filter(|length| *length < layers.len());
    let mut seen = HashSet::new();
    let found = images.filter(|(id, _)| seen.insert(*id)).filter_map(|(id, image)| {
        let chains = chains.get(&format!("{id}:0"))?.as_array()?;
        Some((chains.iter().filter_map(below_all).max()?, image))
    });
    let (length, image) = found.max_by_key(|(length, _)| *length)?;
    let (name, digest) = split_digest(image);
    Some(ProvenBase { name, digest, layers: Some(length) })
}

/// Returns the image that the build used, if it was one.
fn only_image(statement: &Value) -> Option<ProvenBase> {
    let materials = at(statement, MATERIALS)?.as_array()?.iter();
    let mut images = materials.filter_map(|material| {
        let package = material.get("uri")?.as_str()?.strip_prefix(PACKAGE)?;
        // The frontend of the Dockerfile is an image too.
        (!package.starts_with("docker/dockerfile")).then_some((package, material))
    });
    let (package, material) = images.next()?;
    if images.any(|(other, _)| other != package) {
        return None;
    }
    let package = package.split(['?', '#']).next().unwrap_or_default();
    let (name, digest) = match package.rsplit_once('@') {
        Some((name, version)) if version.contains(':') => (name.to_owned(), Some(version.to_owned())),
        Some((name, tag)) => (format!("{name}:{tag}"), None),
        None => (package.to_owned(), None),
    };
    let listed = || material.pointer("/digest/sha256")?.as_str().map(|hex| format!("sha256:{hex}"));
    Some(ProvenBase { name, digest: listed().or(digest), layers: None })
}

/// Splits `NAME@DIGEST`.
fn split_digest(image: &str) -> (String, Option<String>) {
    match image.split_once('@') {
        Some((name, digest)) => (name.to_owned(), Some(digest.to_owned())),
        None => (image.to_owned(), None),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    const HEX: &str = "00112233445566778899aabbccddeeff00112233445566778899aabbccddeeff";

    fn layers(digests: &[&str]) -> Vec<LayerInfo> {
        let layer = |digest: &&str| LayerInfo { digest: Some((*digest).to_owned()), ..LayerInfo::default() };
        digests.iter().map(layer).collect()
    }

    /// Returns name, digest and number of layers of the base.
    fn found(predicate: &Value, digests: &[&str]) -> Option<(String, Option<String>, Option<usize>)> {
        let statement = json!({"predicateType": "https://slsa.dev/provenance/v1", "predicate": predicate});
        let base = base(&statement, &layers(digests))?;
        Some((base.name, base.digest, base.layers))
    }

    /// Steps: two images, and a command on the second one.
    fn steps() -> Value {
        let source =
            |image: &str| json!({"Op": {"source": {"identifier": format!("docker-image://{image}")}}});
        json!([
            {"id": "step0", "op": source(&format!("docker.io/library/golang:1.22@sha256:{HEX}"))},
            {"id": "step1", "op": source("docker.io/library/debian:12")},
            {"id": "step2", "op": {"Op": {"exec": {}}}, "inputs": ["step1:0"]},
        ])
    }

    fn chains() -> Value {
        let blob = |digest: &str| json!({"mediaType": "x", "digest": digest, "size": 1});
        json!({
            "step0:0": [[blob("g")]],
            "step1:0": [[blob("a"), blob("b")]],
            "step2:0": [[blob("a"), blob("b"), blob("c")]],
        })
    }

    #[test]
    fn base_is_the_image_with_the_lowest_layers() {
        let version_0_2 = json!({
            "buildConfig": {"llbDefinition": steps()},
            "metadata": {"https://mobyproject.org/buildkit@v1#metadata": {"layers": chains()}},
        });
        let version_1 = json!({
            "buildDefinition": {"internalParameters": {"buildConfig": {"llbDefinition": steps()}}},
            "runDetails": {"metadata": {"buildkit_metadata": {"layers": chains()}}},
        });
        for predicate in [version_0_2, version_1] {
            let debian = Some(("docker.io/library/debian:12".to_owned(), None, Some(2)));
            assert_eq!(found(&predicate, &["a", "b", "c"]), debian);
            let golang = ("docker.io/library/golang:1.22".to_owned(), Some(format!("sha256:{HEX}")), Some(1));
            assert_eq!(found(&predicate, &["g", "b"]), Some(golang));
            assert_eq!(found(&predicate, &["x", "b", "c"]), None);
            assert_eq!(found(&predicate, &["a", "b"]), None, "nothing was added");
        }
    }

    #[test]
    fn only_image_of_the_build_is_the_base() {
        let image = |uri: &str| json!({"uri": uri, "digest": {"sha256": HEX}});
        let frontend = image("pkg:docker/docker/dockerfile@1?platform=linux%2Famd64");
        let debian = image("pkg:docker/debian@12-slim?platform=linux%2Famd64");
        let digest = Some(format!("sha256:{HEX}"));
        let expected = Some(("debian:12-slim".to_owned(), digest.clone(), None));
        assert_eq!(found(&json!({"materials": [frontend, debian]}), &["a"]), expected);
        let version_1 = json!({"buildDefinition": {"resolvedDependencies": [debian]}});
        assert_eq!(found(&version_1, &["a"]), expected);
        let by_digest = image(&format!("pkg:docker/ghcr.io/a/b@sha256:{HEX}"));
        assert_eq!(
            found(&json!({"materials": [by_digest]}), &["a"]),
            Some(("ghcr.io/a/b".to_owned(), digest, None))
        );
        let two = json!({"materials": [debian, image("pkg:docker/golang@1.22")]});
        assert_eq!(found(&two, &["a"]), None);
    }
}
