//! `dockopt-dive IMAGE`: read the image, report on it, judge it.

use std::io::IsTerminal;
use std::path::Path;
use std::process::ExitCode;

use clap::ArgMatches;
use dockopt_core::policy::Judgement;
use dockopt_core::{Analysis, Score};
use dockopt_image::{Image, ReadOptions, Reference, read_image};

use super::{ColorOption, Inspect, ScoreOption};
use crate::config;
use crate::error::CliError;
use crate::interrupt::Interrupt;
use crate::output::{Format, Output, Report, Target};
use crate::progress::Bar;
use crate::rules;
use crate::terminal;
use crate::tui::theme::ThemeName;
use crate::tui::{self, Job};

/// Rows of waste in the text report unless more are asked for.
const WASTE_ROWS: usize = 20;

impl Inspect {
    pub(crate) fn run(self, matches: &ArgMatches) -> Result<ExitCode, CliError> {
        if self.wants_browser() {
            return self.browse(matches);
        }
        let outputs = self.outputs()?;
        if let Some(path) = &self.config {
            // Nothing of it concerns a report, but what was named must be right.
            config::load(Some(path))?;
        }
        let policy = if self.is_gate() { Some(rules::policy(&self.ci_config, matches)?) } else { None };
        if policy.is_none() && !self.quiet {
            rules::warn_of_idle(matches);
        }
        let image = self.read()?;
        let mut analysis = Analysis::new(image.info, &image.tree, self.base_layers, self.score());
        analysis.warnings = image.warnings;
        let judgement = policy.map(|policy| policy.check(&analysis));
        if !self.quiet {
            terminal::warn(&analysis.warnings);
        }
        let report = Report {
            analysis: &analysis,
            tree: &image.tree,
            judgement: judgement.as_ref(),
            style: terminal::style(self.color, (self.verbose == 0).then_some(WASTE_ROWS)),
        };
        outputs.iter().try_for_each(|output| report.write(output))?;
        Ok(exit_code(judgement.as_ref()))
    }

    /// Whether somebody is there to explore the image, and nothing else was asked for.
    fn wants_browser(&self) -> bool {
        let is_dumb = std::env::var_os("TERM").is_some_and(|term| term == "dumb");
        let reports = !self.outputs.is_empty() || self.json.is_some() || self.is_gate();
        std::io::stdout().is_terminal() && !is_dumb && !reports
    }

    fn browse(&self, matches: &ArgMatches) -> Result<ExitCode, CliError> {
        let job = Job {
            name: self.reference.clone().unwrap_or_default(),
            reference: self.reference()?,
            options: self.read_options(),
            base_layers: self.base_layers,
            score: self.score(),
            policy: rules::policy(&self.ci_config, matches).map_err(|error| error.to_string()),
        };
        let config = config::load(self.config.as_deref())?;
        let theme = if self.color.is_on() { config.theme } else { ThemeName::Plain };
        match tui::browse(job, theme, &config) {
            Ok(None) => Ok(ExitCode::SUCCESS),
            Ok(Some(failure)) => Err(CliError::unreadable(failure.reasons, failure.hint)),
            Err(error) => Err(CliError::failure("the terminal cannot be used".to_owned(), &error)),
        }
    }

    fn score(&self) -> Score {
        match self.score {
            ScoreOption::Exact => Score::Exact,
            ScoreOption::Dive => Score::Dive,
        }
    }

    fn read_options(&self) -> ReadOptions {
        ReadOptions {
            image: self.image.clone(),
            platform: self.platform.clone(),
            verify: self.verify,
            threads: self.threads.map(usize::from),
            for_browsing: false,
        }
    }

    /// Whether the image is to be judged: `--ci`, or `CI=true` in the environment. Some systems put their name there,
    /// which asks for nothing.
    fn is_gate(&self) -> bool {
        let is_true = |value: std::ffi::OsString| {
            matches!(value.to_string_lossy().to_ascii_lowercase().as_str(), "true" | "1" | "yes" | "on")
        };
        self.ci || std::env::var_os("CI").is_some_and(is_true)
    }

    /// What to write: what was asked for, and text where nothing else goes to standard output.
    fn outputs(&self) -> Result<Vec<Output>, CliError> {
        let mut outputs = self.outputs.clone();
        if let Some(path) = &self.json {
            outputs.push(Output::new(Format::Json, path.as_os_str()));
        }
        let to_stdout = outputs.iter().filter(|output| output.target == Target::Stdout).count();
        if to_stdout > 1 {
            return Err(CliError::usage("two reports for standard output".to_owned())
                .hint("send one to a file, as `-o json=report.json`"));
        }
        if let Some(path) = repeated_file(&outputs) {
            return Err(CliError::usage(format!("two reports for `{}`", path.display())));
        }
        let only_files_wanted = !outputs.is_empty() && !self.is_gate();
        if to_stdout == 0 && !only_files_wanted {
            outputs.push(Output { format: Format::Text, target: Target::Stdout });
        }
        Ok(outputs)
    }

    fn read(&self) -> Result<Image, CliError> {
        let reference = self.reference()?;
        let options = self.read_options();
        let bar = Bar::new(!self.quiet && !self.no_progress && std::io::stderr().is_terminal());
        let interrupt = Interrupt::watch(bar.clone())?;
        let result = read_image(&reference, &options, &mut |progress| {
            bar.show(&progress);
            interrupt.flow()
        });
        bar.finish();
        result.map_err(
            |error| if interrupt.explains_failure() { CliError::interrupted() } else { error.into() },
        )
    }

    fn reference(&self) -> Result<Reference, CliError> {
        let Some(text) = &self.reference else {
            return Err(CliError::usage("no image given".to_owned()).hint(
                "name a file, a directory, or `-` for standard input; `dockopt-dive --help` tells more",
            ));
        };
        if text == "-" && std::io::stdin().is_terminal() {
            return Err(CliError::usage("standard input is a terminal, not an image".to_owned())
                .hint("pipe one in: `docker save IMAGE | dockopt-dive -`"));
        }
        Ok(Reference::parse(text, self.source.as_deref())?)
    }
}

/// A file that two reports would be written to.
fn repeated_file(outputs: &[Output]) -> Option<&Path> {
    let files: Vec<&Path> = outputs.iter().filter_map(Output::file).collect();
    files
        .iter()
        .enumerate()
        .find(|(at, path)| files.iter().take(*at).any(|before| before == *path))
        .map(|(_, path)| *path)
}

fn exit_code(judgement: Option<&Judgement>) -> ExitCode {
    if judgement.is_none_or(Judgement::passed) { ExitCode::SUCCESS } else { ExitCode::from(1) }
}

impl ColorOption {
    /// Whether to colour standard output.
    pub(crate) fn is_on(self) -> bool {
        match self {
            Self::Always => true,
            Self::Never => false,
            Self::Auto => {
                let no_color = std::env::var_os("NO_COLOR").is_some_and(|value| !value.is_empty());
                let dumb = std::env::var_os("TERM").is_some_and(|term| term == "dumb");
                std::io::stdout().is_terminal() && !no_color && !dumb
            }
        }
    }
}
