//! `dockopt-dive build ARGS`: build an image, then explore or judge it.
//!
//! The builder does what it would do without us: it gets its arguments byte for byte, and our standard input, output and
//! error, unless standard output is for data. All that is added is `--iidfile`, through which it tells the ID of what it has
//! built.

mod arguments;
mod id_file;

use std::ffi::OsString;
use std::io::{self, ErrorKind};
use std::process::{Child, Command, ExitCode, ExitStatus, Stdio};

use clap::{Args, ValueEnum};
use dockopt_core::path::escape_text;
use dockopt_image::Reference;

use self::id_file::IdFile;
use super::inspect::Task;
use super::options::{ChoiceOptions, ReportOptions};
use crate::error::CliError;
use crate::foreground::{Afterwards, Foreground};
use crate::terminal::say;

pub(crate) use self::arguments::separated;

#[derive(Debug, Args)]
#[command(
    // Whoever types these here means those of the builder, to whom they are left.
    mut_arg("no_cache", |option| option.hide(true)),
    mut_arg("quiet", |option| option.hide(true)),
    after_help = "The first argument that is none of these options, or --, begins those of the build. So --no-cache, -q, --quiet and \
                  --platform are the builder's, and -o is unless its value is one of our formats.\n\n\
                  A build that fails passes its exit code on. What the builder writes to standard output stays there, and the \
                  report follows; but if that is json or dive-json, what the builder writes goes to standard error.\n\n\
                  Examples:\n  \
                  dockopt-dive build -t app .             build, then explore\n  \
                  dockopt-dive build --ci -t app .        build, then judge\n  \
                  dockopt-dive build -j report.json --no-cache --platform linux/arm64 .\n  \
                  dockopt-dive build -o json -t app . | jq .size"
)]
pub(crate) struct Build {
    /// Who builds; by default docker, or podman where there is no docker
    #[arg(long, value_enum)]
    builder: Option<Builder>,

    #[command(flatten)]
    report: ReportOptions,

    /// Arguments of the build, as `docker build` has them
    #[arg(value_name = "ARGS", required = true)]
    arguments: Vec<OsString>,
}

/// A program that builds images.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Builder {
    /// docker build
    Docker,
    /// podman build
    Podman,
    /// docker buildx build --load
    Buildx,
}

/// Where what the builder writes to standard output goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Log {
    /// Where it would go without us.
    Untouched,
    /// To standard error, because standard output is for data.
    StandardError,
}

impl Build {
    /// Builds, and then does what the report options ask for.
    pub(crate) fn run(self) -> Result<ExitCode, CliError> {
        let Self { builder, report, arguments } = self;
        // What is wrong with our options is not to be told after a long build.
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
        // Ctrl-C ends the program without a chance to delete it later.
        drop(id_file);
        // By its ID, because meanwhile another build may take the name.
        let reference = Reference::parse(&format!("{}://{id}", builder.engine()), None)?;
        let reference = match arguments::first_tag(&arguments) {
            Some(name) => reference.known_as(&name),
            None => reference,
        };
        plan.show(&reference, &ChoiceOptions::default())
    }
}

impl Builder {
    /// The program, and the scheme of what it builds.
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

    /// Whether it is a plugin that is not there. To be asked of who has failed.
    fn is_missing_plugin(self) -> bool {
        let mut version = Command::new(self.engine());
        version.args(["buildx", "version"]);
        version.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
        self == Self::Buildx && !version.status().is_ok_and(|status| status.success())
    }
}

/// Starts the builder that was asked for, or the first there is.
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
    let message = format!("nothing to build with: there is no program {}", names.join(" and no program "));
    Err(CliError::usage(message)
        .hint("install it, or name another one with `--builder docker|podman|buildx`"))
}

fn cannot_run(builder: Builder, error: &io::Error) -> CliError {
    CliError::failure(format!("cannot run `{}`", builder.engine()), error)
        .hint("choose another one with `--builder`")
}

fn nothing_built(builder: Builder, arguments: &[OsString]) -> CliError {
    let message = format!("`{}` has built no image, or does not tell its ID", builder.engine());
    CliError::usage(message).hint(match arguments::misplaced(arguments) {
        Some(option) => goes_before(&option),
        None => "a build with `--output`, `--push` or `--call` may leave no image to read".to_owned(),
    })
}

fn goes_before(option: &str) -> String {
    format!("`{option}` is an option of dockopt-dive: it goes before those of the build")
}

/// Says what the builder cannot know of why it failed, and gives its exit code.
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

/// The exit code of a builder that failed, as a shell would tell it.
fn exit_code(status: ExitStatus) -> u8 {
    #[cfg(unix)]
    let signal = std::os::unix::process::ExitStatusExt::signal(&status);
    #[cfg(not(unix))]
    let signal = None::<i32>;
    let code = status.code().or_else(|| Some(128 + signal?)).unwrap_or(1);
    u8::try_from(code).unwrap_or(1)
}
