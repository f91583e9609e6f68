//! Rules that an image must keep, and whether it does.
//!
//! Three rules are dive's, with its names, defaults and comparisons, so that a `.dive-ci` keeps its meaning; the others
//! are absolute limits, which make better gates than scores. Equality always passes.

mod limit;

use std::fmt;

use serde::Serialize;

pub use limit::{Limit, LimitError};

use crate::analysis::Analysis;

/// What a rule limits.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Rule {
    /// The efficiency must not be lower.
    LowestEfficiency,
    /// The wasted bytes must not be more.
    HighestWastedBytes,
    /// The wasted share of what the layers above the base store must not be higher.
    HighestUserWastedPercent,
    /// The bytes that all layers store must not be more.
    HighestStoredBytes,
    /// The bytes of the final filesystem must not be more.
    HighestLiveBytes,
    /// No layer may store more bytes.
    HighestLayerBytes,
    /// There must not be more layers.
    HighestLayers,
}

/// The unit of a rule's value.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Unit {
    /// A number from 0 to 1.
    Ratio,
    /// Bytes.
    Bytes,
    /// A number of things.
    Count,
}

impl Rule {
    /// All rules, dive's first.
    pub const ALL: [Self; 7] = [
        Self::LowestEfficiency,
        Self::HighestWastedBytes,
        Self::HighestUserWastedPercent,
        Self::HighestStoredBytes,
        Self::HighestLiveBytes,
        Self::HighestLayerBytes,
        Self::HighestLayers,
    ];

    /// Its name in configuration files and reports.
    pub fn name(self) -> &'static str {
        match self {
            Self::LowestEfficiency => "lowestEfficiency",
            Self::HighestWastedBytes => "highestWastedBytes",
            Self::HighestUserWastedPercent => "highestUserWastedPercent",
            Self::HighestStoredBytes => "highestStoredBytes",
            Self::HighestLiveBytes => "highestLiveBytes",
            Self::HighestLayerBytes => "highestLayerBytes",
            Self::HighestLayers => "highestLayers",
        }
    }

    /// Its name on the command line.
    pub fn option(self) -> &'static str {
        match self {
            Self::LowestEfficiency => "lowest-efficiency",
            Self::HighestWastedBytes => "highest-wasted-bytes",
            Self::HighestUserWastedPercent => "highest-user-wasted-percent",
            Self::HighestStoredBytes => "highest-stored-bytes",
            Self::HighestLiveBytes => "highest-live-bytes",
            Self::HighestLayerBytes => "highest-layer-bytes",
            Self::HighestLayers => "highest-layers",
        }
    }

    /// The rule of that name, as configuration files or the command line write it: case and hyphens do not matter, as for dive.
    pub fn of_name(name: &str) -> Option<Self> {
        let folded = |name: &str| name.to_lowercase().replace('-', "");
        Self::ALL.into_iter().find(|rule| folded(rule.name()) == folded(name))
    }

    /// The unit of its limit.
    pub fn unit(self) -> Unit {
        match self {
            Self::LowestEfficiency | Self::HighestUserWastedPercent => Unit::Ratio,
            Self::HighestLayers => Unit::Count,
            _ => Unit::Bytes,
        }
    }

    /// The limit that applies when nobody sets one: dive's.
    pub fn default_limit(self) -> Option<Limit> {
        match self {
            Self::LowestEfficiency => Some(Limit::Ratio(0.9)),
            Self::HighestUserWastedPercent => Some(Limit::Ratio(0.1)),
            _ => None,
        }
    }

    fn value(self, analysis: &Analysis) -> Limit {
        let ledger = &analysis.ledger;
        match self {
            Self::LowestEfficiency => Limit::Ratio(analysis.efficiency()),
            Self::HighestWastedBytes => Limit::Bytes(analysis.wasted()),
            Self::HighestUserWastedPercent => Limit::Ratio(analysis.user_wasted_percent()),
            Self::HighestStoredBytes => Limit::Bytes(ledger.total.stored),
            Self::HighestLiveBytes => Limit::Bytes(ledger.total.live),
            Self::HighestLayerBytes => {
                Limit::Bytes(ledger.layers.iter().map(|layer| layer.bytes.stored).max().unwrap_or(0))
            }
            Self::HighestLayers => Limit::Count(ledger.layers.len() as u64),
        }
    }

    fn is_broken(self, value: Limit, limit: Limit) -> bool {
        match (self, value, limit) {
            // A value that is not a number breaks no rule: dive has it so.
            (Self::LowestEfficiency, Limit::Ratio(value), Limit::Ratio(limit)) => value < limit,
            (_, Limit::Ratio(value), Limit::Ratio(limit)) => value > limit,
            (_, Limit::Bytes(value), Limit::Bytes(limit)) | (_, Limit::Count(value), Limit::Count(limit)) => {
                value > limit
            }
            _ => true,
        }
    }
}

/// Where a limit was set.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Origin {
    /// Nowhere: it is the default.
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

/// A limit for every rule, or that it is disabled.
#[derive(Clone, Debug, PartialEq)]
pub struct Policy {
    settings: [(Rule, Option<Limit>, Origin); 7],
}

impl Default for Policy {
    fn default() -> Self {
        Self { settings: Rule::ALL.map(|rule| (rule, rule.default_limit(), Origin::Default)) }
    }
}

