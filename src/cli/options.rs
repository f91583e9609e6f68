//! Options shared by several commands.

use std::path::PathBuf;

use clap::builder::{OsStringValueParser, TypedValueParser};
use clap::{ArgAction, Args, ValueEnum};
use dockopt_core::filter::Filter;

use super::base::BaseOptions;
use super::reading::ReadingOptions;
use crate::explore::PathArgument;
use crate::output::{Output, OutputParser};
use crate::rules::{AllowOptions, FindingOptions, GateOptions, RulesFile};
use crate::terminal::ColorOption;

/// Options of commands that report on an image or open it in the browser.
#[derive(Debug, Args)]
pub(crate) struct ReportOptions {
    /// Report format, written to standard output or to PATH; repeatable
    #[arg(short, long = "output", value_name = "FORMAT[=PATH]", value_parser = OutputParser)]
    pub(crate) outputs: Vec<Output>,

    /// Write the JSON report to PATH, same as -o json=PATH
    #[arg(short, long, value_name = "PATH")]
    pub(crate) json: Option<PathBuf>,

    /// Check the image against rules and exit with 1 if one fails; also on with CI=true in the
    /// environment
    #[arg(long)]
    pub(crate) ci: bool,

    #[command(flatten)]
    pub(crate) rules_file: RulesFile,

    #[command(flatten)]
    pub(crate) allow: AllowOptions,

    #[command(flatten)]
    pub(crate) findings: FindingOptions,

    /// Numbers to show and to check against rules
    #[arg(long, value_enum, default_value_t)]
    pub(crate) score: ScoreOption,

    /// The Dockerfile that the image was built from: findings name its lines, and have patches
    #[arg(long, value_name = "FILE")]
    pub(crate) dockerfile: Option<PathBuf>,

    #[command(flatten)]
    pub(crate) base: BaseOptions,

    #[command(flatten)]
    pub(crate) reading: ReadingOptions,

    /// When to use colours
    #[arg(long, value_enum, default_value_t)]
    pub(crate) color: ColorOption,

    /// Configuration file of the browser; by default dockopt-dive/config.yaml in
    /// `$XDG_CONFIG_HOME` or `~/.config`
    #[arg(long, value_name = "FILE")]
    pub(crate) config: Option<PathBuf>,

    /// List all wasted paths in the text report
    #[arg(short, long, action = ArgAction::Count)]
    pub(crate) verbose: u8,

    #[command(flatten)]
    pub(crate) gates: GateOptions,
}

/// The value of `--score`.
#[derive(Clone, Copy, Debug, Default, ValueEnum)]
pub(crate) enum ScoreOption {
    /// Exact numbers
    #[default]
    Exact,
    /// Numbers as dive 0.13.1 prints them
    Dive,
}

/// Parses a path in an image, which need not be UTF-8.
pub(super) fn path_in_image() -> impl TypedValueParser<Value = PathArgument> {
    OsStringValueParser::new().try_map(|text| PathArgument::parse(&text))
}

/// Parses a filter in the browser's language.
pub(super) fn filter(text: &str) -> Result<Filter, String> {
    Filter::parse(text).map_err(|error| error.message)
}
