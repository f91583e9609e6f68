//! What the process takes from where it runs: environment variables, and its one provider of cryptography.

mod environment;
mod tls;

pub use environment::Environment;
pub(crate) use tls::install_provider;
