//! Options of reading an image.

use dockopt_core::evidence::Probes;
use dockopt_core::image::Platform;

use crate::bytes::hash::HashSeed;
use crate::cache::Cache;
use crate::host::Environment;
use crate::registry::RegistryOptions;

/// Options of reading an image; the default reads strictly, for a report.
#[derive(Clone, Debug, Default)]
#[expect(clippy::struct_excessive_bools, reason = "independent switches")]
pub struct ReadOptions {
    /// Selects one of several images: a name, a digest, or a number in listing order.
    pub image: Option<String>,
    /// Platform of a multi-platform image.
    pub platform: Option<Platform>,
    /// Whether to verify the digests of all blobs and layers.
    pub verify: bool,
    /// Number of threads that read layers; `None` means one per processor.
    pub threads: Option<usize>,
    /// Settings of requests to registries.
    pub registry: RegistryOptions,
    /// Whether to list attachments of the image in its registry: signatures, attestations, SBOMs.
    pub referrers: bool,
    /// Cache of layer indexes.
    pub cache: Option<Cache>,
    /// Variables and files of the user's session that concern engines, registries and credentials.
    pub environment: Environment,
    /// The seed of content hashes; a cache has its own, which replaces this one. Hashes of two
    /// images are comparable if both are read with the same options.
    pub seed: HashSeed,
    /// Probes that derive facts from the contents of files.
    pub probes: Probes,
    /// Whether an unreadable layer becomes a [`LayerFailure`](super::LayerFailure) instead of an
    /// error of the whole image.
    pub lenient: bool,
    /// Whether contents of files will be opened. Streamed layers are then copied to a temporary
    /// file, and compressed layers get points where decompression can resume.
    pub contents: bool,
}
