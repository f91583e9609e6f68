//! `dockopt-dive ls IMAGE [PATH]`: lists an image without the browser.

use std::io::{self, IsTerminal, Write};
use std::process::ExitCode;
use std::rc::Rc;

use clap::{ArgAction, Args, ValueEnum};
use dockopt_core::filter::Filter;
use dockopt_core::ownership::Ownership;
use dockopt_core::tree::Tree;
use dockopt_image::ReadOptions;

use super::choice::ChoiceOptions;
use super::options::{filter, path_in_image};
use super::owners;
use super::reading::ReadingOptions;
use crate::error::CliError;
use crate::explore::{COLUMNS, Depth, Follow, Listing, LongRows, NameStyle, PathArgument, Place};
use crate::explore::{Scene, Viewpoint, locate, write_json};
use crate::output::write_stdout;

#[derive(Debug, Args)]
#[command(disable_help_flag = true)]
#[expect(clippy::struct_excessive_bools, reason = "flags of the command line")]
pub(crate) struct Ls {
    /// Image, as for `dockopt-dive IMAGE`
    #[arg(value_name = "IMAGE")]
    reference: String,

    /// Paths in the image; by default its root. N:PATH is PATH as layer N ships it
    #[arg(value_name = "[N:]PATH", value_parser = path_in_image())]
    paths: Vec<PathArgument>,

    /// List what layer N ships, whiteouts included, instead of the final filesystem; layers are
    /// counted from 0, the lowest, as in the report
    #[arg(long, value_name = "N")]
    layer: Option<usize>,

    /// Also list deleted and overwritten files, each version with its layer
    #[arg(long)]
    ghosts: bool,

    /// Show mode, owner, size in bytes, time (UTC) and layer before each name; with --ghosts also
    /// what ended a version
    #[arg(short, long)]
    long: bool,

    /// List directories recursively, as paths
    #[arg(short = 'R', long)]
    recursive: bool,

    /// List directories and symbolic links themselves, not their contents or targets
    #[arg(short, long)]
    directory: bool,

    /// With -l, show sizes as 1.50 kB
    #[arg(short, long = "human-readable")]
    human: bool,

    /// List only paths that match a filter, in the browser's language, such as
    /// 'size>10M is:wasted'; implies -R
    #[arg(long, value_name = "FILTER", value_parser = filter)]
    filter: Option<Filter>,

    /// Write raw paths, each followed by a NUL byte; not to a terminal
    #[arg(short = '0', long = "null", conflicts_with_all = ["long", "output", "json"])]
    null: bool,

    /// Output format
    #[arg(short, long, value_enum, value_name = "FORMAT")]
    output: Option<ListFormat>,

    /// Write JSON, same as -o json
    #[arg(long, conflicts_with = "output")]
    json: bool,

    /// No effect: names that begin with a dot are always listed, one name per line
    #[arg(short = 'a', short_aliases = ['A', '1'], action = ArgAction::Count, hide = true)]
    all: u8,

    #[command(flatten)]
    choice: ChoiceOptions,

    #[command(flatten)]
    reading: ReadingOptions,

    /// Print help
    #[arg(long, action = ArgAction::Help)]
    help: Option<bool>,
}

/// The format of a list of files.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum ListFormat {
    /// Names; with -l also attributes
    Text,
    /// An array of objects
    Json,
}

impl Ls {
    pub(crate) fn run(self) -> Result<ExitCode, CliError> {
        if self.null && io::stdout().is_terminal() {
            return Err(CliError::usage(
                "`-0` writes raw names, and standard output is a terminal".to_owned(),
            )
            .hint("pipe them to a program, such as `xargs -0`"));
        }
        let probes = owners::probes(self.filter.as_ref());
        let options = ReadOptions { probes, ..self.reading.read_options(&self.choice) };
        let (opened, _interrupt) = self.reading.open(&self.reference, &self.choice, &options)?;
        let tree = &opened.image.tree;
        let places = self.places(tree, &owners::owners(self.filter.as_ref(), &opened.image))?;
        write_stdout(|out| {
            if self.json || self.output == Some(ListFormat::Json) {
                write_json(out, tree, &places)
            } else if self.long {
                self.write_long(out, tree, &places)
            } else {
                self.write_names(out, &places)
            }
        })
    }

    /// Returns whether paths outside the final filesystem are listed.
    fn wants_ghosts(&self) -> bool {
        self.ghosts || self.filter.as_ref().is_some_and(Filter::asks_for_ghosts)
    }

    fn places<'t>(&self, tree: &'t Tree, ownership: &Ownership) -> Result<Vec<Place<'t>>, CliError> {
        let scene = Scene { tree, image: &self.reference, command: "ls" };
        let root = [PathArgument::default()];
        let paths = if self.paths.is_empty() { &root[..] } else { &self.paths };
        let follow = if self.directory { Follow::Never } else { Follow::ToDirectory };
        let mut places: Vec<Place<'t>> = Vec::new();
        for path in paths {
            let path = path.clone().or_in(self.layer);
            let located = locate(scene, &path, self.wants_ghosts(), follow)?;
            let depth = match located.is_directory(tree) {
                true if self.directory => Depth::Itself,
                true if self.recursive || self.filter.is_some() => Depth::All,
                true => Depth::Children,
                false => Depth::Itself,
            };
            let known = places.iter().find(|place| place.located.viewpoint == located.viewpoint);
            let new = || {
                Rc::new(Listing::new(
                    tree,
                    located.viewpoint,
                    self.filter.as_ref().map(|filter| (filter, ownership)),
                ))
            };
            let listing = known.map_or_else(new, |place| Rc::clone(&place.listing));
            places.push(Place { located, depth, listing });
        }
        Ok(places)
    }

    fn style(&self, place: &Place<'_>) -> NameStyle {
        let full = self.paths.len() > 1 || place.depth != Depth::Children;
        NameStyle { full, marks_ghosts: place.located.viewpoint == Viewpoint::Ghosts }
    }

    fn write_names(&self, out: &mut dyn Write, places: &[Place<'_>]) -> io::Result<()> {
        for place in places {
            let style = self.style(place);
            place.each(&mut |path, row| {
                if self.null { style.write_raw(out, path, row) } else { style.write_line(out, path, row) }
            })?;
        }
        Ok(())
    }

    fn write_long(&self, out: &mut dyn Write, tree: &Tree, places: &[Place<'_>]) -> io::Result<()> {
        let mut rows =
            LongRows { tree, human: self.human, endings: self.wants_ghosts(), widths: [0; COLUMNS] };
        for place in places {
            place.each(&mut |_, row| {
                rows.measure(row);
                Ok::<_, io::Error>(())
            })?;
        }
        for place in places {
            let style = self.style(place);
            place.each(&mut |path, row| rows.write(out, style.name(path), row))?;
        }
        Ok(())
    }
}
