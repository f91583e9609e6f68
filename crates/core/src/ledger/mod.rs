//! The ledger: what every layer stores, what of it is live, what is wasted, by whom and why.
//!
//! The definitions are in `docs/metrics.md`. All sums are exact: [`crate::tree::TreeBuilder`] refuses an image whose sizes do
//! not fit into 64 bits.

pub mod explain;
mod rollup;
mod waste;

pub use waste::WasteRow;

use crate::model::quantity::ratio;
use crate::tree::{Role, Tree};

/// Bytes of file content: stored, and what has become of them.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Account {
    /// Bytes that the layers store.
    pub stored: u64,
    /// Bytes that some path of the final filesystem shows.
    pub live: u64,
    /// The rest.
    pub wasted: u64,
}

impl Account {
    /// live ÷ stored, 1.0 when nothing is stored.
    pub fn efficiency(&self) -> f64 {
        if self.stored == 0 { 1.0 } else { ratio(self.live, self.stored) }
    }

    /// wasted ÷ stored, 0.0 when nothing is stored.
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
    /// Its bytes.
    pub bytes: Account,
}

/// The account of an image.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Ledger {
    /// Layers of the base image, counted from the lowest.
    pub base_layers: usize,
    /// One account for each layer, the lowest first.
    pub layers: Vec<LayerAccount>,
    /// All layers together.
    pub total: Account,
    /// The layers above the base.
    pub user: Account,
    /// Where the waste is, largest first.
    pub waste: Vec<WasteRow>,
}

impl Ledger {
    /// Takes the account of a tree whose lowest `base_layers` layers belong to the base image.
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
