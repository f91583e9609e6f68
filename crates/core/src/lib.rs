//! The facts of dockopt-dive, without any input or output.
//!
//! A container image is a stack of layers; a layer is a list of tar entries. This crate turns entries into one
//! whiteout-aware tree ([`tree`]), accounts for every byte the layers store ([`ledger`]), computes the numbers that
//! `dive` would print ([`dive`]), judges them by rules ([`policy`]) and writes reports ([`report`]).
//!
//! It opens no file and no socket, starts no thread, reads no environment and prints nothing: what it needs is
//! handed in, what it finds is handed out. `clippy.toml` beside the manifest enforces that.

pub mod analysis;
pub mod comparison;
pub mod dive;
pub mod entry;
pub mod filter;
pub mod image;
pub mod instruction;
pub mod ledger;
pub mod path;
pub mod policy;
pub mod report;
pub mod timeline;
pub mod tree;
pub mod warning;

pub use analysis::{Analysis, Score};
