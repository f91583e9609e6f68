//! The report for programs, version 1. Its schema is `assets/report-v1.schema.json`.
//!
//! The same image gives the same bytes: everything is sorted, and nothing depends on the clock.
//! Absent values are `null`, never omitted. Characters that could act on a terminal are escaped as
//! `\uXXXX`, so that `cat` can show the report.

use std::collections::BTreeMap;
use std::io::{self, Write};

use dockopt_core::Analysis;
use dockopt_core::base::Basis;
use dockopt_core::cause::Cause;
use dockopt_core::findings::{Confidence, Finding, Fix, FoundPath, LocatedBy, Location, Saves, Severity};
use dockopt_core::image::{Attestation, HistoryEntry, ImageInfo, SourceKind};
use dockopt_core::ledger::{LayerAccount, WasteRow};
use dockopt_core::packages::{Package, Unowned};
use dockopt_core::path::EntryPath;
use dockopt_core::policy::{FindingOutcome, Judgement, Limit, Outcome, Status};
use dockopt_core::warning::Warning;
use serde::{Serialize, Serializer};

use crate::format::Format;
use crate::report::{Report, Tool};
use crate::value::write_value;

/// The format.
pub static FORMAT: Format = Format {
    name: "json",
    help: "machine-readable report with all facts",
    is_data: true,
    examines_files: true,
    write,
};

/// Version of the report's format.
const SCHEMA_VERSION: u32 = 1;

/// Writes the report and a line break.
fn write(out: &mut dyn Write, report: &Report<'_>) -> io::Result<()> {
    write_value(out, &document(report))
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Document<'a> {
    schema_version: u32,
    tool: Tool<'a>,
    image: Image<'a>,
    base: Base<'a>,
    score: &'static str,
    size: Size,
    efficiency: Option<f64>,
    user_wasted_percent: Option<f64>,
    #[serde(serialize_with = "layers")]
    layers: &'a Analysis,
    #[serde(serialize_with = "waste")]
    waste: &'a [WasteRow],
    packages: &'a [Package],
    unowned: Unowned,
    #[serde(serialize_with = "findings")]
    findings: &'a [Finding],
    plan: PlanRow<'a>,
    rules: Vec<RuleRow<'a>>,
    finding_rules: &'a [FindingOutcome],
    verdict: &'static str,
    #[serde(serialize_with = "warnings")]
    warnings: &'a [Warning],
}

/// The base image and its bytes.
#[derive(Serialize)]
struct Base<'a> {
    name: Option<&'a str>,
    digest: Option<&'a str>,
    layers: usize,
    basis: Basis,
    guessed: bool,
    stored: u64,
    live: u64,
    wasted: u64,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Image<'a> {
    reference: &'a str,
    source: &'a str,
    digest: Option<&'a str>,
    id: Option<&'a str>,
    platform: Option<String>,
    tags: &'a [String],
    created: Option<&'a str>,
    author: Option<&'a str>,
    user: Option<&'a str>,
    entrypoint: Option<&'a [String]>,
    cmd: Option<&'a [String]>,
    env: &'a [String],
    labels: &'a BTreeMap<String, String>,
    working_dir: Option<&'a str>,
    exposed_ports: &'a [String],
    volumes: &'a [String],
    stop_signal: Option<&'a str>,
    annotations: &'a BTreeMap<String, String>,
    history: &'a [HistoryEntry],
    attestations: Vec<AttestationRow<'a>>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct AttestationRow<'a> {
    kind: &'a str,
    artifact_type: Option<&'a str>,
    media_type: Option<&'a str>,
    predicate_type: Option<&'a str>,
    digest: &'a str,
    size: u64,
    annotations: &'a BTreeMap<String, String>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Size {
    transfer: Option<u64>,
    stored: u64,
    live: u64,
    wasted: u64,
    user_stored: u64,
    user_wasted: u64,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct LayerRow<'a> {
    index: usize,
    diff_id: Option<&'a str>,
    digest: Option<&'a str>,
    media_type: Option<&'a str>,
    created_by: Option<&'a str>,
    comment: Option<&'a str>,
    created: Option<&'a str>,
    base: bool,
    entries: u64,
    transfer: Option<u64>,
    stored: u64,
    live: u64,
    wasted: u64,
    efficiency: f64,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct WasteJson<'a> {
    path: String,
    bytes: u64,
    files: u64,
    cause: Cause,
    stored_in: &'a [usize],
    wasted_by: usize,
}

