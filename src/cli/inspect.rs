//! `dockopt-dive IMAGE`: reads an image, then opens the browser or writes reports and judges it.

use std::path::Path;
use std::process::ExitCode;

use clap::Args;
use dockopt_core::base::BaseChoice;
use dockopt_core::evidence::Probes;
use dockopt_core::policy::{Judgement, Policy};
use dockopt_core::warning::Warning;
use dockopt_core::{Analysis, Score};
use dockopt_image::{Environment, Image, Located, ReadOptions, Reference, SCHEMES, Scheme};
use dockopt_report::{JSON, Report, TEXT};

use super::choice::ChoiceOptions;
use super::elsewhere;
use super::options::{ReportOptions, ScoreOption};
use super::reading::reference;
use crate::advise::advise;
use crate::config::{self, Config};
use crate::dockerfile::DockerfileAt;
use crate::error::CliError;
use crate::output::{self, Destination, Output, TOOL};
use crate::rules;
use crate::terminal::{self, ColorOption};
use crate::tui::theme::ThemeName;
use crate::tui::{self, Job, Origin};

/// Number of waste rows in the text report without `--verbose`.
const WASTE_ROWS: usize = 20;

/// How an image without a scheme is located, for the help.
const IMAGE_HELP: &str = "A name that is not a file is looked up in Docker, then in Podman, then in its \
    registry: on a terminal after a question, elsewhere with a note if every engine answered, and never \
    with --ci. Files and directories are recognised by content, compressed or not; with a scheme, :NAME \
    after the path chooses one of several images. Without an image, the images of Docker or Podman are \
    listed.";

/// Returns the forms of references, for the help.
fn image_help() -> String {
    let forms: Vec<String> = SCHEMES.iter().map(Scheme::form).collect();
    format!("Image: a name, a file or directory, {}, or - for standard input", forms.join(", "))
}

/// Arguments without a subcommand: report on an image, or explore it.
#[derive(Debug, Args)]
pub(crate) struct Inspect {
    /// The image to read.
    #[arg(value_name = "IMAGE", help = image_help(), long_help = format!("{}\n\n{IMAGE_HELP}", image_help()))]
    pub(crate) reference: Option<String>,

    #[command(flatten)]
    pub(crate) choice: ChoiceOptions,

    #[command(flatten)]
    pub(crate) report: ReportOptions,
}

impl Inspect {
    /// Returns whether neither an image nor a report is requested.
    pub(crate) fn is_empty(&self) -> bool {
        self.reference.is_none() && !self.report.wants_report()
    }

    pub(crate) fn run(self) -> Result<ExitCode, CliError> {
        let plan = Task::new(self.report)?;
        let Some(text) = self.reference else {
            return Err(CliError::usage("no image given".to_owned())
                .hint("name a file, a directory, or `-` for standard input; see `dockopt-dive --help`"));
        };
        plan.run(&text, &self.choice)
    }
}

/// What to do with an image. Created before the image is read or built, so that invalid options
/// fail at once.
#[derive(Debug)]
pub(crate) struct Task {
    options: ReportOptions,
    way: Way,
}

/// How to show the image.
#[derive(Debug)]
enum Way {
    /// In the browser, which shows the rules, or the error in them.
    Browser { config: Config, policy: Result<Policy, String> },
    /// In reports; with a policy, judge the image too.
    Reports { outputs: Vec<Output>, policy: Option<Policy>, dockerfile: Option<DockerfileAt> },
}

impl Task {
    /// Reads the environment and the files that the options name.
    pub(crate) fn new(options: ReportOptions) -> Result<Self, CliError> {
        let way = if options.wants_browser() {
            let policy = options.policy().map_err(|error| error.to_string());
            Way::Browser { config: config::load(options.config.as_deref())?, policy }
        } else {
            let outputs = options.outputs()?;
            if let Some(path) = &options.config {
                // Reports use no setting of it, but a named file must be valid.
                config::load(Some(path))?;
            }
            let judges = options.is_gate();
            let policy = if judges { Some(options.policy()?) } else { None };
            if policy.is_none() && !options.reading.quiet {
                options.gates.warn_if_idle();
            }
            let dockerfile = options.dockerfile.as_deref().map(DockerfileAt::read).transpose()?;
            Way::Reports { outputs, policy, dockerfile }
        };
        Ok(Self { options, way })
    }

