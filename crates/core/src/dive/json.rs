//! dive's JSON (`--json` there, `-o dive-json` here), to the byte.
//!
//! One difference: dive fills `id` with the first part of the layer's file name, which is `blobs` for all layers in
//! archives of today's Docker; here it is the digest of the layer. Files are written as they are met.

use std::io::{self, BufWriter, Write};

use crate::model::image::{ImageInfo, LayerInfo};
use crate::tree::{Record, Tree};

use super::go;
use super::layers::{LayerNode, LayerTrees};
use super::order::Order;
use super::record::{file_mode, is_directory};
use super::score::{DiveFile, DiveScore, layer_size};

/// What dive writes for a layer that the history does not tell of.
const NO_COMMAND: &str = "(missing)";
const SHELL: &str = "/bin/sh -c ";

/// Writes what dive's `--json` does, without a line break at the end.
///
/// Fails if `out` does.
pub fn write_json(out: &mut dyn Write, info: &ImageInfo, tree: &Tree, score: &DiveScore) -> io::Result<()> {
    let mut out = BufWriter::new(out);
    let order = Order::of(tree);
    let mut trees = LayerTrees::new(tree, &order);
    out.write_all(b"{\n  \"layer\": ")?;
    write_array(&mut out, "  ", 0..tree.layer_count(), |out, layer| {
        write_layer_facts(out, info, tree, layer)?;
        write_array(out, "      ", trees.layer(layer), |out, node| write_file(out, tree, node))?;
        out.write_all(b"\n    }")
    })?;
    write_image(&mut out, score)?;
    out.write_all(b"\n}")?;
    out.flush()
}

/// Writes an array of objects; `write` writes one of them without its indentation.
fn write_array<W: Write, T>(
    out: &mut W,
    indent: &str,
    items: impl Iterator<Item = T>,
    mut write: impl FnMut(&mut W, T) -> io::Result<()>,
) -> io::Result<()> {
    let mut is_empty = true;
    for item in items {
        let start = if is_empty { "[\n" } else { ",\n" };
        write!(out, "{start}{indent}  ")?;
        write(out, item)?;
        is_empty = false;
    }
    if is_empty { out.write_all(b"[]") } else { write!(out, "\n{indent}]") }
}

fn write_layer_facts(out: &mut impl Write, info: &ImageInfo, tree: &Tree, layer: usize) -> io::Result<()> {
    let facts = info.layers.get(layer);
    let digest = facts.and_then(|facts| facts.digest.as_ref().or(facts.diff_id.as_ref()));
    // dive knows diff IDs and commands by way of the history only.
    let told = facts.filter(|_| info.history.iter().any(|entry| entry.layer == Some(layer)));
    let diff_id = told.and_then(|facts| facts.diff_id.as_ref());
    write!(out, "{{\n      \"index\": {layer},\n      \"id\": ")?;
    go::write_string(out, digest.map_or(b"", String::as_bytes))?;
    out.write_all(b",\n      \"digestId\": ")?;
    go::write_string(out, diff_id.map_or(b"", String::as_bytes))?;
    let size = layer_size(tree, layer);
    write!(out, ",\n      \"sizeBytes\": {size},\n      \"command\": ")?;
    go::write_string(out, told.map_or(NO_COMMAND, command).as_bytes())?;
    out.write_all(b",\n      \"fileList\": ")
}

fn command(layer: &LayerInfo) -> &str {
    let command = layer.created_by.as_deref().unwrap_or_default();
    command.strip_prefix(SHELL).unwrap_or(command)
}

fn write_file(out: &mut impl Write, tree: &Tree, node: LayerNode<'_>) -> io::Result<()> {
    const INDENT: &str = ",\n          ";
    out.write_all(b"{\n          \"path\": ")?;
    let (mut path, mut link) = (Vec::new(), &b""[..]);
    if let Some(record) = node.facts {
        if record.absolute {
            path.push(b'/');
        }
        path.extend_from_slice(tree.path(node.node).as_bytes());
        link = tree.names.get(record.link);
    }
    go::write_string(out, &path)?;
    let number = |value: fn(&Record) -> u64| node.facts.map_or(0, value);
    let type_flag = number(|record| record.type_flag.into());
    write!(out, "{INDENT}\"typeFlag\": {type_flag}{INDENT}\"linkName\": ")?;
    go::write_string(out, link)?;
    write!(
        out,
        "{INDENT}\"size\": {}{INDENT}\"fileMode\": {}{INDENT}\"uid\": {}{INDENT}\"gid\": {}{INDENT}\"isDir\": {}\n        }}",
        number(|record| record.size),
        number(|record| file_mode(record).into()),
        number(|record| record.uid.into()),
        number(|record| record.gid.into()),
        node.facts.is_some_and(is_directory),
    )
}

fn write_image(out: &mut impl Write, score: &DiveScore) -> io::Result<()> {
    let DiveScore { size_bytes, wasted_bytes, .. } = score;
    out.write_all(b",\n  \"image\": {")?;
    write!(out, "\n    \"sizeBytes\": {size_bytes},\n    \"inefficientBytes\": {wasted_bytes}")?;
    out.write_all(b",\n    \"efficiencyScore\": ")?;
    go::write_float(out, score.efficiency)?;
    out.write_all(b",\n    \"fileReference\": ")?;
    write_array(out, "    ", score.files.iter(), write_reference)?;
    out.write_all(b"\n  }")
}

fn write_reference(out: &mut impl Write, file: &DiveFile) -> io::Result<()> {
    let DiveFile { path, count, bytes } = file;
    write!(out, "{{\n        \"count\": {count},\n        \"sizeBytes\": {bytes},\n        \"file\": ")?;
    go::write_string(out, &[b"/", path.as_bytes()].concat())?;
    out.write_all(b"\n      }")
}
