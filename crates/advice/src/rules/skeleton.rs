//! The skeleton of a Dockerfile in two stages: one builds, the other has only the result.
//!
//! It is an example to start from, not a patch: whether the program misses something shows when it
//! runs.

use std::collections::BTreeSet;

use dockopt_core::entry::EntryKind;
use dockopt_core::tree::{EntryId, NodeId};

use super::case::Case;
use crate::build::dockerfile::{Dockerfile, Instruction};
use crate::build::steps::Step;

/// Most lines that copy something.
const MOST: usize = 12;
/// Name of the first stage.
const NAME: &str = "build";

/// Instructions that set how containers run. They are repeated.
const SETTINGS: [&str; 10] =
    ["ENV", "WORKDIR", "USER", "EXPOSE", "VOLUME", "LABEL", "STOPSIGNAL", "HEALTHCHECK", "ENTRYPOINT", "CMD"];

/// Directories whose files package managers and tools write for themselves.
const OF_TOOLS: [&[u8]; 9] = [
    b"var/lib/",
    b"var/cache/",
    b"var/log/",
    b"tmp/",
    b"var/tmp/",
    b"etc/",
    b"root/.cache/",
    b"run/",
    b"usr/share/",
];

/// Directories that belong to nobody.
const SHARED: [&[u8]; 11] = [
    b"opt",
    b"srv",
    b"home",
    b"usr",
    b"var",
    b"etc",
    b"root",
    b"usr/local",
    b"usr/local/bin",
    b"usr/local/lib",
    b"usr/local/share",
];

/// Writes the skeleton for an image whose last stage also builds; `runtime` are the packages that its
/// programs need. `None` without a Dockerfile, or if nothing was built.
pub(super) fn skeleton(case: &Case<'_>, runtime: &[String]) -> Option<String> {
    let file = case.dockerfile?;
    let stages = file.stages();
    let last = stages.last()?;
    let is_named = stages.iter().any(|stage| stage.name.as_deref() == Some(NAME));
    let results = results(case);
    let from = file.instructions.get(last.instructions.start)?;
    if is_named || last.name.is_some() || results.is_empty() || results.len() > MOST {
        return None;
    }
    let own: Vec<&Instruction> = file.instructions.get(last.instructions.clone())?.iter().skip(1).collect();
    let builds = own.iter().rposition(|one| matches!(one.keyword.as_str(), "RUN" | "COPY" | "ADD"))?;
    let end = own.get(builds)?.span.end;
    let build =
        [file.text.get(..from.span.end)?.trim_end(), " AS ", NAME, file.text.get(from.span.end..end)?];
    let mut lines = vec![build.concat(), String::new(), format!("FROM {}", last.base)];
    if !runtime.is_empty() {
        let install = format!("apt-get install -y --no-install-recommends {}", runtime.join(" "));
        let commands = ["RUN apt-get update", &install, "apt-get clean", "rm -rf /var/lib/apt/lists/*"];
        lines.push(commands.join(" \\\n    && "));
    }
    lines.extend(results.iter().map(|path| format!("COPY --from={NAME} {path} {path}")));
    let settings = own.iter().filter(|one| SETTINGS.contains(&one.keyword.as_str()));
    lines.extend(settings.map(|setting| written(file, setting).to_owned()));
    Some(lines.join("\n") + "\n")
}

fn written<'f>(file: &'f Dockerfile, instruction: &Instruction) -> &'f str {
    file.text.get(instruction.span.clone()).unwrap_or_default().trim_end()
}

/// Returns the paths that the build made: whole directories where nothing else is in them. What a
/// `COPY` brought is the source, unless the image names its directory.
fn results(case: &Case<'_>) -> Vec<String> {
    let mut paths: BTreeSet<String> = BTreeSet::new();
    for layer in case.base_layers()..case.tree.layer_count() {
        let is_copy = case.step(layer).is_some_and(Step::is_copy);
        for entry in case.tree.layer_entries(layer).filter(|entry| is_result(case, *entry)) {
            let Some(node) = case.tree.entry_node(entry) else { continue };
            let path = case.tree.path(whole(case, node)).to_text();
            if is_named(case, &path) || !(is_copy || is_source(case, &path)) {
                paths.insert(path);
            }
        }
        if paths.len() > 10 * MOST {
            break;
        }
    }
    let is_inside = |path: &String| paths.iter().any(|above| path.starts_with(&format!("{above}/")));
    paths.iter().filter(|path| !is_inside(path)).cloned().collect()
}

/// Whether an entry is a live file that no package of the system owns, and no tool keeps for itself.
fn is_result(case: &Case<'_>, entry: EntryId) -> bool {
    let Some(facts) = case.tree.entry(entry) else { return false };
    let Some(path) = case.tree.entry_path(entry) else { return false };
    let of_tools = OF_TOOLS.iter().any(|directory| path.as_bytes().starts_with(directory));
    let is_file = facts.metadata.kind == EntryKind::File && facts.live;
    is_file && !of_tools && !case.is_of_system(entry)
}

/// Returns the highest directory around a node that only the user's layers have: `/opt/tool`, `/app`;
/// the node itself if there is none.
fn whole(case: &Case<'_>, node: NodeId) -> NodeId {
    let (mut best, mut at) = (node, case.tree.parent(node));
    while at != NodeId::ROOT {
        if is_of_base(case, at) || SHARED.contains(&case.tree.path(at).as_bytes()) {
            break;
        }
        best = at;
        at = case.tree.parent(at);
    }
    best
}

/// Whether the base has a directory.
fn is_of_base(case: &Case<'_>, node: NodeId) -> bool {
    case.tree.visits(node).first().is_none_or(|visit| visit.layer < case.base_layers())
}

/// Whether a `COPY` writes to a path or below it.
fn is_source(case: &Case<'_>, path: &str) -> bool {
    let copies =
        case.steps.all().iter().filter(|step| step.is_copy() && step.layer >= Some(case.base_layers()));
    copies.into_iter().any(|step| {
        let target = step.instruction.split_whitespace().next_back().unwrap_or_default();
        let target = target.trim_matches(['"', ']', '[', ',']).trim_end_matches('/');
        target == path || target.starts_with(&format!("{path}/")) || path.starts_with(&format!("{target}/"))
    })
}

/// Whether the image names a path: in its command, its entry point or as its working directory.
fn is_named(case: &Case<'_>, path: &str) -> bool {
    let config = &case.analysis.info.config;
    let words = config.cmd.iter().chain(&config.entrypoint).flatten().chain(&config.working_dir);
    words.into_iter().any(|word| word == path || word.contains(&format!("{path}/")))
}
