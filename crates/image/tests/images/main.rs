//! Images as the public interface reads them: formats, traps, contents, extraction, and dive as the judge of its own numbers.
//!
//! One binary, because linking one takes seconds. `../bombs.rs` measures the memory of its process and has one to itself.

mod browsing;
mod common;
mod contents;
mod dive_goldens;
mod dive_images;
#[cfg(unix)]
mod extraction;
mod formats;
mod tar_oracle;
mod traps_archives;
mod traps_documents;
mod traps_names;
