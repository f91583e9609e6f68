//! Applies layers to a filesystem, one entry at a time, and records how every inode ends.

use super::{Metadata, NaiveCause, NaiveEntry, NaiveKind, Path, Visible, is_below};
use std::collections::{BTreeMap, BTreeSet};

/// The number of symbolic links that one path may pass.
const MOST_LINKS: usize = 255;

/// The number of components, of paths and of targets, that a walk with a link may take.
const MOST_STEPS: usize = 40_960;

/// The number of passes over waiting links; a link without a target in the last pass becomes an
/// empty file.
const MOST_ROUNDS: usize = 64;

/// The compared bits of a mode: permissions, setuid, setgid, sticky.
const MODE_BITS: u32 = 0o7777;

/// The filesystem and its history.
pub(crate) struct Overlay {
    nodes: BTreeMap<Path, Node>,
    pub(crate) inodes: Vec<Inode>,
    pub(crate) endings: Vec<Ending>,
    /// For each layer: the paths of files with bytes that it has left unchanged so far.
    ///
    /// Assumed: a path that it removes and adds again with the same inode is not one of them.
    pub(crate) untouched: Vec<BTreeSet<Path>>,
    /// The layer and position of the files whose content decides a cause.
    pub(crate) compared: BTreeSet<(usize, usize)>,
    /// What every path shows, with the entry that made it so.
    shown: BTreeMap<Path, Shown>,
    /// The same after each layer.
    pub(crate) snapshots: Vec<BTreeMap<Path, Shown>>,
    /// All changes of what paths show.
    pub(crate) steps: Vec<Step>,
    /// The current layer.
    layer: usize,
    /// What the entries of the current layer made.
    made: Made,
}

/// For each path, the position of the last entry of one layer, in tar order, that affected it.
#[derive(Default)]
struct Made {
    /// Made the path: an entry of it, or one below it.
    something: BTreeMap<Path, usize>,
    /// Put something other than a directory at the path.
    no_directory: BTreeMap<Path, usize>,
}

/// A hard link without a target at its turn.
struct Waiting<'a> {
    position: usize,
    entry: &'a NaiveEntry,
    /// Its cleaned name.
    path: Path,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Node {
    Directory,
    Inode(usize),
}

/// The layer and position of an entry.
pub(crate) type Place = (usize, usize);

/// What a path shows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Shown {
    /// A directory that no entry lists.
    ImpliedDirectory,
    Directory {
        entry: Place,
    },
    Inode {
        entry: Place,
        inode: usize,
    },
}

impl Shown {
    fn is(self, node: Node) -> bool {
        match self {
            Self::ImpliedDirectory | Self::Directory { .. } => node == Node::Directory,
            Self::Inode { inode, .. } => node == Node::Inode(inode),
        }
    }

    pub(crate) fn is_directory(self) -> bool {
        matches!(self, Self::ImpliedDirectory | Self::Directory { .. })
    }

    pub(crate) fn inode(self) -> Option<usize> {
        match self {
            Self::ImpliedDirectory | Self::Directory { .. } => None,
            Self::Inode { inode, .. } => Some(inode),
        }
    }

    pub(crate) fn entry(self) -> Option<Place> {
        match self {
            Self::ImpliedDirectory => None,
            Self::Directory { entry } | Self::Inode { entry, .. } => Some(entry),
        }
    }
}

/// A change of what a path shows.
#[derive(Clone, Debug)]
pub(crate) struct Step {
    pub(crate) layer: usize,
    pub(crate) path: Path,
    /// How the path lost what it showed, if nothing else took its place at once.
    pub(crate) vanished_by: Option<NaiveCause>,
    pub(crate) shown: Option<Shown>,
}

/// Anything but a directory, as one layer stored it.
pub(crate) struct Inode {
    pub(crate) layer: usize,
    /// The position of its entry in the layer.
    position: usize,
    pub(crate) kind: NaiveKind,
    size: u64,
    pub(crate) content: u8,
    pub(crate) metadata: Metadata,
    pub(crate) link: Vec<u8>,
}

/// The change that ended an inode's last name.
pub(crate) struct Ending {
    pub(crate) inode: usize,
    pub(crate) layer: usize,
    pub(crate) cause: NaiveCause,
    pub(crate) own: Path,
}

