//! `dockopt-dive man`: writes the manual page.

use std::process::ExitCode;

use clap::{Args, CommandFactory};

use super::Cli;
use crate::error::CliError;
use crate::output::write_stdout;

#[derive(Debug, Args)]
pub(crate) struct Man {}

impl Man {
    #[expect(clippy::unused_self, reason = "as every command")]
    pub(crate) fn run(self) -> Result<ExitCode, CliError> {
        write_stdout(|out| clap_mangen::Man::new(Cli::command()).render(out))
    }
}
