//! `dockopt-dive fix IMAGE`: changes the Dockerfile as the findings say.

mod measure;
mod prove;

use std::ffi::OsString;
use std::fs;
use std::io::{self, ErrorKind, Write};
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use clap::Args;
use clap::builder::PossibleValuesParser;
use dockopt_advice::build::patch::{Edit, apply, unified_diff};
use dockopt_advice::rules::{EditsByFinding, rules};
use dockopt_core::findings::{Finding, Plan};
use dockopt_core::path::escape_text;
use dockopt_core::quantity::{plural, size};
use dockopt_core::tree::Tree;
use dockopt_core::{Analysis, Score};
use dockopt_image::{Environment, ReadOptions};
use tempfile::NamedTempFile;

use self::prove::{Building, Proof};
use super::base::BaseOptions;
use super::build::Builder;
use super::choice::ChoiceOptions;
use super::elsewhere;
use super::reading::{ReadingOptions, reference};
use crate::advise::advise;
use crate::dockerfile::DockerfileAt;
use crate::error::CliError;
use crate::output::write_stdout;
use crate::terminal::{self, say};

/// Arguments of `fix`.
#[derive(Debug, Args)]
#[command(
    after_help = "The diff goes to standard output, for `git apply` or `patch -p1`; what it saves, and what it \
                        leaves to you, to standard error.\n\n\
                        Examples:\n  \
                        dockopt-dive fix app:latest                      the Dockerfile in this directory\n  \
                        dockopt-dive fix app:latest -f web/Dockerfile --rule apt-lists\n  \
                        dockopt-dive fix app:latest --write              change the file, keep FILE.orig\n  \
                        dockopt-dive fix app:latest --prove              build both and measure"
)]
pub(crate) struct Fix {
    /// Image, as for `dockopt-dive IMAGE`
    #[arg(value_name = "IMAGE")]
    reference: String,

    /// The Dockerfile that the image was built from; by default the one in this directory
    #[arg(short = 'f', long, value_name = "FILE")]
    dockerfile: Option<PathBuf>,

    /// Follow only the findings of this rule; repeatable. `dockopt-dive explain` lists the rules
    #[arg(long = "rule", value_name = "RULE", hide_possible_values = true,
          value_parser = PossibleValuesParser::new(rules().map(|rule| rule.id)))]
    rules: Vec<String>,

    /// Change the Dockerfile; the old text stays in FILE.orig, which must not exist
    #[arg(long)]
    write: bool,

    /// Build the old and the new Dockerfile, and print what was predicted and what is saved
    #[arg(long)]
    prove: bool,

    /// With --prove, write the proof to FILE, as JSON
    #[arg(short, long, value_name = "FILE", requires = "prove")]
    json: Option<PathBuf>,

    /// With --prove, the program that builds; by default docker, or podman if docker is not
    /// installed
    #[arg(long, value_enum, requires = "prove")]
    builder: Option<Builder>,

    /// With --prove, arguments of the builder, the context included; by default the directory of
    /// the Dockerfile
    #[arg(value_name = "BUILD ARGS", last = true, requires = "prove")]
    arguments: Vec<OsString>,

    #[command(flatten)]
    base: BaseOptions,

    #[command(flatten)]
    choice: ChoiceOptions,

    #[command(flatten)]
    reading: ReadingOptions,
}

/// The changes of a Dockerfile, and what they do.
struct Changes<'a> {
    /// The changed text.
    text: String,
    /// What the changes save together.
    plan: Plan,
    /// The findings that the changes follow.
    done: Vec<&'a Finding>,
    /// Findings of the plan without a change, or whose change cannot be combined with others.
    left: Vec<&'a Finding>,
}

