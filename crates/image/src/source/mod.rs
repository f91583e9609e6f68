//! Sources of images: archive files, directories, streamed archives, registries.

mod archive;
mod directory;
mod error;
mod format;
mod known;
mod members;
mod registry;
mod repeating;
#[expect(clippy::module_inception, reason = "the trait of all sources")]
mod source;
mod stream;
mod workers;

pub(crate) use archive::ArchiveFile;
pub(crate) use directory::LayoutDirectory;
pub use error::SourceError;
pub(crate) use error::name_hint;
pub(crate) use format::Format;
pub(crate) use known::Known;
pub(crate) use registry::{RegistrySource, open};
pub(crate) use source::{BlobKey, LayerAt, Source};
pub(crate) use stream::{Capturing, StreamedArchive, capture};