/// The meaning of a name.
enum Meaning {
    SetAside,
    /// A whiteout of this name in this directory.
    Whiteout(Path, Vec<u8>),
    /// An opaque marker of this directory.
    Opaque(Path),
    File(Path),
}

impl Default for Overlay {
    fn default() -> Self {
        Self {
            nodes: BTreeMap::from([(Path::new(), Node::Directory)]),
            inodes: Vec::new(),
            endings: Vec::new(),
            untouched: Vec::new(),
            compared: BTreeSet::new(),
            shown: BTreeMap::from([(Path::new(), Shown::ImpliedDirectory)]),
            snapshots: Vec::new(),
            steps: Vec::new(),
            layer: 0,
            made: Made::default(),
        }
    }
}

impl Inode {
    /// Bytes of content: only regular files have any.
    pub(crate) fn bytes(&self) -> u64 {
        if self.kind == NaiveKind::File { self.size } else { 0 }
    }

    /// Returns why this inode loses a path that shows the other one from now on.
    fn cause_of_loss_to(&self, other: &Self) -> NaiveCause {
        if self.kind != NaiveKind::File || other.kind != NaiveKind::File {
            return NaiveCause::Replaced;
        }
        if self.size != other.size || (self.size > 0 && self.content != other.content) {
            NaiveCause::Overwritten
        } else if self.metadata.compared() != other.metadata.compared() {
            NaiveCause::Metadata
        } else {
            NaiveCause::Identical
        }
    }
}

impl Metadata {
    /// Returns the compared metadata.
    pub(crate) fn compared(self) -> Self {
        Self { mode: self.mode & MODE_BITS, ..self }
    }
}

impl Made {
    /// Notes that an entry made this path and the directories above it.
    fn note(&mut self, position: usize, place: &[Vec<u8>], new: Node) {
        let note = |paths: &mut BTreeMap<Path, usize>, path: &[Vec<u8>]| {
            let last = paths.entry(path.to_vec()).or_insert(position);
            *last = position.max(*last);
        };
        for depth in 0..=place.len() {
            note(&mut self.something, &place[..depth]);
        }
        if new != Node::Directory {
            note(&mut self.no_directory, place);
        }
    }

    /// Returns whether an entry after this position made a path.
    fn something_since(&self, position: usize, path: &[Vec<u8>]) -> bool {
        self.something.get(path).is_some_and(|last| *last > position)
    }

    /// Returns whether an entry after this position put something other than a directory above a
    /// path.
    fn no_directory_since(&self, position: usize, path: &[Vec<u8>]) -> bool {
        let mut above = (0..path.len()).filter_map(|depth| self.no_directory.get(&path[..depth]));
        above.any(|last| *last > position)
    }
}

impl Overlay {
    /// Applies one more layer.
    pub(crate) fn apply(&mut self, entries: &[NaiveEntry]) {
        self.untouched.push(self.files_with_bytes());
        self.made = Made::default();
        self.apply_markers(entries);
        self.apply_files(entries);
        self.snapshots.push(self.shown.clone());
        self.layer += 1;
    }

    /// Step 2 of the page.
    fn apply_markers(&mut self, entries: &[NaiveEntry]) {
        let mut markers: Vec<(usize, bool, Meaning)> = Vec::new();
        for entry in entries {
            match meaning(entry) {
                Meaning::Whiteout(directory, name) => {
                    markers.push((directory.len(), false, Meaning::Whiteout(directory, name)));
                }
                Meaning::Opaque(directory) => {
                    markers.push((directory.len(), true, Meaning::Opaque(directory)));
                }
                Meaning::SetAside | Meaning::File(_) => {}
            }
        }
        // A stable sort: tar order within a depth and kind.
        markers.sort_by_key(|(depth, opaque, _)| (*depth, *opaque));
        for (_, _, marker) in markers {
            match marker {
                Meaning::Whiteout(directory, name) => self.whiteout(&directory, name),
                Meaning::Opaque(directory) => self.opaque(&directory),
                Meaning::SetAside | Meaning::File(_) => unreachable!(),
            }
        }
    }

