//! The limits in force. Flags override the environment, the environment overrides the rules file,
//! and the rules file overrides the defaults.
//!
//! The file is dive's `.dive-ci`: YAML with a map `rules`, and the lists `allow`, `deny`, `warn` and
//! `ignore`, which dive ignores.
//! An unknown key is an error, because a mistyped rule guards nothing.

use std::path::{Path, PathBuf};

use clap::builder::{PossibleValuesParser, TypedValueParser};
use clap::error::Error;
use clap::parser::ValueSource;
use clap::{Arg, ArgMatches, Args, Command, FromArgMatches};
use dockopt_advice::rules::rules;
use dockopt_core::policy::{GATES, Gate, Ignore, Origin, Policy, Unit};
use dockopt_core::warning_kind::WarningKind;

use crate::dates;
use crate::error::CliError;
use crate::terminal::say;
use crate::yaml::{self, Document, Fault, MapEntry};

/// The default rules file.
const DEFAULT_FILE: &str = ".dive-ci";

/// The options that set limits, one for each gate, from the command line and the environment.
#[derive(Clone, Debug, Default)]
pub(crate) struct GateOptions {
    given: Vec<Given>,
}

/// A limit as text.
#[derive(Clone, Debug)]
struct Given {
    gate: &'static Gate,
    text: String,
    origin: Origin,
}

/// The rules file.
#[derive(Clone, Debug, Default, Args)]
pub(crate) struct RulesFile {
    /// Rules file [default: .dive-ci]
    #[arg(long = "ci-config", value_name = "PATH")]
    named: Option<PathBuf>,
}

/// The warnings that do not keep the gate from judging.
#[derive(Clone, Debug, Default, Args)]
pub(crate) struct AllowOptions {
    /// Judge the image despite a warning that leaves its numbers in doubt; repeatable
    #[arg(
        long = "allow",
        value_name = "WARNING",
        env = "DOCKOPT_DIVE_ALLOW",
        value_delimiter = ',',
        hide_possible_values = true,
        value_parser = doubtful_kind()
    )]
    allowed: Vec<WarningKind>,
}

/// What becomes of findings.
#[derive(Clone, Debug, Default, Args)]
pub(crate) struct FindingOptions {
    /// Fail if the image has a finding of this rule; repeatable. `explain` lists the rules
    #[arg(
        long,
        value_name = "RULE",
        env = "DOCKOPT_DIVE_DENY",
        value_delimiter = ',',
        hide_possible_values = true,
        value_parser = PossibleValuesParser::new(rules().map(|rule| rule.id))
    )]
    deny: Vec<String>,

    /// Report findings of this rule with the rules, and do not fail; repeatable
    #[arg(
        long,
        value_name = "RULE",
        env = "DOCKOPT_DIVE_WARN",
        value_delimiter = ',',
        hide_possible_values = true,
        value_parser = PossibleValuesParser::new(rules().map(|rule| rule.id))
    )]
    warn: Vec<String>,
}

/// Parses the name of a warning that leaves the numbers in doubt.
fn doubtful_kind() -> impl TypedValueParser<Value = WarningKind> {
    PossibleValuesParser::new(doubtful_names())
        .try_map(|name| WarningKind::of_name(&name).ok_or("unknown warning"))
}

/// Returns the names of the warnings that leave the numbers in doubt.
fn doubtful_names() -> impl Iterator<Item = &'static str> {
    WarningKind::all().filter(|kind| kind.is_doubtful()).map(WarningKind::name)
}

/// Returns whether a value of `--allow` is meant for the gate: `docker buildx build` has an option
/// of that name.
pub(crate) fn is_doubtful_name(value: &str) -> bool {
    value.split(',').all(|name| doubtful_names().any(|known| known == name))
}

impl Args for GateOptions {
    fn augment_args(command: Command) -> Command {
        command.next_help_heading("Rules").args(GATES.iter().map(option))
    }

    fn augment_args_for_update(command: Command) -> Command {
        Self::augment_args(command)
    }
}

fn option(gate: &'static Gate) -> Arg {
    let value_name = match gate.unit {
        Unit::Ratio => "RATIO",
        Unit::Bytes => "SIZE",
        Unit::Count => "N",
    };
    let default = gate.default.map(|limit| format!(" [default: {limit}]")).unwrap_or_default();
    Arg::new(gate.option)
        .long(gate.option)
        .alias(gate.name)
        .value_name(value_name)
        .env(gate.variable)
        .help(format!("{}{default}", gate.help))
}

impl FromArgMatches for GateOptions {
    fn from_arg_matches(matches: &ArgMatches) -> Result<Self, Error> {
        let given = |gate: &'static Gate| {
            let text = matches.get_one::<String>(gate.option)?.clone();
            let origin = match matches.value_source(gate.option) {
                Some(ValueSource::EnvVariable) => Origin::Environment,
                _ => Origin::Flag,
            };
            Some(Given { gate, text, origin })
        };
        Ok(Self { given: GATES.iter().filter_map(given).collect() })
    }

    fn update_from_arg_matches(&mut self, matches: &ArgMatches) -> Result<(), Error> {
        *self = Self::from_arg_matches(matches)?;
        Ok(())
    }
}

