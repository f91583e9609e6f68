//! Targets and formats of reports.
//!
//! A closed standard output is not an error: the reader has read enough.

use std::ffi::OsStr;
use std::fs::File;
use std::io::{self, BufWriter, Write};
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::str::FromStr;

use clap::builder::{PossibleValue, TypedValueParser};
use clap::{Arg, Command, Error};
use dockopt_report::{FORMATS, Format, Report, Style, Tool, format};

use crate::error::CliError;

/// Name and version of the program, as reports name it.
pub(crate) const TOOL: Tool<'static> =
    Tool { name: env!("CARGO_PKG_NAME"), version: env!("CARGO_PKG_VERSION") };

/// Destination of a report.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Destination {
    Stdout,
    File(PathBuf),
}

/// One report to write.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Output {
    pub(crate) format: &'static Format,
    pub(crate) target: Destination,
}

impl Output {
    pub(crate) fn new(format: &'static Format, path: &OsStr) -> Self {
        let target =
            if path.is_empty() || path == "-" { Destination::Stdout } else { Destination::File(path.into()) };
        Self { format, target }
    }
}

impl Output {
    /// Returns the path of the target if it is a file.
    pub(crate) fn file(&self) -> Option<&Path> {
        match &self.target {
            Destination::Stdout => None,
            Destination::File(path) => Some(path),
        }
    }
}

impl FromStr for Output {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let (name, path) = text.split_once('=').unwrap_or((text, ""));
        let known = || FORMATS.map(|format| format!("`{}`", format.name)).join(", ");
        let format = format(name).ok_or_else(|| format!("`{name}` is not one of {}", known()))?;
        Ok(Self::new(format, OsStr::new(path)))
    }
}

/// Parses `FORMAT[=PATH]`. Help and completions list the formats.
#[derive(Clone, Copy, Debug)]
pub(crate) struct OutputParser;

impl TypedValueParser for OutputParser {
    type Value = Output;

    fn parse_ref(&self, command: &Command, argument: Option<&Arg>, value: &OsStr) -> Result<Output, Error> {
        let parser = |text: &str| text.parse::<Output>();
        TypedValueParser::parse_ref(&parser, command, argument, value)
    }

    fn possible_values(&self) -> Option<Box<dyn Iterator<Item = PossibleValue> + '_>> {
        Some(Box::new(FORMATS.into_iter().map(|format| PossibleValue::new(format.name).help(format.help))))
    }
}

/// Writes a report to the target of an output.
pub(crate) fn write(report: &Report<'_>, output: &Output) -> Result<(), CliError> {
    let write = output.format.write;
    match &output.target {
        Destination::Stdout => write_stdout(|out| write(out, report)).map(drop),
        Destination::File(path) => {
            let report = Report { style: Style { colour: false, ..report.style }, ..*report };
            let file = File::create(path).map(BufWriter::new);
            let written = file.and_then(|mut out| {
                write(&mut out, &report)?;
                out.flush()
            });
            written.map_err(|error| CliError::failure(format!("cannot write `{}`", path.display()), &error))
        }
    }
}

/// Writes to standard output. A broken pipe is a success.
pub(crate) fn write_stdout(
    write: impl FnOnce(&mut dyn Write) -> io::Result<()>,
) -> Result<ExitCode, CliError> {
    let mut out = BufWriter::new(io::stdout().lock());
    let written = write(&mut out).and_then(|()| out.flush());
    match written {
        Err(error) if error.kind() == io::ErrorKind::BrokenPipe => {
            // Drop the rest of the buffer: the pipe is closed.
            drop(out.into_parts());
            Ok(ExitCode::SUCCESS)
        }
        Err(error) => Err(CliError::failure("cannot write to standard output".to_owned(), &error)),
        Ok(()) => Ok(ExitCode::SUCCESS),
    }
}

#[cfg(test)]
mod tests {
    use dockopt_report::{JSON, TEXT};

    use super::*;

    #[test]
    fn output_is_a_format_with_an_optional_path() {
        assert_eq!("json".parse(), Ok(Output { format: &JSON, target: Destination::Stdout }));
        assert_eq!("text=-".parse(), Ok(Output { format: &TEXT, target: Destination::Stdout }));
        let file = Destination::File("a=b.json".into());
        assert_eq!(
            "dive-json=a=b.json".parse(),
            Ok(Output { format: format("dive-json").unwrap(), target: file })
        );
        assert!("yaml".parse::<Output>().is_err_and(|error| error.contains("`dive-json`")));
    }
}
