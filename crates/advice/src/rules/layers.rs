//! The number of layers, and what is set for the container that runs.

use dockopt_core::findings::{Confidence, Severity};
use dockopt_core::quantity::{plural, size};

use super::case::Case;
use super::gathered::{Draft, Gathered};
use super::rule::Rule;
use crate::build::steps::Step;

pub(super) static MANY: Rule = Rule {
    id: "many-layers",
    title: "Many layers, or tiny ones",
    severity: Severity::Info,
    least: 0,
    help: "Every layer is a file of its own to transfer and to mount. Instructions that belong together can be one: several \
        `COPY` to one directory, or several `RUN` joined by `&&`.",
    links: &["https://docs.docker.com/build/building/best-practices/"],
};

pub(super) static HEALTH: Rule = Rule {
    id: "no-health-check",
    title: "No `HEALTHCHECK`",
    severity: Severity::Info,
    least: 0,
    help: "With `HEALTHCHECK`, Docker notices that a program no longer works though it still runs. Kubernetes has probes \
        of its own and ignores it.",
    links: &["https://docs.docker.com/reference/dockerfile/#healthcheck"],
};

pub(super) static SHELL: Rule = Rule {
    id: "shell-present",
    title: "A shell and a package manager",
    severity: Severity::Info,
    least: 0,
    help: "Whoever breaks into the program can use the shell and the package manager of the image. A base without them \
        (distroless, or `scratch` for a static program) leaves them out.",
    links: &["https://github.com/GoogleContainerTools/distroless"],
};

/// This many layers of the user's are many.
const MANY_LAYERS: usize = 30;
/// Layers of fewer bytes are tiny: 1 kB.
const TINY: u64 = 1000;
/// This many tiny layers are reported.
const TINY_LAYERS: usize = 5;

/// Paths of shells and of package managers.
const SHELLS: [&str; 4] = ["bin/sh", "usr/bin/sh", "bin/bash", "usr/bin/bash"];
const MANAGERS: [&str; 8] = [
    "usr/bin/apt-get",
    "usr/bin/dpkg",
    "sbin/apk",
    "usr/bin/apk",
    "usr/bin/dnf",
    "usr/bin/microdnf",
    "usr/bin/yum",
    "usr/bin/rpm",
];

pub(super) fn find(case: &Case<'_>, found: &mut Gathered) {
    let own = case.base_layers()..case.tree.layer_count();
    let stored =
        |layer: &usize| case.analysis.ledger.layers.get(*layer).map_or(0, |layer| layer.bytes.stored);
    let tiny: Vec<usize> = own.clone().filter(|layer| stored(layer) < TINY).collect();
    let count = own.len();
    if count >= MANY_LAYERS || tiny.len() >= TINY_LAYERS {
        let tiny = format!("{} of them below {}", tiny.len(), size(TINY));
        let message = format!("{} above the base, {tiny}", plural(count as u64, "layer"));
        found.add(case, &MANY, draft(message, "join instructions that belong together"));
    }
    let steps = case.steps.all();
    let has_health = steps.iter().any(|step| step.keyword() == "HEALTHCHECK");
    let has_program =
        case.analysis.info.config.cmd.is_some() || case.analysis.info.config.entrypoint.is_some();
    let has_ports = !case.analysis.info.config.exposed_ports.is_empty();
    if has_program && has_ports && !has_health && !steps.iter().all(|step| *step == Step::default()) {
        let message = "the image serves a port and has no `HEALTHCHECK`".to_owned();
        found.add(case, &HEALTH, draft(message, "add `HEALTHCHECK CMD`, unless an orchestrator checks"));
    }
    let present = |paths: &'static [&str]| paths.iter().find(|path| is_present(case, path));
    if let (Some(shell), Some(manager)) = (present(&SHELLS), present(&MANAGERS)) {
        let message = format!("the image has a shell (/{shell}) and a package manager (/{manager})");
        found.add(case, &SHELL, draft(message, "for a program that needs neither, use a base without them"));
    }
}

fn is_present(case: &Case<'_>, path: &str) -> bool {
    case.tree.find(path.as_bytes()).is_some_and(|node| case.tree.final_entry(node).is_some())
}

fn draft(message: String, fix: &str) -> Draft {
    Draft::note((None, message), fix, Confidence::Possible, Vec::new())
}
