//! The input of every format.

use dockopt_core::Analysis;
use dockopt_core::policy::Judgement;
use dockopt_core::tree::Tree;
use serde::Serialize;

/// An image to report on.
#[derive(Clone, Copy, Debug)]
pub struct Report<'r> {
    /// The program that writes the report.
    pub tool: Tool<'r>,
    /// The image and its numbers.
    pub analysis: &'r Analysis,
    /// The files of all layers.
    pub tree: &'r Tree,
    /// The result of the gates, if the image was judged.
    pub judgement: Option<&'r Judgement>,
    /// How a report for people looks.
    pub style: Style,
}

/// Name and version of a program.
#[derive(Clone, Copy, Debug, Serialize)]
pub struct Tool<'t> {
    /// Its name.
    pub name: &'t str,
    /// Its version.
    pub version: &'t str,
}

/// How a report for people looks.
#[derive(Clone, Copy, Debug)]
pub struct Style {
    /// Width of the terminal in cells.
    pub width: usize,
    /// Whether to use colours.
    pub colour: bool,
    /// Limit for the rows of waste; `None` lists all.
    pub waste_rows: Option<usize>,
}
