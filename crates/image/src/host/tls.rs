//! The one provider of cryptography for every TLS connection.

/// Makes ring the provider, unless there is one already.
pub(crate) fn install_provider() {
    // Another thread may have been quicker: then it is installed all the same.
    let _ = rustls::crypto::ring::default_provider().install_default();
}
