//! `dockopt-dive build ARGS`: build an image, then explore or judge it.
//!
//! The builder does what it would do without us: it gets its arguments byte for byte, and our standard input, output and
//! error. All that is added is `--iidfile`, through which it tells the ID of what it has built.

use std::ffi::{OsStr, OsString};
use std::fs::File;
use std::io::{self, ErrorKind, Read};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitCode, ExitStatus};

use clap::{ArgMatches, Args, ValueEnum};
use tempfile::TempDir;

use super::inspect::Plan;
use super::options::{ChoiceOptions, ReportOptions};
use crate::error::CliError;
use crate::foreground::{Afterwards, Foreground};

#[derive(Debug, Args)]
#[command(
    after_help = "The first argument that is none of these options, or --, begins those of the build.\n\n\
                  A build that fails passes its exit code on. What the builder writes to standard output stays there, and the \
                  report follows.\n\n\
                  Examples:\n  \
                  dockopt-dive build -t app .             build, then explore\n  \
                  dockopt-dive build --ci -t app .        build, then judge\n  \
                  dockopt-dive build -j report.json -- -q --platform linux/arm64 ."
)]
pub(crate) struct Build {
    /// Who builds; by default docker, or podman where there is no docker
    #[arg(long, value_enum)]
    builder: Option<Builder>,

    #[command(flatten)]
    report: ReportOptions,

