//! The base image: the lowest layers, which another image has too.

use serde::Serialize;

use super::image::ImageInfo;
use super::warning::Warning;
use super::warning_kind::WarningKind;

/// Which layers belong to the base image, before the image is known.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum BaseChoice {
    /// The lowest layer, because nothing better is known.
    #[default]
    Lowest,
    /// This number of lowest layers.
    Layers(usize),
    /// The layers of another image.
    Image(Box<ImageInfo>),
}

/// How the base image was found. Reports have the names.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Basis {
    /// It was not: the lowest layer counts as the base.
    Default,
    /// The number of layers was given.
    Layers,
    /// The image was given, and its diff IDs were compared.
    Image,
}

/// The base image of an image.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BaseImage {
    /// Number of its layers.
    pub layers: usize,
    /// Its name, if the image was given.
    pub name: Option<String>,
    /// Digest of its manifest, or of its configuration where there is no manifest.
    pub digest: Option<String>,
    /// How it was found.
    pub basis: Basis,
}

impl BaseChoice {
    /// Finds the base of an image. If the chosen image is not its base, the layers that both have
    /// are the base, and there is a warning.
    pub fn of(&self, info: &ImageInfo) -> (BaseImage, Option<Warning>) {
        let layers = |layers, basis| BaseImage { layers, name: None, digest: None, basis };
        match self {
            Self::Lowest => (layers(1, Basis::Default), None),
            Self::Layers(number) => (layers(*number, Basis::Layers), None),
            Self::Image(base) => {
                let shared = shared_layers(base, info);
                let found = BaseImage {
                    layers: shared,
                    name: Some(base.reference.clone()),
                    digest: base.digest.clone().or_else(|| base.id.clone()),
                    basis: Basis::Image,
                };
                (found, mismatch(base, info, shared))
            }
        }
    }
}

/// Returns the number of lowest layers with equal diff IDs.
fn shared_layers(base: &ImageInfo, info: &ImageInfo) -> usize {
    let pairs = base.layers.iter().zip(&info.layers);
    pairs.take_while(|(one, other)| one.diff_id.is_some() && one.diff_id == other.diff_id).count()
}

fn mismatch(base: &ImageInfo, info: &ImageInfo, shared: usize) -> Option<Warning> {
    let wanted = base.layers.len();
    if shared == wanted && wanted > 0 {
        return None;
    }
    let name = super::path::escape_text(&base.reference);
    let reason = if wanted == 0 {
        "it has no layers".to_owned()
    } else if shared == info.layers.len() {
        format!("it has {wanted} layers, the image only {shared}")
    } else {
        format!("its layer {shared} is not in the image")
    };
    let message = format!("`{name}` is not the base of this image: {reason}");
    Some(Warning::new(WarningKind::BaseLayers, None, message))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::image::LayerInfo;

    fn image(name: &str, diff_ids: &[&str]) -> ImageInfo {
        let layer = |id: &&str| LayerInfo { diff_id: Some((*id).to_owned()), ..LayerInfo::default() };
        let layers = diff_ids.iter().map(layer).collect();
        ImageInfo {
            reference: name.to_owned(),
            layers,
            id: Some("sha256:1".to_owned()),
            ..ImageInfo::default()
        }
    }

    /// Returns the number of layers and the warning.
    fn found(base: &[&str], diff_ids: &[&str]) -> (usize, Option<String>) {
        let choice = BaseChoice::Image(Box::new(image("debian", base)));
        let (found, warning) = choice.of(&image("app", diff_ids));
        assert_eq!((found.name.as_deref(), found.digest.as_deref()), (Some("debian"), Some("sha256:1")));
        (found.layers, warning.map(|warning| warning.message))
    }

    #[test]
    fn base_has_the_layers_of_the_chosen_image() {
        assert_eq!(found(&["a", "b"], &["a", "b", "c"]), (2, None));
        assert_eq!(found(&["a"], &["a"]), (1, None));
    }

    #[test]
    fn other_image_is_no_base() {
        let no_base = |reason: &str| Some(format!("`debian` is not the base of this image: {reason}"));
        assert_eq!(found(&["a", "x"], &["a", "b", "c"]), (1, no_base("its layer 1 is not in the image")));
        assert_eq!(found(&["x"], &["a"]), (0, no_base("its layer 0 is not in the image")));
        assert_eq!(found(&["a", "b"], &["a"]), (1, no_base("it has 2 layers, the image only 1")));
        assert_eq!(found(&[], &["a"]), (0, no_base("it has no layers")));
    }

    #[test]
    fn layers_without_diff_id_are_not_shared() {
        let unknown = ImageInfo { layers: vec![LayerInfo::default()], ..ImageInfo::default() };
        assert_eq!(shared_layers(&unknown, &unknown), 0);
    }
}
