//! Analysis of files, packages and instructions.
//!
//! The crate derives facts from the bytes and facts that the caller passes. It uses only
//! `dockopt-core` and opens no file; `clippy.toml` beside the manifest enforces that.

pub mod build;
pub mod evidence;
#[cfg(any(test, feature = "fuzzing"))]
pub mod fuzzing;
pub mod packages;
pub mod rules;
#[cfg(test)]
mod testing;

use dockopt_core::evidence::Probes;

/// Returns all probes.
pub fn probes() -> Probes {
    Probes::new(vec![
        Box::new(evidence::os_release::OsRelease),
        Box::new(evidence::dpkg::Dpkg),
        Box::new(evidence::apk::Apk),
        Box::new(evidence::rpm::Rpm),
        Box::new(evidence::python::Python),
        Box::new(evidence::conda::Conda),
        Box::new(evidence::node::Node),
        Box::new(evidence::node_lock::NodeLock),
        Box::new(evidence::gem::Gem),
        Box::new(evidence::elf::Programs),
        Box::new(evidence::jar::Jar),
        Box::new(evidence::unread::Unread),
        Box::new(evidence::kinds::Kinds),
        Box::new(evidence::scripts::Scripts),
        Box::new(evidence::secrets::Secrets),
    ])
}
