//! The report for people: the sizes, what to do, a table of layers with bars, the waste with its
//! causes, the packages, the rules.
//!
//! The layout fits 80 columns; a wider terminal gets longer bars, commands and paths. Everything
//! from the image is escaped.

use std::io::{self, Write};

use dockopt_core::Analysis;
use dockopt_core::base::Basis;
use dockopt_core::dive::DiveScore;
use dockopt_core::image::SourceKind;
use dockopt_core::instruction::instruction;
use dockopt_core::ledger::{LayerAccount, WasteRow};
use dockopt_core::packages::{Package, Packages};
use dockopt_core::path::escape_text;
use dockopt_core::policy::{FindingOutcome, FindingStatus, Judgement, Origin, Outcome, Status};
use dockopt_core::quantity::{count, percent, plural, size};
use dockopt_core::table::{cut, cut_middle, left, right, width};

use crate::advice;
use crate::colour::{Palette, Tone};
use crate::format::Format;
use crate::report::Report;

/// The format.
pub static FORMAT: Format =
    Format { name: "text", help: "human-readable tables", is_data: false, examines_files: true, write };

const NARROWEST: usize = 60;
/// Findings listed unless the report is verbose.
const FINDING_ROWS: usize = 10;
/// Packages listed unless the report is verbose.
const PACKAGE_ROWS: usize = 10;

/// Writes the report.
fn write(out: &mut dyn Write, report: &Report<'_>) -> io::Result<()> {
    let &Report { analysis, judgement, style, .. } = report;
    let mut writer = Writer {
        out,
        width: style.width.max(NARROWEST),
        palette: Palette { enabled: style.colour },
        waste_rows: style.waste_rows.unwrap_or(usize::MAX),
        package_rows: style.waste_rows.map_or(usize::MAX, |_| PACKAGE_ROWS),
    };
    writer.header(analysis)?;
    if let Some(findings) = &analysis.findings {
        let rows = style.waste_rows.map(|_| FINDING_ROWS);
        advice::write(writer.out, (writer.palette, writer.width), findings, rows)?;
    }
    writer.layers(analysis)?;
    match &analysis.dive {
        None => writer.waste(analysis)?,
        Some(dive) => writer.dive_files(dive)?,
    }
    if let Some(packages) = &report.analysis.packages {
        writer.packages(packages)?;
    }
    judgement.map_or(Ok(()), |judgement| writer.rules(judgement))
}

struct Writer<'o> {
    out: &'o mut dyn Write,
    width: usize,
    palette: Palette,
    waste_rows: usize,
    package_rows: usize,
}

