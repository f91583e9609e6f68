//! The numbers of dive 0.13.1, faults included.
//!
//! dive keeps a tree per layer and counts the leaves of each. It ignores opaque markers, hard links
//! and symbolic links among parents, and a path that changes its type keeps its contents. The
//! ledger uses nothing of this module; it exists because thresholds are tuned to dive's numbers.
//!
//! A layer that its archive stores as a symbolic link to another one is empty in dive, and empty
//! here. Two differences remain: dive treats names that climb above the root (`../x`) as paths of
//! their own, and counts the size of a directory called `/`.

#[cfg(test)]
mod fixtures;
mod layers;
mod order;
mod record;
mod score;
mod stack;
#[cfg(test)]
mod tests;

pub use layers::{DiveEntry, DiveLayers};
pub use score::{DiveFile, DiveScore};
