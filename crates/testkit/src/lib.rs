//! Writes the bytes of container images, for tests and benchmarks only.
//!
//! A [`Layer`] is one layer tar, written header by header, so that any field may be wrong. An
//! [`Image`] stacks layers and has a config. Its writers ([`Image::docker_legacy`],
//! [`Image::docker_25`], [`Image::oci_layout`] and others) return an [`Archive`], an ordered list
//! of members that a test can reorder, damage or drop before it becomes a tar or a directory.
//!
//! The crate uses none of the project's types: it follows the specifications of the formats, not
//! the project's reading of them. Everything is deterministic: no clock, no random seed. Misuse
//! panics, because a mistake in a test should stop the test.
#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::missing_panics_doc,
    reason = "a test kit: a mistake in its use should stop the test at once"
)]

mod archive;
mod bomb;
mod broken;
mod codec;
mod compress;
mod compression;
mod digest;
mod docker;
mod entry;
mod formats;
mod image;
mod index;
mod layer;
mod meta;
mod oci;
mod packed;
mod pax;
mod seekable;
mod server;
mod sparse;
mod synthetic;
mod zip;

pub use archive::{Archive, Content, Member};
pub use bomb::{bomb, write_bomb};
pub use broken::{index_loop, json_of_size, nested_json, schema1, truncations};
pub use compress::{compress, compressed_tar, outer};
pub use compression::Compression;
pub use digest::{blob_path, hex_of, sha256};
pub use docker::{Duplicates, Legacy, Order, docker_25, docker_29, docker_legacy};
pub use entry::{HeaderFormat, RawEntry};
pub use image::{Image, MediaTypes};
pub use index::Index;
pub use layer::{Layer, LongNames};
pub use meta::{DEFAULT_MTIME, Meta};
pub use packed::{Packed, PackedLayer};
pub use server::{Body, Request, Response, Server, ranged, referrers, registry};
pub use sparse::{SparseFile, SparseFormat};
pub use synthetic::{Summary, Synthetic};
pub use zip::zip;
