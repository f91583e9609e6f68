//! Docker Hub, the registry of names without a host.

/// Its name.
pub(super) const NAME: &str = "docker.io";
/// The host of its API.
pub(super) const HOST: &str = "registry-1.docker.io";
/// The namespace of repositories without one.
pub(super) const NAMESPACE: &str = "library";