    /// Returns whether the browser opens.
    pub(crate) fn opens_browser(&self) -> bool {
        matches!(self.way, Way::Browser { .. })
    }

    /// Returns whether a report for other programs goes to standard output.
    pub(crate) fn gives_data(&self) -> bool {
        let is_data = |output: &Output| output.target == Destination::Stdout && output.format.is_data;
        matches!(&self.way, Way::Reports { outputs, .. } if outputs.iter().any(is_data))
    }

    /// Returns whether the image is judged.
    pub(crate) fn judges(&self) -> bool {
        matches!(self.way, Way::Reports { policy: Some(_), .. })
    }

    /// Parses a reference and shows its image.
    pub(crate) fn run(self, text: &str, choice: &ChoiceOptions) -> Result<ExitCode, CliError> {
        self.show(&reference(text, choice)?, choice)
    }

    /// Locates an image and shows it.
    pub(crate) fn show(self, reference: &Reference, choice: &ChoiceOptions) -> Result<ExitCode, CliError> {
        let Self { options, way } = self;
        let name = reference.text.clone();
        let located = elsewhere::find(reference, &Environment::of_process(), options.is_gate())?;
        match way {
            Way::Browser { config, policy } => {
                let job = options.job(name, Origin::Located(located), choice, policy)?;
                browse(job, &config, options.color)
            }
            Way::Reports { outputs, policy, dockerfile } => {
                let packages = wants_packages(&outputs, policy.as_ref());
                let base = options.base.choice(&options.reading, choice)?;
                let image = options.read(&located, choice, &outputs, packages)?;
                options.report(image, &base, (&outputs, policy.as_ref()), dockerfile.as_ref())
            }
        }
    }
}

fn browse(job: Job, config: &Config, color: ColorOption) -> Result<ExitCode, CliError> {
    let theme = if color.is_on() { config.theme } else { ThemeName::Plain };
    match tui::browse(job, theme, config) {
        Ok(None) => Ok(ExitCode::SUCCESS),
        Ok(Some(failure)) => Err(CliError::unreadable(failure.reasons, failure.hint)),
        Err(error) => Err(CliError::failure("the terminal cannot be used".to_owned(), &error)),
    }
}

impl ReportOptions {
    /// Returns whether the terminal can show the browser and no report is requested.
    fn wants_browser(&self) -> bool {
        terminal::is_capable() && !self.wants_report()
    }

    /// Returns whether a report or a judgement is requested.
    fn wants_report(&self) -> bool {
        !self.outputs.is_empty() || self.json.is_some() || self.is_gate()
    }

    /// Returns the job for the browser.
    pub(super) fn job(
        &self,
        name: String,
        origin: Origin,
        choice: &ChoiceOptions,
        policy: Result<Policy, String>,
    ) -> Result<Job, CliError> {
        Ok(Job {
            name,
            origin,
            options: ReadOptions { referrers: true, ..self.reading.read_options(choice) },
            base: self.base.choice(&self.reading, choice)?,
            score: self.score(),
            dockerfile: self.dockerfile.as_deref().map(DockerfileAt::read).transpose()?,
            policy,
        })
    }

    /// Returns the limits in force.
    pub(super) fn policy(&self) -> Result<Policy, CliError> {
        rules::policy(&self.rules_file, &self.gates, (&self.allow, &self.findings))
    }

    /// Writes the reports on an image and judges it.
    ///
    /// # Errors
    ///
    /// With a policy, fails after the reports if a warning leaves the numbers in doubt.
    fn report(
        &self,
        image: Image,
        base: &BaseChoice,
        (outputs, policy): (&[Output], Option<&Policy>),
        dockerfile: Option<&DockerfileAt>,
    ) -> Result<ExitCode, CliError> {
        let mut analysis = Analysis::new(image.info, &image.tree, base, self.score());
        analysis.warnings.extend(image.warnings);
        if wants_packages(outputs, policy) {
            advise(&mut analysis, (&image.tree, &image.evidence), dockerfile);
        }
        let doubts = policy.map(|policy| policy.doubts(&analysis)).unwrap_or_default();
        let judgement = policy.filter(|_| doubts.is_empty()).map(|policy| policy.check(&analysis));
        if !self.reading.quiet {
            terminal::warn(&analysis.warnings);
        }
        let report = Report {
            tool: TOOL,
            analysis: &analysis,
            tree: &image.tree,
            judgement: judgement.as_ref(),
            style: terminal::style(self.color, (self.verbose == 0).then_some(WASTE_ROWS)),
        };
        outputs.iter().try_for_each(|output| output::write(&report, output))?;
        if doubts.is_empty() { Ok(exit_code(judgement.as_ref())) } else { Err(in_doubt(&doubts)) }
    }

