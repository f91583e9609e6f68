//! The gates that judge an image. A gate is one entry of [`GATES`].
//!
//! Three gates are dive's, with its names, defaults and comparisons, so that a `.dive-ci` keeps its
//! meaning. The others are absolute limits, which make better gates than scores.

use std::fmt;

use super::limit::{Limit, Unit};
use crate::analysis::Analysis;
use crate::model::packages::Package;

/// A measured value of an image, and how it compares with a limit.
pub struct Gate {
    /// The name in configuration files and reports, in camel case.
    pub name: &'static str,
    /// The name on the command line without `--`: the name in kebab case.
    pub option: &'static str,
    /// The environment variable that sets the limit.
    pub variable: &'static str,
    /// The unit of the value and of the limit.
    pub unit: Unit,
    /// The limit that applies when none is set; `None` disables the gate.
    pub default: Option<Limit>,
    /// The side of the limit on which a value fails.
    pub worse: Worse,
    /// Help text for `--help` and the documentation.
    pub help: &'static str,
    /// Whether it is about packages, which cost time to find.
    pub of_packages: bool,
    /// Measures an image.
    pub value: fn(&Analysis) -> Limit,
    /// Names the part of the image that has the value, where it is the value of a part.
    pub part: fn(&Analysis) -> Option<String>,
}

/// The part of a gate about the whole image.
fn whole(_: &Analysis) -> Option<String> {
    None
}

/// Returns the package with most bytes, live and wasted.
fn largest_package(analysis: &Analysis) -> Option<&Package> {
    let packages = analysis.packages.iter().flat_map(|packages| &packages.packages);
    packages.max_by_key(|package| package.bytes())
}

/// The side of a limit on which a value fails. A value equal to the limit passes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Worse {
    /// Lower values fail.
    Lower,
    /// Higher values fail.
    Higher,
}

impl Worse {
    /// Returns the relation of a failing value to its limit: `below` or `above`.
    pub fn relation(self) -> &'static str {
        match self {
            Self::Lower => "below",
            Self::Higher => "above",
        }
    }
}

/// All gates, dive's first. Options, environment variables and documentation come from this table.
pub static GATES: [Gate; 8] = [
    Gate {
        name: "lowestEfficiency",
        option: "lowest-efficiency",
        variable: "DOCKOPT_DIVE_LOWEST_EFFICIENCY",
        unit: Unit::Ratio,
        default: Some(Limit::Ratio(0.9)),
        worse: Worse::Lower,
        help: "Minimum efficiency, 0 to 1",
        of_packages: false,
        value: |analysis| Limit::Ratio(analysis.efficiency()),
        part: whole,
    },
    Gate {
        name: "highestWastedBytes",
        option: "highest-wasted-bytes",
        variable: "DOCKOPT_DIVE_HIGHEST_WASTED_BYTES",
        unit: Unit::Bytes,
        default: None,
        worse: Worse::Higher,
        help: "Maximum wasted bytes, such as 20MB or 1.5GiB",
        of_packages: false,
        value: |analysis| Limit::Bytes(analysis.wasted()),
        part: whole,
    },
    Gate {
        name: "highestUserWastedPercent",
        option: "highest-user-wasted-percent",
        variable: "DOCKOPT_DIVE_HIGHEST_USER_WASTED_PERCENT",
        unit: Unit::Ratio,
        default: Some(Limit::Ratio(0.1)),
        worse: Worse::Higher,
        help: "Maximum wasted share of the layers above the base, 0 to 1",
        of_packages: false,
        value: |analysis| Limit::Ratio(analysis.user_wasted_percent()),
        part: whole,
    },
    Gate {
        name: "highestStoredBytes",
        option: "highest-stored-bytes",
        variable: "DOCKOPT_DIVE_HIGHEST_STORED_BYTES",
        unit: Unit::Bytes,
        default: None,
        worse: Worse::Higher,
        help: "Maximum bytes in all layers",
        of_packages: false,
        value: |analysis| Limit::Bytes(analysis.ledger.total.stored),
        part: whole,
    },
    Gate {
        name: "highestLiveBytes",
        option: "highest-live-bytes",
        variable: "DOCKOPT_DIVE_HIGHEST_LIVE_BYTES",
        unit: Unit::Bytes,
        default: None,
        worse: Worse::Higher,
        help: "Maximum bytes in the final filesystem",
        of_packages: false,
        value: |analysis| Limit::Bytes(analysis.ledger.total.live),
        part: whole,
    },
    Gate {
        name: "highestLayerBytes",
        option: "highest-layer-bytes",
        variable: "DOCKOPT_DIVE_HIGHEST_LAYER_BYTES",
        unit: Unit::Bytes,
        default: None,
        worse: Worse::Higher,
        help: "Maximum bytes in one layer",
        of_packages: false,
        value: |analysis| {
            let stored = analysis.ledger.layers.iter().map(|layer| layer.bytes.stored);
            Limit::Bytes(stored.max().unwrap_or(0))
        },
        part: whole,
    },
    Gate {
        name: "highestLayers",
        option: "highest-layers",
        variable: "DOCKOPT_DIVE_HIGHEST_LAYERS",
        unit: Unit::Count,
        default: None,
        worse: Worse::Higher,
        help: "Maximum number of layers",
        of_packages: false,
        value: |analysis| Limit::Count(analysis.ledger.layers.len() as u64),
        part: whole,
    },
    Gate {
        name: "maxPackageBytes",
        option: "max-package-bytes",
        variable: "DOCKOPT_DIVE_MAX_PACKAGE_BYTES",
        unit: Unit::Bytes,
        default: None,
        worse: Worse::Higher,
        help: "Maximum bytes of one package, live and wasted",
        of_packages: true,
        value: |analysis| Limit::Bytes(largest_package(analysis).map_or(0, Package::bytes)),
        part: |analysis| largest_package(analysis).map(Package::title),
    },
];

