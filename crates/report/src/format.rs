//! The type of a report format.

use std::fmt;
use std::io;

use crate::report::Report;

/// A report format.
pub struct Format {
    /// The name on the command line.
    pub name: &'static str,
    /// Help text for `--help`.
    pub help: &'static str,
    /// Whether programs read it: then nothing else may be written to the same output.
    pub is_data: bool,
    /// Whether it lists packages and findings. If no report does, the contents of files need not be
    /// examined.
    pub examines_files: bool,
    /// Writes a report. Fails if the writer fails.
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
