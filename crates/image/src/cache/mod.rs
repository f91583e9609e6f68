//! The cache of layer indexes and image records.

#[expect(clippy::module_inception, reason = "the cache and its parts")]
mod cache;
mod frame;
mod record;
mod seed;
mod store;

pub(crate) use cache::CacheKey;
pub use cache::{Cache, CacheError, CacheInfo};
#[cfg(test)]
pub(crate) use frame::FORMAT;
pub(crate) use record::ImageRecord;
pub use store::Pruned;
