//! Sort orders of the image list.

use std::cmp::{Ordering, Reverse};

use clap::ValueEnum;
use dockopt_image::LocalImage;

use super::column::Column;

/// Key that images are sorted by.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub(crate) enum SortKey {
    /// Name and tag
    Name,
    /// Newest first
    #[default]
    Created,
    /// Largest first
    Size,
    /// Largest unshared size first
    Unique,
    /// Largest shared size first
    Shared,
}

impl SortKey {
    /// Returns the next key in the cycle.
    const fn next(self) -> Self {
        match self {
            Self::Name => Self::Created,
            Self::Created => Self::Size,
            Self::Size => Self::Unique,
            Self::Unique => Self::Shared,
            Self::Shared => Self::Name,
        }
    }

    /// Returns the column that shows the key's values.
    pub(crate) const fn column(self) -> Column {
        match self {
            Self::Name => Column::Name,
            Self::Created => Column::Created,
            Self::Size => Column::Size,
            Self::Unique => Column::Unique,
            Self::Shared => Column::Shared,
        }
    }

    /// Returns the key of a column, if images can be sorted by it.
    pub(crate) const fn of(column: Column) -> Option<Self> {
        match column {
            Column::Name => Some(Self::Name),
            Column::Id => None,
            Column::Created => Some(Self::Created),
            Column::Size => Some(Self::Size),
            Column::Unique => Some(Self::Unique),
            Column::Shared => Some(Self::Shared),
        }
    }

    /// Returns the name of the key's column.
    pub(crate) const fn words(self) -> &'static str {
        match self {
            Self::Name => "name",
            Self::Created => "created",
            Self::Size => "size",
            Self::Unique => "unique",
            Self::Shared => "shared",
        }
    }
}

/// A sort order.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Sort {
    pub(crate) key: SortKey,
    pub(crate) reversed: bool,
}

impl Sort {
    /// Returns the next key, in its default direction.
    pub(crate) const fn next(self) -> Self {
        Self { key: self.key.next(), reversed: false }
    }

    /// Returns the other direction.
    pub(crate) const fn reverse(self) -> Self {
        Self { reversed: !self.reversed, ..self }
    }

    /// Returns whether small values come first.
    pub(crate) fn ascends(self) -> bool {
        (self.key == SortKey::Name) != self.reversed
    }

    /// Compares two images. An image whose value is unknown comes last in either direction.
    pub(super) fn compare(self, one: &LocalImage, other: &LocalImage) -> Ordering {
        let by_value = match self.key {
            SortKey::Name => self.values(one.name.as_deref(), other.name.as_deref()),
            SortKey::Created => self.values(one.created, other.created),
            SortKey::Size => self.values(Some(one.size), Some(other.size)),
            SortKey::Unique => self.values(one.unique, other.unique),
            SortKey::Shared => self.values(one.shared, other.shared),
        };
        // Images without a name come last here, too.
        let has_none = |image: &LocalImage| image.name.is_none();
        let by_name = || has_none(one).cmp(&has_none(other)).then_with(|| one.name.cmp(&other.name));
        by_value.then_with(by_name).then_with(|| one.id.cmp(&other.id))
    }

    fn values<T: Ord>(self, one: Option<T>, other: Option<T>) -> Ordering {
        match (one, other) {
            (Some(one), Some(other)) if self.ascends() => one.cmp(&other),
            (Some(one), Some(other)) => Reverse(one).cmp(&Reverse(other)),
            (one, other) => one.is_none().cmp(&other.is_none()),
        }
    }
}
