//! The changes that a range of layers made to every path, and the history of every path, computed
//! from snapshots of the whole filesystem.

use super::overlay::{Overlay, Place, Shown, Step};
use super::{Metadata, NaiveCause, NaiveEntry, NaiveKind, NaiveLayer, Path, is_below};
use std::collections::{BTreeMap, BTreeSet};

/// A stack of layers with its history.
pub(crate) struct Past<'l> {
    layers: &'l [NaiveLayer],
    overlay: Overlay,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum NaiveState {
    Absent,
    Ghost,
    Unmodified,
    Added,
    Modified,
    Removed,
}

/// What a range did to one path.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Compared {
    pub(crate) state: NaiveState,
    /// The entry to show for the path.
    pub(crate) entry: Option<Place>,
    /// Bytes and files after the range, changed bytes, bytes of ghosts: at the path and below.
    pub(crate) totals: [u64; 4],
    /// The states strictly below, without directories that are modified only by their contents.
    pub(crate) below: BTreeSet<NaiveState>,
}

/// What one layer did to a path.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct NaiveVisit {
    pub(crate) layer: usize,
    pub(crate) deed: NaiveDeed,
    pub(crate) entry: Option<Place>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum NaiveDeed {
    Added,
    Overwritten,
    /// Owner, mode, time, extended attributes.
    MetadataChanged([bool; 4]),
    Identical,
    TypeChanged,
    Deleted,
    HiddenByOpaque,
    ReplacedAbove,
}

/// A path before and after a range.
#[derive(Clone, Copy)]
struct Two {
    before: Option<Shown>,
    after: Option<Shown>,
    last: Option<Shown>,
    /// Whether the path itself is modified.
    modified: bool,
}

impl<'l> Past<'l> {
    pub(crate) fn of(layers: &'l [NaiveLayer]) -> Self {
        let mut overlay = Overlay::default();
        for layer in layers {
            overlay.apply(layer);
        }
        Self { layers, overlay }
    }

    /// Returns every path that any layer showed.
    pub(crate) fn paths(&self) -> BTreeSet<Path> {
        let mut paths: BTreeSet<Path> = self.overlay.steps.iter().map(|step| step.path.clone()).collect();
        paths.insert(Path::new());
        paths
    }

    /// Returns what the layers `first..=last` did to every path.
    pub(crate) fn compare(&self, first: usize, last: usize) -> BTreeMap<Path, Compared> {
        let paths = self.paths();
        let all: BTreeMap<&Path, Two> =
            paths.iter().map(|path| (path, self.two(path, first, last))).collect();
        let inodes = |seen: fn(&Two) -> Option<Shown>| {
            all.values().filter_map(|two| seen(two).and_then(Shown::inode)).collect::<BTreeSet<usize>>()
        };
        let (before, after) = (inodes(|two| two.before), inodes(|two| two.after));
        let changed_below = |path: &Path| {
            all.iter().any(|(other, two)| is_below(other, path) && two.own_state() > NaiveState::Unmodified)
        };
        let compare = |path: &Path| {
            let two = &all[path];
            let state = match two.own_state() {
                NaiveState::Unmodified if changed_below(path) => NaiveState::Modified,
                state => state,
            };
            let shown = match state {
                NaiveState::Absent => None,
                NaiveState::Ghost => two.last,
                NaiveState::Removed => two.before,
                _ => two.after,
            };
            let below = all.iter().filter(|(other, _)| is_below(other, path)).map(|(_, two)| two);
            let totals = self.sums(two, below, &before, &after);
            // A directory that is modified only by its contents does not count for those above it.
            let below = all.iter().filter(|(other, _)| is_below(other, path));
            let below = below.filter_map(|(other, two)| match two.own_state() {
                NaiveState::Absent => None,
                NaiveState::Unmodified if changed_below(other) => None,
                state => Some(state),
            });
            let below = below.collect();
            Compared { state, entry: shown.and_then(Shown::entry), totals, below }
        };
        paths.iter().map(|path| (path.clone(), compare(path))).collect()
    }

