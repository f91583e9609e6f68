//! `dockopt-dive config`: writes the default configuration.

use std::process::ExitCode;

use clap::Args;

use crate::config::default_file;
use crate::error::CliError;
use crate::output::write_stdout;

#[derive(Debug, Args)]
pub(crate) struct PrintConfig {}

impl PrintConfig {
    #[expect(clippy::unused_self, reason = "as every command")]
    pub(crate) fn run(self) -> Result<ExitCode, CliError> {
        write_stdout(|out| out.write_all(default_file().as_bytes()))
    }
}
