//! dive's JSON (`--json` there, `-o dive-json` here), to the byte.
//!
//! One difference: dive fills `id` with the first part of the layer's file name, which is `blobs`
//! for all layers in archives of current Docker versions; here it is the digest of the layer.

use std::io::{self, BufWriter, Write};

use dockopt_core::dive::{DiveEntry, DiveFile, DiveLayers, DiveScore};
use dockopt_core::image::{ImageInfo, LayerInfo};

use crate::format::Format;
use crate::go;
use crate::report::Report;

/// The format.
pub(crate) static FORMAT: Format = Format {
    name: "dive-json",
    help: "the JSON of dive 0.13.1",
    is_data: true,
    examines_files: false,
    write,
};

/// dive's command of a layer that the history does not mention.
const NO_COMMAND: &str = "(missing)";
const SHELL: &str = "/bin/sh -c ";

/// Writes dive's JSON, without a line break at the end.
fn write(out: &mut dyn Write, report: &Report<'_>) -> io::Result<()> {
    let &Report { analysis, tree, .. } = report;
    let computed = analysis.dive.is_none().then(|| DiveScore::of(tree, &analysis.info));
    let Some(score) = analysis.dive.as_ref().or(computed.as_ref()) else { return Ok(()) };
    let mut out = BufWriter::new(out);
    let mut layers = DiveLayers::new(tree, &analysis.info);
    out.write_all(b"{\n  \"layer\": ")?;
    write_array(&mut out, "  ", 0..tree.layer_count(), |out, layer| {
        write_layer_facts(out, &analysis.info, layer, layers.size(layer))?;
        write_array(out, "      ", layers.files(layer), |out, file| write_file(out, &file))?;
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

fn write_layer_facts(out: &mut impl Write, info: &ImageInfo, layer: usize, size: u64) -> io::Result<()> {
    let facts = info.layers.get(layer);
    let digest = facts.and_then(|facts| facts.digest.as_ref().or(facts.diff_id.as_ref()));
    // dive takes diff IDs and commands from the history only.
    let told = facts.filter(|_| info.history.iter().any(|entry| entry.layer == Some(layer)));
    let diff_id = told.and_then(|facts| facts.diff_id.as_ref());
    write!(out, "{{\n      \"index\": {layer},\n      \"id\": ")?;
    go::write_string(out, digest.map_or(b"", String::as_bytes))?;
    out.write_all(b",\n      \"digestId\": ")?;
    go::write_string(out, diff_id.map_or(b"", String::as_bytes))?;
    write!(out, ",\n      \"sizeBytes\": {size},\n      \"command\": ")?;
    go::write_string(out, told.map_or(NO_COMMAND, command).as_bytes())?;
    out.write_all(b",\n      \"fileList\": ")
}

fn command(layer: &LayerInfo) -> &str {
    let command = layer.created_by.as_deref().unwrap_or_default();
    command.strip_prefix(SHELL).unwrap_or(command)
}

fn write_file(out: &mut impl Write, file: &DiveEntry<'_>) -> io::Result<()> {
    const INDENT: &str = ",\n          ";
    let DiveEntry { type_flag, size, mode, uid, gid, is_directory, .. } = file;
    out.write_all(b"{\n          \"path\": ")?;
    go::write_string(out, &file.path)?;
    write!(out, "{INDENT}\"typeFlag\": {type_flag}{INDENT}\"linkName\": ")?;
    go::write_string(out, file.link)?;
    write!(
        out,
        "{INDENT}\"size\": {size}{INDENT}\"fileMode\": {mode}{INDENT}\"uid\": {uid}{INDENT}\"gid\": {gid}{INDENT}\"isDir\": {is_directory}\n        }}",
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

#[cfg(test)]
mod tests {
    use dockopt_core::base::BaseChoice;
    use dockopt_core::entry::{Content, Entry, EntryKind, Metadata};
    use dockopt_core::image::HistoryEntry;
    use dockopt_core::tree::{Tree, TreeBuilder};
    use dockopt_core::{Analysis, Score};

    use super::*;
    use crate::report::{Style, Tool};

    fn tree(layers: [(&[u8], u64); 2]) -> Tree {
        let mut builder = TreeBuilder::default();
        for (slot, (path, size)) in (0..).zip(layers) {
            let metadata = Metadata { size, mode: 0o644, ..Metadata::new(EntryKind::File) };
            let entry = Entry { path, link: b"", metadata, content: Content::None };
            builder.push(slot, &entry).expect("room");
        }
        builder.stack(&[0, 1]).expect("layers").finish()
    }

    #[test]
    fn the_json_has_the_form_of_dive() {
        let tree = tree([(b"/d/x", 3), (b"d/x", 4)]);
        let layer = |diff_id: &str, created_by: &str| LayerInfo {
            diff_id: Some(diff_id.to_owned()),
            created_by: Some(created_by.to_owned()),
            ..LayerInfo::default()
        };
        let info = ImageInfo {
            layers: vec![layer("sha256:aa", "/bin/sh -c make <x>"), layer("sha256:bb", "")],
            history: vec![HistoryEntry { layer: Some(0), ..HistoryEntry::default() }],
            ..ImageInfo::default()
        };
        let analysis = Analysis::new(info, &tree, &BaseChoice::Described, Score::Exact);
        let style = Style { width: 80, colour: false, waste_rows: None };
        let tool = Tool { name: "", version: "" };
        let report = Report { tool, analysis: &analysis, tree: &tree, judgement: None, style };
        let mut out = Vec::new();
        write(&mut out, &report).expect("memory");
        assert_eq!(String::from_utf8(out).expect("UTF-8"), include_str!("expected.json").trim_end());
    }
}
