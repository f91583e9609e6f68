//! Compares comparisons, histories and filters with the model, on random layers.

use super::real::{self, Reading, Real};
use super::seen::{NaiveDeed, NaiveState, NaiveVisit, Past};
use super::{NaiveEntry, NaiveKind, NaiveLayer, Path, layers};
use dockopt_core::comparison::{Change, Comparison, LayerRange, State, States};
use dockopt_core::entry::MetadataFields;
use dockopt_core::filter::Filter;
use dockopt_core::history::Deed;
use dockopt_core::ledger::Ledger;
use dockopt_core::ownership::Ownership;
use dockopt_core::tree::{EntryId, NodeId, Tree};
use proptest::prelude::*;
use std::collections::{BTreeMap, BTreeSet};

fn config() -> ProptestConfig {
    ProptestConfig { failure_persistence: None, max_shrink_iters: 20_000, ..ProptestConfig::default() }
}

proptest! {
    #![proptest_config(config())]

    #[test]
    fn comparisons_agree_with_the_model(layers in layers::any_layers()) {
        let tree = tree(&layers, Reading::Mixed);
        let past = Past::of(&layers);
        for first in 0..layers.len() {
            for last in first..layers.len() {
                assert_compared(&tree, &past, &layers, LayerRange::spanning(last, first));
            }
        }
        assert_compared(&tree, &past, &layers, LayerRange::final_of(layers.len()));
    }

    #[test]
    fn histories_agree_with_the_model(layers in layers::any_layers()) {
        let tree = tree(&layers, Reading::Hashed);
        let past = Past::of(&layers);
        let numbers = numbers(&layers);
        for (path, node) in nodes(&tree, &past) {
            let visits: Vec<NaiveVisit> = tree.visits(node).into_iter().map(|visit| NaiveVisit {
                layer: visit.layer,
                deed: deed(visit.what).unwrap(),
                entry: visit.entry.map(|entry| numbers[entry.index()]),
            }).collect();
            prop_assert_eq!(past.visits(&path), visits, "{}", real::text(&path));
        }
    }

    #[test]
    fn rewrite_without_hashes_is_shown_as_rewritten(layers in layers::any_layers()) {
        let tree = tree(&layers, Reading::Asked);
        let past = Past::of(&layers);
        for (path, node) in nodes(&tree, &past) {
            let visits = tree.visits(node);
            prop_assert_eq!(visits.len(), past.visits(&path).len());
            for (visit, expected) in visits.into_iter().zip(past.visits(&path)) {
                match deed(visit.what) {
                    Some(deed) => prop_assert_eq!(deed, expected.deed),
                    None => prop_assert!(matches!(
                        expected.deed,
                        NaiveDeed::Overwritten | NaiveDeed::MetadataChanged(_) | NaiveDeed::Identical
                    )),
                }
            }
        }
    }

    #[test]
    fn histories_change_no_number(layers in layers::any_layers()) {
        let Real { tree, ledger, .. } = real::account(&layers, Reading::Mixed, 1);
        prop_assert_eq!(Comparison::of(&tree, LayerRange::only(0)).range(), LayerRange::only(0));
        prop_assert_eq!(Ledger::of(&tree, 1), ledger);
    }

    #[test]
    fn wasted_files_hold_all_wasted_bytes(layers in layers::any_layers()) {
        let Real { tree, ledger, .. } = real::account(&layers, Reading::Mixed, 1);
        let comparison = Comparison::of(&tree, LayerRange::final_of(layers.len()));
        let wasted = Filter::parse("is:wasted").unwrap().matches(&tree, &comparison, &Ownership::default());
        let bytes: u64 = wasted.own.iter().flat_map(|node| tree.visits(node)).filter_map(|visit| {
            tree.entry(visit.entry?).filter(|facts| !facts.live).map(|facts| facts.stored)
        }).sum();
        prop_assert_eq!(bytes, ledger.total.wasted);
    }

    #[test]
    fn reading_order_of_layers_changes_no_row(layers in layers::any_layers()) {
        let order: Vec<u32> = (0..u32::try_from(layers.len()).unwrap()).collect();
        let builder = real::builder_from_the_top(&layers, Reading::Hashed);
        let (one, other) =
            (tree(&layers, Reading::Hashed), builder.stack(&order).unwrap().finish());
        let range = LayerRange::up_to(layers.len() - 1, 1);
        let (compared_one, compared_other) = (Comparison::of(&one, range), Comparison::of(&other, range));
        for path in Past::of(&layers).paths() {
            let [node_one, node_other] = [&one, &other].map(|tree| tree.find(&path.join(&b'/')).unwrap());
            prop_assert_eq!(compared_one.state(node_one), compared_other.state(node_other));
            prop_assert_eq!(
                compared_one.totals(&one, node_one),
                compared_other.totals(&other, node_other),
                "{}",
                real::text(&path)
            );
            prop_assert_eq!(one.visits(node_one).len(), other.visits(node_other).len());
        }
    }

    #[test]
    fn final_filesystem_holds_the_live_bytes(layers in layers::any_layers()) {
        let Real { tree, ledger, .. } = real::account(&layers, Reading::Mixed, 1);
        let comparison = Comparison::of(&tree, LayerRange::final_of(layers.len()));
        prop_assert_eq!(comparison.totals(&tree, NodeId::ROOT).bytes, ledger.total.live);
    }

    #[test]
    fn children_are_sorted_and_reach_every_path_ever_shown(layers in layers::any_layers()) {
        let tree = tree(&layers, Reading::Hashed);
        let mut open = vec![NodeId::ROOT];
        let mut found = BTreeSet::new();
        while let Some(node) = open.pop() {
            found.insert(components(tree.path(node).as_bytes()));
            let children = tree.children(node);
            prop_assert!(children.windows(2).all(|two| tree.name(two[0]) < tree.name(two[1])));
            prop_assert!(children.iter().all(|&child| tree.parent(child) == node && child > node));
            prop_assert!(children.iter().all(|&child| tree.depth(child) == tree.depth(node) + 1));
            open.extend(children);
        }
        prop_assert_eq!(Past::of(&layers).paths(), found);
    }

    #[test]
    fn filter_matches_what_all_its_terms_match(
        layers in layers::any_layers(),
        terms in prop::collection::vec((any_term(), any::<bool>()), 0..3),
        range in (0..9_usize, 0..9_usize),
    ) {
        let tree = tree(&layers, Reading::Hashed);
        let past = Past::of(&layers);
        let text: Vec<String> =
            terms.iter().map(|(term, not)| format!("{}{term}", if *not { "!" } else { "" })).collect();
        let range = LayerRange::spanning(range.0, range.1);
        let comparison = Comparison::of(&tree, range);
        let matches = Filter::parse(&text.join(" ")).unwrap().matches(&tree, &comparison, &Ownership::default());
        let compared = past.compare(range.first, range.last);
        let row = |path: &Path| Row { past: &past, path: path.clone(), last: range.last, compared: &compared };
        let expected: BTreeSet<Path> = past.paths().into_iter().filter(|path| {
            let row = row(path);
            row.state() != NaiveState::Absent && terms.iter().all(|(term, not)| row.holds(term) != *not)
        }).collect();
        let path = |node| components(tree.path(node).as_bytes());
        let own: BTreeSet<Path> = matches.own.iter().map(path).collect();
        prop_assert_eq!(&expected, &own, "{}", text.join(" "));
        prop_assert_eq!(matches.count(), expected.len());
        let with_parents: BTreeSet<Path> =
            expected.iter().flat_map(|path| (0..=path.len()).map(|depth| path[..depth].to_vec())).collect();
        prop_assert_eq!(with_parents, matches.shown.iter().map(path).collect::<BTreeSet<Path>>());
    }

    #[test]
    fn snapshot_of_a_builder_is_the_tree_of_the_layers_read_so_far(layers in layers::any_layers()) {
        let builder = real::builder(&layers[..1], Reading::Hashed);
        let mut snapshot = builder.clone();
        let order: Vec<u32> = (0..u32::try_from(layers.len()).unwrap()).collect();
        for slot in &order {
            snapshot.open_slot(*slot);
        }
        let tree = snapshot.stack(&order).unwrap().finish();
        let mut read = layers.clone();
        read.iter_mut().skip(1).for_each(Vec::clear);
        let past = Past::of(&read);
        assert_compared(&tree, &past, &read, LayerRange::only(0));
        assert_compared(&tree, &past, &read, LayerRange::final_of(read.len()));
    }
}