impl Fix {
    pub(crate) fn run(self) -> Result<ExitCode, CliError> {
        let file = match &self.dockerfile {
            Some(path) => DockerfileAt::read(path)?,
            None => DockerfileAt::find(Path::new(""))?,
        };
        let (analysis, tree, edits) = self.examine(&file)?;
        let findings = analysis.findings.as_ref().map(|found| found.findings.as_slice()).unwrap_or_default();
        self.warn_if_foreign(findings, &file);
        let stored = analysis.ledger.total.stored;
        let changes = changes(&file, (findings, &edits), stored, |finding| self.is_wanted(finding));
        let risks = findings.iter().filter(|finding| finding.is_risk() && self.is_of_rules(finding));
        self.explain(&changes, &risks.collect::<Vec<_>>());
        if changes.text == file.parsed.text {
            return Ok(ExitCode::SUCCESS);
        }
        if self.prove {
            let proof = self.proof(&file, &changes, &tree, analysis.ledger.base_layers)?;
            self.write_json(&proof)?;
            proof.say();
            if !proof.holds() {
                let message = "the savings are not those predicted".to_owned();
                return Err(CliError::usage(message).hint("the Dockerfile is unchanged; please report this"));
            }
        }
        if self.write {
            replace(&file, &changes.text)?;
            say(&format!(
                "`{}` is changed; the old text is in `{}`",
                file.name,
                original(&file.path).display()
            ));
            return Ok(ExitCode::SUCCESS);
        }
        let diff = unified_diff(&file.parsed.text, &changes.text, &file.name);
        write_stdout(|out| out.write_all(diff.as_bytes()))
    }

    fn examine(&self, file: &DockerfileAt) -> Result<(Analysis, Tree, EditsByFinding), CliError> {
        let base = self.base.choice(&self.reading, &self.choice)?;
        let reference = reference(&self.reference, &self.choice)?;
        let located = elsewhere::find(&reference, &Environment::of_process(), false)?;
        let probes = dockopt_advice::probes();
        let options = ReadOptions { probes, ..self.reading.read_options(&self.choice) };
        let image = self.reading.read(&located, &options)?;
        let mut analysis = Analysis::new(image.info, &image.tree, &base, Score::Exact);
        analysis.warnings.extend(image.warnings);
        if !self.reading.quiet {
            terminal::warn(&analysis.warnings);
        }
        let (_, edits) = advise(&mut analysis, (&image.tree, &image.evidence), Some(file));
        Ok((analysis, image.tree, edits))
    }

    /// Builds both Dockerfiles and measures.
    fn proof(
        &self,
        file: &DockerfileAt,
        changes: &Changes<'_>,
        tree: &Tree,
        base_layers: usize,
    ) -> Result<Proof, CliError> {
        let context =
            file.path.parent().filter(|path| !path.as_os_str().is_empty()).unwrap_or(Path::new("."));
        let default = [context.as_os_str().to_owned()];
        let arguments = if self.arguments.is_empty() { &default } else { self.arguments.as_slice() };
        let building = Building { builder: self.builder, arguments, file, reading: &self.reading };
        building.prove(&changes.text, (&changes.done, changes.plan.saves), tree, base_layers)
    }

    fn write_json(&self, proof: &Proof) -> Result<(), CliError> {
        let Some(path) = &self.json else { return Ok(()) };
        let failed = |error: &(dyn std::error::Error + 'static)| {
            CliError::failure(format!("cannot write `{}`", path.display()), error)
        };
        let text = serde_json::to_string_pretty(proof).map_err(|error| failed(&error))?;
        fs::write(path, text + "\n").map_err(|error| failed(&error))
    }

    fn is_wanted(&self, finding: &Finding) -> bool {
        finding.is_planned() && self.is_of_rules(finding)
    }

    fn is_of_rules(&self, finding: &Finding) -> bool {
        self.rules.is_empty() || self.rules.iter().any(|rule| rule == finding.rule)
    }

    /// Warns if no layer of the user's is from the Dockerfile.
    fn warn_if_foreign(&self, findings: &[Finding], file: &DockerfileAt) {
        let mut wanted = findings.iter().filter(|finding| self.is_wanted(finding)).peekable();
        if wanted.peek().is_some() && wanted.all(|finding| finding.location.is_none()) {
            say(&format!("warning: no instruction to change is in `{}`: is it the image's?", file.name));
        }
    }

