//! What a range of layers did to every path: the layers `first..=last`, seen over everything below
//! `first`.
//!
//! One pass over the nodes, children before parents, finds what each path showed before and after
//! the range, and sums up the directories. A path takes one byte; only directories store sums, a
//! file's are computed.

#[expect(clippy::module_inception, reason = "the comparison among the files about it")]
mod comparison;
mod glance;
mod mark;
mod range;
mod shared;
mod state;
mod totals;

pub use comparison::Comparison;
pub use range::LayerRange;
pub use state::{Change, State, States};
pub use totals::Totals;

use crate::tree::Tree;

impl Comparison {
    /// Compares what all paths show before a range and after it.
    pub fn of(tree: &Tree, range: LayerRange) -> Self {
        let mut comparison = Self::judged(tree, range);
        shared::correct(&mut comparison, tree);
        comparison
    }
}