    fn score(&self) -> Score {
        match self.score {
            ScoreOption::Exact => Score::Exact,
            ScoreOption::Dive => Score::Dive,
        }
    }

    /// Reads an image for reports.
    fn read(
        &self,
        located: &Located,
        choice: &ChoiceOptions,
        outputs: &[Output],
        packages: bool,
    ) -> Result<Image, CliError> {
        let referrers = outputs.iter().any(|output| output.format.name == JSON.name);
        let probes = if packages { dockopt_advice::probes() } else { Probes::default() };
        self.reading.read(located, &ReadOptions { referrers, probes, ..self.reading.read_options(choice) })
    }

    /// Returns whether to judge the image: `--ci`, or `CI` is `true`, `1`, `yes` or `on` in the
    /// environment. Some systems put their name there, which has no effect.
    fn is_gate(&self) -> bool {
        let is_true = |value: std::ffi::OsString| {
            matches!(value.to_string_lossy().to_ascii_lowercase().as_str(), "true" | "1" | "yes" | "on")
        };
        self.ci || std::env::var_os("CI").is_some_and(is_true)
    }

    /// Returns the requested reports. Adds a text report on standard output if none is requested,
    /// and in a gate also if all go to files.
    fn outputs(&self) -> Result<Vec<Output>, CliError> {
        let mut outputs = self.outputs.clone();
        if let Some(path) = &self.json {
            outputs.push(Output::new(&JSON, path.as_os_str()));
        }
        let to_stdout = outputs.iter().filter(|output| output.target == Destination::Stdout).count();
        if to_stdout > 1 {
            return Err(CliError::usage("two reports for standard output".to_owned())
                .hint("send one to a file, as `-o json=report.json`"));
        }
        if let Some(path) = repeated_file(&outputs) {
            return Err(CliError::usage(format!("two reports for `{}`", path.display())));
        }
        let only_files_wanted = !outputs.is_empty() && !self.is_gate();
        if to_stdout == 0 && !only_files_wanted {
            outputs.push(Output { format: &TEXT, target: Destination::Stdout });
        }
        Ok(outputs)
    }
}

/// Returns a file that two reports would be written to.
fn repeated_file(outputs: &[Output]) -> Option<&Path> {
    let files: Vec<&Path> = outputs.iter().filter_map(Output::file).collect();
    files
        .iter()
        .enumerate()
        .find(|(at, path)| files.iter().take(*at).any(|before| before == *path))
        .map(|(_, path)| *path)
}

/// Returns whether a report lists the packages of the image, or a gate needs facts about files.
fn wants_packages(outputs: &[Output], policy: Option<&Policy>) -> bool {
    outputs.iter().any(|output| output.format.examines_files) || policy.is_some_and(Policy::needs_facts)
}

/// Returns the error about an image whose numbers are in doubt.
fn in_doubt(doubts: &[Warning]) -> CliError {
    let mut names: Vec<&str> = doubts.iter().map(|doubt| doubt.kind.name()).collect();
    names.sort_unstable();
    names.dedup();
    let options: Vec<String> = names.iter().map(|name| format!("--allow {name}")).collect();
    let message = "the image is not judged, because its numbers are in doubt".to_owned();
    let causes = doubts.iter().map(|doubt| format!("{}: {doubt}", doubt.kind.name()));
    let hint = format!("`{}` judges it anyway", options.join(" "));
    CliError::unreadable(std::iter::once(message).chain(causes).collect(), Some(hint))
}

fn exit_code(judgement: Option<&Judgement>) -> ExitCode {
    if judgement.is_none_or(Judgement::passed) { ExitCode::SUCCESS } else { ExitCode::from(1) }
}
