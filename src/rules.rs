//! The rules in force: flags before environment before rules file before defaults.
//!
//! The file is dive's `.dive-ci`: YAML with one map, `rules`. A key that is not known is an error, because a gate with a
//! typing mistake guards nothing.

use std::path::Path;

use clap::ArgMatches;
use clap::parser::ValueSource;
use dockopt_core::policy::{Origin, Policy, Rule};

use crate::error::CliError;
use crate::terminal::say;
use crate::yaml::{Document, Entry, Fault};

/// Collects the rules from everywhere.
pub(crate) fn policy(path: &Path, matches: &ArgMatches) -> Result<Policy, CliError> {
    let mut policy = Policy::default();
    let named = matches.value_source("ci_config") != Some(ValueSource::DefaultValue);
    let file = Document { kind: "rules file", path };
    if let Some(text) = file.read(named)? {
        apply_file(&mut policy, file, &text)?;
    }
    for rule in Rule::ALL {
        apply_option(&mut policy, rule, matches)?;
    }
    Ok(policy)
}

fn apply_file(policy: &mut Policy, file: Document<'_>, text: &str) -> Result<(), CliError> {
    let entries = file.parse(text)?;
    entries.iter().try_for_each(|entry| apply_entry(policy, entry)).map_err(|fault| file.fault(fault))
}

fn apply_entry(policy: &mut Policy, entry: &Entry) -> Result<(), Fault> {
    let folded = entry.key.to_lowercase();
    match folded.strip_prefix("rules.") {
        // dive takes a rule with a dot, outside of the map, too.
        Some(rule) => apply_rule(policy, rule, entry),
        None if folded == "rules" => {
            entry.entries()?.iter().try_for_each(|entry| apply_rule(policy, &entry.key, entry))
        }
        None => Err(entry.unknown(["rules"])),
    }
}

fn apply_rule(policy: &mut Policy, name: &str, entry: &Entry) -> Result<(), Fault> {
    let rule = Rule::of_name(name).ok_or_else(|| entry.unknown(Rule::ALL.map(Rule::name)))?;
    policy.set(rule, entry.text()?, Origin::File).map_err(|error| entry.wrong(error))
}

/// Says that limits on the command line do nothing, if nobody asked to judge.
pub(crate) fn warn_of_idle(matches: &ArgMatches) {
    let given = |rule: &Rule| {
        matches.value_source(&rule.option().replace('-', "_")) == Some(ValueSource::CommandLine)
    };
    if let Some(rule) = Rule::ALL.iter().find(|rule| given(rule)) {
        say(&format!("warning: `--{}` does nothing without `--ci`", rule.option()));
    }
}

fn apply_option(policy: &mut Policy, rule: Rule, matches: &ArgMatches) -> Result<(), CliError> {
    let id = rule.option().replace('-', "_");
    let Some(text) = matches.get_one::<String>(&id) else {
        return Ok(());
    };
    let environment = format!("DOCKOPT_DIVE_{}", id.to_uppercase());
    let (origin, name) = match matches.value_source(&id) {
        Some(ValueSource::EnvVariable) => (Origin::Environment, environment),
        _ => (Origin::Flag, format!("--{}", rule.option())),
    };
    policy.set(rule, text, origin).map_err(|error| CliError::failure(format!("`{name}`"), &error))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rules(text: &str) -> Result<Policy, CliError> {
        let mut policy = Policy::default();
        let file = Document { kind: "rules file", path: Path::new(".dive-ci") };
        apply_file(&mut policy, file, text).map(|()| policy)
    }

    #[test]
    fn a_rules_file_as_dive_documents_it_is_read() {
        let policy = rules(
            "rules:\n  lowestEfficiency: 0.95\n  highestWastedBytes: 20MB\n  highestUserWastedPercent: disabled\n",
        );
        let mut expected = Policy::default();
        for (rule, text) in [
            (Rule::LowestEfficiency, "0.95"),
            (Rule::HighestWastedBytes, "20000000"),
            (Rule::HighestUserWastedPercent, "off"),
        ] {
            expected.set(rule, text, Origin::File).expect("a limit");
        }
        assert_eq!(policy.expect("rules"), expected);
    }

    #[test]
    fn empty_files_and_maps_change_nothing() {
        for text in ["", "# nothing\n", "rules:\n", "rules: {}\n"] {
            assert_eq!(rules(text).expect("rules"), Policy::default(), "{text:?}");
        }
    }

    #[test]
    fn keys_are_read_in_every_way_that_dive_reads_them() {
        let expected = rules("rules:\n  lowestEfficiency: 0.5\n").expect("rules");
        for text in [
            "Rules:\n  lowestefficiency: 0.5\n",
            "rules:\n  LOWESTEFFICIENCY: 0.5\n",
            "rules:\n  lowest-efficiency: '0.5'\n",
            "rules.lowestEfficiency: 0.5\n",
        ] {
            assert_eq!(rules(text).expect(text), expected, "{text}");
        }
    }

    #[test]
    fn what_is_not_known_is_an_error_that_names_it() {
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
            let error = format!("{:?}", rules(text).expect_err(text));
            assert!(error.contains(name), "{text}: {error}");
        }
    }
}
