//! The list of a local engine's images: its order, its filter, and the text of its columns.
//!
//! The table on standard output and the picker on a terminal share it. Ages count from the moment
//! of the request: nothing here reads a clock.

mod age;
mod columns;
mod order;
mod select;
mod table;

use dockopt_core::path::escape_text;
use dockopt_core::quantity::{count, plural, size};
use dockopt_image::{LocalImage, LocalImages};

pub(crate) use self::columns::{Column, Columns, Needs};
pub(crate) use self::order::{Sort, SortKey};
pub(crate) use self::select::Words;
pub(crate) use self::table::{write_ids, write_json, write_text};

/// Characters of a short ID.
const SHORT_ID: usize = 12;

/// The images of an engine at a point in time.
#[derive(Clone, Debug, Default)]
pub(crate) struct Listing {
    pub(crate) local: LocalImages,
    /// Moment of the request, in seconds since 1970.
    pub(crate) now: i64,
}

impl Listing {
    /// Returns the indices of the images that match, sorted.
    pub(crate) fn select(&self, words: &Words, sort: Sort) -> Vec<usize> {
        let images = &self.local.images;
        let mut chosen: Vec<usize> =
            (0..images.len()).filter(|at| images.get(*at).is_some_and(|image| words.fit(image))).collect();
        // Equal images keep the engine's order.
        chosen.sort_by(|one, other| match (images.get(*one), images.get(*other)) {
            (Some(one), Some(other)) => sort.compare(one, other),
            _ => std::cmp::Ordering::Equal,
        });
        chosen
    }

    /// Returns the images at these indices.
    pub(crate) fn at<'l>(&'l self, places: &'l [usize]) -> impl Iterator<Item = &'l LocalImage> {
        places.iter().filter_map(|at| self.local.images.get(*at))
    }

    /// Returns the indices of all images.
    pub(crate) fn all(&self) -> Vec<usize> {
        (0..self.local.images.len()).collect()
    }

    /// Returns the number of distinct images: one with several names counts once.
    pub(crate) fn count(&self, chosen: &[usize]) -> usize {
        let ids = self.at(chosen).map(|image| image.id.as_str());
        ids.collect::<std::collections::HashSet<&str>>().len()
    }

    /// Returns a text with the number of names and images shown, and the size of all images.
    pub(crate) fn totals(&self, chosen: &[usize]) -> String {
        let is_part = chosen.len() < self.local.images.len();
        let bytes = match self.local.total {
            Some(total) if is_part => format!(", {} in all", size(total)),
            Some(total) => format!(", {}", size(total)),
            None => String::new(),
        };
        format!("{}{bytes}", self.numbers(chosen))
    }

    /// Returns a text with the number of names and images shown: `15 names of 13 images`. A
    /// dangling image counts as a name, too, because every row does.
    pub(crate) fn numbers(&self, chosen: &[usize]) -> String {
        let (rows, images) = (self.local.images.len(), self.count(&self.all()));
        let part = match chosen.len() {
            shown if shown < rows => format!("{} of ", count(shown as u64)),
            _ => String::new(),
        };
        let images_in_words = plural(images as u64, "image");
        if rows == images {
            return format!("{part}{images_in_words}");
        }
        format!("{part}{} of {images_in_words}", plural(rows as u64, "name"))
    }
}

/// Returns the name of an image, escaped.
pub(crate) fn shown_name(image: &LocalImage) -> String {
    image.name.as_deref().map_or_else(|| "<dangling>".to_owned(), escape_text)
}

/// Returns the first digits of an ID, escaped.
pub(crate) fn short_id(id: &str) -> String {
    escape_text(digits(id)).chars().take(SHORT_ID).collect()
}

/// Returns an ID without the name of its algorithm.
fn digits(id: &str) -> &str {
    id.split_once(':').map_or(id, |(_, digits)| digits)
}

#[cfg(test)]
pub(crate) mod tests;
