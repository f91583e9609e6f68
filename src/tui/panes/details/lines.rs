//! Lines of the details panes: all data about the chosen layer, and about the image.

use dockopt_core::image::{Attestation, ImageInfo, LayerInfo, SourceKind};
use dockopt_core::ledger::explain;
use dockopt_core::path::escape_text;
use dockopt_core::policy::Status;
use dockopt_core::quantity::{count, percent, plural, size};

use crate::tui::app::App;
use crate::tui::areas::Region;
use crate::tui::subject::{LayerState, Subject};
use crate::tui::text::{part_percent, wrap};

/// Cells for the name of a field.
const LABEL: usize = 12;
/// Fewest cells for a value beside its label.
const NARROWEST: usize = 12;

/// A line of a details pane.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Detail {
    /// The name of a field, empty on further lines of its value, and a part of its value.
    Field(String, String),
    /// Text drawn as a success.
    Good(String),
    /// Text drawn as a problem.
    Bad(String),
}

/// Builder of lines for a width.
struct DetailLines {
    width: usize,
    lines: Vec<Detail>,
}

impl DetailLines {
    fn field(&mut self, label: &str, value: &str) {
        if value.is_empty() {
            return;
        }
        let beside = self.width.saturating_sub(LABEL);
        let room = if beside >= NARROWEST { beside } else { self.width };
        let mut label = format!("{label:<LABEL$}");
        if beside < NARROWEST {
            self.lines.push(Detail::Field(std::mem::take(&mut label), String::new()));
        }
        for part in wrap(&escape_text(value), room) {
            let blank = if beside < NARROWEST { String::new() } else { " ".repeat(LABEL) };
            let label = if label.is_empty() { blank } else { std::mem::take(&mut label) };
            self.lines.push(Detail::Field(label, part));
        }
    }

    fn fields<'t>(&mut self, label: &str, values: impl IntoIterator<Item = &'t String>) {
        for (at, value) in values.into_iter().enumerate() {
            self.field(if at == 0 { label } else { "" }, value);
        }
    }

    fn texts(&mut self, text: &str, line: fn(String) -> Detail) {
        self.lines.extend(wrap(&escape_text(text), self.width).into_iter().map(line));
    }
}

impl App {
    /// Returns the lines about the chosen layer.
    pub(crate) fn layer_detail_lines(&self) -> Vec<Detail> {
        let mut lines = DetailLines { width: self.detail_width(Region::LayerDetails), lines: Vec::new() };
        let layer = self.layers.chosen;
        if let Some(subject) = self.subject.as_ref().filter(|subject| subject.layer_count() > 0) {
            failure(&mut lines, subject.layer_state(layer));
        }
        if let Some(info) = self.info().and_then(|info| info.layers.get(layer)) {
            lines.field("Command", &self.instruction_of(layer));
            if let Some(subject) = &self.subject {
                wasted_by(&mut lines, subject, layer);
            }
            layer_sizes(&mut lines, self.subject.as_deref(), info, layer);
            layer_facts(&mut lines, info);
        }
        if let Some(subject) = &self.subject {
            layer_waste(&mut lines, subject, layer);
        }
        lines.lines
    }

    /// Returns the lines about the image.
    pub(crate) fn image_detail_lines(&self) -> Vec<Detail> {
        let mut lines = DetailLines { width: self.detail_width(Region::ImageDetails), lines: Vec::new() };
        if let Some(info) = self.info() {
            lines.field("Name", &self.reference);
            image_names(&mut lines, info);
        }
        if let Some(subject) = &self.subject {
            metrics(&mut lines, subject);
            rules(&mut lines, subject);
        }
        if let Some(info) = self.info() {
            image_config(&mut lines, info);
        }
        if let Some(subject) = &self.subject {
            for warning in &subject.analysis.warnings {
                lines.field("Warning", &warning.to_string());
            }
        }
        lines.lines
    }

    fn detail_width(&self, pane: Region) -> usize {
        usize::from(self.areas().inside(pane).width)
    }
}

fn failure(lines: &mut DetailLines, state: &LayerState) {
    match state {
        LayerState::Read => {}
        LayerState::Unread => lines.texts("not read yet", Detail::Bad),
        LayerState::Failed { reasons, hint } => {
            for reason in reasons {
                lines.texts(reason, Detail::Bad);
            }
            if let Some(hint) = hint {
                lines.field("Hint", hint);
            }
        }
    }
}

fn layer_sizes(lines: &mut DetailLines, subject: Option<&Subject>, info: &LayerInfo, layer: usize) {
    let transfer = info.transfer.map(size).unwrap_or_default();
    lines.field("Transfer", &transfer);
    let Some(account) = subject.and_then(|subject| subject.analysis.ledger.layers.get(layer)) else { return };
    lines.field("Stored", &size(account.bytes.stored));
    lines.field(
        "Live",
        &format!("{}  ({})", size(account.bytes.live), part_percent(account.bytes.efficiency())),
    );
    lines.field("Wasted", &size(account.bytes.wasted));
    lines.field("Entries", &count(account.entries));
}

