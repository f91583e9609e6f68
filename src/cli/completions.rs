//! `dockopt-dive completions SHELL`: writes a completion script.

use std::io;
use std::process::ExitCode;

use clap::{Args, Command};
use clap_complete::Shell;

use crate::error::CliError;
use crate::output::write_stdout;

#[derive(Debug, Args)]
pub(crate) struct Completions {
    /// Shell to write the script for
    #[arg(value_enum)]
    shell: Shell,
}

impl Completions {
    /// Writes the script for `program`.
    pub(crate) fn run(self, mut program: Command) -> Result<ExitCode, CliError> {
        let mut script = io::Cursor::new(Vec::new());
        clap_complete::generate(self.shell, &mut program, "dockopt-dive", &mut script);
        write_stdout(|out| out.write_all(script.get_ref()))
    }
}
