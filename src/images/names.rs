//! Names and IDs of images as text.

use dockopt_core::path::escape_text;
use dockopt_image::LocalImage;

/// Characters of a short ID.
const SHORT_ID: usize = 12;

/// Returns the name of an image, escaped.
pub(crate) fn shown_name(image: &LocalImage) -> String {
    image.name.as_deref().map_or_else(|| "<dangling>".to_owned(), escape_text)
}

/// Returns the first digits of an ID, escaped.
pub(crate) fn short_id(id: &str) -> String {
    escape_text(digits(id)).chars().take(SHORT_ID).collect()
}

/// Returns an ID without the name of its algorithm.
pub(super) fn digits(id: &str) -> &str {
    id.split_once(':').map_or(id, |(_, digits)| digits)
}
