//! The command line: clap definitions, one file per command.

mod base;
mod build;
mod cache;
mod cat;
mod choice;
mod completions;
mod config;
mod elsewhere;
mod explain;
mod extract;
mod fix;
mod history;
mod images;
mod inspect;
mod keys;
mod ls;
mod man;
mod options;
mod owners;
mod reading;

use std::ffi::OsString;
use std::process::ExitCode;

use clap::error::{ContextKind, ContextValue, ErrorKind};
use clap::{CommandFactory, FromArgMatches, Parser, Subcommand};

use self::inspect::Inspect;
use crate::error::CliError;

/// See what each layer of a container image ships and how much of it is wasted
///
/// Opens a browser on a terminal and writes a report elsewhere.
#[derive(Debug, Parser)]
#[command(
    name = "dockopt-dive",
    version,
    args_conflicts_with_subcommands = true,
    after_help = "Exit codes: 0 pass, 1 a rule failed, 2 could not judge (usage, I/O, broken image, bad rules), 130 interrupted.\n\n\
                  Examples:\n  \
                  dockopt-dive image.tar              explore it: layers, files, waste (on a terminal)\n  \
                  dockopt-dive                        choose from the images of Docker or Podman\n  \
                  dockopt-dive image.tar -o text      report on it\n  \
                  docker save app:latest | dockopt-dive --ci -\n  \
                  dockopt-dive build -t app .         build it, then explore it\n  \
                  dockopt-dive --ci --highest-wasted-bytes 20MB -o json=report.json oci:layout:app"
)]
pub(crate) struct Cli {
    #[command(subcommand)]
    pub(crate) command: Option<Command>,
    #[command(flatten)]
    pub(crate) inspect: Inspect,
}

/// The subcommands.
#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// List the images of a local engine; on a terminal, choose one to explore
    Images(images::Images),
    /// Build an image with docker or podman, then explore it or report on it
    Build(Box<build::Build>),
    /// List files of an image: the final filesystem, one layer, or deleted files
    Ls(ls::Ls),
    /// Write files of an image to standard output, deleted files too
    Cat(cat::Cat),
    /// Extract files of an image into a directory, or as a tar to standard output
    Extract(extract::Extract),
    /// Show which layers of an image touched a path, and how
    History(history::History),
    /// Change the Dockerfile of an image as the findings say
    Fix(Box<fix::Fix>),
    /// Explain a rule: why its findings matter, and what to do
    Explain(explain::Explain),
    /// Write a completion script for a shell to standard output
    Completions(completions::Completions),
    /// Write the manual page (roff) to standard output
    Man(man::Man),
    /// Write the browser's default configuration (YAML) to standard output
    Config(config::PrintConfig),
    /// Show or empty the layer cache
    Cache(cache::CacheCommand),
    /// Write the documentation of the browser's keys (Markdown) to standard output
    #[command(hide = true)]
    Keys(keys::Keys),
}

/// Parses the command line and runs the command.
pub(crate) fn run() -> ExitCode {
    let arguments = build::separated(std::env::args_os().collect());
    match understand_and_do(&arguments) {
        Ok(code) => code,
        Err(error) => error.report(),
    }
}

fn understand_and_do(arguments: &[OsString]) -> Result<ExitCode, CliError> {
    let mut program = Cli::command();
    let matches = match program.try_get_matches_from_mut(arguments) {
        Ok(matches) => matches,
        Err(error) => return Err(explained(&error, &program, arguments).unwrap_or_else(|| error.into())),
    };
    let cli = Cli::from_arg_matches(&matches)?;
    match cli.inspect.reference.as_deref().filter(|_| cli.command.is_none()) {
        Some(name) if arguments.len() > 2 && is_command(&program, name) => Err(misplaced(name)),
        _ => dispatch(cli),
    }
}

/// Replaces clap's error for a second image, and for a command after options; `None` keeps clap's.
fn explained(error: &clap::Error, program: &clap::Command, arguments: &[OsString]) -> Option<CliError> {
    if !error.use_stderr() {
        return None;
    }
    let is_command = |argument: &&str| is_command(program, argument);
    let mut words = arguments.iter().skip(1).map(|argument| argument.to_str().unwrap_or_default());
    let begins_with_one = words.next().is_none_or(|first| is_command(&first));
    if let Some(name) = words.find(is_command).filter(|_| !begins_with_one) {
        return Some(misplaced(name));
    }
    match error.get(ContextKind::InvalidSubcommand) {
        Some(ContextValue::String(second)) if error.kind() == ErrorKind::ArgumentConflict => {
            Some(CliError::usage(format!("expected one image, but got another: `{second}`")))
        }
        _ => None,
    }
}

fn is_command(program: &clap::Command, name: &str) -> bool {
    program.find_subcommand(name).is_some()
}

fn misplaced(command: &str) -> CliError {
    CliError::usage(format!("`{command}` is a command: it comes before all options")).hint(format!(
        "`dockopt-dive {command} --help` lists its options; an image of that name is `docker://{command}`"
    ))
}

fn dispatch(cli: Cli) -> Result<ExitCode, CliError> {
    match cli.command {
        Some(Command::Images(command)) => command.run(),
        Some(Command::Build(command)) => command.run(),
        Some(Command::Ls(command)) => command.run(),
        Some(Command::Cat(command)) => command.run(),
        Some(Command::Extract(command)) => command.run(),
        Some(Command::History(command)) => command.run(),
        Some(Command::Fix(command)) => command.run(),
        Some(Command::Explain(command)) => command.run(),
        Some(Command::Completions(command)) => command.run(Cli::command()),
        Some(Command::Man(command)) => command.run(Cli::command()),
        Some(Command::Config(command)) => command.run(),
        Some(Command::Cache(command)) => command.run(),
        Some(Command::Keys(command)) => command.run(),
        None if cli.inspect.is_empty() => images::show_without_image(&cli.inspect),
        None => cli.inspect.run(),
    }
}

#[cfg(test)]
mod tests {
    use dockopt_core::base::BaseChoice;
    use dockopt_core::policy::Policy;
    use dockopt_image::Reference;

    use super::choice::ChoiceOptions;
    use super::*;
    use crate::tui::Origin;

    #[test]
    fn clap_command_is_valid() {
        Cli::command().debug_assert();
    }

    #[test]
    fn base_of_the_command_line_applies_to_images_of_the_list() {
        let cli = Cli::try_parse_from(["dockopt-dive", "--base-layers", "3"]).expect("options");
        let origin = Origin::Named(Reference::parse("x", None).expect("a reference"));
        let options = &cli.inspect.report;
        let job = options.job("x".to_owned(), origin, &ChoiceOptions::default(), Ok(Policy::default()));
        assert_eq!(job.expect("a job").base, BaseChoice::Layers(3));
    }
}