    fn whiteout(&mut self, directory: &[Vec<u8>], name: Vec<u8>) {
        if name.is_empty() || name == b"." || name == b".." {
            return;
        }
        let mut target = self.follow(directory);
        target.push(name);
        let mut nodes = self.nodes.clone();
        nodes.retain(|path, _| *path != target && !is_below(path, &target));
        self.change(nodes, NaiveCause::Deleted, &target);
        self.show(NaiveCause::Deleted, None);
    }

    fn opaque(&mut self, directory: &[Vec<u8>]) {
        let directory = self.follow(directory);
        let mut nodes = self.nodes.clone();
        nodes.retain(|path, _| !is_below(path, &directory));
        self.change(nodes, NaiveCause::Opaque, &directory);
        self.show(NaiveCause::Opaque, None);
    }

    /// Step 3 of the page.
    fn apply_files(&mut self, entries: &[NaiveEntry]) {
        let mut waiting = Vec::new();
        for (position, entry) in entries.iter().enumerate() {
            let Meaning::File(path) = meaning(entry) else {
                continue;
            };
            match entry.kind {
                NaiveKind::HardLink => match self.link_target(entry) {
                    Some(inode) => self.put(position, &path, Node::Inode(inode)),
                    None => waiting.push(Waiting { position, entry, path }),
                },
                NaiveKind::Directory => self.put(position, &path, Node::Directory),
                _ => {
                    let inode = self.new_inode(position, entry);
                    self.put(position, &path, Node::Inode(inode));
                }
            }
        }
        self.put_waiting(waiting);
    }

    /// Tries the waiting links as long as one of them finds its target; the others become empty
    /// files. A link is dropped when it finds its target and its path is taken.
    ///
    /// Assumed: they become files during the last pass, so a link to one of them finds it.
    fn put_waiting(&mut self, mut waiting: Vec<Waiting<'_>>) {
        for _ in 0..MOST_ROUNDS {
            let mut left = Vec::new();
            let mut found = false;
            for link in waiting {
                match self.link_target(link.entry) {
                    Some(_) if self.is_dropped(&link) => {}
                    Some(inode) => {
                        found = true;
                        self.put(link.position, &link.path, Node::Inode(inode));
                    }
                    None => left.push(link),
                }
            }
            waiting = left;
            if !found {
                break;
            }
        }
        for link in waiting {
            if self.is_dropped(&link) {
                continue;
            }
            let inode = self.link_target(link.entry).unwrap_or_else(|| {
                let empty = NaiveEntry { kind: NaiveKind::File, size: 0, ..link.entry.clone() };
                self.new_inode(link.position, &empty)
            });
            self.put(link.position, &link.path, Node::Inode(inode));
        }
    }

    /// Returns whether a later entry took a waiting link's path, or one above it.
    ///
    /// Assumed: the link's path is resolved when the link is tried; the paths above it are those
    /// above the resolved path and above the written name; an entry makes a directory of every path
    /// above it, even if there is one.
    fn is_dropped(&self, link: &Waiting<'_>) -> bool {
        let place = self.place(&link.path).unwrap();
        self.made.something_since(link.position, &place)
            || self.made.no_directory_since(link.position, &place)
            || self.made.no_directory_since(link.position, &link.path)
    }

    /// Returns the current inode of a hard link's target; `None` for a directory.
    fn link_target(&self, entry: &NaiveEntry) -> Option<usize> {
        let place = self.place(&clean(&entry.link))?;
        match self.nodes.get(&place) {
            Some(Node::Inode(inode)) => Some(*inode),
            Some(Node::Directory) | None => None,
        }
    }

    fn new_inode(&mut self, position: usize, entry: &NaiveEntry) -> usize {
        self.inodes.push(Inode {
            layer: self.layer,
            position,
            kind: entry.kind,
            size: entry.size,
            content: entry.content,
            metadata: entry.metadata,
            link: entry.link.clone(),
        });
        self.inodes.len() - 1
    }

    /// Resolves a cleaned path without following its last component; `None` for the root.
    fn place(&self, path: &[Vec<u8>]) -> Option<Path> {
        let (name, parent) = path.split_last()?;
        let mut place = self.follow(parent);
        place.push(name.clone());
        Some(place)
    }

