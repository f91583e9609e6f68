//! A column of the image list.

/// A column.
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
    /// All columns, from left to right.
    pub(super) const ALL: [Self; 6] =
        [Self::Name, Self::Id, Self::Created, Self::Size, Self::Unique, Self::Shared];

    /// Columns that go when there is no room, in this order.
    pub(super) const EXPENDABLE: [Self; 5] =
        [Self::Shared, Self::Unique, Self::Id, Self::Created, Self::Size];

    /// Returns the heading.
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

    /// Returns the width in cells; `created` is the width that ages need.
    pub(super) const fn cells(self, created: usize) -> usize {
        match self {
            Self::Name => 0,
            Self::Id => 12,
            Self::Created => created,
            Self::Size | Self::Unique | Self::Shared => 9,
        }
    }

    pub(super) const fn is_number(self) -> bool {
        matches!(self, Self::Size | Self::Unique | Self::Shared)
    }
}
