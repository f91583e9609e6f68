//! Compilers and other tools of a build that are in the final image, with the packages that only they
//! need.

use std::collections::{BTreeMap, HashSet};

use dockopt_core::findings::{Confidence, Severity};
use dockopt_core::quantity::size;
use dockopt_core::tree::EntryId;

use super::case::{Case, Pile};
use super::debs::{Installed, closure, described, installs, name_of, named};
use super::gathered::{Draft, Gathered};
use super::remedy::Remedy;
use super::rule::Rule;
use super::skeleton;
use crate::evidence::elf::{ElfFact, Programs};

pub(super) static RULE: Rule = Rule {
    id: "build-tools",
    title: "Build tools in the final image",
    severity: Severity::High,
    least: 1_000_000,
    help: "Compilers, headers and version control are needed to build a program, not to run it. Build in a stage of its own \
        (`FROM base AS build`) and copy the result: `COPY --from=build`. What is counted are the packages that only \
        the tools need; the libraries that programs of the image load stay. If the tools are the purpose of the image, \
        ignore this finding.",
    links: &["https://docs.docker.com/build/building/multi-stage/"],
};

/// Packages that only builds need.
const TOOLS: [&str; 44] = [
    "gcc",
    "g++",
    "cpp",
    "clang",
    "llvm",
    "gfortran",
    "make",
    "cmake",
    "ninja-build",
    "meson",
    "build-essential",
    "autoconf",
    "automake",
    "libtool",
    "pkg-config",
    "pkgconf",
    "bison",
    "flex",
    "dpkg-dev",
    "debhelper",
    "devscripts",
    "cargo",
    "rustc",
    "golang",
    "golang-go",
    "default-jdk",
    "default-jdk-headless",
    "maven",
    "gradle",
    "ant",
    "nasm",
    "yasm",
    "swig",
    "patch",
    "binutils",
    "git",
    "mercurial",
    "subversion",
    "gdb",
    "valgrind",
    "ghc",
    "cython3",
    "node-gyp",
    "ccache",
];
/// Starts of the names of versions of them.
const VERSIONS: [&str; 8] = ["gcc-", "g++-", "clang-", "llvm-", "golang-1", "rustc-", "cargo-", "openjdk-"];

fn is_tool(name: &str) -> bool {
    let is_version = VERSIONS.iter().any(|start| name.starts_with(start))
        && (!name.starts_with("openjdk-") || name.contains("-jdk"));
    TOOLS.contains(&name) || name.ends_with("-dev") || is_version
}

/// What the user's instructions install.
struct Asked {
    tools: Vec<String>,
    others: Vec<String>,
}

pub(super) fn find(case: &Case<'_>, found: &mut Gathered) {
    let states = &case.installed;
    let Some((_, installed)) = states.iter().next_back() else { return };
    let base: HashSet<&str> = match states.range(..case.base_layers()).next_back() {
        Some((_, base)) => base.keys().map(String::as_str).collect(),
        None => HashSet::new(),
    };
    let asked = asked(case, installed, &base);
    if asked.tools.is_empty() {
        return;
    }
    let (removable, libraries) = removable(case, installed, &base, &asked);
    let runtime: Vec<String> = asked.others.iter().cloned().chain(libraries).collect();
    if let Some(draft) = draft(case, &removable, &runtime) {
        found.add(case, &RULE, draft);
    }
}

/// Returns the packages that instructions of the user install, and that are there in the end.
fn asked(case: &Case<'_>, installed: &Installed, base: &HashSet<&str>) -> Asked {
    let own = (case.base_layers()..case.tree.layer_count()).filter_map(|layer| case.step(layer));
    let mut names: Vec<String> = Vec::new();
    for words in own.flat_map(installs) {
        names.extend(
            named(&words).filter(|word| !word.is_expanded).map(|word| name_of(&word.text).to_owned()),
        );
    }
    names.retain(|name| installed.contains_key(name) && !base.contains(name.as_str()));
    names.sort();
    names.dedup();
    let (tools, others) = names.into_iter().partition(|name| is_tool(name));
    Asked { tools, others }
}