    /// Makes a path show something, and creates its parents.
    fn put(&mut self, position: usize, path: &[Vec<u8>], new: Node) {
        let entry = (self.layer, position);
        let shown = match new {
            Node::Directory => Shown::Directory { entry },
            Node::Inode(inode) => Shown::Inode { entry, inode },
        };
        let Some(place) = self.place(path) else {
            // Only the metadata of the root directory can change.
            return self.show(NaiveCause::Replaced, Some((Path::new(), shown)));
        };
        let mut nodes = self.nodes.clone();
        let mut changed = None;
        for depth in 1..place.len() {
            let directory = place[..depth].to_vec();
            if nodes.insert(directory.clone(), Node::Directory) != Some(Node::Directory) {
                changed.get_or_insert((NaiveCause::Replaced, directory));
            }
        }
        let old = nodes.insert(place.clone(), new);
        if old == Some(new) && new != Node::Directory {
            return; // A link to a name whose inode it already has.
        }
        self.made.note(position, &place, new);
        if old == Some(new) {
            return self.show(NaiveCause::Replaced, Some((place, shown)));
        }
        if new != Node::Directory {
            nodes.retain(|path, _| !is_below(path, &place));
        }
        let (cause, own) = changed.unwrap_or_else(|| (self.cause(old, new), place.clone()));
        let ended = self.change(nodes, cause, &own);
        self.show(cause, Some((place, shown)));
        if let (Some(Node::Inode(old)), Node::Inode(new)) = (old, new)
            && ended.contains(&old)
        {
            self.note_comparison(old, new);
        }
    }

    /// Compares files of one size by their content.
    fn note_comparison(&mut self, old: usize, new: usize) {
        let (old, new) = (&self.inodes[old], &self.inodes[new]);
        if old.bytes() > 0 && old.bytes() == new.bytes() {
            self.compared.insert((old.layer, old.position));
            self.compared.insert((new.layer, new.position));
        }
    }

    /// Returns why a path loses what it showed to what it shows now.
    fn cause(&self, old: Option<Node>, new: Node) -> NaiveCause {
        match (old, new) {
            (Some(Node::Inode(old)), Node::Inode(new)) => {
                self.inodes[old].cause_of_loss_to(&self.inodes[new])
            }
            _ => NaiveCause::Replaced,
        }
    }

    /// Replaces the nodes, and records which inodes lost their last name.
    fn change(&mut self, nodes: BTreeMap<Path, Node>, cause: NaiveCause, own: &[Vec<u8>]) -> BTreeSet<usize> {
        let before = self.visible_inodes();
        let untouched = &mut self.untouched[self.layer];
        untouched.retain(|path| self.nodes.get(path) == nodes.get(path));
        self.nodes = nodes;
        let ended = &before - &self.visible_inodes();
        for inode in &ended {
            self.endings.push(Ending { inode: *inode, layer: self.layer, cause, own: own.to_vec() });
        }
        ended
    }

    /// Records what paths show since the last change, which gave this path its entry.
    fn show(&mut self, cause: NaiveCause, new: Option<(Path, Shown)>) {
        let mut after = BTreeMap::new();
        for (path, node) in &self.nodes {
            let kept = self.shown.get(path).filter(|shown| shown.is(*node));
            after.insert(path.clone(), kept.copied().unwrap_or(Shown::ImpliedDirectory));
        }
        after.extend(new);
        let before = std::mem::replace(&mut self.shown, after.clone());
        let paths: BTreeSet<&Path> = before.keys().chain(after.keys()).collect();
        for path in paths.into_iter().filter(|path| before.get(*path) != after.get(*path)) {
            self.steps.push(Step {
                layer: self.layer,
                path: path.clone(),
                vanished_by: (!after.contains_key(path)).then_some(cause),
                shown: after.get(path).copied(),
            });
        }
    }

