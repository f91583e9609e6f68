//! Extracting files and directories from an image.

mod archive;
mod directory;
mod error;
mod existing;
mod extracted;
mod extraction;
mod member;
mod plan;
mod progress;
mod selection;
mod writer;

#[cfg(any(test, not(unix)))]
mod portable;
#[cfg(unix)]
mod unix;

pub use archive::TarExport;
pub use error::ExtractError;
pub use extracted::{Extracted, Skipped};
pub use extraction::Extraction;
pub use progress::{ExtractProgress, OnExtract};
pub use selection::{Selection, View};
