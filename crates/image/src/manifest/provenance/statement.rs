//! Provenance that `BuildKit` attaches to an image, as SLSA 0.2 and 1 write it.

use dockopt_core::image::LayerInfo;
use serde::Deserialize;
use serde_json::Value;

/// Where SLSA 0.2 and 1 have the same things.
pub(super) const MATERIALS: [&str; 2] =
    ["/predicate/materials", "/predicate/buildDefinition/resolvedDependencies"];
pub(super) const STEPS: [&str; 2] = [
    "/predicate/buildConfig/llbDefinition",
    "/predicate/buildDefinition/internalParameters/buildConfig/llbDefinition",
];
pub(super) const LAYERS: [&str; 2] = [
    "/predicate/metadata/https:~1~1mobyproject.org~1buildkit@v1#metadata/layers",
    "/predicate/runDetails/metadata/buildkit_metadata/layers",
];
pub(super) const SOURCE: [&str; 2] = [
    "/predicate/metadata/https:~1~1mobyproject.org~1buildkit@v1#metadata/source",
    "/predicate/runDetails/metadata/buildkit_metadata/source",
];

/// A layer in a chain.
#[derive(Deserialize)]
struct Blob {
    digest: String,
}

/// Returns what is at one of two places.
pub(super) fn at<'v>(statement: &'v Value, places: [&str; 2]) -> Option<&'v Value> {
    places.iter().find_map(|place| statement.pointer(place))
}

/// Returns the length of a chain of layers, if these are the lowest ones of an image.
pub(super) fn lowest(chain: &Value, layers: &[LayerInfo]) -> Option<usize> {
    if chain.as_array()?.len() > layers.len() {
        return None;
    }
    let chain: Vec<Blob> = Deserialize::deserialize(chain).ok()?;
    let is_same = |(layer, blob): (&LayerInfo, &Blob)| layer.digest.as_ref() == Some(&blob.digest);
    let is_lowest = layers.iter().zip(&chain).all(is_same);
    is_lowest.then_some(chain.len()).filter(|length| *length > 0)
}
