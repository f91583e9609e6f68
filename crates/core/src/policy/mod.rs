//! Judges an image by limits and reports the outcome of each.

mod findings;
mod gate;
mod limit;

use std::fmt;

use serde::Serialize;

pub use findings::{FindingOutcome, FindingPolicy, FindingStatus, Ignore};
pub use gate::{GATES, Gate, Worse};
pub use limit::{Limit, LimitError, Unit};

use crate::analysis::Analysis;
use crate::model::warning::Warning;
use crate::model::warning_kind::WarningKind;

/// Origin of a limit.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Origin {
    /// Nowhere: the default applies.
    Default,
    /// In the rules file.
    File,
    /// In the environment.
    Environment,
    /// On the command line.
    Flag,
}

impl fmt::Display for Origin {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(match self {
            Self::Default => "default",
            Self::File => "rules file",
            Self::Environment => "environment",
            Self::Flag => "command line",
        })
    }
}

/// The limit of every gate, and the doubtful warnings that the policy accepts.
#[derive(Clone, Debug, PartialEq)]
pub struct Policy {
    settings: Vec<Setting>,
    allowed: Vec<WarningKind>,
    /// What becomes of findings.
    pub findings: FindingPolicy,
}

/// The limit of one gate.
#[derive(Clone, Copy, Debug, PartialEq)]
struct Setting {
    gate: &'static Gate,
    /// `None` disables the gate.
    limit: Option<Limit>,
    origin: Origin,
}

impl Default for Policy {
    fn default() -> Self {
        let of_gate = |gate: &'static Gate| Setting { gate, limit: gate.default, origin: Origin::Default };
        Self {
            settings: GATES.iter().map(of_gate).collect(),
            allowed: Vec::new(),
            findings: FindingPolicy::default(),
        }
    }
}

impl Policy {
    /// Sets a gate's limit from text; see [`Limit::parse`].
    pub fn set(&mut self, gate: &'static Gate, text: &str, origin: Origin) -> Result<(), LimitError> {
        let limit = Limit::parse(gate.unit, text)?;
        if let Some(setting) = self.settings.iter_mut().find(|setting| setting.gate == gate) {
            *setting = Setting { gate, limit, origin };
        }
        Ok(())
    }

    /// Accepts warnings of this kind: [`Policy::doubts`] no longer returns them.
    pub fn allow(&mut self, kind: WarningKind) {
        self.allowed.push(kind);
    }

    /// Returns the doubtful warnings that are not allowed. If there are any, the image cannot be
    /// judged: bytes may be missing, or its final filesystem is a guess.
    pub fn doubts(&self, analysis: &Analysis) -> Vec<Warning> {
        // A package may own more than was found.
        let is_doubtful =
            |kind: WarningKind| kind.is_doubtful() || kind == WarningKind::Evidence && self.needs_facts();
        let is_doubt = |warning: &Warning| is_doubtful(warning.kind) && !self.allowed.contains(&warning.kind);
        let missing = self.needs_facts() && analysis.packages.is_none();
        let missing = missing.then(|| {
            Warning::new(WarningKind::Evidence, None, "the packages of the image are not known".to_owned())
        });
        let known = analysis.warnings.iter().cloned().chain(blind(analysis)).chain(missing);
        let mut doubts: Vec<Warning> = known.collect();
        doubts.retain(is_doubt);
        doubts
    }

    /// Whether it needs facts about files: a gate with a limit is about packages, or it judges
    /// findings.
    pub fn needs_facts(&self) -> bool {
        let of_packages = |setting: &Setting| setting.gate.of_packages && setting.limit.is_some();
        self.settings.iter().any(of_packages) || !self.findings.is_empty()
    }

    /// Judges an image.
    pub fn check(&self, analysis: &Analysis) -> Judgement {
        let found = analysis.findings.as_ref();
        Judgement {
            outcomes: self.settings.iter().map(|setting| judge(*setting, analysis)).collect(),
            findings: found.map(|found| self.findings.check(found)).unwrap_or_default(),
        }
    }
}

/// Returns a warning about an image without layers, or about a base that is larger than the image;
/// `None` if the analysis already has that warning.
fn blind(analysis: &Analysis) -> Option<Warning> {
    let layers = analysis.ledger.layers.len();
    let is_reported = |kind| analysis.warnings.iter().any(|warning| warning.kind == kind);
    let (kind, message) = if layers == 0 {
        (WarningKind::NoLayers, "the image has no layers, there is nothing to judge".to_owned())
    } else if analysis.ledger.base_layers > layers {
        let base = analysis.ledger.base_layers;
        (WarningKind::BaseLayers, format!("{base} base layers requested, the image has {layers}"))
    } else {
        return None;
    };
    (!is_reported(kind)).then(|| Warning::new(kind, None, message))
}

/// The outcome of one gate.
#[derive(Clone, Debug, PartialEq)]
pub struct Outcome {
    /// The gate.
    pub gate: &'static Gate,
    /// Whether the image passes.
    pub status: Status,
    /// The value of the image.
    pub value: Limit,
    /// The limit, `None` if the gate is disabled.
    pub limit: Option<Limit>,
    /// Where the limit was set.
    pub origin: Origin,
    /// A sentence about the value and the limit.
    pub message: String,
}

/// Whether an image passes a gate.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Status {
    /// The image is within the limit.
    Pass,
    /// The image is beyond the limit.
    Fail,
    /// The gate is disabled.
    Skip,
}

