//! The image list on standard output: a table for people, JSON or IDs for programs.

use std::collections::HashSet;
use std::io::{self, Write};

use dockopt_core::path::escape_text;
use dockopt_core::table::cut;
use dockopt_image::LocalImage;
use dockopt_report::write_value;
use serde::Serialize;

use super::{Columns, Listing, Needs, Sort, short_id};
use crate::dates::rfc3339;

/// Writes a table of the chosen images, at most `cells` wide. Without a width, names are never cut.
pub(crate) fn write_text(
    out: &mut dyn Write,
    listing: &Listing,
    chosen: &[usize],
    sort: Sort,
    cells: Option<usize>,
) -> io::Result<()> {
    let needs = Needs::of(listing, chosen, sort);
    let columns = cells.map_or_else(|| Columns::all(needs), |cells| Columns::of(cells, needs));
    let columns = columns.without_room(needs);
    writeln!(out, "{}", columns.row(|column| column.title().to_owned()))?;
    for image in listing.at(chosen) {
        writeln!(out, "{}", columns.row(|column| columns.text(column, image, listing.now)))?;
    }
    let mut totals = listing.totals(chosen);
    if listing.local.total.is_some() {
        totals.push_str(" with shared layers counted once");
    }
    let totals = format!("{totals}; {}", escape_text(&listing.local.engine));
    writeln!(out, "\n{}", cells.map_or(totals.clone(), |cells| cut(&totals, cells)))
}

/// Writes the IDs of the chosen images in the table's order, one line for each image.
pub(crate) fn write_ids(out: &mut dyn Write, listing: &Listing, chosen: &[usize]) -> io::Result<()> {
    let mut written = HashSet::new();
    for image in listing.at(chosen).filter(|image| written.insert(image.id.as_str())) {
        writeln!(out, "{}", short_id(&image.id))?;
    }
    Ok(())
}

/// Writes the chosen images as an array of objects.
pub(crate) fn write_json(out: &mut dyn Write, listing: &Listing, chosen: &[usize]) -> io::Result<()> {
    write_value(out, &listing.at(chosen).map(ListedImage::of).collect::<Vec<_>>())
}

/// An image in JSON; unknown values are `null`.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct ListedImage<'i> {
    name: Option<&'i str>,
    id: &'i str,
    dangling: bool,
    /// As in the report of an image.
    created: Option<String>,
    size: u64,
    unique: Option<u64>,
    shared: Option<u64>,
    containers: Option<u64>,
    reference: &'i str,
}

impl<'i> ListedImage<'i> {
    fn of(image: &'i LocalImage) -> Self {
        Self {
            name: image.name.as_deref(),
            id: &image.id,
            dangling: image.name.is_none(),
            created: image.created.and_then(rfc3339),
            size: image.size,
            unique: image.unique,
            shared: image.shared,
            containers: image.containers,
            reference: &image.reference,
        }
    }
}
