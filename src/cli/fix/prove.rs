//! The proof of a fix: builds the old and the new Dockerfile, and measures what was saved.

use std::ffi::OsString;
use std::fs;
use std::path::{Path, PathBuf};

use dockopt_core::findings::Finding;
use dockopt_core::ledger::Ledger;
use dockopt_core::path::escape_text;
use dockopt_core::quantity::{count, plural, size};
use dockopt_core::table::right;
use dockopt_core::tree::Tree;
use dockopt_image::{Environment, Image, ReadOptions};
use serde::Serialize;

use super::measure::{self, Differing, Measurement};
use crate::cli::build::{Builder, built};
use crate::cli::elsewhere;
use crate::cli::reading::ReadingOptions;
use crate::dockerfile::DockerfileAt;
use crate::error::CliError;
use crate::terminal::say;

/// Differing paths that are listed.
const LISTED: usize = 10;

/// How to build.
pub(super) struct Building<'a> {
    pub(super) builder: Option<Builder>,
    /// Arguments of the builder, the context included.
    pub(super) arguments: &'a [OsString],
    pub(super) file: &'a DockerfileAt,
    pub(super) reading: &'a ReadingOptions,
}

/// What was measured.
#[derive(Debug, Serialize)]
pub(super) struct Proof {
    findings: Vec<Measurement>,
    predicted: u64,
    measured: i128,
    stored: Stored,
    differences: Vec<Differing>,
}

/// Bytes that the layers of the two images store.
#[derive(Debug, Serialize)]
struct Stored {
    old: u64,
    new: u64,
}

impl Building<'_> {
    /// Builds both Dockerfiles and compares the images. The findings are those of an image that was
    /// `examined`, and predict to save so many bytes together.
    pub(super) fn prove(
        &self,
        text: &str,
        (findings, predicted): (&[&Finding], u64),
        examined: &Tree,
        base_layers: usize,
    ) -> Result<Proof, CliError> {
        let directory = tempfile::Builder::new()
            .prefix("dockopt-dive-")
            .tempdir()
            .map_err(|error| CliError::failure("cannot create a temporary directory".to_owned(), &error))?;
        let changed = directory.path().join("Dockerfile");
        fs::write(&changed, text)
            .map_err(|error| CliError::failure(format!("cannot write `{}`", changed.display()), &error))?;
        let options =
            ReadOptions { cache: None, ..self.reading.read_options(&super::ChoiceOptions::default()) };
        let old = self.image(&self.file.path, &options)?;
        let new = self.image(&changed, &options)?;
        let stored = |tree| Ledger::of(tree, base_layers).total.stored;
        let stored = Stored { old: stored(&old.tree), new: stored(&new.tree) };
        Ok(Proof {
            findings: measure::findings(findings, examined, (&old.tree, &new.tree), base_layers),
            predicted,
            measured: i128::from(stored.old) - i128::from(stored.new),
            stored,
            differences: measure::differences(findings, examined, (&old.tree, &new.tree)),
        })
    }

    fn image(&self, dockerfile: &Path, options: &ReadOptions) -> Result<Image, CliError> {
        let mut arguments: Vec<OsString> = vec!["-f".into(), absolute(dockerfile)?.into()];
        arguments.extend_from_slice(self.arguments);
        let reference = built(self.builder, &arguments)?;
        let located = elsewhere::find(&reference, &Environment::of_process(), true)?;
        self.reading.read(&located, options)
    }
}

/// Builders look for a relative path in the context, too.
fn absolute(path: &Path) -> Result<PathBuf, CliError> {
    std::path::absolute(path)
        .map_err(|error| CliError::failure(format!("cannot find `{}`", path.display()), &error))
}

impl Proof {
    /// Whether all that was predicted exactly was measured: within 2 % or 64 KiB.
    pub(super) fn holds(&self) -> bool {
        let is_near = |one: &Measurement| {
            let predicted = i128::from(one.predicted);
            (predicted - one.measured).abs() <= (predicted / 50).max(64 * 1024)
        };
        self.findings.iter().filter(|one| one.exact).all(is_near)
    }

    /// Writes the proof to standard error.
    pub(super) fn say(&self) {
        say(&format!("\n{}  {}  Finding", right("Predicted", 11), right("Measured", 11)));
        for one in &self.findings {
            let sign = if one.exact { "" } else { "≈ " };
            let predicted = format!("{sign}{}", size(one.predicted));
            say(&format!("{}  {}  {}", right(&predicted, 11), right(&signed(one.measured), 11), one.rule));
        }
        let Stored { old, new } = self.stored;
        let together = format!("together: {} before, {} after", size(old), size(new));
        let predicted = right(&size(self.predicted), 11);
        say(&format!("{predicted}  {}  {together}", right(&signed(self.measured), 11)));
        let differences = plural(self.differences.len() as u64, "path");
        let verb = if self.differences.len() == 1 { "differs" } else { "differ" };
        say(&format!(
            "\n{differences} of the final filesystem {verb}, apart from times and from what is to go"
        ));
        for Differing { path, what } in self.differences.iter().take(LISTED) {
            say(&format!("  {}: {what}", escape_text(path)));
        }
        if self.differences.len() > LISTED {
            say(&format!("  and {} more", count((self.differences.len() - LISTED) as u64)));
        }
    }
}

fn signed(bytes: i128) -> String {
    let text = size(u64::try_from(bytes.unsigned_abs()).unwrap_or(u64::MAX));
    if bytes < 0 { format!("-{text}") } else { text }
}
