//! What a program of the image reaches: its interpreter, and the libraries that it loads.

use std::collections::{BTreeMap, HashSet, VecDeque};

use dockopt_core::tree::{EntryId, NodeId};

use super::case::Case;
use crate::build::dockerfile::shell::Script;
use crate::evidence::elf::{ElfFact, Programs};
use crate::evidence::scripts::Scripts;
use crate::packages::canonical::Canonical;

/// Most files that a program reaches.
const MAX_FILES: usize = 10_000;
/// Where programs are looked for if the image has no `PATH`.
const PATH: &str = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";
/// Programs that only start another one.
const STARTERS: [&str; 7] = ["tini", "dumb-init", "gosu", "su-exec", "env", "exec", "docker-init"];
/// Shells.
const SHELLS: [&str; 6] = ["sh", "bash", "ash", "dash", "zsh", "ksh"];

/// What a program reaches.
#[derive(Default)]
pub(super) struct Reach {
    /// The name of the program as it is started.
    pub(super) program: String,
    /// The entries of the files.
    pub(super) files: HashSet<EntryId>,
    /// The names of the programs and interpreters among them.
    pub(super) programs: Vec<String>,
    /// Whether one of them loads libraries.
    pub(super) is_dynamic: bool,
}

/// Returns what the program of an image reaches; `None` if the image starts a shell or nothing that
/// is there.
pub(super) fn reach(case: &Case<'_>) -> Option<Reach> {
    let program = program(case)?;
    let mut links = Canonical::new(case.tree);
    let start = on_path(case, &mut links, &program)?;
    let mut reach = Reach { program, ..Reach::default() };
    let mut libraries: Option<BTreeMap<Vec<u8>, NodeId>> = None;
    let mut open = VecDeque::from([start]);
    while let Some(node) = open.pop_front() {
        let Some(entry) = case.tree.final_entry(node).and_then(|entry| Some(case.tree.entry(entry)?.inode))
        else {
            continue;
        };
        if reach.files.len() >= MAX_FILES || !reach.files.insert(entry) {
            continue;
        }
        if let Some(line) = Scripts::interpreter(case.evidence, entry) {
            reach.programs.push(name(case, node));
            open.extend(interpreter(case, &mut links, line));
        }
        let Some(fact) = case.evidence.get(entry, Programs::ID).and_then(ElfFact::decode) else { continue };
        if !name(case, node).contains(".so") {
            reach.programs.push(name(case, node));
        }
        reach.is_dynamic |= !fact.interpreter.is_empty() || !fact.needed.is_empty();
        open.extend(links.file(&fact.interpreter));
        let known = libraries.get_or_insert_with(|| all_libraries(case, &mut links));
        let needed = fact.needed.split(|byte| *byte == b'\n').filter_map(|name| known.get(name));
        open.extend(needed.copied());
    }
    Some(reach)
}

fn name(case: &Case<'_>, node: NodeId) -> String {
    String::from_utf8_lossy(case.tree.name(node)).into_owned()
}

/// Returns the first word of what the image starts that is no starter; `None` for a shell that waits
/// for commands.
fn program(case: &Case<'_>) -> Option<String> {
    let config = &case.analysis.info.config;
    let words: Vec<&String> = config.entrypoint.iter().chain(&config.cmd).flatten().collect();
    let texts: Vec<&str> = words.iter().map(|word| word.as_str()).collect();
    let is_shell = |word: &str| SHELLS.contains(&last(word));
    let first = match texts.as_slice() {
        [shell, "-c", script, ..] if is_shell(shell) => {
            let script = Script::parse(script);
            let command = script.commands.last()?.texts().into_iter().map(str::to_owned);
            command.into_iter().find(|word| !is_starter(word))?
        }
        [shell] | [shell, "-l" | "-i"] if is_shell(shell) => return None,
        words => (*words.iter().find(|word| !is_starter(word))?).to_owned(),
    };
    (!is_shell(&first)).then_some(first)
}

/// Returns the last component of a path.
pub(super) fn last(word: &str) -> &str {
    word.rsplit('/').next().unwrap_or(word)
}

fn is_starter(word: &str) -> bool {
    STARTERS.contains(&last(word)) || word.starts_with('-')
}

/// Looks a program up as the container would.
fn on_path(case: &Case<'_>, links: &mut Canonical<'_>, program: &str) -> Option<NodeId> {
    let config = &case.analysis.info.config;
    if program.contains('/') {
        let directory =
            config.working_dir.as_deref().filter(|_| !program.starts_with('/')).unwrap_or_default();
        return links.file(format!("{directory}/{program}").as_bytes());
    }
    let path = config.env.iter().find_map(|variable| variable.strip_prefix("PATH=")).unwrap_or(PATH);
    path.split(':').find_map(|directory| links.file(format!("{directory}/{program}").as_bytes()))
}

/// Returns the interpreter of a script; `env NAME` looks it up.
fn interpreter(case: &Case<'_>, links: &mut Canonical<'_>, line: &str) -> Vec<NodeId> {
    let mut words = line.split_whitespace();
    let program = words.next().unwrap_or_default();
    let looked_up = words.find(|word| !word.starts_with('-')).filter(|_| last(program) == "env");
    let program = links.file(program.as_bytes());
    program.into_iter().chain(looked_up.and_then(|name| on_path(case, links, name))).collect()
}

/// Returns the shared libraries of the final filesystem by name; of several, the one with the shortest
/// path.
fn all_libraries(case: &Case<'_>, links: &mut Canonical<'_>) -> BTreeMap<Vec<u8>, NodeId> {
    let mut found: BTreeMap<Vec<u8>, (usize, NodeId)> = BTreeMap::new();
    for node in case.tree.nodes() {
        let name = case.tree.name(node);
        if !name.windows(3).any(|part| part == b".so") || case.tree.final_entry(node).is_none() {
            continue;
        }
        let depth = case.tree.depth(node);
        let best = found.entry(name.to_vec()).or_insert((depth, node));
        if depth < best.0 {
            *best = (depth, node);
        }
    }
    let file = |(name, (_, node)): (Vec<u8>, (usize, NodeId))| {
        Some((name, links.file(case.tree.path(node).as_bytes())?))
    };
    found.into_iter().filter_map(file).collect()
}
