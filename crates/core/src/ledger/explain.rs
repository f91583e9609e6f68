//! Explains a row of waste in one sentence.

use super::waste::WasteRow;
use crate::model::cause::Cause;
use crate::model::entry::MetadataFields;
use crate::model::quantity::count;

/// The number of layers to list one by one; more are only counted.
const LISTED: usize = 4;

/// Returns a sentence such as `layer 5 changed the owner of 23,000 files of layer 4: their content
/// is stored twice`.
///
/// Layers are numbered from 0, as in reports. No name from the image is part of the sentence.
pub fn sentence(row: &WasteRow) -> String {
    let many = row.files != 1;
    let files = format!("{} {}", count(row.files), if many { "files" } else { "file" });
    let files = format!("{files} of {}", layers(row));
    let what = match row.cause {
        Cause::Deleted => format!("deleted {files}"),
        Cause::Opaque => format!("hid {files} with an opaque directory"),
        Cause::Replaced => format!("replaced {files} with another type of file"),
        Cause::Overwritten => format!("overwrote {files}"),
        Cause::Metadata => format!("changed the {} of {files}", fields(row.changed)),
        Cause::Identical => format!("rewrote {files} without changes"),
    };
    let consequence = match (row.cause, many) {
        (Cause::Deleted | Cause::Opaque | Cause::Replaced, true) => "they are still shipped",
        (Cause::Deleted | Cause::Opaque | Cause::Replaced, false) => "it is still shipped",
        (Cause::Overwritten, _) => "the old content is still shipped",
        (Cause::Metadata | Cause::Identical, true) => "their content is stored twice",
        (Cause::Metadata | Cause::Identical, false) => "its content is stored twice",
    };
    format!("layer {} {what}: {consequence}", row.wasted_by)
}

fn fields(changed: MetadataFields) -> String {
    if changed.is_empty() { "metadata".to_owned() } else { changed.to_string() }
}

/// Names the layers that store the bytes.
fn layers(row: &WasteRow) -> String {
    let listed = row.stored_in.get(..row.stored_in.len().min(LISTED)).unwrap_or_default();
    let names: Vec<String> = listed.iter().map(usize::to_string).collect();
    match (row.stored_in.as_slice(), names.split_last()) {
        ([layer], _) if *layer == row.wasted_by => "its own".to_owned(),
        ([layer], _) => format!("layer {layer}"),
        (all, Some((last, before))) if all.len() == listed.len() => {
            format!("layers {} and {last}", before.join(", "))
        }
        (all, _) => format!("{} layers", count(all.len() as u64)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::path::EntryPath;

    fn row(cause: Cause, files: u64, stored_in: &[usize], wasted_by: usize) -> WasteRow {
        WasteRow {
            path: EntryPath::default(),
            bytes: 1,
            files,
            cause,
            changed: MetadataFields::default(),
            stored_in: stored_in.to_vec(),
            wasted_by,
        }
    }

    #[test]
    fn each_cause_has_its_own_sentence() {
        for (cause, one, many) in [
            (
                Cause::Deleted,
                "layer 3 deleted 1 file of layer 1: it is still shipped",
                "layer 3 deleted 1,204 files of layers 1 and 2: they are still shipped",
            ),
            (
                Cause::Opaque,
                "layer 3 hid 1 file of layer 1 with an opaque directory: it is still shipped",
                "layer 3 hid 1,204 files of layers 1 and 2 with an opaque directory: they are still shipped",
            ),
            (
                Cause::Replaced,
                "layer 3 replaced 1 file of layer 1 with another type of file: it is still shipped",
                "layer 3 replaced 1,204 files of layers 1 and 2 with another type of file: they are still shipped",
            ),
            (
                Cause::Overwritten,
                "layer 3 overwrote 1 file of layer 1: the old content is still shipped",
                "layer 3 overwrote 1,204 files of layers 1 and 2: the old content is still shipped",
            ),
            (
                Cause::Metadata,
                "layer 3 changed the metadata of 1 file of layer 1: its content is stored twice",
                "layer 3 changed the metadata of 1,204 files of layers 1 and 2: their content is stored twice",
            ),
            (
                Cause::Identical,
                "layer 3 rewrote 1 file of layer 1 without changes: its content is stored twice",
                "layer 3 rewrote 1,204 files of layers 1 and 2 without changes: their content is stored twice",
            ),
        ] {
            assert_eq!(sentence(&row(cause, 1, &[1], 3)), one);
            assert_eq!(sentence(&row(cause, 1204, &[1, 2], 3)), many);
        }
    }

    #[test]
    fn changed_metadata_is_named() {
        let fields = [
            (MetadataFields::OWNER, "owner"),
            (MetadataFields::MODE, "mode"),
            (MetadataFields::TIMES, "modification time"),
            (MetadataFields::XATTRS, "extended attributes"),
        ];
        let mut all = MetadataFields::default();
        for (field, name) in fields {
            let row = WasteRow { changed: field, ..row(Cause::Metadata, 23_000, &[4], 5) };
            let expected = format!(
                "layer 5 changed the {name} of 23,000 files of layer 4: their content is stored twice"
            );
            assert_eq!(sentence(&row), expected);
            all = all.union(field);
        }
        assert_eq!(all.to_string(), "owner, mode, modification time and extended attributes");
        assert_eq!(MetadataFields::OWNER.union(MetadataFields::MODE).to_string(), "owner and mode");
    }

    #[test]
    fn up_to_four_layers_are_listed() {
        let of = |stored_in: &[usize]| layers(&row(Cause::Deleted, 2, stored_in, 9));
        assert_eq!(of(&[0]), "layer 0");
        assert_eq!(of(&[9]), "its own");
        assert_eq!(of(&[8, 9]), "layers 8 and 9");
        assert_eq!(of(&[0, 2, 3, 5]), "layers 0, 2, 3 and 5");
        assert_eq!(of(&[0, 1, 2, 3, 4]), "5 layers");
        assert_eq!(of(&[]), "0 layers");
    }
}
