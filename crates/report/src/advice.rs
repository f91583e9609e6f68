//! "What to do" in the report for people: risks first, then what saves most, with the fixes.

use std::io::{self, Write};

use dockopt_core::findings::{Finding, Findings, Severity};
use dockopt_core::quantity::{count, plural, size};
use dockopt_core::table::{right, wrapped};

use crate::colour::{Palette, Tone};

/// Cells before the text of a finding.
const MARGIN: usize = 17;

/// Writes the plan and its findings, at most `rows`; nothing if there is nothing to do.
pub(crate) fn write(
    out: &mut dyn Write,
    (palette, columns): (Palette, usize),
    findings: &Findings,
    rows: Option<usize>,
) -> io::Result<()> {
    let Findings { findings: all, plan } = findings;
    let planned = plan.findings.iter().filter_map(|number| all.get(*number));
    let others = all.iter().enumerate().filter(|(number, _)| !plan.findings.contains(number));
    let (risks, others): (Vec<&Finding>, Vec<&Finding>) =
        others.map(|(_, finding)| finding).partition(|finding| finding.is_risk());
    let shown = rows.unwrap_or(usize::MAX);
    if !risks.is_empty() {
        let title = format!("Risks: {}", plural(risks.len() as u64, "finding"));
        writeln!(out, "\n{}", palette.paint(Tone::Heading, &title))?;
        risks.iter().take(shown).try_for_each(|finding| one(out, (palette, columns), "!", finding))?;
    }
    if plan.findings.is_empty() && (rows.is_some() || others.is_empty()) {
        return match risks.len().saturating_sub(shown) {
            0 => Ok(()),
            more => rest(out, palette, more),
        };
    }
    let changes = plural(plan.findings.len() as u64, "change");
    let verb = if plan.findings.len() == 1 { "saves" } else { "save" };
    let title = match plan.findings.len() {
        0 => "Nothing to do; good to know:".to_owned(),
        _ => format!("What to do: {changes} {verb} {}, {} are left", size(plan.saves), size(plan.stored)),
    };
    writeln!(out, "\n{}", palette.paint(Tone::Heading, &title))?;
    for (number, finding) in (1..).zip(planned.take(shown)) {
        one(out, (palette, columns), &count(number), finding)?;
    }
    if let Some(rows) = rows {
        let more = plan.findings.len().saturating_sub(rows) + risks.len().saturating_sub(rows) + others.len();
        return if more == 0 { Ok(()) } else { rest(out, palette, more) };
    }
    others.iter().try_for_each(|finding| one(out, (palette, columns), "", finding))
}

fn one(
    out: &mut dyn Write,
    (palette, columns): (Palette, usize),
    number: &str,
    finding: &Finding,
) -> io::Result<()> {
    let saves = match (finding.saves.stored, finding.saves.exact) {
        (0, _) => "-".to_owned(),
        (bytes, true) => size(bytes),
        (bytes, false) => format!("≈ {}", size(bytes)),
    };
    let tone = match finding.severity {
        _ if finding.base => Tone::Faint,
        Severity::Info | Severity::Low => Tone::Faint,
        Severity::Medium | Severity::High => Tone::Bad,
    };
    let mut head = format!("{}  {}  ", right(number, 3), palette.paint(tone, &right(&saves, 10)));
    let location =
        finding.location.as_ref().map(|at| format!("{}:{}: ", at.file, at.line)).unwrap_or_default();
    for line in wrapped(&format!("{location}{}", finding.message), columns - MARGIN) {
        writeln!(out, "{head}{line}")?;
        head = " ".repeat(MARGIN);
    }
    for line in wrapped(&format!("→ {}", finding.fix.text), columns - MARGIN) {
        writeln!(out, "{head}{}", palette.paint(Tone::Good, &line))?;
    }
    Ok(())
}

fn rest(out: &mut dyn Write, palette: Palette, more: usize) -> io::Result<()> {
    let findings = if more == 1 { "finding" } else { "findings" };
    let line = format!("{}{} more {findings}, list them with -v", " ".repeat(MARGIN), count(more as u64));
    writeln!(out, "{}", palette.paint(Tone::Faint, &line))
}
