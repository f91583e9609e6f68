//! The columns of the list: which of them fit, and what they say of an image.
//!
//! Names take what the others leave. Where that is too little, columns go, the least telling first.

use dockopt_core::report::size;
use dockopt_core::report::table::{cut, cut_middle, left, right, width};
use dockopt_image::LocalImage;

use super::{age, short_id, shown_name};

/// One column.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Column {
    Name,
    Id,
    Created,
    Size,
    Unique,
    Shared,
}

impl Column {
    /// All of them, from left to right.
    const ALL: [Self; 6] = [Self::Name, Self::Id, Self::Created, Self::Size, Self::Unique, Self::Shared];

    /// Those that go where there is no room, in this order.
    const EXPENDABLE: [Self; 5] = [Self::Shared, Self::Id, Self::Created, Self::Unique, Self::Size];

    /// Its heading.
    pub(crate) const fn title(self) -> &'static str {
        match self {
            Self::Name => "NAME:TAG",
            Self::Id => "ID",
            Self::Created => "CREATED",
            Self::Size => "SIZE",
            Self::Unique => "UNIQUE",
            Self::Shared => "SHARED",
        }
    }

    /// The cells of a column whose values are all of about the same length.
    const fn cells(self) -> usize {
        match self {
            Self::Name => 0,
            Self::Id => 12,
            Self::Created => 13,
            Self::Size | Self::Unique | Self::Shared => 9,
        }
    }

    const fn is_number(self) -> bool {
        matches!(self, Self::Size | Self::Unique | Self::Shared)
    }
}

/// Cells between two columns.
const GAP: usize = 2;
/// Fewest cells of names, as long as there are other columns.
const NARROWEST_NAME: usize = 16;

/// The columns that are shown.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Columns {
    shown: Vec<Column>,
    name: usize,
}

impl Columns {
    /// Those that fit into so many cells, with all of them used.
    pub(crate) fn of(cells: usize) -> Self {
        let mut shown = Column::ALL.to_vec();
        let mut expendable = Column::EXPENDABLE.into_iter();
        loop {
            let others: usize = shown.iter().skip(1).map(|column| column.cells() + GAP).sum();
            let name = cells.saturating_sub(others);
            if name >= NARROWEST_NAME {
                return Self { shown, name };
            }
            match expendable.next() {
                Some(column) => shown.retain(|other| *other != column),
                None => return Self { shown, name },
            }
        }
    }

    /// The same columns with names of so many cells, if they have more.
    pub(super) fn with_name_at_most(self, cells: usize) -> Self {
        Self { name: self.name.min(cells.max(width(Column::Name.title()))), ..self }
    }

    /// All columns, with names of any length.
    pub(super) fn all() -> Self {
        Self { shown: Column::ALL.to_vec(), name: usize::MAX }
    }

    /// A row of cells with what each column has, without an end that is empty.
    pub(crate) fn row(&self, text: impl Fn(Column) -> String) -> String {
        let cells = self.shown.iter().map(|column| {
            let text = text(*column);
            match column {
                Column::Name => left(&cut_middle(&text, self.name), self.name),
                column if column.is_number() => right(&text, column.cells()),
                column => left(&text, column.cells()),
            }
        });
        let row = cells.collect::<Vec<_>>().join(&" ".repeat(GAP));
        row.trim_end().to_owned()
    }

    /// What an image has in a column. Without a column for IDs, those are what tells images without a name apart.
    pub(crate) fn text(&self, column: Column, image: &LocalImage, now: i64) -> String {
        let bytes = |bytes: Option<u64>| bytes.map_or_else(|| "-".to_owned(), size);
        match column {
            Column::Name if image.name.is_none() && !self.shown.contains(&Column::Id) => {
                cut(&format!("{} {}", shown_name(image), short_id(&image.id)), self.name)
            }
            Column::Name => shown_name(image),
            Column::Id => short_id(&image.id),
            Column::Created => image.created.map_or_else(|| "-".to_owned(), |then| age::ago(then, now)),
            Column::Size => size(image.size),
            Column::Unique => bytes(image.unique),
            Column::Shared => bytes(image.shared),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_go_where_there_is_no_room_and_names_take_the_rest() {
        let shown = |cells| Columns::of(cells).shown.len();
        assert_eq!([shown(200), shown(80), shown(78), shown(77)], [6, 6, 6, 5]);
        assert_eq!([shown(40), shown(27), shown(26), shown(0)], [3, 2, 1, 1]);
        for cells in 0..300 {
            let columns = Columns::of(cells);
            let row =
                columns.row(|column| if column == Column::Name { "日本".repeat(99) } else { "x".repeat(9) });
            assert!(width(&row) <= cells, "{cells}: {row}");
        }
    }
}
