//! The crypto provider for all TLS connections.

/// Installs ring as the provider, unless one is installed already.
pub(crate) fn install_provider() {
    // Fails only if another thread installed a provider first, which is fine.
    let _ = rustls::crypto::ring::default_provider().install_default();
}
