//! `dockopt-dive build ARGS`: builds an image, then explores or judges it.
//!
//! The builder runs as it would alone: it receives its arguments byte for byte, and inherits
//! standard input, output and error, unless standard output is for data. The only addition is
//! `--iidfile`, the file that the builder writes the ID of the image to.

mod arguments;
mod id_file;
mod options;

use std::ffi::OsString;
use std::io::{self, ErrorKind};
use std::process::{Child, Command, ExitCode, ExitStatus, Stdio};

use dockopt_core::path::escape_text;
use dockopt_image::Reference;

use self::id_file::IdFile;
use super::choice::ChoiceOptions;
use super::inspect::Task;
use crate::error::CliError;
use crate::foreground::{Afterwards, Foreground};
use crate::terminal::say;

pub(crate) use self::arguments::separated;
pub(crate) use self::options::{Build, Builder};

/// Where the builder's standard output goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Log {
    /// To this program's standard output.
    Untouched,
    /// To standard error, because standard output is for data.
    StandardError,
}

impl Build {
    /// Builds the image, then explores it or reports on it.
    pub(crate) fn run(self) -> Result<ExitCode, CliError> {
        let Self { builder, mut report, arguments } = self;
        report.dockerfile = report.dockerfile.or_else(|| arguments::dockerfile(&arguments));
        // Report invalid options before a long build, not after it.
        let plan = Task::new(report)?;
        let id_file = IdFile::of(&arguments)?;
        let afterwards = if plan.opens_browser() { Afterwards::Nothing } else { Afterwards::Default };
        let log = if plan.gives_data() { Log::StandardError } else { Log::Untouched };
        let foreground = Foreground::take(afterwards)?;
        let (builder, child) = start(builder, &arguments, &id_file, log)?;
        let status = foreground.wait(child).map_err(|error| cannot_run(builder, &error))?;
        if !status.success() {
            return Ok(failed(builder, &arguments, status, plan.judges()));
        }
        let Some(id) = id_file.id(builder.engine())? else {
            return if arguments::ask_for_help(&arguments) {
                Ok(ExitCode::SUCCESS)
            } else {
                Err(nothing_built(builder, &arguments))
            };
        };
        // Delete it now: Ctrl-C ends the program without running destructors.
        drop(id_file);
        // By ID, because another build may take the name meanwhile.
        let reference = Reference::parse(&format!("{}://{id}", builder.engine()), None)?;
        let reference = match arguments::first_tag(&arguments) {
            Some(name) => reference.known_as(&name),
            None => reference,
        };
        plan.show(&reference, &ChoiceOptions::default())
    }
}

/// Builds an image for its own sake. What the builder prints goes to standard error.
pub(super) fn built(asked: Option<Builder>, arguments: &[OsString]) -> Result<Reference, CliError> {
    let id_file = IdFile::of(arguments)?;
    let foreground = Foreground::take(Afterwards::Nothing)?;
    let (builder, child) = start(asked, arguments, &id_file, Log::StandardError)?;
    let status = foreground.wait(child).map_err(|error| cannot_run(builder, &error))?;
    if !status.success() && exit_code(status) == 130 {
        return Err(CliError::interrupted());
    }
    if !status.success() {
        let message = format!("`{}` failed with status {}", builder.engine(), exit_code(status));
        return Err(CliError::usage(message));
    }
    match id_file.id(builder.engine())? {
        Some(id) => Ok(Reference::parse(&format!("{}://{id}", builder.engine()), None)?),
        None => Err(nothing_built(builder, arguments)),
    }
}

impl Builder {
    /// Returns the program, which is also the scheme of its images.
    fn engine(self) -> &'static str {
        match self {
            Self::Docker | Self::Buildx => "docker",
            Self::Podman => "podman",
        }
    }

    fn subcommand(self) -> &'static [&'static str] {
        match self {
            Self::Docker | Self::Podman => &["build"],
            Self::Buildx => &["buildx", "build", "--load"],
        }
    }

    fn start(self, arguments: &[OsString], id_file: &IdFile, log: Log) -> io::Result<Child> {
        let mut command = Command::new(self.engine());
        command.args(self.subcommand());
        if let Some(path) = id_file.to_name() {
            command.arg("--iidfile").arg(path);
        }
        if log == Log::StandardError {
            command.stdout(io::stderr());
        }
        command.args(arguments).spawn()
    }

    /// Returns whether the builder is buildx and its plugin is missing. Runs `docker buildx
    /// version`, so call it only after a failure.
    fn is_missing_plugin(self) -> bool {
        let mut version = Command::new(self.engine());
        version.args(["buildx", "version"]);
        version.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
        self == Self::Buildx && !version.status().is_ok_and(|status| status.success())
    }
}

/// Starts the requested builder, or else the first that is installed.
fn start(
    asked: Option<Builder>,
    arguments: &[OsString],
    id_file: &IdFile,
    log: Log,
) -> Result<(Builder, Child), CliError> {
    let candidates = asked.map_or(vec![Builder::Docker, Builder::Podman], |builder| vec![builder]);
    for builder in &candidates {
        match builder.start(arguments, id_file, log) {
            Ok(child) => return Ok((*builder, child)),
            Err(error) if error.kind() == ErrorKind::NotFound => {}
            Err(error) => return Err(cannot_run(*builder, &error)),
        }
    }
    let names: Vec<String> = candidates.iter().map(|builder| format!("`{}`", builder.engine())).collect();
    let message = format!("cannot build: no program {} in PATH", names.join(" or "));
    Err(CliError::usage(message)
        .hint("install it, or choose another one with `--builder docker|podman|buildx`"))
}

fn cannot_run(builder: Builder, error: &io::Error) -> CliError {
    CliError::failure(format!("cannot run `{}`", builder.engine()), error)
        .hint("choose another one with `--builder`")
}

fn nothing_built(builder: Builder, arguments: &[OsString]) -> CliError {
    let message = format!("`{}` built no image, or did not report its ID", builder.engine());
    CliError::usage(message).hint(match arguments::misplaced(arguments) {
        Some(option) => goes_before(&option),
        None => "a build with `--output`, `--push` or `--call` may leave no image to read".to_owned(),
    })
}

fn goes_before(option: &str) -> String {
    format!("`{option}` is an option of dockopt-dive: put it before the arguments of the build")
}

/// Explains what the builder cannot know about its failure, and returns its exit code.
fn failed(builder: Builder, arguments: &[OsString], status: ExitStatus, judges: bool) -> ExitCode {
    if let Some(option) = arguments::misplaced(arguments) {
        say(&format!("hint: {}", escape_text(&goes_before(&option))));
    }
    if status.code().is_some() && builder.is_missing_plugin() {
        say("hint: docker's plugin buildx is missing: `docker buildx version` fails");
    }
    let code = exit_code(status);
    if judges {
        say(&format!("note: the build failed (status {code}), nothing was judged"));
    }
    ExitCode::from(code)
}

/// Returns the exit code of a failed builder as a shell reports it: 128 + N for signal N.
fn exit_code(status: ExitStatus) -> u8 {
    #[cfg(unix)]
    let signal = std::os::unix::process::ExitStatusExt::signal(&status);
    #[cfg(not(unix))]
    let signal = None::<i32>;
    let code = status.code().or_else(|| Some(128 + signal?)).unwrap_or(1);
    u8::try_from(code).unwrap_or(1)
}
