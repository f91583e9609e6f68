//! Columns of the image list: which of them fit, and what they show.
//!
//! Names matter most: if they need more cells, other columns go, the least informative first.

use dockopt_core::quantity::size;
use dockopt_core::table::{cut, cut_middle, left, right, width};
use dockopt_image::LocalImage;

use super::age;
use super::column::Column;
use super::listing::Listing;
use super::names::{short_id, shown_name};
use super::order::Sort;

/// Cells between two columns.
const GAP: usize = 2;
/// Fewest cells for names, as long as there is another column.
const NARROWEST_NAME: usize = 16;
/// Cells up to which names displace other columns.
const ROOM_FOR_NAME: usize = 48;
/// Cells for the heading of ages, with the sort mark.
const CREATED_HEADING: usize = 9;

/// What a list needs: cells for its longest texts, and the column it is sorted by.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Needs {
    name: usize,
    created: usize,
    order: Option<Column>,
}

impl Needs {
    /// Returns the needs of the images at these indices.
    pub(crate) fn of(listing: &Listing, chosen: &[usize], sort: Sort) -> Self {
        let mut needs = Self { order: Some(sort.key.column()), ..Self::default() };
        for image in listing.at(chosen) {
            needs.name = needs.name.max(width(&shown_name(image)));
            needs.created = needs.created.max(width(&created(image, listing.now)));
        }
        needs
    }
}

/// The visible columns.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Columns {
    shown: Vec<Column>,
    name: usize,
    created: usize,
}

impl Columns {
    /// Returns the columns that fit into `cells`, using all of them.
    pub(crate) fn of(cells: usize, needs: Needs) -> Self {
        let mut columns = Self::all(needs);
        let wanted = needs.name.max(width(Column::Name.title())).min(ROOM_FOR_NAME);
        // An order without its column is confusing: only sizes stay longer than that column.
        let mut expendable = Column::EXPENDABLE;
        expendable.sort_by_key(|column| (*column == Column::Size, Some(*column) == needs.order));
        let mut expendable = expendable.into_iter();
        loop {
            let others = columns.shown.iter().skip(1).map(|column| column.cells(columns.created) + GAP);
            columns.name = cells.saturating_sub(others.sum());
            // Drop the last one only if names would be unreadable beside it.
            let least = if columns.shown.len() > 2 { wanted } else { wanted.min(NARROWEST_NAME) };
            if columns.name >= least {
                return columns;
            }
            match expendable.next() {
                Some(column) => columns.shown.retain(|other| *other != column),
                None => return columns,
            }
        }
    }

    /// Returns the column of a cell of a row, counted from 0; a gap belongs to the column on its
    /// left.
    pub(crate) fn at(&self, cell: usize) -> Option<Column> {
        let mut end = 0;
        self.shown.iter().copied().find(|column| {
            let cells = if *column == Column::Name { self.name } else { column.cells(self.created) };
            end += cells + GAP;
            cell < end
        })
    }

    /// Returns the same columns, with no more cells for names than they need.
    pub(super) fn without_room(self, needs: Needs) -> Self {
        Self { name: self.name.min(needs.name.max(width(Column::Name.title()))), ..self }
    }

    /// Returns all columns, with names of any length.
    pub(super) fn all(needs: Needs) -> Self {
        let created = needs.created.max(CREATED_HEADING);
        Self { shown: Column::ALL.to_vec(), name: usize::MAX, created }
    }

    /// Returns a row of cells, without trailing blanks.
    pub(crate) fn row(&self, text: impl Fn(Column) -> String) -> String {
        let cells = self.shown.iter().map(|column| {
            let text = text(*column);
            match column {
                Column::Name => left(&cut_middle(&text, self.name), self.name),
                column if column.is_number() => right(&text, column.cells(self.created)),
                column => left(&text, column.cells(self.created)),
            }
        });
        let row = cells.collect::<Vec<_>>().join(&" ".repeat(GAP));
        row.trim_end().to_owned()
    }

    /// Returns the text of an image in a column. Without a column for IDs, the name column of an
    /// image without a name also shows its ID.
    pub(crate) fn text(&self, column: Column, image: &LocalImage, now: i64) -> String {
        let bytes = |bytes: Option<u64>| bytes.map_or_else(|| "-".to_owned(), size);
        match column {
            Column::Name if image.name.is_none() && !self.shown.contains(&Column::Id) => {
                cut(&format!("{} {}", shown_name(image), short_id(&image.id)), self.name)
            }
            Column::Name => shown_name(image),
            Column::Id => short_id(&image.id),
            Column::Created => created(image, now),
            Column::Size => size(image.size),
            Column::Unique => bytes(image.unique),
            Column::Shared => bytes(image.shared),
        }
    }
}

/// Returns the age of an image.
fn created(image: &LocalImage, now: i64) -> String {
    image.created.map_or_else(|| "-".to_owned(), |then| age::ago(then, now))
}

#[cfg(test)]
mod tests {
    use super::*;

    const LONG: Needs = Needs { name: 99, created: 17, order: None };

    #[test]
    fn columns_are_dropped_before_names_are_cut() {
        let shown = |cells, name| Columns::of(cells, Needs { name, created: 13, order: None }).shown.len();
        // All of them take 76 cells beside the name.
        assert_eq!([shown(80, 8), shown(80, 18), shown(80, 19), shown(80, 29)], [6, 6, 5, 5]);
        assert_eq!([shown(80, 30), shown(80, 40), shown(80, 41), shown(80, 99)], [4, 4, 3, 3]);
        assert_eq!([shown(110, 48), shown(109, 48), shown(110, 99)], [6, 5, 6]);
        assert_eq!([shown(62, 48), shown(27, 48), shown(26, 48), shown(0, 48)], [2, 2, 1, 1]);
    }

    #[test]
    fn sorted_column_is_dropped_last() {
        for order in [Column::Created, Column::Size, Column::Unique, Column::Shared] {
            let columns = Columns::of(80, Needs { name: 48, created: 13, order: Some(order) });
            assert!(columns.shown.contains(&order) && columns.shown.contains(&Column::Size), "{columns:?}");
            assert!(columns.name >= 48, "{columns:?}");
        }
        assert_eq!(Columns::of(40, Needs { order: Some(Column::Unique), ..LONG }).shown.len(), 2);
    }

    #[test]
    fn rows_fit_the_width() {
        for cells in 0..300 {
            let columns = Columns::of(cells, LONG);
            let row =
                columns.row(|column| if column == Column::Name { "日本".repeat(99) } else { "x".repeat(9) });
            assert!(width(&row) <= cells, "{cells}: {row}");
        }
    }

    #[test]
    fn longest_age_is_not_cut() {
        let columns =
            Columns::of(120, Needs { name: 8, created: width("Less than a second ago"), order: None });
        let row = columns.row(|column| match column {
            Column::Created => "Less than a second ago".to_owned(),
            _ => "x".to_owned(),
        });
        assert!(row.contains("Less than a second ago"), "{row}");
    }

    #[test]
    fn every_cell_belongs_to_one_column() {
        let columns = Columns::of(80, Needs { name: 8, created: 13, order: None });
        assert_eq!(columns.name, 18);
        let at = [0, 19, 20, 33, 34, 49, 60, 71, 79].map(|cell| columns.at(cell));
        let expected = [
            Column::Name,
            Column::Name,
            Column::Id,
            Column::Id,
            Column::Created,
            Column::Size,
            Column::Unique,
            Column::Shared,
            Column::Shared,
        ];
        assert_eq!(at, expected.map(Some));
        assert_eq!(columns.at(100), None);
    }
}
