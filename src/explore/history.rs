//! The history of a path: which layers touched it, what they did, and by which instruction.

use std::io::{self, Write};

use dockopt_core::entry::{EntryKind, MetadataFields};
use dockopt_core::history::{Deed, Visit};
use dockopt_core::image::{ImageInfo, LayerInfo};
use dockopt_core::instruction::instruction;
use dockopt_core::path::escape_text;
use dockopt_core::quantity::size;
use dockopt_core::table::{cut, left, right, width};
use dockopt_core::tree::{NodeId, Tree};
use dockopt_report::write_value;
use serde::Serialize;

use super::json::{Attributes, PathFields};
use super::rows::kind_of;
use super::scene::rooted;
use super::versions::{takes_away, word};

/// The history of one path, ready to be written.
pub(crate) struct PathHistory<'h> {
    pub(crate) tree: &'h Tree,
    pub(crate) info: &'h ImageInfo,
    pub(crate) node: NodeId,
    /// Restricts the history to this layer.
    pub(crate) layer: Option<usize>,
}

impl PathHistory<'_> {
    fn visits(&self) -> Vec<Visit> {
        let visits = self.tree.visits(self.node).into_iter();
        visits.filter(|visit| self.layer.is_none_or(|layer| visit.layer == layer)).collect()
    }

    /// Writes a table; lines are cut to `cells` columns if given.
    pub(crate) fn write_text(&self, out: &mut dyn Write, cells: Option<usize>) -> io::Result<()> {
        let mut lines = vec![["Layer", "Change", "Size", "Instruction"].map(str::to_owned)];
        lines.extend(self.visits().iter().map(|visit| self.line(visit)));
        let mut widths = [0; 3];
        for line in &lines {
            for (known, cell) in widths.iter_mut().zip(line) {
                *known = (*known).max(width(cell));
            }
        }
        let [layer_cells, change_cells, size_cells] = widths;
        for [layer, change, bytes, instruction] in &lines {
            let layer = right(layer, layer_cells);
            let (change, bytes) = (left(change, change_cells), right(bytes, size_cells));
            let line = format!("{layer}  {change}  {bytes}  {instruction}");
            let line = cells.map_or(line.clone(), |cells| cut(&line, cells));
            writeln!(out, "{}", line.trim_end())?;
        }
        Ok(())
    }

    fn line(&self, visit: &Visit) -> [String; 4] {
        let facts = visit.entry.and_then(|entry| self.tree.entry(entry));
        let bytes = facts
            .filter(|facts| facts.metadata.kind == EntryKind::File)
            .map(|facts| size(facts.metadata.size));
        [
            visit.layer.to_string(),
            visit.what.to_string(),
            bytes.unwrap_or_else(|| "-".to_owned()),
            escape_text(&self.instruction(visit.layer).unwrap_or_default()),
        ]
    }

    fn layer_info(&self, layer: usize) -> Option<&LayerInfo> {
        self.info.layers.get(layer)
    }

    fn instruction(&self, layer: usize) -> Option<String> {
        self.layer_info(layer)?.created_by.as_deref().map(instruction)
    }

    /// Writes an array of objects.
    pub(crate) fn write_json(&self, out: &mut dyn Write) -> io::Result<()> {
        write_value(out, &self.visits().iter().map(|visit| self.record(visit)).collect::<Vec<_>>())
    }

    fn record(&self, visit: &Visit) -> VisitRecord {
        let facts = visit.entry.and_then(|entry| self.tree.entry(entry));
        let changed = match visit.what {
            Deed::MetadataChanged(fields) => names(fields),
            _ => Vec::new(),
        };
        let is_there = !takes_away(visit.what);
        VisitRecord {
            path: PathFields::of(&rooted(self.tree, self.node)),
            layer: visit.layer,
            change: word(visit.what),
            changed,
            kind: is_there.then(|| kind_of(facts.as_ref())),
            attributes: facts.as_ref().map(Attributes::of).unwrap_or_default(),
            instruction: self.instruction(visit.layer),
            created: self.layer_info(visit.layer).and_then(|info| info.created.clone()),
        }
    }
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct VisitRecord {
    #[serde(flatten)]
    path: PathFields,
    layer: usize,
    change: &'static str,
    /// The metadata that changed; empty for other changes.
    changed: Vec<&'static str>,
    /// What is there after the change; `null` for nothing.
    kind: Option<&'static str>,
    #[serde(flatten)]
    attributes: Attributes,
    instruction: Option<String>,
    created: Option<String>,
}

fn names(fields: MetadataFields) -> Vec<&'static str> {
    let all = [
        (MetadataFields::OWNER, "owner"),
        (MetadataFields::MODE, "mode"),
        (MetadataFields::TIMES, "times"),
        (MetadataFields::XATTRS, "xattrs"),
    ];
    all.into_iter().filter(|(field, _)| fields.contains(*field)).map(|(_, name)| name).collect()
}
