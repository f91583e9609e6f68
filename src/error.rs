//! Errors that end the program, with their message and exit code.
//!
//! An error prints as `error:`, one line for each cause, then hints. Text from images and file
//! names is escaped.

use std::error::Error;
use std::fmt;
use std::process::ExitCode;

use dockopt_core::path::escape_text;
use dockopt_image::{ReadError, ReferenceError};

use crate::terminal::say;

/// Kind of failure; decides the exit code.
#[derive(Debug)]
enum FailureKind {
    /// The program could not judge.
    Failure,
    /// The user pressed Ctrl-C.
    Interrupted,
    /// The command line is invalid, or asks for help or the version; clap prints its own message.
    CommandLine(clap::Error),
}

/// An error at the edge of the program.
#[derive(Debug)]
pub(crate) struct CliError {
    kind: FailureKind,
    message: String,
    causes: Vec<String>,
    hints: Vec<String>,
}

impl CliError {
    /// Returns an error about the command line or the environment.
    pub(crate) fn usage(message: String) -> Self {
        Self { kind: FailureKind::Failure, message, causes: Vec::new(), hints: Vec::new() }
    }

    /// Returns an error with a message and the chain of its cause.
    pub(crate) fn failure(message: String, cause: &(dyn Error + 'static)) -> Self {
        let causes = chain(Some(cause));
        Self { kind: FailureKind::Failure, message, causes, hints: Vec::new() }
    }

    /// Returns an error whose own message says what failed.
    pub(crate) fn from_error(error: &(dyn Error + 'static)) -> Self {
        let causes = chain(error.source());
        Self { kind: FailureKind::Failure, message: error.to_string(), causes, hints: Vec::new() }
    }

    /// Returns the error for an unreadable image whose reasons the user has seen.
    pub(crate) fn unreadable(reasons: Vec<String>, hint: Option<String>) -> Self {
        let mut reasons = reasons.into_iter();
        let message = reasons.next().unwrap_or_default();
        Self {
            kind: FailureKind::Failure,
            message,
            causes: reasons.collect(),
            hints: hint.into_iter().collect(),
        }
    }

    /// Returns the error for Ctrl-C; it prints nothing.
    pub(crate) fn interrupted() -> Self {
        Self { kind: FailureKind::Interrupted, message: String::new(), causes: Vec::new(), hints: Vec::new() }
    }

    pub(crate) fn hint(mut self, hint: impl Into<String>) -> Self {
        self.hints.push(hint.into());
        self
    }

    /// Prints the error and returns the exit code.
    pub(crate) fn report(&self) -> ExitCode {
        match &self.kind {
            FailureKind::Failure => {}
            FailureKind::Interrupted => return ExitCode::from(130),
            FailureKind::CommandLine(error) => {
                // Ignore a failed write: there is no other place to report it.
                let _ = error.print();
                return ExitCode::from(u8::try_from(error.exit_code()).unwrap_or(2));
            }
        }
        say(&format!("error: {}", escape_text(&self.message)));
        for cause in &self.causes {
            say(&format!("caused by: {}", escape_text(cause)));
        }
        for hint in &self.hints {
            say(&format!("hint: {}", escape_text(hint)));
        }
        ExitCode::from(2)
    }
}

impl fmt::Display for CliError {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.message)?;
        self.causes.iter().try_for_each(|cause| write!(formatter, ": {cause}"))
    }
}

impl From<ReadError> for CliError {
    fn from(error: ReadError) -> Self {
        let kind = if matches!(error, ReadError::Cancelled) {
            FailureKind::Interrupted
        } else {
            FailureKind::Failure
        };
        let hints = error.hint().into_iter().collect();
        let causes = chain(error.source()).into_iter().chain(error.details()).collect();
        Self { kind, message: error.to_string(), causes, hints }
    }
}

impl From<ReferenceError> for CliError {
    fn from(error: ReferenceError) -> Self {
        ReadError::from(error).into()
    }
}

impl From<clap::Error> for CliError {
    fn from(error: clap::Error) -> Self {
        let message = error.to_string();
        Self { kind: FailureKind::CommandLine(error), message, causes: Vec::new(), hints: Vec::new() }
    }
}

/// Returns the messages of an error and its sources.
pub(crate) fn chain(error: Option<&(dyn Error + 'static)>) -> Vec<String> {
    let mut causes = Vec::new();
    let mut next = error;
    while let Some(cause) = next {
        causes.push(cause.to_string());
        next = cause.source();
    }
    causes
}