    fn explain(&self, changes: &Changes<'_>, risks: &[&Finding]) {
        if self.reading.quiet {
            return;
        }
        let Changes { plan, left, .. } = changes;
        match plan.findings.len() {
            0 if left.is_empty() && risks.is_empty() => say("There is nothing to change."),
            0 => say("No change can be written safely."),
            number => say(&format!(
                "{} saved by {}, {} are left",
                size(plan.saves),
                plural(number as u64, "change"),
                size(plan.stored)
            )),
        }
        for finding in risks.iter().chain(left) {
            let place =
                finding.location.as_ref().map(|at| format!("{}:{}: ", at.file, at.line)).unwrap_or_default();
            say(&format!("left to you: {place}{}\n  → {}", finding.message, finding.fix.text));
            for line in finding.fix.example.iter().flat_map(|example| example.lines()) {
                say(&format!("    {}", escape_text(line)));
            }
        }
    }
}

/// Combines the changes of the wanted findings.
fn changes<'a>(
    file: &DockerfileAt,
    (findings, edits): (&'a [Finding], &EditsByFinding),
    stored: u64,
    is_wanted: impl Fn(&Finding) -> bool,
) -> Changes<'a> {
    let wanted: Vec<usize> = Plan::of(findings, stored, |_, finding| is_wanted(finding)).findings;
    let edits_of = |number: &usize| Some(edits.get(&findings.get(*number)?.fingerprint)?.as_slice());
    let changes: Vec<&[Edit]> = wanted.iter().map(|number| edits_of(number).unwrap_or_default()).collect();
    let (text, applied) = apply(&file.parsed.text, &changes);
    let done = wanted.iter().zip(&changes).zip(&applied);
    let done: Vec<usize> = done
        .filter(|((_, edits), applied)| **applied && !edits.is_empty())
        .map(|((number, _), _)| *number)
        .collect();
    let left =
        wanted.iter().filter(|number| !done.contains(number)).filter_map(|number| findings.get(*number));
    let left = left.collect();
    let plan = Plan::of(findings, stored, |number, _| done.contains(&number));
    let done = done.iter().filter_map(|number| findings.get(*number)).collect();
    Changes { text, plan, done, left }
}

/// Returns the path of the copy of a file.
fn original(path: &Path) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(".orig");
    name.into()
}

/// Replaces a Dockerfile by a changed text, and keeps the old one.
fn replace(file: &DockerfileAt, text: &str) -> Result<(), CliError> {
    let copy = original(&file.path);
    keep(&copy, &file.parsed.text).map_err(|error| {
        let failed = CliError::failure(format!("cannot keep the old text in `{}`", copy.display()), &error);
        let exists = error.kind() == ErrorKind::AlreadyExists;
        if exists { failed.hint("move it away, or write the diff to a file and apply it") } else { failed }
    })?;
    let written = write_whole(&file.path, text);
    written.map_err(|error| CliError::failure(format!("cannot write `{}`", file.name), &error))
}

/// Writes a file that must not exist.
fn keep(path: &Path, text: &str) -> io::Result<()> {
    let mut file = fs::File::create_new(path)?;
    file.write_all(text.as_bytes())?;
    file.sync_all()
}

/// Replaces a file: it has the old text or the new one, whatever happens.
fn write_whole(path: &Path, text: &str) -> io::Result<()> {
    let path = path.canonicalize()?;
    let directory = path.parent().unwrap_or(Path::new("."));
    let mut file = NamedTempFile::new_in(directory)?;
    file.write_all(text.as_bytes())?;
    file.as_file().set_permissions(fs::metadata(&path)?.permissions())?;
    file.as_file().sync_all()?;
    file.persist(&path).map_err(|error| error.error)?;
    Ok(())
}
