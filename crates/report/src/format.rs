//! A format of reports.

use std::fmt;
use std::io;

use crate::report::Report;

/// A format of reports.
pub struct Format {
    /// The name on the command line.
    pub name: &'static str,
    /// A few words for `--help`.
    pub help: &'static str,
    /// Whether it is for programs: then nothing else may go to the same output.
    pub is_data: bool,
    /// Writes a report. Fails if the writer does.
    pub write: fn(&mut dyn io::Write, &Report<'_>) -> io::Result<()>,
}

/// Formats are equal if their names are.
impl PartialEq for Format {
    fn eq(&self, other: &Self) -> bool {
        self.name == other.name
    }
}

impl Eq for Format {}

impl fmt::Debug for Format {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(self.name)
    }
}
