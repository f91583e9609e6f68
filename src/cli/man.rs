//! `dockopt-dive man`: writes the manual page.

use std::process::ExitCode;

use clap::{Args, Command};

use crate::error::CliError;
use crate::output::write_stdout;

#[derive(Debug, Args)]
pub(crate) struct Man {}

impl Man {
    #[expect(clippy::unused_self, reason = "as every command")]
    /// Writes the page of `program`.
    pub(crate) fn run(self, program: Command) -> Result<ExitCode, CliError> {
        write_stdout(|out| clap_mangen::Man::new(program).render(out))
    }
}
