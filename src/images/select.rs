//! The filter of the image list: it matches images whose name or ID contains each of its words.

use dockopt_image::LocalImage;

use super::names::{digits, shown_name};

/// What other programs call an image without a name.
const NONE: &str = "<none>:<none>";

/// The words of a filter. Case does not matter: names have no capitals.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Words(Vec<String>);

impl Words {
    /// Splits a text into words at whitespace.
    pub(crate) fn of(text: &str) -> Self {
        Self(text.split_whitespace().map(str::to_lowercase).collect())
    }

    /// Returns whether the filter is empty and matches everything.
    pub(crate) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Returns whether an image contains all words. Only the digits of an ID count, so that `sha`
    /// does not match every image.
    pub(crate) fn fit(&self, image: &LocalImage) -> bool {
        if self.is_empty() {
            return true;
        }
        let (name, id) = (shown_name(image).to_lowercase(), image.id.to_lowercase());
        let other_name = if image.name.is_none() { NONE } else { "" };
        self.0.iter().map(String::as_str).all(|word| {
            let is_whole_id = word.contains(':') && id.starts_with(word);
            is_whole_id || name.contains(word) || other_name.contains(word) || digits(&id).contains(word)
        })
    }
}
