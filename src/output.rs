//! Where reports go, and in which format.
//!
//! Standard output whose reader has gone is not an error: the reader had enough.

use std::ffi::OsStr;
use std::fs::File;
use std::io::{self, BufWriter, Write};
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::str::FromStr;

use dockopt_core::Analysis;
use dockopt_core::dive::DiveScore;
use dockopt_core::policy::Judgement;
use dockopt_core::report::json::Tool;
use dockopt_core::report::text::Style;
use dockopt_core::report::{json, text};
use dockopt_core::tree::Tree;

use crate::error::CliError;

const TOOL: Tool<'static> = Tool { name: env!("CARGO_PKG_NAME"), version: env!("CARGO_PKG_VERSION") };

/// The format of a report.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Format {
    Text,
    Json,
    DiveJson,
}

const FORMATS: [(&str, Format); 3] =
    [("text", Format::Text), ("json", Format::Json), ("dive-json", Format::DiveJson)];

/// Where a report goes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Target {
    Stdout,
    File(PathBuf),
}

/// One report to write.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Output {
    pub(crate) format: Format,
    pub(crate) target: Target,
}

impl Output {
    pub(crate) fn new(format: Format, path: &OsStr) -> Self {
        let target = if path.is_empty() || path == "-" { Target::Stdout } else { Target::File(path.into()) };
        Self { format, target }
    }
}

impl Output {
    /// The file it goes to, if it goes to one.
    pub(crate) fn file(&self) -> Option<&Path> {
        match &self.target {
            Target::Stdout => None,
            Target::File(path) => Some(path),
        }
    }
}

impl FromStr for Output {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let (name, path) = text.split_once('=').unwrap_or((text, ""));
        let known = || FORMATS.map(|(name, _)| format!("`{name}`")).join(", ");
        let format = FORMATS.into_iter().find(|(known, _)| *known == name);
        let (_, format) = format.ok_or_else(|| format!("`{name}` is not one of {}", known()))?;
        Ok(Self::new(format, OsStr::new(path)))
    }
}

/// Everything a report may tell.
pub(crate) struct Report<'r> {
    pub(crate) analysis: &'r Analysis,
    pub(crate) tree: &'r Tree,
    pub(crate) judgement: Option<&'r Judgement>,
    pub(crate) style: Style,
}

impl Report<'_> {
    pub(crate) fn write(&self, output: &Output) -> Result<(), CliError> {
        match &output.target {
            Target::Stdout => write_stdout(|out| self.write_to(output.format, self.style, out)).map(drop),
            Target::File(path) => {
                let style = Style { colour: false, ..self.style };
                let file = File::create(path).map(BufWriter::new);
                let written = file.and_then(|mut out| {
                    self.write_to(output.format, style, &mut out)?;
                    out.flush()
                });
                written
                    .map_err(|error| CliError::failure(format!("cannot write `{}`", path.display()), &error))
            }
        }
    }

    fn write_to(&self, format: Format, style: Style, out: &mut dyn Write) -> io::Result<()> {
        match format {
            Format::Text => text::write(out, self.analysis, self.judgement, style),
            Format::Json => json::write(out, self.analysis, self.judgement, TOOL),
            Format::DiveJson => {
                let score = self.analysis.dive.as_ref();
                let computed = score.is_none().then(|| DiveScore::of(self.tree));
                match score.or(computed.as_ref()) {
                    Some(score) => dockopt_core::dive::write_json(out, &self.analysis.info, self.tree, score),
                    None => Ok(()),
                }
            }
        }
    }
}

/// Writes to standard output.
pub(crate) fn write_stdout(
    write: impl FnOnce(&mut dyn Write) -> io::Result<()>,
) -> Result<ExitCode, CliError> {
    let mut out = BufWriter::new(io::stdout().lock());
    let written = write(&mut out).and_then(|()| out.flush());
    match written {
        Err(error) if error.kind() == io::ErrorKind::BrokenPipe => {
            // What is left in the buffer has no reader.
            drop(out.into_parts());
            Ok(ExitCode::SUCCESS)
        }
        Err(error) => Err(CliError::failure("cannot write to standard output".to_owned(), &error)),
        Ok(()) => Ok(ExitCode::SUCCESS),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_output_is_a_format_and_maybe_a_path() {
        assert_eq!("json".parse(), Ok(Output { format: Format::Json, target: Target::Stdout }));
        assert_eq!("text=-".parse(), Ok(Output { format: Format::Text, target: Target::Stdout }));
        let file = Target::File("a=b.json".into());
        assert_eq!("dive-json=a=b.json".parse(), Ok(Output { format: Format::DiveJson, target: file }));
        assert!("yaml".parse::<Output>().is_err_and(|error| error.contains("`dive-json`")));
    }
}