fn tree(layers: &[NaiveLayer], reading: Reading) -> Tree {
    real::account(layers, reading, 1).tree
}

/// The layer and position of each entry.
fn numbers(layers: &[NaiveLayer]) -> Vec<(usize, usize)> {
    let places = layers.iter().enumerate();
    places.flat_map(|(layer, entries)| (0..entries.len()).map(move |position| (layer, position))).collect()
}

fn nodes(tree: &Tree, past: &Past<'_>) -> Vec<(Path, NodeId)> {
    past.paths().into_iter().map(|path| (path.clone(), tree.find(&path.join(&b'/')).unwrap())).collect()
}

fn components(path: &[u8]) -> Path {
    path.split(|byte| *byte == b'/').filter(|name| !name.is_empty()).map(<[u8]>::to_vec).collect()
}

fn assert_compared(tree: &Tree, past: &Past<'_>, layers: &[NaiveLayer], range: LayerRange) {
    let comparison = Comparison::of(tree, range);
    let numbers = numbers(layers);
    let expected = past.compare(range.first, range.last);
    for (path, node) in nodes(tree, past) {
        let name = format!("{} in {range:?}", real::text(&path));
        let expected = &expected[&path];
        assert_eq!(expected.state, state(comparison.state(node)), "{name}");
        let entry = comparison.entry(tree, node).map(|entry: EntryId| numbers[entry.index()]);
        assert_eq!(expected.entry, entry, "the entry of {name}");
        let totals = comparison.totals(tree, node);
        let totals = [totals.bytes, totals.files, totals.changed_bytes, totals.ghost_bytes];
        assert_eq!(expected.totals, totals, "the totals of {name}");
        assert_eq!(states(&expected.below), comparison.contains(node), "what is below {name}");
    }
    let paths = past.paths();
    for node in tree.nodes() {
        if !paths.contains(&components(tree.path(node).as_bytes())) {
            assert_eq!(comparison.state(node), State::Absent);
            assert_eq!(comparison.holds(node), States::NONE);
        }
    }
}

