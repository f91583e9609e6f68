//! How to read an image.

use dockopt_core::image::Platform;

use crate::bytes::hash::HashSeed;
use crate::cache::Cache;
use crate::host::Environment;
use crate::registry::RegistryOptions;

/// How to read an image; the default reads strictly, to report on the image.
#[derive(Clone, Debug, Default)]
#[expect(clippy::struct_excessive_bools, reason = "independent switches")]
pub struct ReadOptions {
    /// Which of several images: a name, a digest, or a number in the order they are listed.
    pub image: Option<String>,
    /// Which platform of a multi-platform image.
    pub platform: Option<Platform>,
    /// Whether to check the digests of all blobs and layers.
    pub verify: bool,
    /// Number of threads that read layers; `None` means one per processor.
    pub threads: Option<usize>,
    /// How to talk to registries.
    pub registry: RegistryOptions,
    /// Whether to list what a registry has attached to the image: signatures, attestations, SBOMs.
    pub referrers: bool,
    /// Cache of layer indexes.
    pub cache: Option<Cache>,
    /// Variables and files of the user's session that concern engines, registries and credentials.
    pub environment: Environment,
    /// The seed of content hashes, unless there is a cache, which has its own. The hashes of two images can
    /// be compared if both are read with the same options.
    pub seed: HashSeed,
    /// Whether a layer that cannot be read becomes a [`LayerFailure`](super::LayerFailure) instead of an
    /// error of the whole image.
    pub lenient: bool,
    /// Whether contents of files will be opened. Layers that arrive as a stream are then copied to a
    /// temporary file, and compressed layers get points from which decompression can resume.
    pub contents: bool,
}
