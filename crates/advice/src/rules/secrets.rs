//! Secrets in files, in variables and in commands, in every layer: a file that a later layer deletes
//! can still be read.

use std::collections::{BTreeMap, BTreeSet};

use dockopt_core::findings::{Confidence, FoundPath, Severity};
use dockopt_core::image::ImageInfo;
use dockopt_core::path::{EntryPath, escape_text};
use dockopt_core::quantity::plural;
use dockopt_core::tree::EntryId;

use super::case::Case;
use super::gathered::{Draft, Gathered, Risk};
use super::rule::Rule;
use crate::build::steps::Step;
use crate::evidence::secrets::{Class, Secret, Secrets, Sureness, in_text, redacted};

const BUILD_SECRETS: &str = "https://docs.docker.com/build/building/secrets/";

pub(super) static KEY: Rule = Rule {
    id: "secret-key",
    title: "Private key",
    severity: Severity::High,
    least: 0,
    help: "Everyone who has the image can read the key, even if a later layer deletes the file. Replace the key and revoke \
        this one. Keep the file out with `.dockerignore`; a step that needs it can mount it: \
        `RUN --mount=type=ssh` or `--mount=type=secret`. Keys that a passphrase protects are not reported.",
    links: &[BUILD_SECRETS],
};

pub(super) static TOKEN: Rule = Rule {
    id: "secret-token",
    title: "Token of a service",
    severity: Severity::High,
    least: 0,
    help: "Everyone who has the image can use the token, even if a later layer deletes the file. Revoke it. A step that \
        needs one can mount it: `RUN --mount=type=secret,id=token`.",
    links: &[BUILD_SECRETS],
};

pub(super) static PASSWORD: Rule = Rule {
    id: "secret-password",
    title: "Password in a file",
    severity: Severity::High,
    least: 0,
    help: "Everyone who has the image can read the password, even if a later layer deletes the file. Change it, keep the \
        file out with `.dockerignore`, and pass it to the container when it runs, or to a step with \
        `RUN --mount=type=secret`.",
    links: &[BUILD_SECRETS],
};

pub(super) static HISTORY: Rule = Rule {
    id: "secret-history",
    title: "Secret in the history of a shell",
    severity: Severity::High,
    least: 0,
    help: "The history of a shell has commands with passwords or tokens. Change them, and keep the file out of the image.",
    links: &[BUILD_SECRETS],
};

pub(super) static VARIABLE: Rule = Rule {
    id: "secret-variable",
    title: "Secret in a variable, label or command",
    severity: Severity::High,
    least: 0,
    help: "The values of `ENV`, `ARG` and `LABEL`, and the commands of `RUN`, are part of the image: `docker history` shows \
        them. Change the secret. Pass it when the container runs, or to a step with `RUN --mount=type=secret`. Reports \
        show `***` in its place.",
    links: &[BUILD_SECRETS],
};

/// Most findings about files; the others are counted.
const MOST: usize = 100;

/// A file with the same secrets in some layers.
struct Leak {
    secrets: Vec<Secret>,
    /// In the order of their layers.
    entries: Vec<EntryId>,
}

impl Leak {
    fn classes(&self) -> BTreeSet<Class> {
        self.secrets.iter().map(|secret| secret.class).collect()
    }
}

pub(super) fn find(case: &Case<'_>, found: &mut Gathered) {
    let mut leaks = leaks(case);
    leaks.sort_by_key(|(_, leak)| leak.classes().first().copied());
    for (path, leak) in leaks.iter().take(MOST) {
        add_file(case, found, path, leak);
    }
    let mut more: BTreeMap<Class, u64> = BTreeMap::new();
    for class in leaks.iter().skip(MOST).flat_map(|(_, leak)| leak.classes()) {
        *more.entry(class).or_default() += 1;
    }
    for (class, files) in more {
        let message = format!("{} more have secrets", plural(files, "file"));
        let fix = "look at the other findings of this rule first";
        found.add(case, rule(class), draft((None, message), fix, Sureness::Likely, Vec::new()));
    }
    variables(case, found);
}

