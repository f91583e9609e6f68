//! JSON rows: an array of objects, written during the walk through the tree. `docs/explore.md`
//! describes the fields.

use std::io::{self, Write};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use dockopt_core::entry::{EntryKind, Timestamp};
use dockopt_core::path::EntryPath;
use dockopt_core::tree::{EntryFacts, Tree};
use dockopt_report::write_value;
use serde::ser::SerializeSeq;
use serde::{Serialize, Serializer};

use super::listing::Place;
use super::quote::hex;
use super::rows::{Listed, Row, device_of};
use super::versions::{Ending, word};

use crate::dates::rfc3339;

/// Writes the rows of places as an array of objects.
pub(crate) fn write_json(out: &mut dyn Write, tree: &Tree, places: &[Place<'_>]) -> io::Result<()> {
    write_value(out, &Rows { tree, places })
}

struct Rows<'l> {
    tree: &'l Tree,
    places: &'l [Place<'l>],
}

impl Serialize for Rows<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut sequence = serializer.serialize_seq(None)?;
        for place in self.places {
            place.each(&mut |path, row| sequence.serialize_element(&FileRecord::of(self.tree, path, row)))?;
        }
        sequence.end()
    }
}

/// A path as text, with its bytes in base64 if it is not UTF-8.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct PathFields {
    pub(super) path: String,
    path_base64: Option<String>,
}

impl PathFields {
    /// Returns the fields of a path with its leading slash.
    pub(super) fn of(path: &[u8]) -> Self {
        let is_text = std::str::from_utf8(path).is_ok();
        Self { path: text(path), path_base64: (!is_text).then(|| STANDARD.encode(path)) }
    }
}

/// The attributes of an entry; all `null` for a directory that no layer lists.
#[derive(Default, Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Attributes {
    mode: Option<String>,
    uid: Option<u32>,
    gid: Option<u32>,
    size: Option<u64>,
    modified: Option<String>,
    /// Target of a symbolic or hard link, or the path that a whiteout hides.
    target: Option<String>,
    hard_link: Option<bool>,
    device: Option<[u32; 2]>,
    xattrs: Option<bool>,
    /// Whether a path of the final filesystem shows the content.
    live: Option<bool>,
}

impl Attributes {
    pub(super) fn of(facts: &EntryFacts<'_>) -> Self {
        Self {
            mode: Some(format!("{:04o}", facts.metadata.mode & 0o7777)),
            uid: Some(facts.metadata.uid),
            gid: Some(facts.metadata.gid),
            size: (facts.metadata.kind == EntryKind::File).then_some(facts.metadata.size),
            modified: time(facts.metadata.modified),
            target: (!facts.link.is_empty()).then(|| text(facts.link)),
            hard_link: Some(facts.is_hard_link),
            device: device_of(facts).map(|(major, minor)| [major, minor]),
            xattrs: Some(facts.metadata.xattrs.is_some()),
            live: Some(facts.live),
        }
    }
}

/// Returns bytes as text, with `\xNN` for each byte that is not UTF-8.
fn text(bytes: &[u8]) -> String {
    let mut text = String::with_capacity(bytes.len());
    for chunk in bytes.utf8_chunks() {
        text.push_str(chunk.valid());
        chunk.invalid().iter().for_each(|byte| text.extend(hex(*byte)));
    }
    text
}

/// Formats a time as RFC 3339, with the fraction of a second that it has.
fn time(at: Timestamp) -> Option<String> {
    let whole = rfc3339(at.seconds)?;
    if at.nanos == 0 {
        return Some(whole);
    }
    let fraction = format!("{:09}", at.nanos);
    Some(format!("{}.{}Z", whole.trim_end_matches('Z'), fraction.trim_end_matches('0')))
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct FileRecord {
    #[serde(flatten)]
    path: PathFields,
    kind: &'static str,
    #[serde(flatten)]
    attributes: Attributes,
    layer: Option<usize>,
    /// What ended the version; `null` if the final filesystem shows it.
    ended: Option<Ended>,
}

#[derive(Serialize)]
struct Ended {
    cause: &'static str,
    layer: usize,
}

impl From<Ending> for Ended {
    fn from(end: Ending) -> Self {
        Self { cause: word(end.what), layer: end.layer }
    }
}

impl FileRecord {
    fn of(tree: &Tree, path: &[u8], row: &Row) -> Self {
        let facts = row.facts(tree);
        let mut attributes = facts.as_ref().map(Attributes::of).unwrap_or_default();
        if let Listed::Marker { marker, .. } = row.what {
            attributes = Attributes { size: None, hard_link: None, live: None, ..attributes };
            let directory = tree.path(tree.parent(marker.node));
            let hidden = tree.hidden_name(&marker).unwrap_or_default();
            let target = EntryPath::clean(&[directory.as_bytes(), b"/", hidden].concat());
            attributes.target = Some(target.to_text());
        }
        Self {
            path: PathFields::of(path),
            kind: row.kind(tree),
            attributes,
            layer: row.layer(),
            ended: row.end().map(Ended::from),
        }
    }
}