    /// Returns what every layer did to a path.
    pub(crate) fn visits(&self, path: &Path) -> Vec<NaiveVisit> {
        let mut visits = Vec::new();
        let mut before = path.is_empty().then_some(Shown::ImpliedDirectory);
        for step in self.settled_steps(path) {
            let layer = step.layer;
            let vanished = match step.vanished_by {
                Some(NaiveCause::Deleted) => Some(NaiveDeed::Deleted),
                Some(NaiveCause::Opaque) => Some(NaiveDeed::HiddenByOpaque),
                Some(_) => Some(NaiveDeed::ReplacedAbove),
                None => None,
            };
            if let Some(deed) = vanished {
                visits.push(NaiveVisit { layer, deed, entry: None });
                before = None;
            }
            if let Some(shown) = step.shown {
                let deed = before.map_or(NaiveDeed::Added, |before| self.between(before, shown));
                visits.push(NaiveVisit { layer, deed, entry: shown.entry() });
            }
            before = step.shown;
        }
        visits
    }

    /// Returns the entries that a path showed in layers up to this one.
    pub(crate) fn entries(&self, path: &Path, last: usize) -> Vec<Place> {
        let steps = self.overlay.steps.iter().filter(|step| step.path == *path && step.layer <= last);
        steps.filter_map(|step| step.shown.and_then(Shown::entry)).collect()
    }

    pub(crate) fn entry(&self, place: Place) -> &NaiveEntry {
        &self.layers[place.0][place.1]
    }

    /// Returns the entry whose content and metadata an entry shows at the end of its layer: its
    /// own, or its target's.
    pub(crate) fn inode_of(&self, place: Place) -> (NaiveKind, u64, Metadata, bool) {
        let shows = |step: &&Step| step.shown.and_then(Shown::entry) == Some(place);
        match self.overlay.steps.iter().find(shows).and_then(|step| step.shown) {
            Some(Shown::Inode { inode, .. }) => {
                let live = self.overlay.visible_inodes().contains(&inode);
                let inode = &self.overlay.inodes[inode];
                (inode.kind, inode.bytes(), inode.metadata, live)
            }
            _ => (NaiveKind::Directory, 0, self.entry(place).metadata, false),
        }
    }

    /// Returns whether a path is a directory in the final filesystem.
    pub(crate) fn ends_as_directory(&self, path: &Path) -> bool {
        let last = self.overlay.snapshots.last().and_then(|shown| shown.get(path));
        match last {
            Some(shown) => shown.is_directory(),
            None => self.layers.is_empty() && path.is_empty(),
        }
    }

    fn two(&self, path: &Path, first: usize, last: usize) -> Two {
        let snapshots = &self.overlay.snapshots;
        let after_layers = |count: usize| match snapshots[..count.min(snapshots.len())].last() {
            Some(shown) => shown.get(path).copied(),
            None => path.is_empty().then_some(Shown::ImpliedDirectory),
        };
        let (before, after) = (after_layers(first), after_layers(last + 1));
        let steps = self.settled_steps(path);
        let up_to_last = steps.iter().filter(|step| step.layer <= last);
        let seen = up_to_last.filter_map(|step| step.shown).next_back();
        let modified = match (before, after) {
            (Some(before), Some(after)) if after.is_directory() => {
                let deed = self.between(before, after);
                let only_the_time = NaiveDeed::MetadataChanged([false, false, true, false]);
                deed != NaiveDeed::Identical && deed != only_the_time
            }
            (before, after) => before != after,
        };
        Two { before, after, last: seen.or(path.is_empty().then_some(Shown::ImpliedDirectory)), modified }
    }

    /// Returns the changes of a path, without directories that appeared and disappeared within one
    /// layer.
    fn settled_steps(&self, path: &Path) -> Vec<Step> {
        let mut settled: Vec<Step> = Vec::new();
        for step in self.overlay.steps.iter().filter(|step| step.path == *path) {
            match settled.last_mut() {
                Some(last)
                    if last.layer == step.layer && last.shown.is_none_or(|shown| shown.entry().is_none()) =>
                {
                    last.shown = step.shown;
                    last.vanished_by = last.vanished_by.or(step.vanished_by);
                }
                _ => settled.push(step.clone()),
            }
        }
        settled
    }

