//! The base image: the lowest layers, which another image has too.

mod history;

use serde::Serialize;

use self::history::guess;
use super::image::ImageInfo;
use super::warning::Warning;
use super::warning_kind::WarningKind;

/// Annotations and labels that name the base (OCI image specification, "Annotations").
const NAME: &str = "org.opencontainers.image.base.name";
const DIGEST: &str = "org.opencontainers.image.base.digest";

/// Which layers belong to the base image, before the image is known.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum BaseChoice {
    /// Those that the image's own description suggests.
    #[default]
    Described,
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
    /// The history suggests where it ends.
    History,
    /// Annotations or labels name it.
    Annotations,
    /// The provenance that the builder attached names it.
    Provenance,
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
    /// Its name, if it is known.
    pub name: Option<String>,
    /// Digest of its manifest, or of its configuration where there is no manifest.
    pub digest: Option<String>,
    /// How it was found.
    pub basis: Basis,
    /// Whether the number of layers is a guess.
    pub is_guess: bool,
}

impl BaseChoice {
    /// Finds the base of an image. If the chosen image is not its base, the layers that both have
    /// are the base, and there is a warning.
    pub fn of(&self, info: &ImageInfo) -> (BaseImage, Option<Warning>) {
        match self {
            Self::Described => (described(info), None),
            Self::Layers(number) => {
                let (layers, basis) = (*number, Basis::Layers);
                (BaseImage { layers, name: None, digest: None, basis, is_guess: false }, None)
            }
            Self::Image(base) => {
                let shared = shared_layers(base, info);
                let found = BaseImage {
                    layers: shared,
                    name: Some(base.reference.clone()),
                    digest: base.digest.clone().or_else(|| base.id.clone()),
                    basis: Basis::Image,
                    is_guess: false,
                };
                (found, mismatch(base, info, shared))
            }
        }
    }
}

/// Returns the base that provenance, annotations or labels name. Where these do not tell its
/// number of layers, that is a guess from the history, or else one.
fn described(info: &ImageInfo) -> BaseImage {
    let guess = guess(info);
    let (name, digest, basis) = named(info);
    let known = info.provenance.as_ref().and_then(|base| base.layers);
    let basis = match (&guess, basis) {
        (Some(_), Basis::Default) => Basis::History,
        (_, basis) => basis,
    };
    BaseImage {
        layers: known.or(guess.as_ref().map(|guess| guess.layers)).unwrap_or(1),
        name: name.or_else(|| guess?.name),
        digest,
        basis,
        is_guess: known.is_none(),
    }
}

/// Returns the name and digest that the image has for its base, and where.
fn named(info: &ImageInfo) -> (Option<String>, Option<String>, Basis) {
    if let Some(base) = &info.provenance {
        return (Some(base.name.clone()), base.digest.clone(), Basis::Provenance);
    }
    // Labels may be those of the base, about its own base: both values come from one place.
    for values in [&info.annotations, &info.config.labels] {
        let value = |key: &str| values.get(key).filter(|value| !value.is_empty()).cloned();
        let (name, digest) = (value(NAME), value(DIGEST));
        if name.is_some() || digest.is_some() {
            return (name, digest, Basis::Annotations);
        }
    }
    (None, None, Basis::Default)
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
    use std::collections::BTreeMap;

    use super::*;
    use crate::model::image::{HistoryEntry, LayerInfo, ProvenBase};

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
    fn provenance_precedes_annotations_and_labels() {
        let mut info = image("app", &["a", "b", "c"]);
        let found = |info: &ImageInfo| {
            let BaseImage { layers, name, digest, basis, is_guess } = described(info);
            let text = |text: Option<String>| text.unwrap_or_default();
            format!("{} {} {layers} {basis:?} {is_guess}", text(name), text(digest))
        };
        assert_eq!(found(&info), "  1 Default true");
        info.config.labels.insert(NAME.to_owned(), "label".to_owned());
        info.config.labels.insert(DIGEST.to_owned(), "sha256:1".to_owned());
        assert_eq!(found(&info), "label sha256:1 1 Annotations true");
        info.annotations.insert(DIGEST.to_owned(), String::new());
        assert_eq!(found(&info), "label sha256:1 1 Annotations true");
        info.annotations.insert(NAME.to_owned(), "debian:12".to_owned());
        assert_eq!(found(&info), "debian:12  1 Annotations true");
        info.annotations.insert(DIGEST.to_owned(), "sha256:2".to_owned());
        assert_eq!(found(&info), "debian:12 sha256:2 1 Annotations true");
        for (created_by, layer) in [("a", Some(0)), ("b", Some(1)), ("CMD x", None), ("c", Some(2))] {
            let (created_by, empty_layer) = (Some(created_by.to_owned()), layer.is_none());
            info.history.push(HistoryEntry { created_by, empty_layer, layer, ..HistoryEntry::default() });
        }
        assert_eq!(found(&info), "debian:12 sha256:2 2 Annotations true");
        let mut proven = ProvenBase { name: "proven".to_owned(), digest: None, layers: None };
        info.provenance = Some(proven.clone());
        assert_eq!(found(&info), "proven  2 Provenance true");
        proven.layers = Some(1);
        info.provenance = Some(proven);
        assert_eq!(found(&info), "proven  1 Provenance false");
        info = ImageInfo { annotations: BTreeMap::new(), provenance: None, ..info };
        info.config.labels.clear();
        assert_eq!(found(&info), "  2 History true");
    }

    #[test]
    fn layers_without_diff_id_are_not_shared() {
        let unknown = ImageInfo { layers: vec![LayerInfo::default()], ..ImageInfo::default() };
        assert_eq!(shared_layers(&unknown, &unknown), 0);
    }
}
