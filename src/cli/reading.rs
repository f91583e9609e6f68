//! Reading an image in a command: options, progress bar, Ctrl-C.

use std::io::IsTerminal;

use clap::Args;
use dockopt_core::image::ImageInfo;
use dockopt_core::path::escape_text;
use dockopt_image::{
    Cache, Environment, Image, Located, OnProgress, Opened, Progress, ReadError, ReadOptions, Reference,
    Watcher, describe_image, open_image, read_image,
};

use super::choice::ChoiceOptions;
use super::elsewhere;
use crate::cache;
use crate::error::CliError;
use crate::interrupt::Interrupt;
use crate::progress::Bar;
use crate::terminal;

/// Options for reading an image.
#[derive(Debug, Args)]
#[expect(clippy::struct_excessive_bools, reason = "flags of the command line")]
pub(crate) struct ReadingOptions {
    /// Check the digests of all blobs and unpacked layers
    #[arg(long)]
    pub(crate) verify: bool,

    /// Number of threads that read layers; by default one per processor
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u16).range(1..))]
    pub(crate) threads: Option<u16>,

    /// Neither read nor write the layer cache
    #[arg(long)]
    pub(crate) no_cache: bool,

    /// Hide progress
    #[arg(long)]
    pub(crate) no_progress: bool,

    /// Hide progress and warnings
    #[arg(short, long)]
    pub(crate) quiet: bool,
}

impl ReadingOptions {
    pub(crate) fn read_options(&self, choice: &ChoiceOptions) -> ReadOptions {
        ReadOptions {
            image: choice.image.clone(),
            platform: choice.platform.clone(),
            verify: self.verify,
            threads: self.threads.map(usize::from),
            registry: choice.registry(),
            cache: self.cache(),
            environment: Environment::of_process(),
            ..ReadOptions::default()
        }
    }

    /// Opens the layer cache. A failure is only a warning, because images can be read without it.
    fn cache(&self) -> Option<Cache> {
        if self.no_cache {
            return None;
        }
        cache::open().unwrap_or_else(|error| {
            if !self.quiet {
                terminal::say(&format!("warning: {}", escape_text(&error.to_string())));
            }
            None
        })
    }

    /// Reads an image for a report.
    pub(super) fn read(&self, located: &Located, options: &ReadOptions) -> Result<Image, CliError> {
        self.watched(|on_progress| read_image(located, options, on_progress)).map(|(image, _)| image)
    }

    /// Reads the description of another image for the same platform. Most take no time to speak of,
    /// so there is no progress bar, and Ctrl-C ends the program.
    pub(super) fn describe(&self, text: &str, choice: &ChoiceOptions) -> Result<ImageInfo, CliError> {
        let options = ReadOptions { image: None, ..self.read_options(choice) };
        Ok(describe_image(&located(text, choice)?, &options)?)
    }

    /// Opens an image; an unreadable layer is an error. Files can be read only with `contents`.
    pub(super) fn open(
        &self,
        text: &str,
        choice: &ChoiceOptions,
        options: &ReadOptions,
    ) -> Result<(Opened, Interrupt), CliError> {
        let located = located(text, choice)?;
        self.watched(|on_progress| open_image(&located, options, &mut ProgressOnly(on_progress)))
    }

    /// Reads with a progress bar. Ctrl-C interrupts.
    fn watched<T>(
        &self,
        read: impl FnOnce(&mut OnProgress<'_>) -> Result<T, ReadError>,
    ) -> Result<(T, Interrupt), CliError> {
        let bar = Bar::new(!self.quiet && !self.no_progress && std::io::stderr().is_terminal());
        let interrupt = Interrupt::watch(bar.clone())?;
        let result = read(&mut |progress| {
            bar.show(&progress);
            interrupt.flow()
        });
        bar.finish();
        match result {
            Ok(value) => Ok((value, interrupt)),
            Err(_) if interrupt.explains_failure() => Err(CliError::interrupted()),
            Err(error) => Err(error.into()),
        }
    }
}

/// A watcher that forwards progress only.
struct ProgressOnly<'p, 'f>(&'p mut OnProgress<'f>);

impl Watcher for ProgressOnly<'_, '_> {
    fn progress(&mut self, progress: &Progress) -> std::ops::ControlFlow<()> {
        (self.0)(progress.clone())
    }
}

/// Parses a reference and locates its image.
fn located(text: &str, choice: &ChoiceOptions) -> Result<Located, CliError> {
    Ok(elsewhere::find(&reference(text, choice)?, &Environment::of_process(), false)?)
}

/// Parses an image reference. Fails for `-` if standard input is a terminal.
pub(super) fn reference(text: &str, choice: &ChoiceOptions) -> Result<Reference, CliError> {
    if text == "-" && std::io::stdin().is_terminal() {
        return Err(CliError::usage("standard input is a terminal, not an image".to_owned())
            .hint("pipe one in: `docker save IMAGE | dockopt-dive -`"));
    }
    Ok(Reference::parse(text, choice.source.as_deref())?)
}