/// An image judged by every gate.
#[derive(Clone, Debug, PartialEq)]
pub struct Judgement {
    /// One outcome for each gate.
    pub outcomes: Vec<Outcome>,
    /// The findings of the rules that the policy names.
    pub findings: Vec<FindingOutcome>,
}

impl Judgement {
    /// Returns whether the image fails no gate and has no denied finding.
    pub fn passed(&self) -> bool {
        self.failures() == 0
    }

    /// Returns the number of gates that the image fails, and of denied findings.
    pub fn failures(&self) -> usize {
        let gates = self.outcomes.iter().filter(|outcome| outcome.status == Status::Fail).count();
        gates + self.findings.iter().filter(|outcome| outcome.status == FindingStatus::Fail).count()
    }
}

fn judge(Setting { gate, limit, origin }: Setting, analysis: &Analysis) -> Outcome {
    let value = (gate.value)(analysis);
    let with_part = |text: String| match (gate.part)(analysis) {
        Some(part) => format!("{text}: {part}"),
        None => text,
    };
    let (status, message) = match limit {
        None => (Status::Skip, "disabled".to_owned()),
        Some(limit) if gate.fails(value, limit) => {
            (Status::Fail, with_part(compared(value, gate.worse.relation(), limit)))
        }
        Some(_) => (Status::Pass, with_part(value.to_string())),
    };
    Outcome { gate, status, value, limit, origin, message }
}

/// Returns a sentence with rounded numbers, or exact ones if rounding makes them equal.
fn compared(value: Limit, relation: &str, limit: Limit) -> String {
    match (value, limit) {
        (Limit::Ratio(exact), Limit::Ratio(exact_limit)) if value.to_string() == limit.to_string() => {
            format!("{exact} is {relation} {exact_limit}")
        }
        _ => format!("{value} is {relation} {limit}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ledger::{Account, LayerAccount, Ledger};
    use crate::model::base::BaseChoice;
    use crate::model::image::ImageInfo;
    use crate::model::packages::{Package, Packages, Unowned};

    fn analysis() -> Analysis {
        let bytes = Account { stored: 1000, live: 900, wasted: 100 };
        let user = Account { stored: 500, live: 450, wasted: 50 };
        let layer = LayerAccount { entries: 1, bytes };
        let ledger = Ledger { base_layers: 1, layers: vec![layer], total: bytes, user, waste: Vec::new() };
        let (info, dive) = (ImageInfo::default(), None);
        let base = BaseChoice::Described.of(&info).0;
        let package = |name: &str, live| Package {
            ecosystem: "deb",
            name: name.to_owned(),
            version: "1".to_owned(),
            purl: String::new(),
            live,
            wasted: 50,
            files: 1,
            strippable: 0,
            layer: 0,
        };
        let packages = vec![package("small", 1), package("large", 250), package("b", 2)];
        let packages = Some(Packages { packages, unowned: Unowned::default() });
        Analysis { info, base, packages, findings: None, ledger, dive, warnings: Vec::new() }
    }

    fn status(name: &str, limit: &str) -> Status {
        let gate = Gate::find(name).expect("a gate");
        let mut policy = Policy::default();
        policy.set(gate, limit, Origin::Flag).expect("a limit");
        let judgement = policy.check(&analysis());
        judgement.outcomes.iter().find(|outcome| outcome.gate == gate).expect("every gate").status
    }

    #[test]
    fn equal_values_pass_and_worse_ones_fail() {
        let cases = [
            ("lowestEfficiency", "0.9", "0.91"),
            ("highestUserWastedPercent", "0.1", "0.09"),
            ("highestWastedBytes", "100", "99"),
            ("highestStoredBytes", "1kB", "999"),
            ("highestLiveBytes", "900B", "899B"),
            ("highestLayerBytes", "1,000", "999"),
            ("highestLayers", "1", "0"),
            ("maxPackageBytes", "300", "299"),
        ];
        assert_eq!(cases.len(), GATES.len());
        for (name, equal, worse) in cases {
            assert_eq!(status(name, equal), Status::Pass, "{name}");
            assert_eq!(status(name, worse), Status::Fail, "{name}");
            assert_eq!(status(name, "off"), Status::Skip, "{name}");
        }
    }

    #[test]
    fn limit_of_packages_names_the_package_and_needs_all_facts() {
        let gate = Gate::find("max-package-bytes").expect("a gate");
        let mut policy = Policy::default();
        assert!(!policy.needs_facts());
        policy.set(gate, "299", Origin::Flag).expect("a limit");
        assert!(policy.needs_facts());
        let judgement = policy.check(&analysis());
        let outcome = judgement.outcomes.iter().find(|outcome| outcome.gate == gate).expect("every gate");
        assert_eq!(outcome.message, "300 bytes is above 299 bytes: deb large 1");
        assert_eq!(policy.doubts(&analysis()), []);
        let unknown = Analysis { packages: None, ..analysis() };
        assert_eq!(policy.doubts(&unknown).len(), 1);
        let warnings = vec![Warning::new(WarningKind::Evidence, None, "x")];
        assert_eq!(policy.doubts(&Analysis { warnings: warnings.clone(), ..analysis() }), warnings);
        assert_eq!(Policy::default().doubts(&Analysis { warnings, ..unknown }), []);
    }

    #[test]
    fn defaults_are_those_of_dive() {
        let judgement = Policy::default().check(&analysis());
        let active: Vec<_> = judgement
            .outcomes
            .iter()
            .filter(|outcome| outcome.limit.is_some())
            .map(|outcome| outcome.gate.name)
            .collect();
        assert_eq!(active, ["lowestEfficiency", "highestUserWastedPercent"]);
        assert!(judgement.passed());
    }
}