    /// Resolves all symbolic links in the path of a directory, which need not exist.
    ///
    /// Assumed: every component that the walk takes is a step, `..` and the link itself included.
    fn follow(&self, path: &[Vec<u8>]) -> Path {
        let mut ahead: Path = path.iter().rev().cloned().collect();
        let mut at = Path::new();
        let (mut links, mut steps) = (0, 0);
        while let Some(name) = ahead.pop() {
            steps += 1;
            if links > 0 && steps > MOST_STEPS {
                return path.to_vec();
            }
            if name == b".." {
                at.pop();
                continue;
            }
            at.push(name);
            let Some(target) = self.symlink(&at) else {
                continue;
            };
            links += 1;
            if links > MOST_LINKS || steps > MOST_STEPS {
                return path.to_vec();
            }
            if target.starts_with(b"/") {
                at.clear();
            } else {
                at.pop();
            }
            ahead.extend(components(target).rev().map(<[u8]>::to_vec));
        }
        at
    }

    /// Returns the target of the symbolic link at this path, if there is one.
    fn symlink(&self, path: &[Vec<u8>]) -> Option<&[u8]> {
        match self.nodes.get(path) {
            Some(Node::Inode(inode)) if self.inodes[*inode].kind == NaiveKind::Symlink => {
                Some(&self.inodes[*inode].link)
            }
            _ => None,
        }
    }

    fn files_with_bytes(&self) -> BTreeSet<Path> {
        let has_bytes = |node: &Node| match *node {
            Node::Inode(inode) => self.inodes[inode].bytes() > 0,
            Node::Directory => false,
        };
        let files = self.nodes.iter().filter(|(_, node)| has_bytes(node));
        files.map(|(path, _)| path.clone()).collect()
    }

    /// Returns the inodes with at least one name.
    pub(crate) fn visible_inodes(&self) -> BTreeSet<usize> {
        let inode = |node: &Node| match node {
            Node::Inode(inode) => Some(*inode),
            Node::Directory => None,
        };
        self.nodes.values().filter_map(inode).collect()
    }

    /// Returns the filesystem without the root.
    pub(crate) fn visible(&self) -> BTreeMap<Path, Visible> {
        let show = |node: &Node| match *node {
            Node::Inode(inode) if self.inodes[inode].kind == NaiveKind::File => {
                Visible::File { inode, size: self.inodes[inode].size }
            }
            Node::Inode(_) | Node::Directory => Visible::Other,
        };
        let below_root = self.nodes.iter().filter(|(path, _)| !path.is_empty());
        below_root.map(|(path, node)| (path.clone(), show(node))).collect()
    }
}

/// Steps 1 and 2 of the page, as far as a single entry decides them.
///
/// Assumed: a marker is one only as the last component; its name decides, whatever the kind of the
/// entry, unless that is unknown.
fn meaning(entry: &NaiveEntry) -> Meaning {
    let path = clean(&entry.path);
    let Some((name, parent)) = path.split_last() else {
        let is_root = entry.kind == NaiveKind::Directory;
        return if is_root { Meaning::File(path) } else { Meaning::SetAside };
    };
    let is_control = |name: &Vec<u8>| name.starts_with(b".wh..wh.");
    let stargz: [&[u8]; 3] = [b"stargz.index.json", b".prefetch.landmark", b".no.prefetch.landmark"];
    if entry.kind == NaiveKind::Unknown
        || parent.iter().any(is_control)
        || (is_control(name) && name != b".wh..wh..opq")
        || (entry.kind == NaiveKind::File && parent.is_empty() && stargz.contains(&name.as_slice()))
    {
        return Meaning::SetAside;
    }
    if name == b".wh..wh..opq" {
        return Meaning::Opaque(parent.to_vec());
    }
    match name.strip_prefix(b".wh.") {
        Some(hidden) => Meaning::Whiteout(parent.to_vec(), hidden.to_vec()),
        None => Meaning::File(path),
    }
}

/// Cleans a name: drops empty components and `.`, resolves `..` without following links.
pub(crate) fn clean(name: &[u8]) -> Path {
    let mut path = Path::new();
    for component in components(name) {
        if component == b".." {
            path.pop();
        } else {
            path.push(component.to_vec());
        }
    }
    path
}

/// Splits a name as written into components, without empty ones and `.`.
fn components(name: &[u8]) -> impl DoubleEndedIterator<Item = &[u8]> {
    name.split(|byte| *byte == b'/').filter(|component| !matches!(*component, b"" | b"."))
}
