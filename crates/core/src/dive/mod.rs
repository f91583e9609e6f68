//! dive's own numbers, for those who come from it: those of its version 0.13.1, faults included.
//!
//! dive keeps a tree per layer and counts the leaves of each; it knows no opaque markers, no hard links and no links
//! among parents, and a path that changes its type keeps what was below it. Nothing of that is true of an image, so
//! nothing here is used by the ledger; thresholds that were tuned to dive's numbers keep their meaning with these.
//!
//! A layer that its archive stores as a symbolic link to another one is empty to dive, and so it is here. What differs is
//! how names are read: to dive those that climb above the root (`../x`) are paths of their own, and the size of a
//! directory called `/` counts.

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
