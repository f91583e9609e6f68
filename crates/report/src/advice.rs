//! "What to do" in the report for people: risks first, then what saves most, with the fixes.

use std::io::{self, Write};

use dockopt_core::findings::{Finding, Findings, Severity};
use dockopt_core::quantity::{count, plural, size};
use dockopt_core::table::{right, wrapped};

use crate::colour::{Palette, Tone};

/// Cells before the text of a finding.
const MARGIN: usize = 17;

/// Writes the risks, the plan and its findings, at most `rows` of each; nothing if there is nothing to
/// do.
pub(crate) fn write(
    out: &mut dyn Write,
    width: (Palette, usize),
    findings: &Findings,
    rows: Option<usize>,
) -> io::Result<()> {
    let Findings { findings: all, plan } = findings;
    let others = all.iter().enumerate().filter(|(number, _)| !plan.findings.contains(number));
    let (risks, others): (Vec<&Finding>, Vec<&Finding>) =
        others.map(|(_, finding)| finding).partition(|finding| finding.is_risk());
    let shown = rows.unwrap_or(usize::MAX);
    if !risks.is_empty() {
        heading(out, width, &format!("Risks: {}", plural(risks.len() as u64, "finding")))?;
        risks.iter().take(shown).try_for_each(|finding| one(out, width, "!", finding))?;
    }
    let is_silent = plan.findings.is_empty() && (rows.is_some() || others.is_empty());
    if !is_silent {
        planned(out, width, findings, (shown, !risks.is_empty()))?;
    }
    let Some(rows) = rows else { return others.iter().try_for_each(|finding| one(out, width, "", finding)) };
    let base = others.iter().find(|finding| is_about_base(finding));
    if let Some(base) = base {
        heading(out, width, "The base")?;
        one(out, width, "", base)?;
    }
    let unmentioned = if is_silent { 0 } else { others.len() - usize::from(base.is_some()) };
    let more = [plan.findings.len(), risks.len()].map(|count| count.saturating_sub(rows));
    match more.iter().sum::<usize>() + unmentioned {
        0 => Ok(()),
        more => rest(out, width.0, more),
    }
}

fn heading(out: &mut dyn Write, (palette, _): (Palette, usize), title: &str) -> io::Result<()> {
    writeln!(out, "\n{}", palette.paint(Tone::Heading, title))
}

/// Writes the plan and its first findings.
fn planned(
    out: &mut dyn Write,
    width: (Palette, usize),
    Findings { findings, plan }: &Findings,
    (shown, has_risks): (usize, bool),
) -> io::Result<()> {
    let changes = plural(plan.findings.len() as u64, "change");
    let verb = if plan.findings.len() == 1 { "saves" } else { "save" };
    let title = match plan.findings.len() {
        0 if has_risks => "Nothing to save; good to know:".to_owned(),
        0 => "Nothing to do; good to know:".to_owned(),
        _ => format!("What to do: {changes} {verb} {}, {} are left", size(plan.saves), size(plan.stored)),
    };
    heading(out, width, &title)?;
    let planned = plan.findings.iter().filter_map(|number| findings.get(*number));
    (1..).zip(planned.take(shown)).try_for_each(|(number, finding)| one(out, width, &count(number), finding))
}

/// Whether a finding is about the base as a whole: another one may save more than all else.
fn is_about_base(finding: &Finding) -> bool {
    finding.base && finding.layer.is_none() && finding.saves.stored > 0
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