/// Returns the packages that only the tools need, and the libraries among those that the tools brought
/// which programs of the image load.
fn removable(
    case: &Case<'_>,
    installed: &Installed,
    base: &HashSet<&str>,
    asked: &Asked,
) -> (HashSet<String>, Vec<String>) {
    let brought = closure(installed, asked.tools.clone());
    let roots = || asked.others.iter().cloned().chain(base.iter().map(|name| (*name).to_owned()));
    let mut libraries: Vec<String> = Vec::new();
    // A library that stays may load another one.
    for _ in 0..8 {
        let kept = closure(installed, roots().chain(libraries.iter().cloned()).collect());
        let is_left = |name: &&String| installed.contains_key(*name) && !kept.contains(*name);
        let removable: HashSet<String> = brought.iter().filter(is_left).cloned().collect();
        let loaded = loaded(case, &removable);
        if loaded.is_empty() {
            return (removable, libraries);
        }
        libraries.extend(loaded);
    }
    (HashSet::new(), libraries)
}

/// Returns the packages among some whose libraries the other programs of the image load.
fn loaded(case: &Case<'_>, removable: &HashSet<String>) -> HashSet<String> {
    let mut owners: BTreeMap<&[u8], &str> = BTreeMap::new();
    let mut wanted: HashSet<Vec<u8>> = HashSet::new();
    for (entry, fact) in case.evidence.of_probe(Programs::ID) {
        let (Some(node), true) = (case.tree.entry_node(entry), case.live_bytes(entry).is_some()) else {
            continue;
        };
        if let Some(owner) = removed_owner(case, entry, removable) {
            owners.insert(case.tree.name(node), owner);
        } else {
            let needed = ElfFact::decode(fact).map(|fact| fact.needed).unwrap_or_default();
            let names = needed.split(|byte| *byte == b'\n').filter(|name| !name.is_empty());
            wanted.extend(names.map(<[u8]>::to_vec));
        }
    }
    // `libz.so.1` is a link to `libz.so.1.2.13`.
    let owner = |name: &Vec<u8>| {
        let (file, owner) = owners.range(name.as_slice()..).next()?;
        let rest = file.strip_prefix(name.as_slice())?;
        (rest.is_empty() || rest.starts_with(b".")).then(|| (*owner).to_owned())
    };
    wanted.iter().filter_map(owner).collect()
}

fn removed_owner<'c>(case: &'c Case<'_>, entry: EntryId, removable: &HashSet<String>) -> Option<&'c str> {
    let owner = case.owner(entry).filter(|owner| owner.ecosystem == "deb")?;
    removable.contains(&owner.name).then_some(owner.name.as_str())
}

/// Whether a program of the user's layers is not from a package of the system: then something was
/// built.
fn has_built(case: &Case<'_>) -> bool {
    let is_own = |entry: EntryId| {
        case.layer_of(entry) >= Some(case.base_layers())
            && case.live_bytes(entry).is_some()
            && !case.is_of_system(entry)
    };
    case.evidence.of_probe(Programs::ID).any(|(entry, _)| is_own(entry))
}

/// Describes the live files of the packages in the user's layers; `None` if there are none.
fn draft(case: &Case<'_>, removable: &HashSet<String>, runtime: &[String]) -> Option<Draft> {
    let (mut by_name, mut by_layer) = (BTreeMap::<&str, u64>::new(), BTreeMap::<usize, u64>::new());
    let mut pile = Pile::default();
    for file in case.own_live() {
        let Some(name) = removed_owner(case, file.entry, removable) else { continue };
        let Some(path) = case.directory(file.entry) else { continue };
        *by_name.entry(name).or_default() += file.bytes;
        *by_layer.entry(file.layer).or_default() += file.bytes;
        pile.add(file.entry, file.bytes, path);
    }
    let (layer, _) = by_layer.into_iter().max_by_key(|(_, bytes)| *bytes)?;
    let (bytes, (count, names)) = (size(pile.bytes()), described(by_name));
    let (paths, claims) = pile.into_parts(case.tree);
    let stays = match runtime {
        [] => String::new(),
        packages => format!(" with {}", packages.join(", ")),
    };
    Some(Draft {
        layer: Some(layer),
        message: format!(
            "{} installs build tools, {bytes} in {count} that only they need: {names}",
            case.layer_name(layer)
        ),
        fix: format!("build in a stage of its own, and copy the result to a stage{stays}"),
        remedy: skeleton::skeleton(case, runtime).map_or(Remedy::Words, Remedy::Example),
        confidence: if has_built(case) { Confidence::Likely } else { Confidence::Possible },
        exact: false,
        paths,
        claims,
    })
}
