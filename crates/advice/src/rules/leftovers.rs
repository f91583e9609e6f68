//! Files that are left over from a build, or that only developers need. A row of the table for each
//! rule.

use std::collections::BTreeMap;

use dockopt_core::findings::{Confidence, Severity};
use dockopt_core::quantity::size;
use dockopt_core::tree::EntryId;

use super::case::{Case, Live, Pile};
use super::gathered::{Draft, Gathered};
use super::places::Patterns;
use super::remedy::Remedy;
use super::rule::Rule;
use crate::evidence::kinds::Kinds;

/// Files by their places.
struct Leftover {
    rule: Rule,
    /// Patterns of [`Patterns`].
    places: &'static [&'static str],
    /// Whether files of packages of the system count.
    of_system: bool,
    confidence: Confidence,
    /// What the instruction does: `leaves logs`.
    what: &'static str,
    fix: &'static str,
}

static LEFTOVERS: [Leftover; 7] = [
    Leftover {
        rule: Rule {
            id: "logs",
            title: "Logs and temporary files",
            severity: Severity::High,
            least: 1_000_000,
            help: "Logs of the build and what it left in `/tmp` are of no use in the image. Remove them at the end of \
                the instruction that writes them, or mount a file system of its own: \
                `RUN --mount=type=tmpfs,target=/tmp`.",
            links: &["https://docs.docker.com/reference/dockerfile/#run---mounttypetmpfs"],
        },
        places: &["/var/log", "/tmp", "/var/tmp"],
        of_system: true,
        confidence: Confidence::Likely,
        what: "leaves logs and temporary files",
        fix: "remove them at the end of the instruction",
    },
    Leftover {
        rule: Rule {
            id: "core-dump",
            title: "Core dump",
            severity: Severity::High,
            least: 0,
            help: "A program crashed during the build and left an image of its memory, which may hold secrets. Remove \
                it, and find out why it crashed.",
            links: &[],
        },
        places: &[],
        of_system: true,
        confidence: Confidence::Certain,
        what: "leaves the memory of a crashed program",
        fix: "remove it in the same instruction, and find out why the program crashed",
    },
    Leftover {
        rule: Rule {
            id: "documentation",
            title: "Manuals, documentation and translations",
            severity: Severity::Info,
            least: 1_000_000,
            help: "Manual pages, documentation and translations are rarely read in a container. dpkg leaves them out if \
                a file in `/etc/dpkg/dpkg.cfg.d` says so before the packages are installed: `path-exclude \
                /usr/share/doc/*`, `path-include /usr/share/doc/*/copyright`, `path-exclude /usr/share/man/*`, \
                `path-exclude /usr/share/locale/*`. dnf has `--nodocs`, and apk packages documentation apart.",
            links: &["https://wiki.debian.org/ReduceDebian"],
        },
        places: &["/usr/share/doc", "/usr/share/man", "/usr/share/info", "/usr/share/locale"],
        of_system: true,
        confidence: Confidence::Possible,
        what: "installs documentation",
        fix: "leave it out when packages are installed: dpkg's `path-exclude`, dnf's `--nodocs`",
    },
    Leftover {
        rule: Rule {
            id: "bytecode-twice",
            title: "Python bytecode in several levels",
            severity: Severity::Medium,
            least: 1_000_000,
            help: "Python reads `NAME.cpython-311.pyc`, and `NAME.cpython-311.opt-1.pyc` only if it is started with `-O`. \
                `pip install --no-compile` and `PYTHONDONTWRITEBYTECODE=1` write none; then programs start a little slower.",
            links: &["https://docs.python.org/3/using/cmdline.html#envvar-PYTHONDONTWRITEBYTECODE"],
        },
        places: &["__pycache__/*.opt-1.pyc", "__pycache__/*.opt-2.pyc"],
        of_system: false,
        confidence: Confidence::Likely,
        what: "compiles Python for `-O`, which few programs use",
        fix: "compile once, or not at all: `pip install --no-compile`",
    },
    Leftover {
        rule: Rule {
            id: "tests-of-packages",
            title: "Tests of packages",
            severity: Severity::Low,
            least: 1_000_000,
            help: "Packages of Python and Node.js often bring their tests. A program seldom imports them. Remove them in \
                the instruction that installs the packages, and run the program afterwards: some packages do import \
                theirs.",
            links: &[],
        },
        places: &[
            "site-packages/*/tests",
            "site-packages/*/*/tests",
            "site-packages/*/*/*/tests",
            "site-packages/*/test",
            "dist-packages/*/tests",
            "dist-packages/*/*/tests",
            "dist-packages/*/*/*/tests",
            "node_modules/*/test",
            "node_modules/*/tests",
            "node_modules/*/__tests__",
            "node_modules/*/*/test",
            "node_modules/*/*/tests",
        ],
        of_system: false,
        confidence: Confidence::Possible,
        what: "installs tests of packages",
        fix: "remove them in the same instruction, if the program runs without them",
    },
    Leftover {
        rule: Rule {
            id: "source-maps",
            title: "Source maps",
            severity: Severity::Low,
            least: 1_000_000,
            help: "Source maps translate positions in generated code for a debugger, and show the original source to \
                everyone who can fetch them. Build without them (`sourceMap: false`, `GENERATE_SOURCEMAP=false`), or \
                copy only what the program serves.",
            links: &["https://developer.mozilla.org/docs/Glossary/Source_map"],
        },
        places: &["*.js.map", "*.mjs.map", "*.cjs.map", "*.css.map", "*.d.ts.map"],
        of_system: false,
        confidence: Confidence::Possible,
        what: "stores source maps",
        fix: "build without source maps, or leave them out of the copy",
    },
    Leftover {
        rule: Rule {
            id: "static-libraries",
            title: "Static libraries and headers",
            severity: Severity::Low,
            least: 1_000_000,
            help: "Static libraries (`.a`, `.la`) and header files are for compilers. Build in a stage of its own and copy \
                the programs and the shared libraries; of packages of the system, do not install those that end in \
                `-dev` or `-devel`.",
            links: &["https://docs.docker.com/build/building/multi-stage/"],
        },
        places: &["lib/*.a", "lib/*.la", "lib/*/*.a", "lib64/*.a", "/usr/local/include", "/opt/*/include"],
        of_system: false,
        confidence: Confidence::Possible,
        what: "stores static libraries and headers",
        fix: "build in a stage of its own, and copy what runs",
    },
];

