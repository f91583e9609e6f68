//! The ledger: what each layer stores, how much of it is live, how much is wasted, by which layer
//! and why.
//!
//! `docs/metrics.md` defines the terms. All sums are exact: [`crate::tree::TreeBuilder`] refuses an
//! image whose sizes do not fit into 64 bits.

pub mod explain;
mod rollup;
mod waste;

pub use rollup::rows_with_entries;
pub use waste::WasteRow;

use crate::model::quantity::ratio;
use crate::tree::{Role, Tree};

/// Bytes of file content: stored, and their fate.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Account {
    /// Bytes that the layers store.
    pub stored: u64,
    /// Bytes that a path of the final filesystem shows.
    pub live: u64,
    /// All other stored bytes.
    pub wasted: u64,
}

impl Account {
    /// Returns live ÷ stored, 1.0 if nothing is stored.
    pub fn efficiency(&self) -> f64 {
        if self.stored == 0 { 1.0 } else { ratio(self.live, self.stored) }
    }

    /// Returns wasted ÷ stored, 0.0 if nothing is stored.
    pub fn waste_ratio(&self) -> f64 {
        if self.stored == 0 { 0.0 } else { ratio(self.wasted, self.stored) }
    }

    fn add(&mut self, other: Self) {
        self.stored += other.stored;
        self.live += other.live;
        self.wasted += other.wasted;
    }
}

/// What one layer stores.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct LayerAccount {
    /// Tar members that are files of the image or markers.
    pub entries: u64,
    /// Their bytes.
    pub bytes: Account,
}

/// The account of an image.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Ledger {
    /// The number of layers of the base image, from the lowest one up.
    pub base_layers: usize,
    /// One account for each layer, the lowest one first.
    pub layers: Vec<LayerAccount>,
    /// The sum over all layers.
    pub total: Account,
    /// The sum over the layers above the base.
    pub user: Account,
    /// The waste, largest rows first.
    pub waste: Vec<WasteRow>,
}

impl Ledger {
    /// Computes the account of a tree whose lowest `base_layers` layers belong to the base image.
    pub fn of(tree: &Tree, base_layers: usize) -> Self {
        let layers: Vec<LayerAccount> =
            (0..tree.layer_count()).map(|layer| layer_account(tree, layer)).collect();
        let (mut total, mut user) = (Account::default(), Account::default());
        for (index, layer) in layers.iter().enumerate() {
            total.add(layer.bytes);
            if index >= base_layers {
                user.add(layer.bytes);
            }
        }
        Self { base_layers, layers, total, user, waste: rollup::rows(tree) }
    }

    /// Returns the sum over the layers of the base.
    pub fn base(&self) -> Account {
        Account {
            stored: self.total.stored - self.user.stored,
            live: self.total.live - self.user.live,
            wasted: self.total.wasted - self.user.wasted,
        }
    }

    /// Returns the share of the stored bytes that the base stores, 0.0 if nothing is stored.
    pub fn base_share(&self) -> f64 {
        if self.total.stored == 0 { 0.0 } else { ratio(self.base().stored, self.total.stored) }
    }
}

fn layer_account(tree: &Tree, layer: usize) -> LayerAccount {
    let mut account = LayerAccount::default();
    for record in tree.layer_records(layer) {
        account.entries += u64::from(record.role != Role::Aside);
        let stored = record.stored_bytes();
        account.bytes.stored += stored;
        if record.live {
            account.bytes.live += stored;
        }
    }
    account.bytes.wasted = account.bytes.stored - account.bytes.live;
    account
}