    /// Returns the totals of a path and what is below it. A directory counts an inode once in each
    /// sum, and not at all if another path counts for it: one that showed it before, or shows it
    /// after.
    fn sums<'t>(
        &self,
        own: &Two,
        below: impl Iterator<Item = &'t Two>,
        before: &BTreeSet<usize>,
        after: &BTreeSet<usize>,
    ) -> [u64; 4] {
        let mut totals = self.totals(own);
        let mut counted = BTreeSet::new();
        for two in below {
            totals[1] += self.totals(two)[1];
            for (sum, inode) in parts(two) {
                let is_elsewhere = match (sum, two.own_state()) {
                    (0, _) => false,
                    (2, NaiveState::Added | NaiveState::Modified) => before.contains(&inode),
                    _ => after.contains(&inode),
                };
                if !is_elsewhere && counted.insert((sum, inode)) {
                    totals[sum] += self.overlay.inodes[inode].bytes();
                }
            }
        }
        totals
    }

    fn totals(&self, two: &Two) -> [u64; 4] {
        let size = |shown: Option<Shown>| match shown {
            Some(Shown::Inode { inode, .. }) => self.overlay.inodes[inode].bytes(),
            _ => 0,
        };
        let files = u64::from(two.after.is_some_and(|after| !after.is_directory()));
        match two.own_state() {
            NaiveState::Absent => [0; 4],
            NaiveState::Ghost => [0, 0, 0, size(two.last)],
            NaiveState::Unmodified => [size(two.after), files, 0, 0],
            NaiveState::Added | NaiveState::Modified => [size(two.after), files, size(two.after), 0],
            NaiveState::Removed => [0, 0, size(two.before), 0],
        }
    }

    fn between(&self, old: Shown, new: Shown) -> NaiveDeed {
        let kind = |shown: Shown| match shown {
            Shown::Inode { inode, .. } => self.overlay.inodes[inode].kind,
            _ => NaiveKind::Directory,
        };
        if kind(old) != kind(new) {
            return NaiveDeed::TypeChanged;
        }
        if let (Shown::Inode { inode: old, .. }, Shown::Inode { inode: new, .. }) = (old, new) {
            let (old, new) = (&self.overlay.inodes[old], &self.overlay.inodes[new]);
            let differs = match old.kind {
                NaiveKind::File => {
                    old.bytes() != new.bytes() || (old.bytes() > 0 && old.content != new.content)
                }
                NaiveKind::Symlink => old.link != new.link,
                NaiveKind::CharDevice | NaiveKind::BlockDevice => old.content != new.content,
                _ => false,
            };
            if differs {
                return NaiveDeed::Overwritten;
            }
        }
        let (old, new) = (self.metadata(old), self.metadata(new));
        let time =
            |(metadata, listed): (Metadata, bool)| listed.then_some((metadata.seconds, metadata.nanos));
        let changed = [
            (old.0.uid, old.0.gid) != (new.0.uid, new.0.gid),
            old.0.mode != new.0.mode,
            time(old).zip(time(new)).is_some_and(|(old, new)| old != new),
            old.0.xattrs != new.0.xattrs,
        ];
        if changed == [false; 4] { NaiveDeed::Identical } else { NaiveDeed::MetadataChanged(changed) }
    }

    /// Returns the metadata of what a path shows, and whether an entry lists it.
    fn metadata(&self, shown: Shown) -> (Metadata, bool) {
        match shown {
            Shown::ImpliedDirectory => (Metadata { mode: 0o755, ..Metadata::default() }, false),
            Shown::Directory { entry } => (self.entry(entry).metadata.compared(), true),
            Shown::Inode { inode, .. } => (self.overlay.inodes[inode].metadata.compared(), true),
        }
    }
}

impl Two {
    /// Returns the state of the path itself, whatever happened below it.
    fn own_state(&self) -> NaiveState {
        match (self.before, self.after, self.last) {
            (None, None, None) => NaiveState::Absent,
            (None, None, Some(_)) => NaiveState::Ghost,
            (None, Some(_), _) => NaiveState::Added,
            (Some(_), None, _) => NaiveState::Removed,
            (Some(_), Some(_), _) if self.modified => NaiveState::Modified,
            (Some(_), Some(_), _) => NaiveState::Unmodified,
        }
    }
}

/// Returns the inode that a path adds to the sums of bytes, of changes or of ghosts, in the order
/// of the totals.
fn parts(two: &Two) -> Vec<(usize, usize)> {
    let (shown, sums): (_, &[usize]) = match two.own_state() {
        NaiveState::Absent => (None, &[]),
        NaiveState::Ghost => (two.last, &[3]),
        NaiveState::Unmodified => (two.after, &[0]),
        NaiveState::Added | NaiveState::Modified => (two.after, &[0, 2]),
        NaiveState::Removed => (two.before, &[2]),
    };
    let inode = shown.and_then(Shown::inode);
    sums.iter().filter_map(|&sum| Some((sum, inode?))).collect()
}
