//! Options that choose an image.

use std::time::Duration;

use clap::Args;
use dockopt_core::image::Platform;
use dockopt_image::{RegistryOptions, SCHEMES, Scheme};

/// Help of `--source`, with the names of all schemes.
fn source_help() -> String {
    let names: Vec<&str> = SCHEMES.iter().map(Scheme::name).collect();
    let (last, others) = names.split_last().unwrap_or((&"", &[]));
    format!("Kind of source of a reference without a scheme: {} or {last}", others.join(", "))
}

/// Options that choose an image, and options for registries.
#[derive(Debug, Default, Args)]
pub(crate) struct ChoiceOptions {
    /// Image to choose from several: a name, a digest, or a number counted from 0
    #[arg(long, value_name = "NAME")]
    pub(crate) image: Option<String>,

    /// Platform of a multi-platform image: OS/ARCHITECTURE[/VARIANT]; by default the host's
    #[arg(long, value_parser = platform, value_name = "PLATFORM")]
    pub(crate) platform: Option<Platform>,

    /// Kind of source of a reference without a scheme.
    #[arg(long, help = source_help())]
    pub(crate) source: Option<String>,

    /// Allow plain HTTP to registries; for those on this machine it is always allowed
    #[arg(long)]
    pub(crate) plain_http: bool,

    /// Seconds without data after which a registry times out [default: 30]
    #[arg(long, value_name = "SECONDS", value_parser = clap::value_parser!(u16).range(1..))]
    pub(crate) timeout: Option<u16>,
}

impl ChoiceOptions {
    /// Returns the options for registry clients.
    pub(crate) fn registry(&self) -> RegistryOptions {
        let timeout = self.timeout.map(|seconds| Duration::from_secs(seconds.into()));
        let default = RegistryOptions::default();
        RegistryOptions { plain_http: self.plain_http, timeout: timeout.unwrap_or(default.timeout) }
    }
}

fn platform(text: &str) -> Result<Platform, String> {
    dockopt_image::parse_platform(text)
        .ok_or_else(|| "expected OS/ARCHITECTURE[/VARIANT], such as linux/arm64".to_owned())
}