/// Returns the files with secrets, by their paths: those that packages publish are left out.
fn leaks(case: &Case<'_>) -> Vec<(EntryPath, Leak)> {
    let mut leaks: BTreeMap<(EntryPath, Vec<String>), Leak> = BTreeMap::new();
    for (entry, secrets) in Secrets::all(case.evidence) {
        let Some(path) = case.tree.entry_path(entry).filter(|_| !is_published(case, entry)) else { continue };
        let marks = secrets.iter().map(|secret| format!("{} {:?}", secret.what, secret.mark)).collect();
        let leak = leaks.entry((path, marks)).or_insert_with(|| Leak { secrets, entries: Vec::new() });
        leak.entries.push(entry);
    }
    for leak in leaks.values_mut() {
        leak.entries.sort_by_key(|entry| case.layer_of(*entry));
    }
    leaks.into_iter().map(|((path, _), leak)| (path, leak)).collect()
}

/// Whether a package of the system has installed a file: then everyone has it.
fn is_published(case: &Case<'_>, entry: EntryId) -> bool {
    let layer = case.layer_of(entry).unwrap_or(0);
    let is_copied = layer >= case.base_layers() && case.step(layer).is_some_and(Step::is_copy);
    case.is_of_system(entry) && !is_copied
}

/// Adds a finding for each class of secrets in a file.
fn add_file(case: &Case<'_>, found: &mut Gathered, path: &EntryPath, leak: &Leak) {
    for class in leak.classes() {
        let secrets: Vec<&Secret> = leak.secrets.iter().filter(|secret| secret.class == class).collect();
        add_class(case, found, (path, &leak.entries), &secrets);
    }
}

fn rule(class: Class) -> &'static Rule {
    match class {
        Class::Key => &KEY,
        Class::Token => &TOKEN,
        Class::Password => &PASSWORD,
        Class::History => &HISTORY,
    }
}

fn add_class(
    case: &Case<'_>,
    found: &mut Gathered,
    (path, entries): (&EntryPath, &[EntryId]),
    secrets: &[&Secret],
) {
    let layers: Vec<usize> = entries.iter().filter_map(|entry| case.layer_of(*entry)).collect();
    let (Some(&layer), Some(&entry), Some(first)) = (layers.first(), entries.first(), secrets.first()) else {
        return;
    };
    let sureness = secrets.iter().map(|secret| secret.sureness).max().unwrap_or(Sureness::Likely);
    let base = layer < case.base_layers();
    let place = format!("{layer}:{path}");
    let ghost = ghost(case, entries);
    let message = format!("{} stores {} in {path}{ghost}", case.layer_name(layer), described(secrets, first));
    let fix = format!("{}; `extract IMAGE {place}` shows it", advice(case, layer, first, base));
    let bytes = case.stored(entry);
    let paths = vec![FoundPath { path: path.clone(), bytes, files: 1 }];
    let risk = Risk { severity: severity(sureness, base), stored_in: layers, base };
    found.add_risk(case, rule(first.class), draft((Some(layer), message), &fix, sureness, paths), risk);
}

/// Says who deletes a file that no layer has in the end.
fn ghost(case: &Case<'_>, entries: &[EntryId]) -> String {
    let is_live = |entry: &EntryId| case.tree.entry(*entry).is_some_and(|facts| facts.live);
    let last = entries.last().filter(|_| !entries.iter().any(is_live));
    match last.and_then(|entry| case.ends.get(entry)) {
        Some(by) => format!("; {} removes it, but everyone can still read it", case.layer_name(*by)),
        None => String::new(),
    }
}

/// Describes secrets: `a GitHub token (line 3, 1a2b3c4d) and 2 more secrets`.
fn described(secrets: &[&Secret], first: &Secret) -> String {
    let mark = first.mark.as_ref().map(|mark| format!(", SHA-256 {mark}…")).unwrap_or_default();
    let article =
        if first.what.starts_with(['A', 'E', 'I', 'O', 'U', 'a', 'e', 'i', 'o']) { "an" } else { "a" };
    let more = match secrets.len() as u64 {
        0 | 1 => String::new(),
        number => format!(" and {} more", plural(number - 1, "secret")),
    };
    format!("{article} {} (line {}{mark}){more}", escape_text(&first.what), first.line)
}

