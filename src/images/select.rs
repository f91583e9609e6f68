//! Which images a filter lets through: those that hold each of its words, in their name or their ID.

use dockopt_image::LocalImage;

use super::{digits, shown_name};

/// What other programs call a name that is none.
const NONE: &str = "<none>:<none>";

/// The words of a filter. Capitals do not matter: names have none.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Words(Vec<String>);

impl Words {
    /// The words of a text, which blanks stand between.
    pub(crate) fn of(text: &str) -> Self {
        Self(text.split_whitespace().map(str::to_lowercase).collect())
    }

    /// Whether everything gets through.
    pub(crate) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Whether an image has them all. Parts of an ID are digits, so that `sha` is not a part of each.
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