#[derive(Serialize)]
struct RuleRow<'a> {
    name: &'static str,
    status: Status,
    value: Option<Number>,
    threshold: Option<Number>,
    message: &'a str,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct FindingRow<'a> {
    rule: &'static str,
    severity: Severity,
    title: &'static str,
    message: &'a str,
    layer: Option<usize>,
    stored_in: &'a [usize],
    instruction: Option<&'a str>,
    location: Option<&'a Location>,
    basis: Option<LocatedBy>,
    paths: Vec<PathRow>,
    saves: Saves,
    fix: &'a Fix,
    confidence: Confidence,
    base: bool,
    fingerprint: &'a str,
}

#[derive(Serialize)]
struct PathRow {
    path: String,
    bytes: u64,
    files: u64,
}

/// What the findings save together.
#[derive(Serialize)]
struct PlanRow<'a> {
    stored: u64,
    saves: u64,
    findings: Vec<&'a str>,
}

/// A ratio or a whole number.
#[derive(Serialize)]
#[serde(untagged)]
enum Number {
    Ratio(f64),
    Whole(u64),
}

#[derive(Serialize)]
struct WarningRow<'a> {
    kind: &'static str,
    layer: Option<usize>,
    message: &'a str,
    path: Option<String>,
    count: u64,
}

fn document<'a>(report: &Report<'a>) -> Document<'a> {
    let &Report { tool, analysis, judgement, .. } = report;
    let total = &analysis.ledger.total;
    Document {
        schema_version: SCHEMA_VERSION,
        tool,
        image: image(&analysis.info),
        base: base(analysis),
        score: if analysis.dive.is_some() { "dive" } else { "exact" },
        size: Size {
            transfer: analysis.info.transfer(),
            stored: total.stored,
            live: total.live,
            wasted: analysis.wasted(),
            user_stored: analysis.user_stored(),
            user_wasted: analysis.user_wasted(),
        },
        efficiency: finite(analysis.efficiency()),
        user_wasted_percent: finite(analysis.user_wasted_percent()),
        layers: analysis,
        waste: &analysis.ledger.waste,
        packages: analysis.packages.as_ref().map(|found| found.packages.as_slice()).unwrap_or_default(),
        unowned: analysis.packages.as_ref().map(|found| found.unowned).unwrap_or_default(),
        findings: analysis.findings.as_ref().map(|found| found.findings.as_slice()).unwrap_or_default(),
        plan: plan(analysis),
        rules: judgement.map(|judgement| judgement.outcomes.iter().map(rule).collect()).unwrap_or_default(),
        finding_rules: judgement.map(|judgement| judgement.findings.as_slice()).unwrap_or_default(),
        verdict: match judgement.map(Judgement::passed) {
            None => "none",
            Some(true) => "pass",
            Some(false) => "fail",
        },
        warnings: &analysis.warnings,
    }
}

fn base(analysis: &Analysis) -> Base<'_> {
    let (base, bytes) = (&analysis.base, analysis.ledger.base());
    Base {
        name: base.name.as_deref(),
        digest: base.digest.as_deref(),
        layers: base.layers.min(analysis.ledger.layers.len()),
        basis: base.basis,
        guessed: base.is_guess,
        stored: bytes.stored,
        live: bytes.live,
        wasted: bytes.wasted,
    }
}

fn image(info: &ImageInfo) -> Image<'_> {
    let config = &info.config;
    Image {
        reference: &info.reference,
        source: info.source.map_or("", SourceKind::name),
        digest: info.digest.as_deref(),
        id: info.id.as_deref(),
        platform: info.platform.as_ref().map(ToString::to_string),
        tags: &info.tags,
        created: info.created.as_deref(),
        author: info.author.as_deref(),
        user: config.user.as_deref(),
        entrypoint: config.entrypoint.as_deref(),
        cmd: config.cmd.as_deref(),
        env: &config.env,
        labels: &config.labels,
        annotations: &info.annotations,
        working_dir: config.working_dir.as_deref(),
        exposed_ports: &config.exposed_ports,
        volumes: &config.volumes,
        stop_signal: config.stop_signal.as_deref(),
        history: &info.history,
        attestations: info.attestations.iter().map(attestation).collect(),
    }
}