/// Returns the rules.
pub(super) fn rules() -> impl Iterator<Item = &'static Rule> {
    LEFTOVERS.iter().map(|leftover| &leftover.rule)
}

/// Finds live files of the user's layers; what is wasted has rules of its own.
pub(super) fn find(case: &Case<'_>, found: &mut Gathered) {
    let patterns =
        (0..).zip(&LEFTOVERS).flat_map(|(number, row)| row.places.iter().map(move |place| (*place, number)));
    let places = Patterns::new(patterns).places(case.tree);
    let dumps = LEFTOVERS.iter().position(|row| row.rule.id == "core-dump").unwrap_or(0);
    let mut heaps: BTreeMap<(usize, usize), Pile> = BTreeMap::new();
    for Live { layer, entry, node, bytes } in case.own_live().filter(|file| !found.is_claimed(file.entry)) {
        let dump = || is_core_dump(case, entry).then_some((dumps, node));
        let Some((row, root)) = places.get(node).or_else(dump) else { continue };
        let counts = LEFTOVERS.get(row).is_some_and(|row| row.of_system) || !case.is_of_system(entry);
        if counts {
            heaps.entry((layer, row)).or_default().add(entry, bytes, root);
        }
    }
    for ((layer, row), pile) in heaps {
        if let Some(row) = LEFTOVERS.get(row) {
            found.add(case, &row.rule, draft(case, row, layer, pile));
        }
    }
}

fn is_core_dump(case: &Case<'_>, entry: EntryId) -> bool {
    Kinds::of(case.evidence, entry).is_some_and(|kind| kind.ends_with("core dump"))
}

fn draft(case: &Case<'_>, row: &Leftover, layer: usize, pile: Pile) -> Draft {
    let (bytes, files, name) = (size(pile.bytes()), pile.files(), case.layer_name(layer));
    let (paths, claims) = pile.into_parts(case.tree);
    Draft {
        layer: Some(layer),
        message: format!("{name} {}: {bytes} in {files}", row.what),
        fix: row.fix.to_owned(),
        remedy: Remedy::Words,
        confidence: row.confidence,
        exact: true,
        paths,
        claims,
    }
}
