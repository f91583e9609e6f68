//! `dockopt-dive extract IMAGE PATH... -o DIR|-`: writes files of an image into a directory or a
//! tar.

use std::io::{self, ErrorKind, IsTerminal};
use std::path::PathBuf;
use std::process::ExitCode;

use clap::Args;
use dockopt_core::comparison::{Comparison, LayerRange};
use dockopt_core::filter::{Filter, Matches};
use dockopt_core::path::escape_text;
use dockopt_core::quantity::count;
use dockopt_core::tree::Tree;
use dockopt_image::{
    ExtractError, Extracted, Extraction, Image, Opened, ReadOptions, Selection, TarExport, View,
};

use super::choice::ChoiceOptions;
use super::options::{filter, path_in_image};
use super::owners;
use super::reading::ReadingOptions;
use crate::error::CliError;
use crate::explore::{Follow, LocatedPath, PathArgument, Scene, Viewpoint, locate};
use crate::interrupt::Interrupt;
use crate::output::write_stdout;
use crate::terminal::say;

/// Maximum number of unwritten paths that are listed; the rest is counted.
const NAMED: usize = 10;

#[derive(Debug, Args)]
pub(crate) struct Extract {
    /// Image, as for `dockopt-dive IMAGE`
    #[arg(value_name = "IMAGE")]
    reference: String,

    /// Files and directories in the image, which keep their names; / is the whole image. N:PATH is
    /// PATH as layer N ships it
    #[arg(value_name = "[N:]PATH", required = true, value_parser = path_in_image())]
    paths: Vec<PathArgument>,

    /// Directory to write to, created if missing; - writes a tar to standard output
    #[arg(short, long, value_name = "DIR|-")]
    output: PathBuf,

    /// Layer of all paths without N:, counted from 0, the lowest
    #[arg(long, value_name = "N")]
    layer: Option<usize>,

    /// Extract the last version of a path that is deleted
    #[arg(long)]
    ghosts: bool,

    /// Extract only what matches a filter below the paths, in the browser's language, such as
    /// 'size>10M kind:exec'
    #[arg(long, value_name = "FILTER", value_parser = filter)]
    filter: Option<Filter>,

    /// Overwrite existing files
    #[arg(long, visible_alias = "force")]
    overwrite: bool,

    #[command(flatten)]
    choice: ChoiceOptions,

    #[command(flatten)]
    reading: ReadingOptions,
}

impl Extract {
    pub(crate) fn run(self) -> Result<ExitCode, CliError> {
        let is_tar = self.output.as_os_str() == "-";
        if is_tar && io::stdout().is_terminal() {
            return Err(CliError::usage("cannot write a tar to a terminal".to_owned())
                .hint("pipe it to a program, such as `tar -tv`, or name a directory"));
        }
        if is_tar && self.overwrite {
            return Err(CliError::usage("`--overwrite` is for directories, not for a tar".to_owned()));
        }
        let probes = owners::probes(self.filter.as_ref());
        let options = ReadOptions { contents: true, probes, ..self.reading.read_options(&self.choice) };
        let (opened, interrupt) = self.reading.open(&self.reference, &self.choice, &options)?;
        let tree = &opened.image.tree;
        let places = self.places(tree)?;
        let selections: Vec<Selection> = places.iter().map(|place| selection(tree, place)).collect();
        let only = self.matches(&opened.image, &places)?;
        if is_tar {
            return self.write_tar(&opened, &selections, only.as_ref(), &interrupt);
        }
        let extraction = Extraction {
            contents: &opened.contents,
            tree,
            selections: &selections,
            only: only.as_ref(),
            destination: &self.output,
            overwrite: self.overwrite,
        };
        let extracted = extraction.run(&mut |_| interrupt.flow()).map_err(|error| explain(&error))?;
        self.conclude(&extracted)
    }

    fn places(&self, tree: &Tree) -> Result<Vec<LocatedPath>, CliError> {
        let scene = Scene { tree, image: &self.reference, command: "extract" };
        let locate =
            |path: &PathArgument| locate(scene, &path.clone().or_in(self.layer), self.ghosts, Follow::Never);
        self.paths.iter().map(locate).collect()
    }

    /// Returns what the filter matches.
    fn matches(&self, image: &Image, places: &[LocatedPath]) -> Result<Option<Matches>, CliError> {
        let Some(filter) = &self.filter else { return Ok(None) };
        let tree = &image.tree;
        let mut ranges = places.iter().map(|place| range(tree, place.viewpoint));
        let first = ranges.next().unwrap_or(LayerRange::final_of(tree.layer_count()));
        if ranges.any(|range| range != first) {
            return Err(CliError::usage(
                "`--filter` needs paths of one layer, or no layer at all".to_owned(),
            ));
        }
        Ok(Some(filter.matches(tree, &Comparison::of(tree, first), &owners::owners(Some(filter), image))))
    }

    fn write_tar(
        &self,
        opened: &Opened,
        selections: &[Selection],
        only: Option<&Matches>,
        interrupt: &Interrupt,
    ) -> Result<ExitCode, CliError> {
        let export = TarExport { contents: &opened.contents, tree: &opened.image.tree, selections, only };
        let mut result = Ok(Extracted::default());
        write_stdout(|out| {
            result = export.write(out, &mut |_| interrupt.flow());
            match &result {
                Err(ExtractError::Stopped { source, .. }) if source.kind() == ErrorKind::BrokenPipe => {
                    result = Ok(Extracted::default());
                    Err(ErrorKind::BrokenPipe.into())
                }
                _ => Ok(()),
            }
        })?;
        self.conclude(&result.map_err(|error| explain(&error))?)
    }

    /// Reports what was not written. Devices and pipes are never written into a directory;
    /// everything else is a failure.
    fn conclude(&self, extracted: &Extracted) -> Result<ExitCode, CliError> {
        if !self.reading.quiet {
            for skipped in extracted.skipped.iter().take(NAMED) {
                say(&format!("warning: `{}`: {}", skipped.path, escape_text(&skipped.reason)));
            }
            let more = extracted.skipped_count.saturating_sub(NAMED as u64);
            if more > 0 {
                say(&format!("warning: {} more not written", count(more)));
            }
            if extracted.without_privilege > 0 {
                say(&format!("note: {} without setuid and setgid", count(extracted.without_privilege)));
            }
        }
        match extracted.failed_count {
            0 => Ok(ExitCode::SUCCESS),
            1 => Err(CliError::usage("1 file could not be written".to_owned())),
            failed => Err(CliError::usage(format!("{} files could not be written", count(failed)))),
        }
    }
}

fn selection(tree: &Tree, place: &LocatedPath) -> Selection {
    let view = match place.viewpoint {
        Viewpoint::Final | Viewpoint::Ghosts => View::Range(LayerRange::final_of(tree.layer_count())),
        Viewpoint::Layer(layer) => View::Layer(layer),
    };
    Selection { node: place.node, view }
}

fn range(tree: &Tree, viewpoint: Viewpoint) -> LayerRange {
    match viewpoint {
        Viewpoint::Final | Viewpoint::Ghosts => LayerRange::final_of(tree.layer_count()),
        Viewpoint::Layer(layer) => LayerRange::only(layer),
    }
}

fn explain(error: &ExtractError) -> CliError {
    let found = CliError::from_error(error);
    match error {
        ExtractError::Cancelled { .. } => CliError::interrupted(),
        ExtractError::Exists { .. } => found.hint("`--overwrite` replaces existing files"),
        ExtractError::SameName { .. } => found.hint("extract them one by one, into different directories"),
        _ => found,
    }
}
