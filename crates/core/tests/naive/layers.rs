//! Random layers over few names, so that they collide often.

use super::{Metadata, NaiveEntry, NaiveKind, NaiveLayer};
use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::select;

/// Up to eight layers with all oddities of entries.
pub(crate) fn odd_layers() -> BoxedStrategy<Vec<NaiveLayer>> {
    let entry = prop_oneof![
        8 => file(any_path(4)),
        3 => other(any_path(4), NaiveKind::Directory),
        4 => symlink(any_path(3)),
        4 => hard_link(any_path(4)),
        3 => whiteout(),
        2 => opaque(),
        1 => odd_name(),
        1 => other_kind(any_path(3)),
    ];
    vec(vec(entry, 0..=25), 1..=8).boxed()
}

/// A full lowest layer and up to three that remove much of it: material for waste rows.
pub(crate) fn wasteful_layers() -> BoxedStrategy<Vec<NaiveLayer>> {
    let path = || plain_path(1..=4, select(vec!["a", "b", "c"]).boxed());
    let base = vec(file(path()), 0..=40);
    let change = prop_oneof![
        4 => file(path()),
        4 => (parents(path()), select(vec!["a", "b", "c"])).prop_map(|(parent, name)| {
            named(&format!("{parent}.wh.{name}"))
        }),
        1 => opaque(),
        1 => hard_link(path()),
        1 => symlink(path()),
        1 => other(path(), NaiveKind::Directory),
    ];
    (base, vec(vec(change, 0..=20), 1..=3)).prop_map(|(base, changes)| [vec![base], changes].concat()).boxed()
}

/// Directories, symbolic links between them, and hard links across them.
pub(crate) fn linked_layers() -> BoxedStrategy<Vec<NaiveLayer>> {
    let path = || plain_path(1..=3, select(vec!["a", "b", "c"]).boxed());
    let entry = prop_oneof![
        3 => file(path()),
        1 => other(path(), NaiveKind::Directory),
        4 => symlink(path()),
        5 => hard_link(path()),
        1 => whiteout(),
        1 => opaque(),
    ];
    vec(vec(entry, 0..=20), 1..=4).boxed()
}

/// Images like those of real builds: a name is a file or a directory in all layers, and few
/// directories contain few files.
pub(crate) fn tidy_layers() -> BoxedStrategy<Vec<NaiveLayer>> {
    let directories = vec!["a", "a/b", "a/b/c", "a/d", "a/d/e", "f", "f/g"];
    let directory = || select(directories.clone()).prop_map(str::to_owned).boxed();
    let path = || {
        let parent = prop_oneof![1 => Just(String::new()), 9 => directory().prop_map(|path| path + "/")];
        let names = prop_oneof![4 => Just("x"), 4 => Just("y"), 1 => Just("z")];
        (parent, names).prop_map(|(parent, name)| parent + name).boxed()
    };
    let marked = |path: BoxedStrategy<String>| {
        path.prop_map(|path| match path.rsplit_once('/') {
            Some((parent, name)) => named(&format!("{parent}/.wh.{name}")),
            None => named(&format!(".wh.{path}")),
        })
    };
    let link = || {
        (path(), path()).prop_map(|(path, target)| NaiveEntry {
            kind: NaiveKind::HardLink,
            link: target.into(),
            ..named(&path)
        })
    };
    let base = vec(prop_oneof![9 => file(path()), 1 => link()], 0..=40);
    let change = prop_oneof![
        8 => file(path()),
        6 => marked(path()),
        2 => marked(directory()),
        2 => directory().prop_map(|path| named(&format!("{path}/.wh..wh..opq"))),
        3 => link(),
        1 => other(directory(), NaiveKind::Directory),
    ];
    (base, vec(vec(change, 0..=15), 1..=4)).prop_map(|(base, changes)| [vec![base], changes].concat()).boxed()
}

/// One of the strategies above.
pub(crate) fn any_layers() -> BoxedStrategy<Vec<NaiveLayer>> {
    prop_oneof![odd_layers(), wasteful_layers(), linked_layers(), tidy_layers()].boxed()
}

/// An entry with this name alone: an empty file, unless the name says otherwise.
pub(crate) fn named(path: &str) -> NaiveEntry {
    NaiveEntry {
        path: path.into(),
        kind: NaiveKind::File,
        link: Vec::new(),
        size: 0,
        content: 0,
        metadata: Metadata::default(),
    }
}

fn name() -> BoxedStrategy<&'static str> {
    prop_oneof![
        20 => select(vec!["a", "b", "c", "d"]),
        1 => select(vec!["a.b", ".whatever", "..a", "a b", ".wh", "stargz.index.json"]),
    ]
    .boxed()
}

/// Joins components with slashes.
fn plain_path(
    depth: std::ops::RangeInclusive<usize>,
    name: BoxedStrategy<&'static str>,
) -> BoxedStrategy<String> {
    vec(name, depth).prop_map(|names| names.join("/")).boxed()
}

/// A path in one of the spellings of tar writers.
fn any_path(depth: usize) -> BoxedStrategy<String> {
    let decorated = prop_oneof![
        20 => plain_path(1..=depth, name()),
        1 => vec(prop_oneof![4 => name(), 1 => Just(".."), 1 => Just("."), 1 => Just("")], 0..=depth + 2)
            .prop_map(|names| names.join("/")),
    ];
    let prefix =
        prop_oneof![12 => Just(""), 2 => Just("./"), 2 => Just("/"), 1 => Just("../"), 1 => Just("//./")];
    (prefix, decorated).prop_map(|(prefix, path)| format!("{prefix}{path}")).boxed()
}

