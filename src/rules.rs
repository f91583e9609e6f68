//! The rules in force: flags before environment before rules file before defaults.
//!
//! The file is dive's `.dive-ci`: YAML with one map, `rules`. A key that is not known is an error, because a gate with a
//! typing mistake guards nothing.

use std::collections::BTreeMap;
use std::io::ErrorKind;
use std::path::Path;

use clap::ArgMatches;
use clap::parser::ValueSource;
use dockopt_core::policy::{Origin, Policy, Rule};
use serde_json::Value;

use crate::error::CliError;
use crate::terminal::say;

/// Largest rules file: 1 MiB.
const MAX_FILE: u64 = 1024 * 1024;

/// Collects the rules from everywhere.
pub(crate) fn policy(path: &Path, matches: &ArgMatches) -> Result<Policy, CliError> {
    let mut policy = Policy::default();
    let named = matches.value_source("ci_config") != Some(ValueSource::DefaultValue);
    if let Some(text) = read(path, named)? {
        apply_file(&mut policy, path, &text)?;
    }
    for rule in Rule::ALL {
        apply_option(&mut policy, rule, matches)?;
    }
    Ok(policy)
}

/// The rules file; one that nobody named need not exist.
fn read(path: &Path, named: bool) -> Result<Option<String>, CliError> {
    let failed = |error: std::io::Error| {
        CliError::failure(format!("cannot read rules file `{}`", path.display()), &error)
    };
    match path.metadata() {
        Err(error) if error.kind() == ErrorKind::NotFound && !named => return Ok(None),
        Err(error) => return Err(failed(error)),
        Ok(facts) if facts.len() > MAX_FILE => {
            return Err(CliError::usage(format!("rules file `{}` has more than 1 MiB", path.display())));
        }
        Ok(_) => {}
    }
    std::fs::read_to_string(path).map(Some).map_err(failed)
}

fn apply_file(policy: &mut Policy, path: &Path, text: &str) -> Result<(), CliError> {
    for (key, value) in parse(path, text)? {
        let folded = key.to_lowercase();
        match (folded.strip_prefix("rules."), value) {
            // dive takes a rule with a dot, outside of the map, too.
            (Some(rule), value) => apply_rule(policy, path, rule, &value)?,
            (None, _) if folded != "rules" => return Err(unknown_key(path, &key, &["rules"])),
            (None, Value::Null) => {}
            (None, Value::Object(rules)) => {
                rules.iter().try_for_each(|(key, value)| apply_rule(policy, path, key, value))?;
            }
            (None, _) => {
                return Err(CliError::usage(format!("`rules` in `{}` is not a map", path.display())));
            }
        }
    }
    Ok(())
}

fn apply_rule(policy: &mut Policy, path: &Path, key: &str, value: &Value) -> Result<(), CliError> {
    let names = Rule::ALL.map(Rule::name);
    let rule = Rule::of_name(key).ok_or_else(|| unknown_key(path, key, &names))?;
    let text = scalar(value).ok_or_else(|| {
        CliError::usage(format!("rule `{key}` in `{}` is not a single value", path.display()))
    })?;
    policy
        .set(rule, &text, Origin::File)
        .map_err(|error| CliError::failure(format!("rule `{key}` in `{}`", path.display()), &error))
}

fn parse(path: &Path, text: &str) -> Result<BTreeMap<String, Value>, CliError> {
    if text.trim().is_empty() {
        return Ok(BTreeMap::new());
    }
    let parsed: Result<Option<BTreeMap<String, Value>>, _> = serde_saphyr::from_str(text);
    parsed.map(Option::unwrap_or_default).map_err(|error| {
        let reason = yaml_reason(&error.to_string());
        CliError::usage(format!("rules file `{}` cannot be understood: {reason}", path.display()))
    })
}

/// The first line of the parser's message, without its advice to programmers.
fn yaml_reason(message: &str) -> String {
    let line = message.lines().next().unwrap_or_default();
    let line = line.strip_prefix("error: ").unwrap_or(line);
    let end = [", set ", "; use ", " rejected by "].iter().filter_map(|advice| line.find(advice)).min();
    line.get(..end.unwrap_or(line.len())).unwrap_or(line).to_owned()
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

fn scalar(value: &Value) -> Option<String> {
    match value {
        Value::Null => Some(String::new()),
        Value::Bool(value) => Some(value.to_string()),
        Value::Number(value) => Some(value.to_string()),
        Value::String(value) => Some(value.clone()),
        Value::Array(_) | Value::Object(_) => None,
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

fn unknown_key(path: &Path, key: &str, known: &[&str]) -> CliError {
    let nearest = known.iter().max_by(|one, other| {
        let likeness = |name: &str| strsim::jaro_winkler(&key.to_lowercase(), &name.to_lowercase());
        likeness(one).total_cmp(&likeness(other))
    });
    let error = CliError::usage(format!("unknown key `{key}` in rules file `{}`", path.display()));
    match nearest {
        Some(nearest) => error.hint(format!("did you mean `{nearest}`?")),
        None => error,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rules(text: &str) -> Result<Policy, CliError> {
        let mut policy = Policy::default();
        apply_file(&mut policy, Path::new(".dive-ci"), text).map(|()| policy)
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
    fn the_parsers_advice_is_left_out() {
        let message = "error: line 3 column 3: duplicate mapping key: a, set DuplicateKeyPolicy in Options\n --> <input>";
        assert_eq!(yaml_reason(message), "line 3 column 3: duplicate mapping key: a");
    }

    #[test]
    fn what_is_not_known_is_an_error_that_names_it() {
        for (text, name) in [
            ("rules:\n  lowestEficiency: 0.9\n", "lowestEficiency"),
            ("rule:\n  lowestEfficiency: 0.9\n", "rule"),
            ("rules: 7\n", "rules"),
            ("rules:\n  highestLayers: [1]\n", "highestLayers"),
            ("rules:\n  highestLayers: many\n", "highestLayers"),
            ("rules: {", ".dive-ci"),
            ("rules:\n\tlowestEfficiency: 0.9\n", "line 2"),
            ("rules:\n  highestLayers: 3\n  highestLayers: 4\n", "line 3"),
        ] {
            let error = format!("{:?}", rules(text).expect_err(text));
            assert!(error.contains(name), "{text}: {error}");
        }
    }
}
