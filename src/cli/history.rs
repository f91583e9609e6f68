//! `dockopt-dive history IMAGE PATH`: which layers touched a path, and how.

use std::process::ExitCode;

use clap::{Args, ValueEnum};
use dockopt_advice::rules::redact;

use super::choice::ChoiceOptions;
use super::options::path_in_image;
use super::reading::ReadingOptions;
use crate::error::CliError;
use crate::explore::{PathArgument, PathHistory, Scene, locate_in_any_layer};
use crate::output::write_stdout;
use crate::terminal::known_width;

#[derive(Debug, Args)]
pub(crate) struct History {
    /// Image, as for `dockopt-dive IMAGE`
    #[arg(value_name = "IMAGE")]
    reference: String,

    /// Path in the image, deleted or not; N:PATH shows only what layer N did. A symbolic link in
    /// the last component is not followed
    #[arg(value_name = "[N:]PATH", value_parser = path_in_image())]
    path: PathArgument,

    /// Show only what layer N did; layers are counted from 0, the lowest
    #[arg(long, value_name = "N")]
    layer: Option<usize>,

    /// Output format
    #[arg(short, long, value_enum, value_name = "FORMAT")]
    output: Option<HistoryFormat>,

    /// Write JSON, same as -o json
    #[arg(long, conflicts_with = "output")]
    json: bool,

    #[command(flatten)]
    choice: ChoiceOptions,

    #[command(flatten)]
    reading: ReadingOptions,
}

/// The format of a history.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum HistoryFormat {
    /// A table
    Text,
    /// An array of objects
    Json,
}

impl History {
    pub(crate) fn run(self) -> Result<ExitCode, CliError> {
        let (opened, _interrupt) =
            self.reading.open(&self.reference, &self.choice, &self.reading.read_options(&self.choice))?;
        let (tree, mut info) = (&opened.image.tree, opened.image.info.clone());
        redact(&mut info);
        let scene = Scene { tree, image: &self.reference, command: "history" };
        let path = self.path.or_in(self.layer);
        let node = locate_in_any_layer(scene, &path)?;
        let history = PathHistory { tree, info: &info, node, layer: path.layer };
        let is_json = self.json || self.output == Some(HistoryFormat::Json);
        write_stdout(
            |out| {
                if is_json { history.write_json(out) } else { history.write_text(out, known_width()) }
            },
        )
    }
}