impl Writer<'_> {
    fn header(&mut self, analysis: &Analysis) -> io::Result<()> {
        let info = &analysis.info;
        let name = info.tags.first().unwrap_or(&info.reference);
        let platform = info.platform.as_ref().map(ToString::to_string).unwrap_or_default();
        let source = info.source.map_or("", SourceKind::name);
        let facts: Vec<&str> =
            [platform.as_str(), source].into_iter().filter(|text| !text.is_empty()).collect();
        let facts = format!("  {}", escape_text(&facts.join("  ")));
        let name = cut(&escape_text(name), self.width.saturating_sub(width(&facts)));
        writeln!(
            self.out,
            "{}{}\n",
            self.palette.paint(Tone::Heading, &name),
            self.palette.paint(Tone::Faint, &facts)
        )?;
        self.sizes(analysis)
    }

    fn sizes(&mut self, analysis: &Analysis) -> io::Result<()> {
        let (ledger, total) = (&analysis.ledger, &analysis.ledger.total);
        let layers = plural(ledger.layers.len() as u64, "layer");
        // Uncompressed blobs have the size of their content.
        let transfer = analysis.info.transfer().filter(|&bytes| bytes < total.stored);
        let transfer = transfer.map(|bytes| format!(", {} to transfer", size(bytes)));
        let stored = format!("{} in {layers}{}", size(total.stored), transfer.unwrap_or_default());
        let wasted = format!("{} ({} of stored)", size(analysis.wasted()), percent(total.waste_ratio()));
        let user = format!(
            "{} wasted of {} stored above the base ({})",
            size(analysis.user_wasted()),
            size(analysis.user_stored()),
            percent(analysis.user_wasted_percent())
        );
        let (efficiency, wasted) = match &analysis.dive {
            None => (percent(analysis.efficiency()), wasted),
            Some(dive) => (
                format!("{} (as dive counts)", dive.efficiency),
                format!("{} (as dive counts)", size(dive.wasted_bytes)),
            ),
        };
        for (name, value) in [
            ("Stored", stored),
            ("Live", size(total.live)),
            ("Wasted", wasted),
            ("Efficiency", efficiency),
            ("User layers", user),
        ] {
            writeln!(self.out, "{}{value}", left(name, 13))?;
        }
        self.base(analysis)
    }

    /// Names the base image, its share, and how far both are guesses.
    fn base(&mut self, analysis: &Analysis) -> io::Result<()> {
        let base = &analysis.base;
        let layers = base.layers.min(analysis.ledger.layers.len());
        if layers == 0 {
            return Ok(());
        }
        let note = match base.basis {
            Basis::Default => ", assumed",
            Basis::History => ", guessed from the history",
            _ if base.is_guess => ", layers guessed",
            _ => "",
        };
        let (stored, share) = (size(analysis.ledger.base().stored), percent(analysis.ledger.base_share()));
        let facts = format!("{stored} in {} ({share} of stored){note}", plural(layers as u64, "layer"));
        let room = self.width.saturating_sub(15 + width(&facts));
        let name = base.name.as_deref().or(base.digest.as_deref());
        let name = name.map(|name| format!("{}, ", cut_middle(&escape_text(name), room))).unwrap_or_default();
        writeln!(self.out, "{}{name}{facts}", left("Base", 13))
    }

    fn layers(&mut self, analysis: &Analysis) -> io::Result<()> {
        let bar_cells = (self.width / 6).clamp(8, 30);
        self.heading(&format!(
            "  {:>3}  {:>9}  {:>9}  {:>9}  {}  Instruction",
            "#",
            "Stored",
            "Live",
            "Wasted",
            left("", bar_cells)
        ))?;
        let largest = analysis.ledger.layers.iter().map(|layer| layer.bytes.stored).max().unwrap_or(0);
        let base_layers = analysis.ledger.base_layers;
        for (index, layer) in analysis.ledger.layers.iter().enumerate() {
            if index > 0 && index == base_layers {
                let line = format!("       {}", "·".repeat(self.width.saturating_sub(7)));
                writeln!(self.out, "{}", self.palette.paint(Tone::Faint, &line))?;
            }
            let info = analysis.info.layers.get(index);
            let command = info.and_then(|info| info.created_by.as_deref()).map(instruction);
            let command = escape_text(command.as_deref().unwrap_or("(no history)"));
            let room = self.width.saturating_sub(42 + bar_cells);
            let numbers = self.numbers(index, layer);
            let bar = self.bar(layer, largest, bar_cells);
            writeln!(self.out, "{numbers}  {bar}  {}", cut(&command, room))?;
        }
        Ok(())
    }

    fn numbers(&self, index: usize, layer: &LayerAccount) -> String {
        let bytes = layer.bytes;
        let wasted = if bytes.wasted == 0 { "-".to_owned() } else { size(bytes.wasted) };
        let tone = if bytes.wasted == 0 { Tone::Faint } else { Tone::Bad };
        format!(
            "  {index:>3}  {}  {}  {}",
            right(&size(bytes.stored), 9),
            right(&size(bytes.live), 9),
            self.palette.paint(tone, &right(&wasted, 9))
        )
    }

    /// Draws live bytes solid and wasted bytes light, relative to the largest layer. A part above
    /// zero takes at least one cell.
    fn bar(&self, layer: &LayerAccount, largest: u64, cells: usize) -> String {
        let wasted = scale(layer.bytes.wasted, largest, cells);
        let live = scale(layer.bytes.live, largest, cells).min(cells - wasted);
        let rest = " ".repeat(cells - wasted - live);
        format!(
            "{}{}{rest}",
            self.palette.paint(Tone::Good, &"█".repeat(live)),
            self.palette.paint(Tone::Bad, &"░".repeat(wasted))
        )
    }

    fn waste(&mut self, analysis: &Analysis) -> io::Result<()> {
        let rows = &analysis.ledger.waste;
        if rows.is_empty() {
            return writeln!(self.out, "\nNothing is wasted.");
        }
        self.heading(&format!(
            "  {:>9}  {:>8}  {}  {:>8}  {:>3}  Wasted path",
            "Bytes",
            "Files",
            left("Cause", 11),
            "Stored",
            "By"
        ))?;
        for row in rows.iter().take(self.waste_rows) {
            self.waste_row(row)?;
        }
        self.rest(rows.iter().skip(self.waste_rows).map(|row| row.bytes))
    }

    /// Lists the largest packages, and what no package owns; nothing if there are no packages.
    fn packages(&mut self, packages: &Packages) -> io::Result<()> {
        let Packages { packages, unowned } = packages;
        if packages.is_empty() {
            return Ok(());
        }
        self.heading(&format!("  {:>9}  {:>9}  {:>8}  {:>5}  Package", "Live", "Wasted", "Files", "Layer"))?;
        for package in packages.iter().take(self.package_rows) {
            self.package_row(
                (package.live, package.wasted, package.files),
                &package.layer.to_string(),
                &package.title(),
            )?;
        }
        let others: Vec<&Package> = packages.iter().skip(self.package_rows).collect();
        if !others.is_empty() {
            let sum = |of: fn(&Package) -> u64| others.iter().map(|package| of(package)).sum();
            let numbers = (sum(|one| one.live), sum(|one| one.wasted), sum(|one| one.files));
            self.package_row(numbers, "", &format!("{} more (-v lists all)", count(others.len() as u64)))?;
        }
        self.package_row((unowned.live, unowned.wasted, unowned.files), "", "(no package)")
    }

    fn package_row(
        &mut self,
        (live, wasted, files): (u64, u64, u64),
        layer: &str,
        name: &str,
    ) -> io::Result<()> {
        let tone = if wasted == 0 { Tone::Faint } else { Tone::Bad };
        let wasted = if wasted == 0 { "-".to_owned() } else { size(wasted) };
        writeln!(
            self.out,
            "  {}  {}  {:>8}  {layer:>5}  {}",
            right(&size(live), 9),
            self.palette.paint(tone, &right(&wasted, 9)),
            count(files),
            cut_middle(name, self.width.saturating_sub(41))
        )
    }

    fn waste_row(&mut self, row: &WasteRow) -> io::Result<()> {
        let room = self.width.saturating_sub(51);
        writeln!(
            self.out,
            "  {}  {:>8}  {}  {:>8}  {:>3}  {}",
            self.palette.paint(Tone::Bad, &right(&size(row.bytes), 9)),
            count(row.files),
            left(row.cause.word(), 11),
            layer_list(&row.stored_in),
            row.wasted_by,
            cut_middle(&row.path.to_string(), room)
        )
    }

    fn dive_files(&mut self, dive: &DiveScore) -> io::Result<()> {
        if dive.files.is_empty() {
            return Ok(());
        }
        self.heading(&format!("  {:>9}  {:>8}  Inefficient path", "Bytes", "Copies"))?;
        let room = self.width.saturating_sub(23);
        for file in dive.files.iter().take(self.waste_rows) {
            let path = cut_middle(&file.path.to_string(), room);
            writeln!(self.out, "  {:>9}  {:>8}  {path}", size(file.bytes), count(file.count))?;
        }
        self.rest(dive.files.iter().skip(self.waste_rows).map(|file| file.bytes))
    }

    fn rest(&mut self, rest: impl Iterator<Item = u64>) -> io::Result<()> {
        let (rows, bytes) =
            rest.fold((0, 0_u64), |(rows, bytes), more| (rows + 1, bytes.saturating_add(more)));
        if rows == 0 {
            return Ok(());
        }
        let line = format!("  {:>9}  in {} more, list them with -v", size(bytes), plural(rows, "row"));
        writeln!(self.out, "{}", self.palette.paint(Tone::Faint, &line))
    }

    fn rules(&mut self, judgement: &Judgement) -> io::Result<()> {
        self.heading("Rules")?;
        // A rule without a limit that nothing switched off is not worth a line.
        let is_mentioned = |outcome: &&Outcome| outcome.limit.is_some() || outcome.origin != Origin::Default;
        for outcome in judgement.outcomes.iter().filter(is_mentioned) {
            self.rule(outcome)?;
        }
        for outcome in &judgement.findings {
            self.finding_rule(outcome)?;
        }
        let (tone, verdict) = match judgement.failures() {
            0 => (Tone::Good, "PASS".to_owned()),
            failures => (Tone::Bad, format!("FAIL, {} broken", plural(failures as u64, "rule"))),
        };
        writeln!(self.out, "\n{}", self.palette.paint(tone, &format!("Verdict: {verdict}")))
    }

    fn rule(&mut self, outcome: &Outcome) -> io::Result<()> {
        let (tone, word) = match outcome.status {
            Status::Pass => (Tone::Good, "PASS"),
            Status::Fail => (Tone::Bad, "FAIL"),
            Status::Skip => (Tone::Faint, "SKIP"),
        };
        let limit = match outcome.limit {
            Some(limit) => format!(" ({} {limit})", outcome.origin),
            None => String::new(),
        };
        let word = self.palette.paint(tone, word);
        writeln!(self.out, "  {word} {}{limit}: {}", outcome.gate.name, outcome.message)
    }

    fn finding_rule(&mut self, outcome: &FindingOutcome) -> io::Result<()> {
        let (tone, word) = match outcome.status {
            FindingStatus::Fail => (Tone::Bad, "FAIL"),
            FindingStatus::Warn => (Tone::Heading, "WARN"),
            FindingStatus::Ignored => (Tone::Faint, "SKIP"),
        };
        let word = self.palette.paint(tone, word);
        writeln!(self.out, "  {word} {}: {}", outcome.rule, outcome.message)
    }

    fn heading(&mut self, text: &str) -> io::Result<()> {
        writeln!(self.out, "\n{}", self.palette.paint(Tone::Heading, text.trim_end()))
    }
}

