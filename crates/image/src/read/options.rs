//! How to read an image.

use dockopt_core::image::Platform;

use crate::cache::Cache;
use crate::host::Environment;
use crate::registry::RegistryOptions;

/// How to read an image.
#[derive(Clone, Debug, Default)]
pub struct ReadOptions {
    /// Which of several images: a name, a digest, or a number in the order they are listed.
    pub image: Option<String>,
    /// Which platform of it.
    pub platform: Option<Platform>,
    /// Whether to check the digests of all blobs and layers.
    pub verify: bool,
    /// Threads that read layers; as many as there are processors if not given.
    pub threads: Option<usize>,
    /// How registries are talked to.
    pub registry: RegistryOptions,
    /// Whether to list what a registry has attached to the image: signatures, attestations, SBOMs.
    pub referrers: bool,
    /// Where what was read of layers is kept for the next time, if it is.
    pub cache: Option<Cache>,
    /// What the user's session says about engines, registries and credentials.
    pub environment: Environment,
    /// Whether the image is to be browsed: its tree remembers what every layer did, a layer that cannot be read does not fail
    /// the whole, and an archive that passes by once is kept in a temporary file, so that its files can be opened.
    pub for_browsing: bool,
}