    /// Arguments of the build, as `docker build` has them
    #[arg(value_name = "ARGS", required = true, trailing_var_arg = true, allow_hyphen_values = true)]
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

impl Build {
    /// Builds, and then does what the report options ask for; `matches` are those of this command.
    pub(crate) fn run(self, matches: &ArgMatches) -> Result<ExitCode, CliError> {
        // What is wrong with our options is not to be told after a long build.
        let plan = Plan::new(self.report, matches)?;
        let id_file = IdFile::of(&self.arguments)?;
        let afterwards = if plan.opens_browser() { Afterwards::Nothing } else { Afterwards::Default };
        let foreground = Foreground::take(afterwards)?;
        let (builder, child) = start(self.builder, &self.arguments, &id_file)?;
        let status = foreground.wait(child).map_err(|error| cannot_run(builder, &error))?;
        if !status.success() {
            return Ok(exit_code(status));
        }
        let id = id_file.id(builder)?;
        // Ctrl-C ends the program without a chance to delete it later.
        drop(id_file);
        plan.run(&format!("{}://{id}", builder.engine()), &ChoiceOptions::default())
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

    fn start(self, arguments: &[OsString], id_file: &IdFile) -> io::Result<Child> {
        let mut command = Command::new(self.engine());
        command.args(self.subcommand());
        if id_file.is_ours() {
            command.arg("--iidfile").arg(&id_file.path);
        }
        command.args(arguments).spawn()
    }
}

/// Starts the builder that was asked for, or the first there is.
fn start(
    asked: Option<Builder>,
    arguments: &[OsString],
    id_file: &IdFile,
) -> Result<(Builder, Child), CliError> {
    let candidates = asked.map_or(vec![Builder::Docker, Builder::Podman], |builder| vec![builder]);
    for builder in &candidates {
        match builder.start(arguments, id_file) {
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

/// The exit code of a builder that failed, as a shell would tell it.
fn exit_code(status: ExitStatus) -> ExitCode {
    #[cfg(unix)]
    let signal = std::os::unix::process::ExitStatusExt::signal(&status);
    #[cfg(not(unix))]
    let signal = None::<i32>;
    let code = status.code().or_else(|| Some(128 + signal?)).unwrap_or(1);
    ExitCode::from(u8::try_from(code).unwrap_or(1))
}

/// The file that the builder writes the ID to.
#[derive(Debug)]
struct IdFile {
    path: PathBuf,
    /// Deleted with all that is in it; none if the user has named the file.
    directory: Option<TempDir>,
}

impl IdFile {
    /// The file that the arguments name, or a new one.
    fn of(arguments: &[OsString]) -> Result<Self, CliError> {
        if let Some(path) = named_file(arguments) {
            return Ok(Self { path, directory: None });
        }
        let directory = tempfile::Builder::new()
            .prefix("dockopt-dive-")
            .tempdir()
            .map_err(|error| CliError::failure("cannot make a temporary directory".to_owned(), &error))?;
        Ok(Self { path: directory.path().join("image-id"), directory: Some(directory) })
    }

    fn is_ours(&self) -> bool {
        self.directory.is_some()
    }

    /// What the builder has written.
    fn id(&self, builder: Builder) -> Result<String, CliError> {
        let name = builder.engine();
        let text = match read_start(&self.path) {
            Ok(text) => text,
            Err(error) if error.kind() == ErrorKind::NotFound => {
                return Err(CliError::usage(format!("`{name}` has built no image, or does not tell its ID"))
                    .hint("a build with `--output`, `--push` or `--call` may leave no image to read"));
            }
            Err(error) => {
                let message = format!("cannot read the ID of the image from `{}`", self.path.display());
                return Err(CliError::failure(message, &error));
            }
        };
        match parse_id(&text) {
            Some(id) => Ok(id.to_owned()),
            None => Err(CliError::usage(format!(
                "`{name}` has written something else than the ID of an image to `{}`",
                self.path.display()
            ))),
        }
    }
}

/// More of a file than an ID has.
fn read_start(path: &Path) -> io::Result<String> {
    const MUCH: u64 = 4096;
    if !path.metadata()?.is_file() {
        return Err(io::Error::new(ErrorKind::InvalidInput, "not a file"));
    }
    let mut bytes = Vec::new();
    File::open(path)?.take(MUCH).read_to_end(&mut bytes)?;
    Ok(String::from_utf8_lossy(&bytes).into_owned())
}

/// The ID of an image: a SHA-256, with or without saying so.
fn parse_id(text: &str) -> Option<&str> {
    let id = text.trim();
    let hex = id.strip_prefix("sha256:").unwrap_or(id);
    let is_hex = hex.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'));
    (hex.len() == 64 && is_hex).then_some(id)
}

/// The file of the last `--iidfile` among the arguments.
fn named_file(arguments: &[OsString]) -> Option<PathBuf> {
    let mut found = None;
    let mut rest = arguments.iter().take_while(|argument| *argument != "--");
    while let Some(argument) = rest.next() {
        if argument == "--iidfile" {
            found = rest.next().map(PathBuf::from);
        } else if let Some(path) = value_of_iidfile(argument) {
            found = Some(path);
        }
    }
    found
}

#[cfg(unix)]
fn value_of_iidfile(argument: &OsStr) -> Option<PathBuf> {
    use std::os::unix::ffi::OsStrExt;
    argument.as_bytes().strip_prefix(b"--iidfile=").map(|path| PathBuf::from(OsStr::from_bytes(path)))
}

#[cfg(not(unix))]
fn value_of_iidfile(argument: &OsStr) -> Option<PathBuf> {
    argument.to_str()?.strip_prefix("--iidfile=").map(PathBuf::from)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn file(arguments: &[&str]) -> Option<PathBuf> {
        named_file(&arguments.iter().map(OsString::from).collect::<Vec<_>>())
    }

    #[test]
    fn the_file_that_the_user_wants_the_id_in_is_found() {
        assert_eq!(file(&["-t", "x", "."]), None);
        assert_eq!(file(&["--iidfile", "a", "."]), Some(PathBuf::from("a")));
        assert_eq!(file(&["--iidfile=a", "--iidfile=b=c", "."]), Some(PathBuf::from("b=c")));
        assert_eq!(file(&["--", "--iidfile=a"]), None);
        assert_eq!(file(&[".", "--iidfile"]), None);
    }

    #[test]
    fn only_a_digest_is_an_id() {
        let hex = "0123456789abcdef".repeat(4);
        let with_name = format!("sha256:{hex}");
        assert_eq!(parse_id(&format!("{hex}\n")), Some(hex.as_str()));
        assert_eq!(parse_id(&with_name), Some(with_name.as_str()));
        for text in
            ["", "sha256:", "latest", "../../x", &hex[1..], &format!("sha512:{hex}"), &format!("{hex}?x")]
        {
            assert_eq!(parse_id(text), None, "{text}");
        }
    }
}