impl GateOptions {
    /// Warns about limits on the command line without `--ci`: they have no effect.
    pub(crate) fn warn_if_idle(&self) {
        if let Some(given) = self.given.iter().find(|given| given.origin == Origin::Flag) {
            say(&format!("warning: `{}` does nothing without `--ci`", given.source()));
        }
    }
}

impl Given {
    /// Returns the option or the environment variable that sets the limit.
    fn source(&self) -> String {
        match self.origin {
            Origin::Environment => self.gate.variable.to_owned(),
            _ => format!("--{}", self.gate.option),
        }
    }
}

/// Collects the limits from the rules file, the environment and the command line.
pub(crate) fn policy(
    file: &RulesFile,
    options: &GateOptions,
    (allow, findings): (&AllowOptions, &FindingOptions),
) -> Result<Policy, CliError> {
    let mut policy = Policy::default();
    let path = file.named.as_deref().unwrap_or(Path::new(DEFAULT_FILE));
    let document = Document { kind: "rules file", path };
    if let Some(text) = document.read(file.named.is_some())? {
        apply_file(&mut policy, document, &text)?;
    }
    for given in &options.given {
        let set = policy.set(given.gate, &given.text, given.origin);
        set.map_err(|error| CliError::failure(format!("`{}`", given.source()), &error))?;
    }
    allow.allowed.iter().for_each(|&kind| policy.allow(kind));
    policy.findings.deny.extend(findings.deny.iter().cloned());
    policy.findings.warn.extend(findings.warn.iter().cloned());
    policy.findings.today = dates::today();
    Ok(policy)
}

fn apply_file(policy: &mut Policy, file: Document<'_>, text: &str) -> Result<(), CliError> {
    let entries = file.parse(text)?;
    entries.iter().try_for_each(|entry| apply_entry(policy, entry)).map_err(|fault| file.fault(fault))
}

fn apply_entry(policy: &mut Policy, entry: &MapEntry) -> Result<(), Fault> {
    let folded = entry.key.to_lowercase();
    match folded.strip_prefix("rules.") {
        // dive also accepts a rule with a dot outside the map.
        Some(rule) => apply_rule(policy, rule, entry),
        None if folded == "rules" => {
            entry.entries()?.iter().try_for_each(|entry| apply_rule(policy, &entry.key, entry))
        }
        None if folded == "allow" => allow_all(policy, entry),
        None if folded == "deny" => named_rules(entry).map(|rules| policy.findings.deny.extend(rules)),
        None if folded == "warn" => named_rules(entry).map(|rules| policy.findings.warn.extend(rules)),
        None if folded == "ignore" => entry.maps()?.iter().try_for_each(|(line, map)| {
            policy.findings.ignore.push(ignore(*line, map)?);
            Ok(())
        }),
        None => Err(entry.unknown(["rules", "allow", "deny", "warn", "ignore"])),
    }
}

fn allow_all(policy: &mut Policy, entry: &MapEntry) -> Result<(), Fault> {
    for (line, name) in entry.texts()? {
        let kind = WarningKind::of_name(name).filter(|kind| kind.is_doubtful());
        policy.allow(kind.ok_or_else(|| yaml::unknown("warning", line, name, doubtful_names()))?);
    }
    Ok(())
}

/// Returns the names of a list of rules of findings.
fn named_rules(entry: &MapEntry) -> Result<Vec<String>, Fault> {
    entry.texts()?.into_iter().map(|(line, name)| known_rule(line, name)).collect()
}

fn known_rule(line: u64, name: &str) -> Result<String, Fault> {
    let rule = rules().find(|rule| rule.id == name);
    rule.map(|rule| rule.id.to_owned())
        .ok_or_else(|| yaml::unknown("rule", line, name, rules().map(|rule| rule.id)))
}

/// Reads what is ignored: `rule` and `reason`, and if they are given `path` and `expires`.
fn ignore(line: u64, map: &[MapEntry]) -> Result<Ignore, Fault> {
    let mut ignore = Ignore { rule: String::new(), path: None, reason: String::new(), expires: None };
    for entry in map {
        let text = entry.text()?.to_owned();
        match entry.key.as_str() {
            "rule" => ignore.rule = known_rule(entry.line, &text)?,
            "path" => ignore.path = Some(text),
            "reason" => ignore.reason = text,
            "expires" if dates::is_day(&text) => ignore.expires = Some(text),
            "expires" => return Err(entry.wrong("expected a day, such as 2026-01-31")),
            _ => return Err(entry.unknown(["rule", "path", "reason", "expires"])),
        }
    }
    let missing =
        [("rule", &ignore.rule), ("reason", &ignore.reason)].into_iter().find(|(_, text)| text.is_empty());
    if let Some((key, _)) = missing {
        return Err(Fault::new(line, format!("`ignore` needs a `{key}`")));
    }
    Ok(ignore)
}

