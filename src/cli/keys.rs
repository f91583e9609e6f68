//! `dockopt-dive keys`: writes the documentation page of the browser's keys.

use std::process::ExitCode;

use clap::Args;

use crate::error::CliError;
use crate::output::write_stdout;
use crate::tui::keys::{Keymap, markdown};

#[derive(Debug, Args)]
pub(crate) struct Keys {}

impl Keys {
    #[expect(clippy::unused_self, reason = "as every command")]
    pub(crate) fn run(self) -> Result<ExitCode, CliError> {
        write_stdout(|out| out.write_all(markdown(&Keymap::default()).as_bytes()))
    }
}
