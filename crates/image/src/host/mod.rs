//! Process-wide settings: environment variables and the TLS crypto provider.

mod environment;
mod tls;

pub use environment::Environment;
pub(crate) use tls::install_provider;
