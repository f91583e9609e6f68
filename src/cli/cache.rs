//! `dockopt-dive cache`: the layer cache.

use std::path::PathBuf;
use std::process::ExitCode;

use clap::{Args, Subcommand};
use dockopt_core::path::escape_text;
use dockopt_core::policy::{Limit, Unit};
use dockopt_core::quantity::{count, size};
use dockopt_image::{Cache, CacheInfo, Pruned};

use crate::cache::{directory, limit, open_in};
use crate::error::CliError;
use crate::output::write_stdout;

#[derive(Debug, Args)]
pub(crate) struct CacheCommand {
    #[command(subcommand)]
    action: Action,
}

#[derive(Debug, Subcommand)]
enum Action {
    /// Show the cache's directory, size and limit
    ///
    /// The limit is 512 MiB, or the value of the environment variable `DOCKOPT_DIVE_CACHE_SIZE`
    /// (such as 2GiB; off for no cache).
    Info,
    /// Empty the cache, or remove its least recently used entries
    Prune {
        /// Keep up to SIZE, such as 100MB, of the most recently used entries
        #[arg(long, value_name = "SIZE", value_parser = bytes, default_value = "0", hide_default_value = true)]
        keep: u64,
    },
}

impl CacheCommand {
    pub(crate) fn run(self) -> Result<ExitCode, CliError> {
        let limit = limit()?;
        let directory = directory().ok_or_else(|| {
            CliError::usage("the cache needs a home directory".to_owned())
                .hint("set `HOME` or, to an absolute path, `XDG_CACHE_HOME`")
        })?;
        // Do not create the directory just to look at it.
        let cache = if directory.exists() { Some(open_in(directory.clone(), limit)?) } else { None };
        match self.action {
            Action::Info => show(&cache.map_or_else(|| nothing(directory, limit), |cache| cache.info())),
            Action::Prune { keep } => prune(cache.as_ref(), keep),
        }
    }
}

fn nothing(directory: PathBuf, limit: u64) -> CacheInfo {
    CacheInfo { directory, entries: 0, bytes: 0, limit }
}

fn show(info: &CacheInfo) -> Result<ExitCode, CliError> {
    let directory = info.directory.display().to_string();
    let limit = if info.limit == 0 { "none is kept".to_owned() } else { size(info.limit) };
    write_stdout(|out| {
        writeln!(out, "directory  {}", escape_text(&directory))?;
        writeln!(out, "entries    {}", count(info.entries))?;
        writeln!(out, "size       {}", size(info.bytes))?;
        writeln!(out, "limit      {limit}")
    })
}

fn prune(cache: Option<&Cache>, keep: u64) -> Result<ExitCode, CliError> {
    let pruned = match cache {
        Some(cache) => cache.prune(keep).map_err(|error| {
            CliError::failure(format!("cannot prune `{}`", cache.directory().display()), &error)
        })?,
        None => Pruned::default(),
    };
    let noun = if pruned.entries == 1 { "entry" } else { "entries" };
    write_stdout(|out| writeln!(out, "removed {} {noun}, {}", count(pruned.entries), size(pruned.bytes)))
}

fn bytes(text: &str) -> Result<u64, String> {
    match Limit::parse(Unit::Bytes, text) {
        Ok(Some(Limit::Bytes(bytes))) => Ok(bytes),
        Ok(_) => Err("expected a size, such as 100MB".to_owned()),
        Err(error) => Err(error.to_string()),
    }
}