fn state(state: State) -> NaiveState {
    match state {
        State::Absent => NaiveState::Absent,
        State::Ghost => NaiveState::Ghost,
        State::Shown(Change::Unmodified) => NaiveState::Unmodified,
        State::Shown(Change::Added) => NaiveState::Added,
        State::Shown(Change::Modified) => NaiveState::Modified,
        State::Shown(Change::Removed) => NaiveState::Removed,
    }
}

fn states(states: &BTreeSet<NaiveState>) -> States {
    states.iter().fold(States::NONE, |all, state| {
        all.union(match state {
            NaiveState::Absent => States::NONE,
            NaiveState::Ghost => States::GHOST,
            NaiveState::Unmodified => States::UNMODIFIED,
            NaiveState::Added => States::ADDED,
            NaiveState::Modified => States::MODIFIED,
            NaiveState::Removed => States::REMOVED,
        })
    })
}

/// Converts a deed to the model's; `None` for a rewrite without hashes.
fn deed(deed: Deed) -> Option<NaiveDeed> {
    Some(match deed {
        Deed::Added => NaiveDeed::Added,
        Deed::Overwritten => NaiveDeed::Overwritten,
        Deed::MetadataChanged(fields) => {
            let all =
                [MetadataFields::OWNER, MetadataFields::MODE, MetadataFields::TIMES, MetadataFields::XATTRS];
            NaiveDeed::MetadataChanged(all.map(|field| fields.contains(field)))
        }
        Deed::Identical => NaiveDeed::Identical,
        Deed::Rewritten => return None,
        Deed::TypeChanged => NaiveDeed::TypeChanged,
        Deed::Deleted => NaiveDeed::Deleted,
        Deed::HiddenByOpaque => NaiveDeed::HiddenByOpaque,
        Deed::ReplacedAbove => NaiveDeed::ReplacedAbove,
    })
}

/// A path in a comparison.
struct Row<'p> {
    past: &'p Past<'p>,
    path: Path,
    last: usize,
    compared: &'p BTreeMap<Path, super::seen::Compared>,
}

/// Terms, separated by commas.
const TERMS: &str = r#"a,b/,A,/,/a,a/b,b/c/,a.b,"a b",re:^/a,re:b$,re:[cd]/.,size>0,size>=11,size<11,size<=0,size=10,
    size>1k,kind:file,kind:dir,kind:symlink,kind:hardlink,kind:device,kind:fifo,kind:exec,is:wasted,is:ghost,is:added,
    is:removed,is:modified,is:unmodified,is:live,is:setuid,is:empty,owner:0,owner:1,owner:0:1,group:1,layer:0,layer:3"#;