fn scale(part: u64, whole: u64, cells: usize) -> usize {
    if part == 0 || whole == 0 {
        return 0;
    }
    let cells = cells as u128;
    let scaled = (u128::from(part) * cells + u128::from(whole) / 2) / u128::from(whole);
    usize::try_from(scaled.clamp(1, cells)).unwrap_or(0)
}

/// Returns `3`, `1,4`, or `1…9` if a list is too long.
fn layer_list(layers: &[usize]) -> String {
    let text = layers.iter().map(ToString::to_string).collect::<Vec<_>>().join(",");
    match (layers.first(), layers.last()) {
        (Some(first), Some(last)) if width(&text) > 8 => format!("{first}…{last}"),
        _ => text,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_part_of_a_bar_above_zero_is_visible() {
        assert_eq!(scale(0, 100, 10), 0);
        assert_eq!(scale(1, 1_000_000, 10), 1);
        assert_eq!(scale(50, 100, 10), 5);
        assert_eq!(scale(u64::MAX, u64::MAX, 10), 10);
        assert_eq!(scale(5, 0, 10), 0);
    }

    #[test]
    fn long_lists_of_layers_become_ranges() {
        assert_eq!(layer_list(&[3]), "3");
        assert_eq!(layer_list(&[1, 2, 4]), "1,2,4");
        assert_eq!(layer_list(&(1..60).collect::<Vec<_>>()), "1…59");
    }
}