fn advice(case: &Case<'_>, layer: usize, secret: &Secret, base: bool) -> String {
    let change = match secret.class {
        Class::Key => "replace the key",
        Class::Token => "revoke it",
        Class::Password | Class::History => "change it",
    };
    let step = case.step(layer);
    match () {
        () if base => format!("{change}, and tell the maker of the base"),
        () if step.is_some_and(Step::is_copy) => {
            format!("{change}, and keep the file out by `.dockerignore`")
        }
        () if step.is_some_and(Step::is_run) => {
            format!("{change}, and give it to the step by `RUN --mount=type=secret`")
        }
        () => format!("{change}, and keep it out of the image"),
    }
}

fn severity(sureness: Sureness, base: bool) -> Severity {
    match (sureness, base) {
        (Sureness::Example, _) => Severity::Info,
        (_, true) => Severity::Medium,
        _ => Severity::High,
    }
}

fn draft(
    (layer, message): (Option<usize>, String),
    fix: &str,
    sureness: Sureness,
    paths: Vec<FoundPath>,
) -> Draft {
    let confidence = match sureness {
        Sureness::Example => Confidence::Possible,
        Sureness::Likely => Confidence::Likely,
        Sureness::Certain => Confidence::Certain,
    };
    Draft::note((layer, message), fix, confidence, paths)
}

/// Finds secrets in the history, in variables and in labels, each one once.
fn variables(case: &Case<'_>, found: &mut Gathered) {
    let info = &case.analysis.info;
    let own = info.history.iter().position(|entry| entry.layer >= Some(case.base_layers()));
    let own = own.unwrap_or(info.history.len());
    let mut seen: Vec<String> = Vec::new();
    for (number, entry) in info.history.iter().enumerate() {
        let text = entry.created_by.as_deref().unwrap_or_default();
        let place = entry.layer.map_or_else(|| format!("step {number}"), |layer| case.layer_name(layer));
        add_text(case, found, (text, &place), (entry.layer, number < own), &mut seen);
    }
    for text in &info.config.env {
        add_text(case, found, (text, "the environment"), (None, false), &mut seen);
    }
    for (name, value) in &info.config.labels {
        add_text(case, found, (&format!("{name}={value}"), "a label"), (None, false), &mut seen);
    }
}

fn add_text(
    case: &Case<'_>,
    found: &mut Gathered,
    (text, place): (&str, &str),
    (layer, base): (Option<usize>, bool),
    seen: &mut Vec<String>,
) {
    for secret in in_text(text) {
        // A variable is in its step and in the environment.
        let is_known = seen.contains(&secret.what) && secret.mark.is_none();
        if is_known || seen.len() >= MOST {
            continue;
        }
        seen.push(secret.what.clone());
        let article = if secret.what.starts_with("value") { "the" } else { "a" };
        let message = format!("{place} has {article} {}", escape_text(&secret.what));
        let fix = "change it, and pass it when the container runs, or by `RUN --mount=type=secret`";
        let risk =
            Risk { severity: severity(secret.sureness, base), stored_in: layer.into_iter().collect(), base };
        found.add_risk(case, &VARIABLE, draft((layer, message), fix, secret.sureness, Vec::new()), risk);
    }
}

/// Replaces the secrets in the description of an image by `***`.
pub fn redact(info: &mut ImageInfo) {
    let steps = info.history.iter_mut().map(|entry| &mut entry.created_by);
    let layers = info.layers.iter_mut().map(|layer| &mut layer.created_by);
    for text in steps.chain(layers).flatten().chain(&mut info.config.env) {
        replace(text);
    }
    for (name, value) in &mut info.config.labels {
        let start = format!("{name}=");
        let whole = redacted(&format!("{start}{value}"));
        if let Some(shown) = whole.as_ref().and_then(|whole| whole.strip_prefix(&start)) {
            shown.clone_into(value);
        }
    }
}

fn replace(text: &mut String) {
    if let Some(shown) = redacted(text) {
        *text = shown;
    }
}