fn apply_rule(policy: &mut Policy, name: &str, entry: &MapEntry) -> Result<(), Fault> {
    let gate = Gate::find(name).ok_or_else(|| entry.unknown(GATES.each_ref().map(|gate| gate.name)))?;
    policy.set(gate, entry.text()?, Origin::File).map_err(|error| entry.wrong(error))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn policy_of(text: &str) -> Result<Policy, CliError> {
        let mut policy = Policy::default();
        let file = Document { kind: "rules file", path: Path::new(".dive-ci") };
        apply_file(&mut policy, file, text).map(|()| policy)
    }

    #[test]
    fn allowed_warnings_are_read_from_the_rules_file() {
        let mut expected = Policy::default();
        expected.allow(WarningKind::BlobSize);
        expected.allow(WarningKind::MayBeTruncated);
        let policy = policy_of("allow:\n  - blob-size\n  - may-be-truncated\n").expect("rules");
        assert_eq!(policy, expected);
        for (text, message) in [
            ("allow:\n  - blob-sise\n", "line 2: unknown warning `blob-sise`"),
            ("allow: [media-type]\n", "unknown warning `media-type`"),
            ("allow: {a: b}\n", "line 1"),
        ] {
            let error = format!("{:?}", policy_of(text).expect_err(text));
            assert!(error.contains(message), "{text}: {error}");
        }
    }

    #[test]
    fn findings_are_denied_and_ignored_for_a_reason() {
        let policy = policy_of(
            "deny: [secret-key, apt-lists]\nwarn: large-base\nignore:\n  - rule: secret-key\n    path: /app/**\n    reason: a test\n    expires: 2026-12-31\n",
        );
        let findings = policy.expect("rules").findings;
        assert_eq!(findings.deny, ["secret-key", "apt-lists"]);
        assert_eq!(findings.warn, ["large-base"]);
        let (path, expires) = (Some("/app/**".to_owned()), Some("2026-12-31".to_owned()));
        let ignore = Ignore { rule: "secret-key".to_owned(), path, reason: "a test".to_owned(), expires };
        assert_eq!(findings.ignore, [ignore]);
        for (text, message) in [
            ("deny: secret-kye\n", "line 1: unknown rule `secret-kye`"),
            ("ignore:\n  - rule: secret-key\n", "line 2: `ignore` needs a `reason`"),
            ("ignore:\n  - reason: x\n", "line 2: `ignore` needs a `rule`"),
            (
                "ignore:\n  - rule: secret-key\n    reason: x\n    expires: soon\n",
                "line 4: `expires`: expected a day",
            ),
            ("ignore:\n  - rule: secret-key\n    until: x\n", "line 3: unknown key `until`"),
            ("ignore: secret-key\n", "line 1"),
        ] {
            let error = format!("{:?}", policy_of(text).expect_err(text));
            assert!(error.contains(message), "{text}: {error}");
        }
    }

    #[test]
    fn rules_file_from_dives_documentation_parses() {
        let policy = policy_of(
            "rules:\n  lowestEfficiency: 0.95\n  highestWastedBytes: 20MB\n  highestUserWastedPercent: disabled\n",
        );
        let mut expected = Policy::default();
        for (name, text) in [
            ("lowestEfficiency", "0.95"),
            ("highestWastedBytes", "20000000"),
            ("highestUserWastedPercent", "off"),
        ] {
            expected.set(Gate::find(name).expect(name), text, Origin::File).expect("a limit");
        }
        assert_eq!(policy.expect("rules"), expected);
    }

    #[test]
    fn empty_files_and_maps_change_nothing() {
        for text in ["", "# nothing\n", "rules:\n", "rules: {}\n"] {
            assert_eq!(policy_of(text).expect("rules"), Policy::default(), "{text:?}");
        }
    }

    #[test]
    fn all_of_dives_key_spellings_parse() {
        let expected = policy_of("rules:\n  lowestEfficiency: 0.5\n").expect("rules");
        for text in [
            "Rules:\n  lowestefficiency: 0.5\n",
            "rules:\n  LOWESTEFFICIENCY: 0.5\n",
            "rules:\n  lowest-efficiency: '0.5'\n",
            "rules.lowestEfficiency: 0.5\n",
        ] {
            assert_eq!(policy_of(text).expect(text), expected, "{text}");
        }
    }

    #[test]
    fn errors_name_unknown_keys_and_invalid_values() {
        for (text, name) in [
            ("rules:\n  lowestEficiency: 0.9\n", "line 2: unknown key `lowestEficiency`"),
            ("rule:\n  lowestEfficiency: 0.9\n", "rule"),
            ("rules: 7\n", "rules"),
            ("rules:\n  highestLayers: [1]\n", "highestLayers"),
            ("rules:\n\n  highestLayers: many\n", "line 3: `highestLayers`: "),
            ("rules: {", ".dive-ci"),
            ("rules:\n\tlowestEfficiency: 0.9\n", "line 2"),
            ("rules:\n  highestLayers: 3\n  highestLayers: 4\n", "line 3"),
        ] {
            let error = format!("{:?}", policy_of(text).expect_err(text));
            assert!(error.contains(name), "{text}: {error}");
        }
    }
}
