//! Judges findings: some rules fail the gate, some warn, and some findings are ignored for a reason,
//! for some time.
//!
//! No rule fails a gate unless it is named, so that a new one never fails an old gate.

use serde::Serialize;

use crate::findings::{Finding, Findings};
use crate::model::path::escape_text;
use crate::model::pattern::matches_path;

/// What becomes of findings.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct FindingPolicy {
    /// Rules whose findings fail.
    pub deny: Vec<String>,
    /// Rules whose findings are warnings.
    pub warn: Vec<String>,
    /// Findings that are left out.
    pub ignore: Vec<Ignore>,
    /// The present day, `2026-01-31`.
    pub today: String,
}

/// Leaves out findings of a rule.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Ignore {
    /// The rule.
    pub rule: String,
    /// Only findings all of whose paths match: `*` is any part of a name, `**` any directories.
    pub path: Option<String>,
    /// Why.
    pub reason: String,
    /// The last day on which it counts, `2026-01-31`.
    pub expires: Option<String>,
}

/// A judged finding.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct FindingOutcome {
    /// The rule.
    pub rule: &'static str,
    /// Whether it fails the gate.
    pub status: FindingStatus,
    /// The fingerprint of the finding.
    pub fingerprint: String,
    /// The finding in one sentence, with the reason if it is ignored.
    pub message: String,
}

/// What becomes of a finding.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum FindingStatus {
    /// It fails the gate.
    Fail,
    /// It is a warning.
    Warn,
    /// It would fail or warn, but it is ignored.
    Ignored,
}

impl FindingPolicy {
    /// Whether it judges any finding.
    pub fn is_empty(&self) -> bool {
        self.deny.is_empty() && self.warn.is_empty()
    }

    /// Judges the findings of the rules that it names.
    pub fn check(&self, findings: &Findings) -> Vec<FindingOutcome> {
        findings.findings.iter().filter_map(|finding| self.outcome(finding)).collect()
    }

    fn outcome(&self, finding: &Finding) -> Option<FindingOutcome> {
        let names = |rules: &[String]| rules.iter().any(|rule| rule == finding.rule);
        let status = match () {
            () if names(&self.deny) => FindingStatus::Fail,
            () if names(&self.warn) => FindingStatus::Warn,
            () => return None,
        };
        let ignored: Vec<&Ignore> = self.ignore.iter().filter(|ignore| ignore.covers(finding)).collect();
        let current = ignored.iter().find(|ignore| !ignore.is_over(&self.today));
        let (status, note) = match (current, ignored.first()) {
            (Some(ignore), _) => (FindingStatus::Ignored, format!(" (ignored: {})", ignore.reason)),
            (None, Some(over)) => {
                let day = over.expires.as_deref().unwrap_or_default();
                (status, format!(" (ignored until {day}: {})", over.reason))
            }
            (None, None) => (status, String::new()),
        };
        Some(FindingOutcome {
            rule: finding.rule,
            status,
            fingerprint: finding.fingerprint.clone(),
            message: finding.message.clone() + &escape_text(&note),
        })
    }
}

impl Ignore {
    /// Whether it is about a finding.
    fn covers(&self, finding: &Finding) -> bool {
        let is_path = |pattern: &String| {
            let matches = |path: &[u8]| matches_path(pattern.as_bytes(), path);
            !finding.paths.is_empty() && finding.paths.iter().all(|found| matches(found.path.as_bytes()))
        };
        self.rule == finding.rule && self.path.as_ref().is_none_or(is_path)
    }

    /// Whether its last day has passed.
    fn is_over(&self, today: &str) -> bool {
        self.expires.as_deref().is_some_and(|day| day < today)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::findings::{Confidence, Fix, FoundPath, Saves, Severity};
    use crate::model::path::EntryPath;

    fn finding(rule: &'static str, paths: &[&str]) -> Finding {
        let found = |path: &&str| FoundPath { path: EntryPath::clean(path.as_bytes()), bytes: 1, files: 1 };
        Finding {
            rule,
            severity: Severity::High,
            title: "",
            message: "found".to_owned(),
            layer: None,
            stored_in: Vec::new(),
            instruction: None,
            location: None,
            located_by: None,
            paths: paths.iter().map(found).collect(),
            saves: Saves::default(),
            fix: Fix::default(),
            confidence: Confidence::Certain,
            base: false,
            fingerprint: String::new(),
            claims: Vec::new(),
        }
    }

    fn outcomes(policy: &FindingPolicy) -> Vec<(FindingStatus, String)> {
        let all = vec![finding("a", &["x/y/z", "x/q"]), finding("b", &[]), finding("new", &["x"])];
        let outcomes = policy.check(&Findings::new(all, 0));
        outcomes.into_iter().map(|outcome| (outcome.status, outcome.message)).collect()
    }

    fn ignore(rule: &str, path: Option<&str>, expires: Option<&str>) -> Ignore {
        let (path, expires) = (path.map(str::to_owned), expires.map(str::to_owned));
        Ignore { rule: rule.to_owned(), path, reason: "known".to_owned(), expires }
    }

    #[test]
    fn only_named_rules_count() {
        assert_eq!(outcomes(&FindingPolicy::default()), []);
        let policy = FindingPolicy {
            deny: vec!["a".to_owned()],
            warn: vec!["b".to_owned(), "a".to_owned()],
            ..FindingPolicy::default()
        };
        assert_eq!(
            outcomes(&policy),
            [(FindingStatus::Fail, "found".to_owned()), (FindingStatus::Warn, "found".to_owned())]
        );
    }

    #[test]
    fn findings_are_ignored_by_all_their_paths_until_a_day() {
        let with = |ignore: Ignore| {
            let (deny, today) = (vec!["a".to_owned()], "2026-05-05".to_owned());
            outcomes(&FindingPolicy { deny, today, ignore: vec![ignore], ..FindingPolicy::default() })
                .remove(0)
        };
        let ignored = (FindingStatus::Ignored, "found (ignored: known)".to_owned());
        for (path, expires) in
            [(None, None), (Some("/x/**"), None), (Some("x/**"), Some("2026-05-05")), (Some("**"), None)]
        {
            assert_eq!(with(ignore("a", path, expires)), ignored, "{path:?} {expires:?}");
        }
        assert_eq!(with(ignore("a", Some("/x/y/*"), None)).0, FindingStatus::Fail);
        assert_eq!(with(ignore("b", None, None)).0, FindingStatus::Fail);
        let over = with(ignore("a", None, Some("2026-05-04")));
        assert_eq!(over, (FindingStatus::Fail, "found (ignored until 2026-05-04: known)".to_owned()));
    }
}
