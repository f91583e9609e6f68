//! The images of an engine: which are listed, and in words how many.

use dockopt_core::quantity::{count, plural, size};
use dockopt_image::{LocalImage, LocalImages};

use super::order::Sort;
use super::select::Words;

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