impl Gate {
    /// Finds a gate by its name in configuration files or on the command line. Case and hyphens do
    /// not matter, as in dive.
    pub fn find(name: &str) -> Option<&'static Self> {
        let folded = |name: &str| name.to_lowercase().replace('-', "");
        GATES.iter().find(|gate| folded(gate.name) == folded(name))
    }

    /// Returns whether a value fails. A value that is not a number passes, as in dive. A value and
    /// a limit of different units fail.
    pub(super) fn fails(&self, value: Limit, limit: Limit) -> bool {
        let is_worse = match (value, limit) {
            (Limit::Ratio(value), Limit::Ratio(limit)) => value.partial_cmp(&limit),
            (Limit::Bytes(value), Limit::Bytes(limit)) | (Limit::Count(value), Limit::Count(limit)) => {
                Some(value.cmp(&limit))
            }
            _ => return true,
        };
        is_worse.is_some_and(|order| match self.worse {
            Worse::Lower => order.is_lt(),
            Worse::Higher => order.is_gt(),
        })
    }
}

/// Gates are equal if their names are.
impl PartialEq for Gate {
    fn eq(&self, other: &Self) -> bool {
        self.name == other.name
    }
}

impl Eq for Gate {}

impl fmt::Debug for Gate {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(self.name)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_name_and_option_finds_its_gate() {
        for gate in &GATES {
            assert_eq!(Gate::find(gate.name), Some(gate));
            assert_eq!(Gate::find(gate.option), Some(gate));
        }
        assert_eq!(Gate::find("LOWESTefficiency"), Some(&GATES[0]));
        assert_eq!(Gate::find("lowestEficiency"), None);
    }

    #[test]
    fn option_and_variable_spell_the_name() {
        for gate in &GATES {
            let mut kebab = String::new();
            for character in gate.name.chars() {
                if character.is_ascii_uppercase() {
                    kebab.push('-');
                }
                kebab.push(character.to_ascii_lowercase());
            }
            assert_eq!(gate.option, kebab);
            let variable = kebab.replace('-', "_").to_ascii_uppercase();
            assert_eq!(gate.variable, format!("DOCKOPT_DIVE_{variable}"));
        }
    }

    #[test]
    fn not_a_number_passes_and_infinity_fails() {
        let gate = Gate::find("highestUserWastedPercent").expect("a gate");
        assert!(!gate.fails(Limit::Ratio(f64::NAN), Limit::Ratio(0.1)));
        assert!(gate.fails(Limit::Ratio(f64::INFINITY), Limit::Ratio(0.1)));
    }

    #[test]
    fn different_units_fail() {
        assert!(GATES[0].fails(Limit::Bytes(1), Limit::Ratio(0.1)));
    }
}