/// Returns a path without its last component, with the slash.
fn parents(path: BoxedStrategy<String>) -> BoxedStrategy<String> {
    path.prop_map(|path| match path.rfind('/') {
        Some(slash) => path[..=slash].to_owned(),
        None => String::new(),
    })
    .boxed()
}

/// Few values each, so that two files often differ in one field or in none.
fn metadata() -> BoxedStrategy<Metadata> {
    let changed = prop_oneof![
        Just(Metadata { mode: 0o755, ..Metadata::default() }),
        Just(Metadata { uid: 1, ..Metadata::default() }),
        Just(Metadata { gid: 1, ..Metadata::default() }),
        Just(Metadata { seconds: -1, ..Metadata::default() }),
        Just(Metadata { nanos: 1, ..Metadata::default() }),
        Just(Metadata { xattrs: Some(1), ..Metadata::default() }),
        Just(Metadata { xattrs: Some(2), ..Metadata::default() }),
    ];
    prop_oneof![2 => Just(Metadata::default()), 1 => changed].boxed()
}

fn file(path: BoxedStrategy<String>) -> BoxedStrategy<NaiveEntry> {
    let size = prop_oneof![2 => Just(0), 5 => Just(10), 2 => Just(11), 1 => Just(1 << 40)];
    (path, size, 0..2_u8, metadata())
        .prop_map(|(path, size, content, metadata)| NaiveEntry { size, content, metadata, ..named(&path) })
        .boxed()
}

/// An entry without content, whatever size its header claims.
fn other(path: BoxedStrategy<String>, kind: NaiveKind) -> BoxedStrategy<NaiveEntry> {
    let slash = prop_oneof![Just(""), Just("/")];
    let size = prop_oneof![9 => Just(0), 1 => Just(5)];
    (path, slash, size, metadata())
        .prop_map(move |(path, slash, size, metadata)| NaiveEntry {
            kind,
            size,
            metadata,
            ..named(&format!("{path}{slash}"))
        })
        .boxed()
}

fn other_kind(path: BoxedStrategy<String>) -> BoxedStrategy<NaiveEntry> {
    let kinds = vec![NaiveKind::CharDevice, NaiveKind::BlockDevice, NaiveKind::Fifo, NaiveKind::Unknown];
    (other(path, NaiveKind::Fifo), select(kinds))
        .prop_map(|(entry, kind)| NaiveEntry { kind, ..entry })
        .boxed()
}

fn symlink(path: BoxedStrategy<String>) -> BoxedStrategy<NaiveEntry> {
    let component = prop_oneof![6 => name(), 3 => Just(".."), 1 => Just(".")];
    let target = (select(vec!["", "", "/"]), vec(component, 0..=4))
        .prop_map(|(root, names)| format!("{root}{}", names.join("/")));
    (path, target, metadata())
        .prop_map(|(path, target, metadata)| NaiveEntry {
            kind: NaiveKind::Symlink,
            link: target.into(),
            metadata,
            ..named(&path)
        })
        .boxed()
}

fn hard_link(path: BoxedStrategy<String>) -> BoxedStrategy<NaiveEntry> {
    let target = prop_oneof![
        8 => plain_path(1..=2, name()),
        4 => any_path(4),
        1 => select(vec![".wh.a", ".wh..wh.plnk/1.2", "", "."]).prop_map(str::to_owned),
    ];
    (path, target, metadata(), prop_oneof![9 => Just(0), 1 => Just(10)])
        .prop_map(|(path, target, metadata, size)| NaiveEntry {
            kind: NaiveKind::HardLink,
            link: target.into(),
            size,
            metadata,
            ..named(&path)
        })
        .boxed()
}

fn whiteout() -> BoxedStrategy<NaiveEntry> {
    let hidden = prop_oneof![12 => name(), 1 => Just(""), 1 => Just("."), 1 => Just("..")];
    (parents(any_path(4)), hidden)
        .prop_map(|(parent, hidden)| named(&format!("{parent}.wh.{hidden}")))
        .boxed()
}

fn opaque() -> BoxedStrategy<NaiveEntry> {
    parents(any_path(4)).prop_map(|parent| named(&format!("{parent}.wh..wh..opq"))).boxed()
}

/// Names that look like markers, or have a meaning in other tools; some with content.
fn odd_name() -> BoxedStrategy<NaiveEntry> {
    let names = vec![
        ".wh..wh.plnk",
        ".wh..wh.plnk/1.2",
        ".wh..wh.aufs",
        ".wh..wh.orph/a",
        ".wh..wh..opq/a",
        ".wh..wh.",
        ".wh..wh",
        ".wh.a/b",
        ".wh.a/.wh.b",
        "stargz.index.json",
        ".prefetch.landmark",
        ".no.prefetch.landmark",
        "",
        ".",
        "a/..",
    ];
    (parents(any_path(3)), file(select(names).prop_map(str::to_owned).boxed()), any_kind())
        .prop_map(|(parent, entry, kind)| NaiveEntry {
            path: [parent.as_bytes(), &entry.path].concat(),
            kind,
            ..entry
        })
        .boxed()
}

fn any_kind() -> BoxedStrategy<NaiveKind> {
    prop_oneof![
        6 => Just(NaiveKind::File),
        1 => Just(NaiveKind::CharDevice),
        1 => Just(NaiveKind::Directory),
        1 => Just(NaiveKind::Unknown),
    ]
    .boxed()
}