fn layer_facts(lines: &mut DetailLines, info: &LayerInfo) {
    for (label, value) in [
        ("Created", &info.created),
        ("Comment", &info.comment),
        ("Digest", &info.digest),
        ("Diff ID", &info.diff_id),
        ("Media type", &info.media_type),
    ] {
        lines.field(label, value.as_deref().unwrap_or_default());
    }
}

/// Adds what the layer wastes of the layers below it.
fn wasted_by(lines: &mut DetailLines, subject: &Subject, layer: usize) {
    let wasted = subject.wasted_by(layer);
    if wasted.bytes > 0 {
        let text = format!("{} in {} of layers below", size(wasted.bytes), plural(wasted.files, "file"));
        lines.field("Wastes", &text);
    }
}

/// Adds the waste that concerns the layer, with explanations.
fn layer_waste(lines: &mut DetailLines, subject: &Subject, layer: usize) {
    let Some(concern) = subject.concerns.get(layer) else { return };
    for row in concern.rows.iter().filter_map(|row| subject.analysis.ledger.waste.get(*row)) {
        lines.field("", &format!("{}  {}: {}", size(row.bytes), row.path, explain::sentence(row)));
    }
    if concern.more > 0 {
        lines.field("", &format!("and {} more, see the waste lens", plural(concern.more, "change")));
    }
}

fn image_names(lines: &mut DetailLines, info: &ImageInfo) {
    lines.fields("Tags", &info.tags);
    lines.field("Source", info.source.map_or("", SourceKind::name));
    let platform = info.platform.as_ref().map(ToString::to_string).unwrap_or_default();
    lines.field("Platform", &platform);
}

fn metrics(lines: &mut DetailLines, subject: &Subject) {
    let analysis = &subject.analysis;
    let ledger = &analysis.ledger;
    if !subject.is_complete() {
        lines.texts("layers are missing: these are the numbers of what is read", Detail::Bad);
    }
    lines.field("Efficiency", &part_percent(analysis.efficiency()));
    if let Some(transfer) = analysis.info.transfer() {
        lines.field("Transfer", &size(transfer));
    }
    lines.field("Stored", &size(ledger.total.stored));
    lines.field("Live", &size(ledger.total.live));
    lines.field(
        "Wasted",
        &format!("{} in {}", size(analysis.wasted()), plural(ledger.waste.len() as u64, "change")),
    );
    let user = format!(
        "{} of {} above the base ({})",
        size(analysis.user_wasted()),
        size(analysis.user_stored()),
        percent(analysis.user_wasted_percent())
    );
    lines.field("User layers", &user);
    if let Some(name) = &analysis.base.name {
        let layers = plural(analysis.base.layers as u64, "layer");
        lines.field("Base", &format!("{name}, {} in {layers}", size(ledger.base().stored)));
    }
}

fn rules(lines: &mut DetailLines, subject: &Subject) {
    match &subject.judgement {
        Some(Ok(judgement)) => {
            for outcome in &judgement.outcomes {
                match outcome.status {
                    Status::Pass => {
                        lines
                            .texts(&format!("PASS {}: {}", outcome.gate.name, outcome.message), Detail::Good);
                    }
                    Status::Fail => {
                        lines.texts(&format!("FAIL {}: {}", outcome.gate.name, outcome.message), Detail::Bad);
                    }
                    Status::Skip => {}
                }
            }
        }
        Some(Err(error)) => lines.texts(&format!("rules cannot be checked: {error}"), Detail::Bad),
        None => {}
    }
}

fn image_config(lines: &mut DetailLines, info: &ImageInfo) {
    let config = &info.config;
    let words = |list: &Option<Vec<String>>| list.as_ref().map(|words| words.join(" ")).unwrap_or_default();
    lines.field("User", config.user.as_deref().filter(|user| !user.is_empty()).unwrap_or("root (none set)"));
    lines.field("Entrypoint", &words(&config.entrypoint));
    lines.field("Command", &words(&config.cmd));
    lines.field("Directory", config.working_dir.as_deref().unwrap_or_default());
    lines.fields("Ports", &config.exposed_ports);
    lines.fields("Volumes", &config.volumes);
    lines.fields("Environment", &config.env);
    let labels: Vec<String> = config.labels.iter().map(|(name, value)| format!("{name}={value}")).collect();
    lines.fields("Labels", &labels);
    lines.field("Created", info.created.as_deref().unwrap_or_default());
    lines.field("Author", info.author.as_deref().unwrap_or_default());
    lines.field("Image ID", info.id.as_deref().unwrap_or_default());
    lines.field("Digest", info.digest.as_deref().unwrap_or_default());
    let attestation =
        |found: &Attestation| format!("{} ({}, {})", found.kind(), size(found.size), found.digest);
    let attestations: Vec<String> = info.attestations.iter().map(attestation).collect();
    lines.fields("Attested", &attestations);
}
