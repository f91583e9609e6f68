//! `dockopt-dive cat IMAGE PATH...`: writes files, deleted files too, to standard output.

use std::io::{self, Write};
use std::process::ExitCode;

use clap::Args;
use dockopt_core::entry::EntryKind;
use dockopt_core::tree::Tree;
use dockopt_image::{ContentError, ContentReader, Contents, ReadOptions};

use super::choice::ChoiceOptions;
use super::options::path_in_image;
use super::reading::ReadingOptions;
use crate::error::CliError;
use crate::explore::{Follow, LocatedPath, PathArgument, Scene, locate};
use crate::output::write_stdout;

/// Size of the read buffer.
const BUFFER: usize = 256 * 1024;

#[derive(Debug, Args)]
pub(crate) struct Cat {
    /// Image, as for `dockopt-dive IMAGE`
    #[arg(value_name = "IMAGE")]
    reference: String,

    /// Files in the image. N:PATH is the file as layer N ships it, deleted or not. Symbolic links
    /// are followed inside the image
    #[arg(value_name = "[N:]PATH", required = true, value_parser = path_in_image())]
    paths: Vec<PathArgument>,

    /// Layer of all paths without N:, counted from 0, the lowest
    #[arg(long, value_name = "N")]
    layer: Option<usize>,

    /// Read the last version of a path that is deleted
    #[arg(long)]
    ghosts: bool,

    #[command(flatten)]
    choice: ChoiceOptions,

    #[command(flatten)]
    reading: ReadingOptions,
}

/// Why copying stopped early.
enum Stopped {
    Content(ContentError),
    Output(io::Error),
}

impl Cat {
    pub(crate) fn run(self) -> Result<ExitCode, CliError> {
        let options = ReadOptions { contents: true, ..self.reading.read_options(&self.choice) };
        let (opened, _interrupt) = self.reading.open(&self.reference, &self.choice, &options)?;
        let scene = Scene { tree: &opened.image.tree, image: &self.reference, command: "cat" };
        // Find everything before writing anything.
        let mut files = Vec::new();
        for path in &self.paths {
            let path = path.clone().or_in(self.layer);
            let located = locate(scene, &path, self.ghosts, Follow::Always)?;
            files.push(content(scene, &opened.contents, &located)?);
        }
        let mut failed = None;
        let code = write_stdout(|out| match files.into_iter().try_for_each(|file| copy(file, out)) {
            Ok(()) => Ok(()),
            Err(Stopped::Output(error)) => Err(error),
            Err(Stopped::Content(error)) => {
                failed = Some(error);
                Ok(())
            }
        })?;
        failed.map_or(Ok(code), |error| Err(unreadable(&error)))
    }
}

/// Converts the error of an unreadable file.
pub(super) fn unreadable(error: &ContentError) -> CliError {
    CliError::from_error(error)
}

/// Opens the content of a file.
fn content(scene: Scene<'_>, contents: &Contents, located: &LocatedPath) -> Result<ContentReader, CliError> {
    let path = scene.tree.path(located.node);
    if located.is_directory(scene.tree) {
        return Err(CliError::usage(format!("`{path}` is a directory"))
            .hint(format!("{} lists it", scene.command_line("ls", located))));
    }
    let what = located.entry.and_then(|entry| special(scene.tree, entry));
    if let Some(what) = what {
        return Err(CliError::usage(format!("`{path}` is {what}: it has no content")));
    }
    match located.entry {
        Some(entry) => contents.open(scene.tree, entry).map_err(|error| unreadable(&error)),
        None => Err(CliError::usage(format!("`{path}` is a directory"))),
    }
}

/// Returns what an entry is if it is not a regular file.
fn special(tree: &Tree, entry: dockopt_core::tree::EntryId) -> Option<&'static str> {
    match tree.entry(entry)?.metadata.kind {
        EntryKind::CharDevice => Some("a character device"),
        EntryKind::BlockDevice => Some("a block device"),
        EntryKind::Fifo => Some("a named pipe"),
        EntryKind::Symlink => Some("a symbolic link"),
        EntryKind::Directory | EntryKind::File | EntryKind::HardLink | EntryKind::Unknown => None,
    }
}

fn copy(mut file: ContentReader, out: &mut dyn Write) -> Result<(), Stopped> {
    let mut buffer = vec![0; BUFFER];
    let mut position = 0;
    loop {
        let read = file.read_at(position, &mut buffer).map_err(Stopped::Content)?;
        if read == 0 {
            return Ok(());
        }
        out.write_all(buffer.get(..read).unwrap_or_default()).map_err(Stopped::Output)?;
        position += read as u64;
    }
}
