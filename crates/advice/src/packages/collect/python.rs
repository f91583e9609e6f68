//! Packages of Python: wheels and eggs.

use std::collections::{BTreeMap, HashMap};

use dockopt_core::tree::NodeId;

use crate::evidence::encoding::decode;
use crate::evidence::path::lines;
use crate::evidence::python::{Python, PythonFact};
use crate::packages::claims::{Claim, Claims, Found, Number};
use crate::packages::purl::purl;
use crate::packages::sources::{Database, Sources, seen_from};

/// The packages of each directory with metadata, by layer.
type Known = HashMap<NodeId, BTreeMap<usize, Number>>;

pub(super) fn collect(sources: &mut Sources<'_>, claims: &mut Claims) {
    let facts: Vec<_> = sources.facts(Python::ID, decode::<PythonFact>).collect();
    let known = packages(sources, claims, &facts);
    for (database, fact) in facts {
        let metadata = metadata(sources, &database);
        let Some(number) = at(&known, metadata, database.facts.layer) else { continue };
        let claim = database.claim(number, false);
        match fact {
            PythonFact::Metadata { .. } => {}
            PythonFact::Files { paths, below_metadata } => {
                let start = if below_metadata { metadata } else { sources.tree.parent(metadata) };
                claim_files(sources, claims, claim, start, &paths);
            }
            PythonFact::Modules(modules) => claim_modules(sources, claims, claim, metadata, &modules),
        }
    }
}

/// Adds the packages, each with the directory or file of its metadata.
fn packages(sources: &mut Sources<'_>, claims: &mut Claims, facts: &[(Database<'_>, PythonFact)]) -> Known {
    let mut known = Known::new();
    for (database, fact) in facts {
        let PythonFact::Metadata { name, version } = fact else { continue };
        let number = database.package(claims, found(name, version));
        let metadata = metadata(sources, database);
        known.entry(metadata).or_default().insert(database.facts.layer, number);
        let claim = database.claim(number, false);
        if sources.canonical.node(database.node) == metadata {
            claims.claim(metadata, claim);
        } else {
            claims.claim_directory(owned(sources, metadata), claim);
        }
    }
    known
}

/// Claims files by their paths below a directory.
fn claim_files(sources: &mut Sources<'_>, claims: &mut Claims, claim: Claim, start: NodeId, paths: &[u8]) {
    claims.claim_listed(claim, lines(paths), |path| sources.canonical.below(start, path));
}

/// Claims modules beside the metadata: directories and single files.
fn claim_modules(sources: &Sources<'_>, claims: &mut Claims, claim: Claim, metadata: NodeId, modules: &[u8]) {
    let tree = sources.tree;
    let beside = tree.parent(metadata);
    for module in lines(modules) {
        if let Some(directory) = tree.child(beside, module) {
            claims.claim_directory(directory, claim);
        }
        for suffix in [&b".py"[..], b".pyc"] {
            if let Some(file) = tree.child(beside, &[module, suffix].concat()) {
                claims.claim(file, claim);
            }
        }
    }
}

fn found(name: &str, version: &str) -> Found {
    let purl = purl("pypi", "", &normalized(name), version, "");
    Found { ecosystem: "pypi", name: name.to_owned(), version: version.to_owned(), purl }
}

/// Returns the name for comparisons: lower-case letters, one `-` for each run of `-`, `_` and `.`.
fn normalized(name: &str) -> String {
    let parts: Vec<&str> = name.split(['-', '_', '.']).filter(|part| !part.is_empty()).collect();
    parts.join("-").to_ascii_lowercase()
}

/// Returns what holds the metadata: `NAME.dist-info`, `NAME.egg-info` (a directory or a file) or
/// `EGG-INFO`.
fn metadata(sources: &mut Sources<'_>, database: &Database<'_>) -> NodeId {
    let node = sources.canonical.node(database.node);
    let is_single = sources.tree.name(node).ends_with(b".egg-info");
    if is_single { node } else { sources.tree.parent(node) }
}

/// Returns the directory that a package owns as a whole: that of its metadata, or its egg.
fn owned(sources: &Sources<'_>, metadata: NodeId) -> NodeId {
    let is_egg = sources.tree.name(metadata) == b"EGG-INFO";
    if is_egg { sources.tree.parent(metadata) } else { metadata }
}

/// Returns the package of a directory as the latest layer up to this one has it, or else the first
/// one after it.
fn at(known: &Known, metadata: NodeId, layer: usize) -> Option<Number> {
    seen_from(known.get(&metadata)?, layer).next().copied()
}
