//! `dockopt-dive images`, and the program without an image: lists the images of a local engine, or
//! opens the picker.

use std::io::IsTerminal;
use std::process::ExitCode;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{SystemTime, UNIX_EPOCH};

use clap::{Args, Command, FromArgMatches, ValueEnum};
use dockopt_image::{Environment, LocalEngine, LocalImage, ReadError, Reference};

use super::choice::ChoiceOptions;
use super::inspect::Inspect;
use crate::config;
use crate::error::CliError;
use crate::images::{Listing, Sort, SortKey, Words, short_id, write_ids, write_json, write_text};
use crate::output::write_stdout;
use crate::terminal::{is_capable, known_width};
use crate::tui::picker::{Beginning, Outside, pick};
use crate::tui::theme::ThemeName;
use crate::tui::{Job, Origin};

#[derive(Debug, Default, Args)]
pub(crate) struct Images {
    /// List only images with NAME in their name or ID
    name: Option<String>,

    /// Engine to query; by default the one that an environment variable names, or the first that
    /// answers
    #[arg(long, value_parser = ["docker", "podman"])]
    source: Option<String>,

    /// Sort order
    #[arg(long, value_enum, default_value_t)]
    sort: SortKey,

    /// List only images with all words of TEXT in their name or ID
    #[arg(long, value_name = "TEXT", default_value = "", hide_default_value = true)]
    filter: String,

    /// Write a list to standard output, even on a terminal
    #[arg(short, long, value_enum, value_name = "FORMAT")]
    output: Option<ListFormat>,

    /// Write only IDs, each once, even on a terminal
    #[arg(short, long, conflicts_with = "output")]
    quiet: bool,
}

/// The format of a list of images.
#[derive(Clone, Copy, Debug, ValueEnum)]
enum ListFormat {
    /// A table
    Text,
    /// An array of objects
    Json,
}

impl Images {
    pub(crate) fn run(self) -> Result<ExitCode, CliError> {
        // Images open with the default options.
        let name = env!("CARGO_PKG_NAME");
        let matches = Inspect::augment_args(Command::new(name)).try_get_matches_from([name])?;
        let inspect = Inspect::from_arg_matches(&matches)?;
        self.show(&inspect)
    }

    fn show(&self, inspect: &Inspect) -> Result<ExitCode, CliError> {
        match self.output {
            None if self.quiet => self.write(None),
            None if is_interactive() => self.pick(inspect),
            format => self.write(Some(format.unwrap_or(ListFormat::Text))),
        }
    }

    /// Writes the list; without a format only IDs.
    fn write(&self, format: Option<ListFormat>) -> Result<ExitCode, CliError> {
        let listing = Asked::default().list(self.source.as_deref())?;
        let chosen = listing.select(&Words::of(&self.words()), self.order());
        write_stdout(|out| match format {
            Some(ListFormat::Text) => write_text(out, &listing, &chosen, self.order(), known_width()),
            Some(ListFormat::Json) => write_json(out, &listing, &chosen),
            None => write_ids(out, &listing, &chosen),
        })
    }

    /// Returns the words that images must have in their name or ID.
    fn words(&self) -> String {
        let texts = [self.name.as_deref().unwrap_or_default(), &self.filter];
        texts.join(" ").trim().to_owned()
    }

    fn order(&self) -> Sort {
        Sort { key: self.sort, reversed: false }
    }

    fn pick(&self, inspect: &Inspect) -> Result<ExitCode, CliError> {
        let config = config::load(inspect.report.config.as_deref())?;
        let theme = if inspect.report.color.is_on() { config.theme } else { ThemeName::Plain };
        let source = self.source.clone();
        let engine = source.clone().unwrap_or_else(|| "docker or podman".to_owned());
        let beginning = Beginning { engine, sort: self.order(), filter: self.words() };
        let job = |image: &LocalImage| job(image, inspect).map_err(|error| error.to_string());
        let asked = Asked::default();
        let outside = Outside { list: Arc::new(move || asked.list(source.as_deref())), job: &job };
        match pick(&outside, theme, &config, beginning) {
            Ok(None) => Ok(ExitCode::SUCCESS),
            Ok(Some(failure)) => Err(CliError::unreadable(failure.reasons, failure.hint)),
            Err(error) => Err(CliError::failure("the terminal cannot be used".to_owned(), &error)),
        }
    }
}

/// Runs the program without an image.
pub(super) fn show_without_image(inspect: &Inspect) -> Result<ExitCode, CliError> {
    let images = Images { source: inspect.choice.source.clone(), ..Images::default() };
    images.show(inspect)
}

/// Returns whether standard input and output are terminals that can show the picker.
fn is_interactive() -> bool {
    is_capable() && std::io::stdin().is_terminal()
}

/// The engine that answered first. Later requests go to the same engine, so the list never switches
/// to another engine's images.
#[derive(Default)]
struct Asked(Mutex<Option<LocalEngine>>);

impl Asked {
    fn list(&self, source: Option<&str>) -> Result<Listing, ReadError> {
        // The lock is not held during the request, which may block forever.
        let known = self.0.lock().unwrap_or_else(PoisonError::into_inner).clone();
        if let Some(engine) = known {
            return Ok(Listing { local: engine.images()?, now: now() });
        }
        let wanted = source.map(Reference::engine_of).transpose()?;
        let (engine, local) = LocalEngine::find(wanted, &Environment::of_process())?;
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = Some(engine);
        Ok(Listing { local, now: now() })
    }
}

/// Returns the seconds since 1970. Only the age of an image depends on them.
fn now() -> i64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    i64::try_from(since.as_secs()).unwrap_or(i64::MAX)
}

fn job(image: &LocalImage, inspect: &Inspect) -> Result<Job, CliError> {
    let reference = Reference::parse(&image.reference, None)?;
    let name = image.name.clone().unwrap_or_else(|| short_id(&image.id));
    let policy = inspect.report.policy().map_err(|error| error.to_string());
    inspect.report.job(name, Origin::Named(reference), &ChoiceOptions::default(), policy)
}