fn attestation(attestation: &Attestation) -> AttestationRow<'_> {
    AttestationRow {
        kind: attestation.kind(),
        artifact_type: attestation.artifact_type.as_deref(),
        media_type: attestation.media_type.as_deref(),
        predicate_type: attestation.predicate_type.as_deref(),
        digest: &attestation.digest,
        size: attestation.size,
        annotations: &attestation.annotations,
    }
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde passes fields by reference")]
fn layers<S: Serializer>(analysis: &&Analysis, serializer: S) -> Result<S::Ok, S::Error> {
    let accounts = analysis.ledger.layers.iter().enumerate();
    serializer.collect_seq(accounts.map(|(index, account)| layer(analysis, index, account)))
}

fn layer<'a>(analysis: &'a Analysis, index: usize, account: &LayerAccount) -> LayerRow<'a> {
    let info = analysis.info.layers.get(index);
    LayerRow {
        index,
        diff_id: info.and_then(|info| info.diff_id.as_deref()),
        digest: info.and_then(|info| info.digest.as_deref()),
        media_type: info.and_then(|info| info.media_type.as_deref()),
        created_by: info.and_then(|info| info.created_by.as_deref()),
        comment: info.and_then(|info| info.comment.as_deref()),
        created: info.and_then(|info| info.created.as_deref()),
        base: index < analysis.ledger.base_layers,
        entries: account.entries,
        transfer: info.and_then(|info| info.transfer),
        stored: account.bytes.stored,
        live: account.bytes.live,
        wasted: account.bytes.wasted,
        efficiency: account.bytes.efficiency(),
    }
}

fn waste<S: Serializer>(rows: &&[WasteRow], serializer: S) -> Result<S::Ok, S::Error> {
    serializer.collect_seq(rows.iter().map(|row| WasteJson {
        path: row.path.to_text(),
        bytes: row.bytes,
        files: row.files,
        cause: row.cause,
        stored_in: &row.stored_in,
        wasted_by: row.wasted_by,
    }))
}

fn findings<S: Serializer>(findings: &&[Finding], serializer: S) -> Result<S::Ok, S::Error> {
    serializer.collect_seq(findings.iter().map(finding))
}

fn finding(finding: &Finding) -> FindingRow<'_> {
    let path =
        |found: &FoundPath| PathRow { path: found.path.to_text(), bytes: found.bytes, files: found.files };
    FindingRow {
        rule: finding.rule,
        severity: finding.severity,
        title: finding.title,
        message: &finding.message,
        layer: finding.layer,
        stored_in: &finding.stored_in,
        instruction: finding.instruction.as_deref(),
        location: finding.location.as_ref(),
        basis: finding.located_by,
        paths: finding.paths.iter().map(path).collect(),
        saves: finding.saves,
        fix: &finding.fix,
        confidence: finding.confidence,
        base: finding.base,
        fingerprint: &finding.fingerprint,
    }
}

fn plan(analysis: &Analysis) -> PlanRow<'_> {
    let Some(found) = &analysis.findings else {
        return PlanRow { stored: analysis.ledger.total.stored, saves: 0, findings: Vec::new() };
    };
    let fingerprint = |number: &usize| Some(found.findings.get(*number)?.fingerprint.as_str());
    PlanRow {
        stored: found.plan.stored,
        saves: found.plan.saves,
        findings: found.plan.findings.iter().filter_map(fingerprint).collect(),
    }
}

fn warnings<S: Serializer>(warnings: &&[Warning], serializer: S) -> Result<S::Ok, S::Error> {
    serializer.collect_seq(warnings.iter().map(|warning| WarningRow {
        kind: warning.kind.name(),
        layer: warning.layer,
        message: &warning.message,
        path: warning.path.as_ref().map(EntryPath::to_text),
        count: warning.count,
    }))
}

fn rule(outcome: &Outcome) -> RuleRow<'_> {
    RuleRow {
        name: outcome.gate.name,
        status: outcome.status,
        value: number(outcome.value),
        threshold: outcome.limit.and_then(number),
        message: &outcome.message,
    }
}

fn number(limit: Limit) -> Option<Number> {
    match limit {
        Limit::Ratio(ratio) => finite(ratio).map(Number::Ratio),
        Limit::Bytes(number) | Limit::Count(number) => Some(Number::Whole(number)),
    }
}

/// Returns the number if JSON can express it; dive's may be infinite or not a number.
fn finite(number: f64) -> Option<f64> {
    number.is_finite().then_some(number)
}