impl Policy {
    /// Sets a rule's limit from text; see [`Limit::parse`].
    pub fn set(&mut self, rule: Rule, text: &str, origin: Origin) -> Result<(), LimitError> {
        let limit = Limit::parse(rule.unit(), text)?;
        if let Some(setting) = self.settings.iter_mut().find(|(known, ..)| *known == rule) {
            *setting = (rule, limit, origin);
        }
        Ok(())
    }

    /// Judges an image.
    pub fn check(&self, analysis: &Analysis) -> Judgement {
        Judgement { outcomes: self.settings.iter().map(|setting| judge(setting, analysis)).collect() }
    }
}

/// How an image fares under one rule.
#[derive(Clone, Debug, PartialEq)]
pub struct Outcome {
    /// The rule.
    pub rule: Rule,
    /// Whether it is kept.
    pub status: Status,
    /// What the image has.
    pub value: Limit,
    /// What the rule asks for, `None` if it is disabled.
    pub limit: Option<Limit>,
    /// Who asked for it.
    pub origin: Origin,
    /// A sentence about it.
    pub message: String,
}

/// Whether a rule is kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Status {
    /// It is.
    Pass,
    /// It is not.
    Fail,
    /// It is disabled.
    Skip,
}

/// All rules, judged.
#[derive(Clone, Debug, PartialEq)]
pub struct Judgement {
    /// One outcome for each rule.
    pub outcomes: Vec<Outcome>,
}

impl Judgement {
    /// Whether no rule is broken.
    pub fn passed(&self) -> bool {
        self.failures() == 0
    }

    /// Number of rules that are broken.
    pub fn failures(&self) -> usize {
        self.outcomes.iter().filter(|outcome| outcome.status == Status::Fail).count()
    }
}

fn judge(&(rule, limit, origin): &(Rule, Option<Limit>, Origin), analysis: &Analysis) -> Outcome {
    let value = rule.value(analysis);
    let (status, message) = match limit {
        None => (Status::Skip, "disabled".to_owned()),
        Some(limit) if rule.is_broken(value, limit) => {
            let relation = if rule == Rule::LowestEfficiency { "below" } else { "above" };
            (Status::Fail, compared(value, relation, limit))
        }
        Some(_) => (Status::Pass, value.to_string()),
    };
    Outcome { rule, status, value, limit, origin, message }
}

/// Rounded numbers, unless rounding makes them look equal.
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
    use crate::model::image::ImageInfo;

    fn analysis() -> Analysis {
        let bytes = Account { stored: 1000, live: 900, wasted: 100 };
        let user = Account { stored: 500, live: 450, wasted: 50 };
        let layer = LayerAccount { entries: 1, bytes };
        let ledger = Ledger { base_layers: 1, layers: vec![layer], total: bytes, user, waste: Vec::new() };
        Analysis { info: ImageInfo::default(), ledger, dive: None, warnings: Vec::new() }
    }

    fn status(rule: Rule, limit: &str) -> Status {
        let mut policy = Policy::default();
        policy.set(rule, limit, Origin::Flag).expect("a limit");
        let judgement = policy.check(&analysis());
        judgement.outcomes.iter().find(|outcome| outcome.rule == rule).expect("every rule").status
    }

    #[test]
    fn equality_passes_and_one_more_fails() {
        for (rule, equal, beyond) in [
            (Rule::LowestEfficiency, "0.9", "0.91"),
            (Rule::HighestUserWastedPercent, "0.1", "0.09"),
            (Rule::HighestWastedBytes, "100", "99"),
            (Rule::HighestStoredBytes, "1kB", "999"),
            (Rule::HighestLiveBytes, "900B", "899B"),
            (Rule::HighestLayerBytes, "1,000", "999"),
            (Rule::HighestLayers, "1", "0"),
        ] {
            assert_eq!(status(rule, equal), Status::Pass, "{rule:?}");
            assert_eq!(status(rule, beyond), Status::Fail, "{rule:?}");
            assert_eq!(status(rule, "off"), Status::Skip, "{rule:?}");
        }
    }

    #[test]
    fn names_lead_back_to_rules() {
        for rule in Rule::ALL {
            assert_eq!(Rule::of_name(rule.name()), Some(rule));
            assert_eq!(Rule::of_name(rule.option()), Some(rule));
        }
        assert_eq!(Rule::of_name("LOWESTefficiency"), Some(Rule::LowestEfficiency));
        assert_eq!(Rule::of_name("lowestEficiency"), None);
    }

    #[test]
    fn the_defaults_are_those_of_dive() {
        let judgement = Policy::default().check(&analysis());
        let active: Vec<_> = judgement
            .outcomes
            .iter()
            .filter(|outcome| outcome.limit.is_some())
            .map(|outcome| outcome.rule)
            .collect();
        assert_eq!(active, [Rule::LowestEfficiency, Rule::HighestUserWastedPercent]);
        assert!(judgement.passed());
    }

    #[test]
    fn a_value_that_is_not_a_number_breaks_no_rule() {
        assert!(!Rule::HighestUserWastedPercent.is_broken(Limit::Ratio(f64::NAN), Limit::Ratio(0.1)));
        assert!(Rule::HighestUserWastedPercent.is_broken(Limit::Ratio(f64::INFINITY), Limit::Ratio(0.1)));
    }
}
