//! Entry points for fuzzers, which take bytes and need no files. The tests replay the corpus in
//! `fuzz/corpus`.
//!
//! Any bytes in the place of a database must become packages whose bytes add up to those of the
//! ledger; nothing may panic.

use dockopt_core::entry::{Content, Entry, EntryKind, Metadata};
use dockopt_core::evidence::{Fact, HEAD, Started, Want};
use dockopt_core::facts::Evidence;
use dockopt_core::ledger::Ledger;
use dockopt_core::tree::TreeBuilder;

use crate::build::dockerfile::Dockerfile;
use crate::build::patch::{Avoid, append, apply, avoid, join, removed};
use crate::evidence::kind;
use crate::evidence::secrets::{in_file, in_text, redacted};
use crate::packages::ownership;

/// The parsers: the name of the fuzz target, and a path whose content it reads.
pub const PARSERS: [(&str, &str); 18] = [
    ("os-release", "etc/os-release"),
    ("dpkg-status", "var/lib/dpkg/status"),
    ("dpkg-list", "var/lib/dpkg/info/a.list"),
    ("dpkg-digests", "var/lib/dpkg/status.d/a.md5sums"),
    ("dpkg-diversions", "var/lib/dpkg/diversions"),
    ("apk", "lib/apk/db/installed"),
    ("rpm-sqlite", "var/lib/rpm/rpmdb.sqlite"),
    ("rpm-berkeley", "var/lib/rpm/Packages"),
    ("rpm-ndb", "usr/lib/sysimage/rpm/Packages.db"),
    ("python-metadata", "site/a-1.dist-info/METADATA"),
    ("python-record", "site/a-1.dist-info/RECORD"),
    ("conda", "opt/conda/conda-meta/a-1-0.json"),
    ("node", "node_modules/a/package.json"),
    ("node-lock", "node_modules/.package-lock.json"),
    ("gem", "gems/specifications/a-1.gemspec"),
    ("script", "bin/a"),
    ("elf", "bin/a"),
    ("jar", "lib/a-1.jar"),
];

/// Other files, which the databases may list.
const FILES: [&str; 6] =
    ["bin/a", "site/a.py", "site/a/__init__.py", "node_modules/a/index.js", "gems/gems/a-1/a.rb", "etc/a"];
/// A database that names what others list.
const STATUS: &[u8] = b"Package: a\nVersion: 1\n";

/// Puts bytes in the place of a database, in two layers, and finds the packages.
///
/// # Panics
///
/// Panics if the packages do not add up, which is what the fuzzer looks for.
pub fn database(path: &str, bytes: &[u8]) {
    let mut builder = TreeBuilder::default();
    let mut facts = [Vec::new(), Vec::new()];
    let half = bytes.get(bytes.len() / 2..).unwrap_or_default();
    for ((slot, bytes), facts) in (0..).zip([bytes, half]).zip(&mut facts) {
        builder.open_slot(slot);
        let others = FILES.iter().map(|file| (*file, &b"content"[..]));
        let files = others.chain([("var/lib/dpkg/status", STATUS), (path, bytes)]);
        for (ordinal, (path, content)) in (0..).zip(files) {
            let metadata =
                Metadata { size: content.len() as u64, mode: 0o755, ..Metadata::new(EntryKind::File) };
            let hash = Content::Hashed { hash: u128::from(ordinal), at: 512 };
            let entry = Entry { path: path.as_bytes(), link: b"", metadata, content: hash };
            for probe in crate::probes().iter().filter(|probe| probe.wants(&entry) != Want::Nothing) {
                let fact = examined(probe.start(&entry), content);
                facts.extend(fact.map(|payload| Fact { ordinal, probe: probe.id(), payload }));
            }
            if builder.push(slot, &entry).is_err() {
                return;
            }
        }
    }
    let Ok(draft) = builder.stack(&[0, 1]) else { return };
    let tree = draft.finish();
    let evidence = Evidence::of(&tree, &[&facts[0], &facts[1]]);
    let found = ownership(&tree, &evidence);
    let packages = found.packages();
    let total = Ledger::of(&tree, 1).total;
    let live: u64 = packages.packages.iter().map(|package| package.live).sum();
    let wasted: u64 = packages.packages.iter().map(|package| package.wasted).sum();
    assert_eq!(live + packages.unowned.live, total.live, "live bytes add up");
    assert_eq!(wasted + packages.unowned.wasted, total.wasted, "wasted bytes add up");
}

/// Describes bytes as the preview does.
///
/// # Panics
///
/// Panics if the description is long.
pub fn describe(mut bytes: &[u8]) {
    let Ok(kind) = kind::recognise(&mut bytes);
    assert!(kind.summary.chars().count() < 1000, "the description is short");
}

