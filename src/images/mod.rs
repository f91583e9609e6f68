//! The list of a local engine's images: its order, its filter, and what its columns say.
//!
//! The table on standard output and the picker on a terminal are two ways to show one list, so they share this. A list is
//! looked at as of the moment it was asked for: nothing here reads a clock.

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

/// Characters of an ID that tell it apart.
const SHORT_ID: usize = 12;

/// The images of an engine, and when it was asked.
#[derive(Clone, Debug, Default)]
pub(crate) struct Listing {
    pub(crate) local: LocalImages,
    /// In seconds since 1970.
    pub(crate) now: i64,
}

impl Listing {
    /// The images that match, in an order: their places in the list.
    pub(crate) fn select(&self, words: &Words, sort: Sort) -> Vec<usize> {
        let images = &self.local.images;
        let mut chosen: Vec<usize> =
            (0..images.len()).filter(|at| images.get(*at).is_some_and(|image| words.fit(image))).collect();
        // Equal in everything that is looked at, they keep the engine's order.
        chosen.sort_by(|one, other| match (images.get(*one), images.get(*other)) {
            (Some(one), Some(other)) => sort.compare(one, other),
            _ => std::cmp::Ordering::Equal,
        });
        chosen
    }

    /// The images at these places.
    pub(crate) fn at<'l>(&'l self, places: &'l [usize]) -> impl Iterator<Item = &'l LocalImage> {
        places.iter().filter_map(|at| self.local.images.get(*at))
    }

    /// The places of all images.
    pub(crate) fn all(&self) -> Vec<usize> {
        (0..self.local.images.len()).collect()
    }

    /// How many images there are: one with several names is one.
    pub(crate) fn count(&self, chosen: &[usize]) -> usize {
        let ids = self.at(chosen).map(|image| image.id.as_str());
        ids.collect::<std::collections::HashSet<&str>>().len()
    }

    /// How many names and images are shown, and what all images take.
    pub(crate) fn totals(&self, chosen: &[usize]) -> String {
        let is_part = chosen.len() < self.local.images.len();
        let bytes = match self.local.total {
            Some(total) if is_part => format!(", {} in all", size(total)),
            Some(total) => format!(", {}", size(total)),
            None => String::new(),
        };
        format!("{}{bytes}", self.numbers(chosen))
    }

    /// How many names and images are shown: `15 names of 13 images`. One that is dangling counts as a name, too: every
    /// row does.
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

/// What an image is called, safe to show.
pub(crate) fn shown_name(image: &LocalImage) -> String {
    image.name.as_deref().map_or_else(|| "<dangling>".to_owned(), escape_text)
}

/// The first digits of an ID, safe to show.
pub(crate) fn short_id(id: &str) -> String {
    escape_text(digits(id)).chars().take(SHORT_ID).collect()
}

/// An ID without the name of its algorithm.
fn digits(id: &str) -> &str {
    id.split_once(':').map_or(id, |(_, digits)| digits)
}

#[cfg(test)]
pub(crate) mod tests;
