//! Rows of the packages pane.

use std::sync::Arc;

use dockopt_core::packages::Package;

use crate::tui::list::ListState;
use crate::tui::subject::{Subject, same};

/// The order of the packages.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum PackageOrder {
    /// Most bytes first, live and wasted.
    #[default]
    Bytes,
    /// By name.
    Name,
    /// By layer, in each the one with most bytes first.
    Layer,
}

impl PackageOrder {
    pub(super) fn next(self) -> Self {
        match self {
            Self::Bytes => Self::Name,
            Self::Name => Self::Layer,
            Self::Layer => Self::Bytes,
        }
    }

    pub(crate) fn word(self) -> &'static str {
        match self {
            Self::Bytes => "bytes",
            Self::Name => "name",
            Self::Layer => "layer",
        }
    }
}

/// A row.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum PackageRow {
    /// A package, by its index.
    Package(usize),
    /// What no package owns.
    Unowned,
}

/// State of the pane.
#[derive(Debug, Default)]
pub(crate) struct PackagesState {
    pub(crate) list: ListState,
    pub(crate) order: PackageOrder,
    /// Part of the names to show, in any case.
    pub(crate) filter: String,
    pub(crate) rows: Vec<PackageRow>,
    /// The image, order and filter of the rows.
    of: Option<(Arc<Subject>, PackageOrder, String)>,
}

impl PackagesState {
    fn is_of(&self, subject: &Arc<Subject>) -> bool {
        let is_it = |(of, order, filter): &(Arc<Subject>, PackageOrder, String)| {
            same(of, subject) && *order == self.order && *filter == self.filter
        };
        self.of.as_ref().is_some_and(is_it)
    }

    /// Makes the rows if the image, the order or the filter has changed. The cursor stays on its
    /// package.
    pub(super) fn update(&mut self, subject: &Arc<Subject>) {
        if self.is_of(subject) {
            return;
        }
        let chosen = self.row();
        self.rows = rows(subject, self.order, &self.filter);
        self.of = Some((Arc::clone(subject), self.order, self.filter.clone()));
        self.choose(chosen);
    }

    /// Moves the cursor to a row, or to the first one.
    pub(super) fn choose(&mut self, row: Option<PackageRow>) {
        self.list.cursor = self.rows.iter().position(|one| Some(*one) == row).unwrap_or(0);
    }

    /// Returns the row at the cursor.
    pub(crate) fn row(&self) -> Option<PackageRow> {
        self.rows.get(self.list.cursor).copied()
    }
}

fn rows(subject: &Subject, order: PackageOrder, filter: &str) -> Vec<PackageRow> {
    let packages = &subject.ownership.packages().packages;
    let wanted = filter.to_lowercase();
    let mut chosen: Vec<(usize, &Package)> = packages
        .iter()
        .enumerate()
        .filter(|(_, package)| package.title().to_lowercase().contains(&wanted))
        .collect();
    match order {
        // They come in this order.
        PackageOrder::Bytes => {}
        PackageOrder::Name => chosen.sort_by(|(_, one), (_, other)| one.cmp_by_name(other)),
        PackageOrder::Layer => chosen.sort_by_key(|(_, package)| package.layer),
    }
    let mut rows: Vec<PackageRow> = chosen.into_iter().map(|(at, _)| PackageRow::Package(at)).collect();
    if filter.is_empty() && subject.is_complete() {
        rows.push(PackageRow::Unowned);
    }
    rows
}

/// Returns the filter for the files of a package: its URL, which no other package has.
pub(super) fn filter_for(package: &Package) -> String {
    package.purl.clone()
}
