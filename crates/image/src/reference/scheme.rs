//! The table of the schemes of references, for parsing, help, hints and documentation.

use dockopt_core::image::SourceKind;

/// A scheme of references.
#[derive(Clone, Copy, Debug)]
pub struct Scheme {
    /// The kind of source that it names.
    pub kind: SourceKind,
    argument: Argument,
    /// Description of the images that it opens.
    pub help: &'static str,
}

/// The argument after a scheme.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Argument {
    /// The name of an image, always after `://`: `registry:2` is itself the name of an image.
    Name,
    File,
    Directory,
}

/// All schemes, in the order of the help.
pub const SCHEMES: [Scheme; 6] = [
    Scheme { kind: SourceKind::Docker, argument: Argument::Name, help: "an image in Docker" },
    Scheme { kind: SourceKind::Podman, argument: Argument::Name, help: "an image in Podman" },
    Scheme {
        kind: SourceKind::Registry,
        argument: Argument::Name,
        help: "an image in a registry, without any engine",
    },
    Scheme {
        kind: SourceKind::DockerArchive,
        argument: Argument::File,
        help: "an archive with a `manifest.json`",
    },
    Scheme {
        kind: SourceKind::OciArchive,
        argument: Argument::File,
        help: "an archive with an `index.json`",
    },
    Scheme { kind: SourceKind::OciDirectory, argument: Argument::Directory, help: "an OCI layout" },
];

impl Scheme {
    /// Returns the scheme as typed, without a colon.
    pub fn name(&self) -> &'static str {
        self.kind.name()
    }

    /// Returns the form of references with the scheme: `docker://NAME`, `oci:DIRECTORY`.
    pub fn form(&self) -> String {
        let (separator, argument) = match self.argument {
            Argument::Name => ("://", "NAME"),
            Argument::File => (":", "FILE"),
            Argument::Directory => (":", "DIRECTORY"),
        };
        format!("{}{separator}{argument}", self.name())
    }

    /// Returns whether its argument is a path.
    fn is_of_files(&self) -> bool {
        self.argument != Argument::Name
    }
}

/// Returns the kind of source that a scheme names.
pub(super) fn kind_of(scheme: &str) -> Option<SourceKind> {
    SCHEMES.iter().find(|known| known.name() == scheme).map(|known| known.kind)
}

/// Returns the kind of source that a scheme of files names; these schemes need no slashes.
pub(super) fn file_kind_of(scheme: &str) -> Option<SourceKind> {
    SCHEMES.iter().find(|known| known.is_of_files() && known.name() == scheme).map(|known| known.kind)
}

#[cfg(test)]
mod tests {
    use std::fs;
    use std::path::Path;

    use super::*;

    #[test]
    fn schemes_are_listed_in_the_documentation() {
        let page = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/sources.md");
        let page = fs::read_to_string(page).expect("a page");
        for scheme in SCHEMES {
            let row = format!("| `{}` | {} |", scheme.form(), scheme.help);
            assert!(page.lines().any(|line| line == row), "docs/sources.md has no row {row}");
        }
    }
}
