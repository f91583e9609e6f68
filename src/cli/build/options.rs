//! The options of `build`.

use std::ffi::OsString;

use clap::{Args, ValueEnum};

use crate::cli::options::ReportOptions;

#[derive(Debug, Args)]
#[command(
    // These options are the builder's here.
    mut_arg("no_cache", |option| option.hide(true)),
    mut_arg("quiet", |option| option.hide(true)),
    after_help = "The builder's arguments start at the first argument that is not an option above, or after --. \
                  So --no-cache, -q, --quiet and --platform are the builder's, and so is -o unless its value is a \
                  report format.\n\n\
                  If the build fails, its exit code is passed on. The builder's standard output is not changed, \
                  and the report follows it; with json or dive-json on standard output, the builder's goes to \
                  standard error.\n\n\
                  Examples:\n  \
                  dockopt-dive build -t app .             build, then explore\n  \
                  dockopt-dive build --ci -t app .        build, then judge\n  \
                  dockopt-dive build -j report.json --no-cache --platform linux/arm64 .\n  \
                  dockopt-dive build -o json -t app . | jq .size"
)]
pub(crate) struct Build {
    /// Program that builds; by default docker, or podman if docker is not installed
    #[arg(long, value_enum)]
    pub(super) builder: Option<Builder>,

    #[command(flatten)]
    pub(super) report: ReportOptions,

    /// Arguments of the builder, as for `docker build`
    #[arg(value_name = "ARGS", required = true)]
    pub(super) arguments: Vec<OsString>,
}

/// A program that builds images.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Builder {
    /// docker build
    Docker,
    /// podman build
    Podman,
    /// docker buildx build --load
    Buildx,
}
