//! The reports of dockopt-dive: text for people, JSON for programs, dive's own JSON.
//!
//! A format is one file and one line in [`FORMATS`]; the command line, its help and its completions
//! come from that table. Reports are written to any [`std::io::Write`] and streamed: an image of a
//! million wasted files must not be in memory twice. Nothing here opens a file or prints.

mod advice;
mod colour;
mod dive_json;
mod format;
mod go;
mod json;
mod report;
mod text;
mod value;

pub use format::Format;
pub use json::FORMAT as JSON;
pub use report::{Report, Style, Tool};
pub use text::FORMAT as TEXT;
pub use value::write_value;

/// All formats, the default first.
pub static FORMATS: [&Format; 3] = [&text::FORMAT, &json::FORMAT, &dive_json::FORMAT];

/// Finds a format by its name.
pub fn format(name: &str) -> Option<&'static Format> {
    FORMATS.into_iter().find(|format| format.name == name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_name_finds_its_format() {
        for known in FORMATS {
            assert_eq!(format(known.name), Some(known));
        }
        assert_eq!(format("yaml"), None);
    }
}
