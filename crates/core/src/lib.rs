//! The facts of dockopt-dive, without any input or output.
//!
//! A container image is a stack of layers; a layer is a list of tar entries. This crate turns
//! entries into one whiteout-aware tree ([`tree`]), accounts for every byte the layers store
//! ([`ledger`]), computes the numbers that `dive` prints ([`dive`]) and judges them by gates
//! ([`policy`]).
//!
//! The crate opens no file and no socket, starts no thread, reads no environment and prints
//! nothing: callers pass in what it needs, and it returns what it computes. `clippy.toml` beside
//! the manifest enforces that.
//!
//! The modules form wings; a wing uses only the wings before it in this list. The modules of the
//! lowest wing, `model`, are re-exported here, so each public item has one path:
//! `dockopt_core::path::EntryPath`, not `dockopt_core::model::path::EntryPath`.

mod model;
pub use model::{
    base, cause, entry, evidence, image, instruction, packages, path, pattern, quantity, table, warning,
    warning_kind,
};

pub mod tree;

pub mod ledger;

pub mod analysis;
pub mod comparison;
pub mod dive;
pub mod facts;
pub mod filter;
pub mod findings;
pub mod history;
pub mod ownership;
pub mod policy;

pub use analysis::{Analysis, Score};