/// Paths that tell how the secrets of a file are written.
const STYLES: [&str; 8] = [
    "app/.env",
    "app/a.py",
    "app/README.md",
    "root/.bash_history",
    "root/.netrc",
    "app/config.json",
    "a.sh",
    "a.pem",
];

/// Looks for secrets in bytes, as in files of several names and as in a command.
///
/// # Panics
///
/// Panics if a secret is in no line of the text.
pub fn secrets(bytes: &[u8]) {
    let lines = bytes.split(|byte| *byte == b'\n').count();
    for path in STYLES {
        for secret in in_file(path.as_bytes(), bytes) {
            assert!((1..=lines).contains(&(secret.line as usize)), "{path}: {secret:?}");
        }
    }
    let text = String::from_utf8_lossy(bytes);
    assert_eq!(in_text(&text).is_empty(), redacted(&text).is_none(), "what is found is redacted");
}

/// Parses a Dockerfile and changes it in every way.
///
/// # Panics
///
/// Panics if an instruction is not where it says, or if a change adds an instruction.
pub fn dockerfile(bytes: &[u8]) {
    let file = Dockerfile::parse(&String::from_utf8_lossy(bytes));
    let mut end = 0;
    for (number, instruction) in file.instructions.iter().enumerate() {
        assert!(instruction.span.start >= end && instruction.line <= instruction.end_line);
        assert!(file.text.get(instruction.span.clone()).is_some(), "a place in the text");
        end = instruction.span.end;
        let option =
            Avoid { programs: &["apt-get"], subcommands: &["install"], option: "--x", not_with: &[] };
        let proposals = [
            append(&file, instruction, "true"),
            avoid(&file, instruction, &option),
            join(&file, number, number + 1),
            Some(vec![removed(&file, instruction)]),
        ];
        for edits in proposals.into_iter().flatten() {
            let changed = Dockerfile::parse(&apply(&file.text, &[&edits]).0);
            assert!(changed.instructions.len() <= file.instructions.len(), "no new instruction");
        }
    }
}

/// Shows a content to an examination and returns its fact.
pub(crate) fn examined(started: Started, content: &[u8]) -> Option<Vec<u8>> {
    match started {
        Started::Pieces(mut examination) => {
            examination.take(content);
            examination.finish()
        }
        Started::Places(survey) => {
            let mut content = content;
            let parts = survey.parts(content.get(..HEAD).unwrap_or(content), content.len() as u64);
            if parts.is_empty() { None } else { survey.examine(&mut content) }
        }
    }
}

#[cfg(test)]
mod tests {
    #![expect(clippy::disallowed_methods, reason = "the corpus is in files")]

    use std::fs;
    use std::path::Path;

    use super::*;

    /// Passes each input of a target to a function.
    fn replay(target: &str, run: impl Fn(&[u8])) {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../fuzz/corpus").join(target);
        let mut inputs = 0;
        for entry in fs::read_dir(&folder).expect("a corpus") {
            run(&fs::read(entry.expect("an entry").path()).expect("readable"));
            inputs += 1;
        }
        assert!(inputs >= 3, "the corpus of {target} has only {inputs} inputs");
    }

    #[test]
    fn databases_of_the_corpus_add_up() {
        for (target, path) in PARSERS {
            replay(target, |bytes| database(path, bytes));
            replay(target, describe);
        }
    }

    #[test]
    fn texts_of_the_corpus_are_read() {
        replay("secrets", secrets);
        replay("dockerfile", dockerfile);
    }

    #[test]
    fn each_parser_has_a_target() {
        let manifest = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../fuzz/Cargo.toml");
        let manifest = fs::read_to_string(manifest).expect("readable");
        for (target, _) in PARSERS {
            assert!(manifest.contains(&format!("name = \"{target}\"")), "{target}");
        }
    }

    #[test]
    fn valid_inputs_of_the_corpus_have_facts() {
        for (target, path) in PARSERS {
            let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../fuzz/corpus").join(target);
            let content = fs::read(folder.join("valid")).expect("a valid file");
            let metadata =
                Metadata { size: content.len() as u64, mode: 0o755, ..Metadata::new(EntryKind::File) };
            let entry = Entry { path: path.as_bytes(), link: b"", metadata, content: Content::None };
            let probes = crate::probes();
            let mut wanting = probes.iter().filter(|probe| probe.wants(&entry) != Want::Nothing);
            let fact = wanting.find_map(|probe| examined(probe.start(&entry), &content));
            assert!(fact.is_some(), "{target}");
        }
    }
}
