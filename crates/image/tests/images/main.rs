//! Tests of the public interface: formats, traps, contents, extraction, and comparison with dive.
//!
//! They are one binary, because linking takes seconds. `../bombs.rs` measures the memory of its
//! process and needs its own.

#![expect(
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::unwrap_used,
    reason = "a test that panics has found something"
)]

mod browsing;
#[expect(clippy::unwrap_used, reason = "a test that panics has found something")]
mod cached_evidence;
#[expect(clippy::unwrap_used, reason = "a test that panics has found something")]
mod common;
mod contents;
#[expect(clippy::unwrap_used, reason = "a test that panics has found something")]
mod disagreement;
mod dive_goldens;
#[expect(clippy::expect_used, clippy::indexing_slicing, reason = "a test that panics has found something")]
mod dive_images;
#[cfg(unix)]
mod extraction;
mod formats;
#[expect(clippy::unwrap_used, reason = "a test that panics has found something")]
mod obstacles;
mod tar_oracle;
mod traps_archives;
mod traps_documents;
mod traps_names;
