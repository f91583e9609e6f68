//! Layers and their ledger as text, for tests that are checked by hand.
//!
//! A line is an entry: kind, name, `-> target`, and the differences from an empty file of content 0
//! with default metadata: a number is the size, `#1` the content, `uid=1` the user and so on. `--`
//! starts the next layer. A marker is a file by its name. The ledger has a line for each layer,
//! each waste row and each file (with all its names) of the final filesystem.

use super::real::{self, Reading};
use super::{NaiveCause, NaiveEntry, NaiveKind, NaiveLayer, NaiveLedger, Visible, account, layers};
use std::collections::BTreeMap;

/// Asserts that model and library compute this ledger for these layers.
#[track_caller]
pub(crate) fn check(layers: &str, ledger: &str) {
    check_layers(&parse(layers), ledger);
}

/// Like [`check`], for layers that text cannot express.
#[track_caller]
pub(crate) fn check_layers(layers: &[NaiveLayer], ledger: &str) {
    let expected: Vec<&str> = ledger.lines().map(str::trim).filter(|line| !line.is_empty()).collect();
    let model = account(layers);
    assert_eq!(expected.join("\n"), render(&model), "the model");
    for reading in [Reading::Hashed, Reading::Asked, Reading::Mixed] {
        real::assert_agrees(&model, &real::account(layers, reading, 1));
    }
}

/// Parses layers.
pub(crate) fn parse(text: &str) -> Vec<NaiveLayer> {
    let mut layers = vec![NaiveLayer::new()];
    for line in text.lines().map(str::trim).filter(|line| !line.is_empty()) {
        if line == "--" {
            layers.push(NaiveLayer::new());
        } else {
            layers.last_mut().unwrap().push(parse_entry(line));
        }
    }
    layers
}

fn parse_entry(line: &str) -> NaiveEntry {
    let mut words = line.split_whitespace();
    let kind = kind(words.next().unwrap());
    let mut entry = layers::named(words.next().unwrap());
    entry.kind = kind;
    while let Some(word) = words.next() {
        if word == "->" {
            entry.link = words.next().unwrap().into();
        } else if let Some(content) = word.strip_prefix('#') {
            entry.content = content.parse().unwrap();
        } else if let Some((field, value)) = word.split_once('=') {
            set(&mut entry, field, value.parse().unwrap());
        } else {
            entry.size = word.parse().unwrap();
        }
    }
    entry
}

fn kind(word: &str) -> NaiveKind {
    match word {
        "dir" => NaiveKind::Directory,
        "file" => NaiveKind::File,
        "link" => NaiveKind::HardLink,
        "symlink" => NaiveKind::Symlink,
        "char" => NaiveKind::CharDevice,
        "block" => NaiveKind::BlockDevice,
        "fifo" => NaiveKind::Fifo,
        "unknown" => NaiveKind::Unknown,
        other => panic!("no such kind: {other}"),
    }
}

fn set(entry: &mut NaiveEntry, field: &str, value: u32) {
    let metadata = &mut entry.metadata;
    match field {
        "mode" => metadata.mode = value,
        "uid" => metadata.uid = value,
        "gid" => metadata.gid = value,
        "seconds" => metadata.seconds = value.into(),
        "nanos" => metadata.nanos = value,
        "xattrs" => metadata.xattrs = Some(value.into()),
        other => panic!("no such field: {other}"),
    }
}

fn render(ledger: &NaiveLedger) -> String {
    let mut lines = Vec::new();
    for (index, bytes) in ledger.layers.iter().enumerate() {
        lines.push(format!("layer {index}: {} stored, {} live", bytes.stored, bytes.live));
    }
    for row in &ledger.rows {
        let stored_in: Vec<String> = row.stored_in.iter().map(usize::to_string).collect();
        lines.push(format!(
            "waste {} {}: {} in {} of layer {} by {}",
            real::text(&row.path),
            cause(row.cause),
            row.bytes,
            row.files,
            stored_in.join(" and "),
            row.wasted_by
        ));
    }
    let mut files: BTreeMap<usize, (Vec<String>, u64)> = BTreeMap::new();
    for (path, visible) in &ledger.visible {
        if let Visible::File { inode, size } = visible {
            files.entry(*inode).or_insert((Vec::new(), *size)).0.push(real::text(path));
        }
    }
    let mut files: Vec<(Vec<String>, u64)> = files.into_values().collect();
    files.sort();
    lines.extend(files.iter().map(|(names, size)| format!("file {} {size}", names.join(" = "))));
    lines.join("\n")
}

fn cause(cause: NaiveCause) -> &'static str {
    match cause {
        NaiveCause::Deleted => "deleted",
        NaiveCause::Opaque => "opaque",
        NaiveCause::Replaced => "replaced",
        NaiveCause::Overwritten => "overwritten",
        NaiveCause::Metadata => "metadata",
        NaiveCause::Identical => "identical",
    }
}