fn any_term() -> impl Strategy<Value = &'static str> {
    prop::sample::select(TERMS.split(',').map(str::trim).collect::<Vec<_>>())
}

impl Row<'_> {
    fn holds(&self, term: &str) -> bool {
        match term.split_once([':', '>', '<', '=']) {
            Some(("re", regex)) => regex::Regex::new(regex).unwrap().is_match(&self.text()),
            Some(("kind", kind)) => self.is_kind(kind),
            Some(("is", property)) => self.is(property),
            Some(("owner", "0:1")) => self.metadata().is_some_and(|(uid, gid)| uid == 0 && gid == 1),
            Some(("owner", user)) => self.metadata().is_some_and(|(uid, _)| uid.to_string() == user),
            Some(("group", group)) => self.metadata().is_some_and(|(_, gid)| gid.to_string() == group),
            Some(("layer", layer)) => {
                self.past.entries(&self.path, self.last).iter().any(|place| place.0.to_string() == layer)
            }
            Some(("size", _)) => self.file_size().is_some_and(|size| match term {
                "size>0" => size > 0,
                "size>=11" => size >= 11,
                "size<11" => size < 11,
                "size<=0" => size == 0,
                "size=10" => size == 10,
                "size>1k" => size > 1000,
                _ => panic!("{term}"),
            }),
            // Names of the model have no capitals.
            _ => self.text().contains(term.trim_matches('"')),
        }
    }

    fn text(&self) -> String {
        format!("/{}", String::from_utf8(self.path.join(&b'/')).unwrap())
    }

    fn state(&self) -> NaiveState {
        self.compared[&self.path].state
    }

    fn entry(&self) -> Option<(usize, usize)> {
        self.compared[&self.path].entry
    }

    fn is_directory(&self) -> bool {
        match self.entry() {
            Some(entry) => self.past.inode_of(entry).0 == NaiveKind::Directory,
            None => self.state() != NaiveState::Absent,
        }
    }

    fn metadata(&self) -> Option<(u32, u32)> {
        self.entry().map(|entry| self.past.inode_of(entry).2).map(|metadata| (metadata.uid, metadata.gid))
    }

    fn file_size(&self) -> Option<u64> {
        let (kind, size, ..) = self.past.inode_of(self.entry()?);
        (kind == NaiveKind::File).then_some(size)
    }

    fn is_kind(&self, kind: &str) -> bool {
        let Some(entry) = self.entry() else { return kind == "dir" && self.is_directory() };
        let (inode, _, metadata, _) = self.past.inode_of(entry);
        match kind {
            "file" => inode == NaiveKind::File,
            "dir" => inode == NaiveKind::Directory,
            "symlink" => inode == NaiveKind::Symlink,
            "hardlink" => self.past.entry(entry).kind == NaiveKind::HardLink,
            "device" => matches!(inode, NaiveKind::CharDevice | NaiveKind::BlockDevice),
            "fifo" => inode == NaiveKind::Fifo,
            "exec" => inode == NaiveKind::File && metadata.mode & 0o111 != 0,
            _ => panic!("{kind}"),
        }
    }

    fn is(&self, property: &str) -> bool {
        match property {
            "wasted" => self.past.entries(&self.path, self.last).into_iter().any(|place| {
                let entry: &NaiveEntry = self.past.entry(place);
                entry.kind == NaiveKind::File && entry.size > 0 && !self.past.inode_of(place).3
            }),
            "ghost" => self.state() == NaiveState::Ghost,
            "added" => self.state() == NaiveState::Added,
            "removed" => self.state() == NaiveState::Removed,
            "modified" => self.state() == NaiveState::Modified,
            "unmodified" => self.state() == NaiveState::Unmodified,
            "live" if self.is_directory() => self.past.ends_as_directory(&self.path),
            "live" => self.entry().is_some_and(|entry| self.past.inode_of(entry).3),
            "setuid" => false,
            "empty" if self.is_directory() => !self.compared.iter().any(|(path, compared)| {
                super::is_below(path, &self.path)
                    && !matches!(compared.state, NaiveState::Absent | NaiveState::Ghost | NaiveState::Removed)
            }),
            "empty" => self.file_size() == Some(0),
            _ => panic!("{property}"),
        }
    }
}
