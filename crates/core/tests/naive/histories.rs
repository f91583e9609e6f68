//! Histories of paths, rows and entries, computed by hand.

use super::real::{self, Reading};
use super::table::parse;
use dockopt_core::comparison::{Comparison, LayerRange, State, States};
use dockopt_core::entry::EntryKind;
use dockopt_core::filter::Filter;
use dockopt_core::ledger::explain::sentence;
use dockopt_core::ownership::Ownership;
use dockopt_core::tree::{EntryFacts, NodeId, Tree};

fn tree(layers: &str) -> Tree {
    real::account(&parse(layers), Reading::Hashed, 1).tree
}

fn node(tree: &Tree, path: &str) -> NodeId {
    tree.find(path.as_bytes()).unwrap()
}

/// Asserts the history of a path, a line per visit: layer, deed, and what the path shows from then
/// on.
#[track_caller]
fn check_history(layers: &str, path: &str, history: &[&str]) {
    let tree = tree(layers);
    let visits = tree.visits(node(&tree, path)).into_iter().map(|visit| {
        let shown = visit.entry.and_then(|entry| tree.entry(entry));
        let shown = shown.map_or(String::new(), |facts| {
            format!(" ({:?} of {})", facts.metadata.kind, facts.metadata.size)
        });
        format!("{} {:?}{shown}", visit.layer, visit.what)
    });
    assert_eq!(visits.collect::<Vec<_>>(), history);
}

fn facts<'t>(tree: &'t Tree, range: LayerRange, path: &str) -> EntryFacts<'t> {
    let comparison = Comparison::of(tree, range);
    tree.entry(comparison.entry(tree, node(tree, path)).unwrap()).unwrap()
}

// Histories.

#[test]
fn file_is_added_rewritten_touched_and_deleted() {
    check_history(
        "file d/a 10 \n -- \n file d/a 12 \n -- \n file b 1 \n -- \n file d/a 12 uid=1 mode=5
         -- \n file d/a 12 uid=1 mode=5 \n -- \n file d/.wh.a",
        "d/a",
        &[
            "0 Added (File of 10)",
            "1 Overwritten (File of 12)",
            "3 MetadataChanged(MetadataFields(3)) (File of 12)",
            "4 Identical (File of 12)",
            "5 Deleted",
        ],
    );
}

#[test]
fn path_below_a_symlink_belongs_to_the_history_of_the_target() {
    let layers = "file usr/lib/x 10 \n symlink lib -> usr/lib \n -- \n file lib/x 20 \n -- \n file lib/.wh.x";
    check_history(layers, "usr/lib/x", &["0 Added (File of 10)", "1 Overwritten (File of 20)", "2 Deleted"]);
    check_history(layers, "lib/x", &[]);
    assert_eq!(tree(layers).children(node(&tree(layers), "lib")), []);
}

#[test]
fn layer_that_deletes_and_adds_has_two_visits() {
    check_history(
        "file a/b 10 \n -- \n file a/.wh..wh..opq \n file a/b 10",
        "a/b",
        &["0 Added (File of 10)", "1 HiddenByOpaque", "1 Added (File of 10)"],
    );
    check_history("file a/b 10 \n -- \n file .wh.a \n file a/c", "a", &["0 Added", "1 Deleted", "1 Added"]);
}

#[test]
fn contents_of_a_directory_that_changes_type_are_replaced_above() {
    let layers = "file a/b/c 10 \n -- \n symlink a -> z";
    check_history(layers, "a/b/c", &["0 Added (File of 10)", "1 ReplacedAbove"]);
    check_history(layers, "a/b", &["0 Added", "1 ReplacedAbove"]);
    check_history(layers, "a", &["0 Added", "1 TypeChanged (Symlink of 0)"]);
    check_history("file a 1 \n -- \n file a/b 2", "a", &["0 Added (File of 1)", "1 TypeChanged"]);
}

#[test]
fn both_copies_of_a_path_in_one_layer_are_in_its_history() {
    check_history(
        "file a 10 \n file a 20 \n -- \n file a/b 1 \n file a 5 \n file a/c 1",
        "a",
        &["0 Added (File of 10)", "0 Overwritten (File of 20)", "1 Overwritten (File of 5)", "1 TypeChanged"],
    );
}

#[test]
fn directory_listed_later_changes_only_if_it_differs_from_an_implied_one() {
    check_history("file a/b \n -- \n dir a mode=493", "a", &["0 Added", "1 Identical (Directory of 0)"]);
    let changed = "1 MetadataChanged(MetadataFields(1)) (Directory of 0)";
    check_history("file a/b \n -- \n dir a mode=493 uid=7 seconds=9", "a", &["0 Added", changed]);
}

#[test]
fn links_and_devices_with_another_target_are_overwritten() {
    check_history(
        "symlink a -> b \n -- \n symlink a -> c \n -- \n symlink a -> c",
        "a",
        &["0 Added (Symlink of 0)", "1 Overwritten (Symlink of 0)", "2 Identical (Symlink of 0)"],
    );
    check_history(
        "char a #1 \n -- \n char a #2 \n -- \n block a #2",
        "a",
        &["0 Added (CharDevice of 0)", "1 Overwritten (CharDevice of 0)", "2 TypeChanged (BlockDevice of 0)"],
    );
}

// Entries.

#[test]
fn hard_link_shows_the_metadata_of_its_inode() {
    let tree = tree("file a 10 uid=3 seconds=5 \n -- \n link b -> a uid=9 \n file .wh.c");
    let link = facts(&tree, LayerRange::only(1), "b");
    let file = facts(&tree, LayerRange::only(1), "a");
    let metadata = link.metadata;
    assert_eq!(metadata, file.metadata);
    assert_eq!((metadata.kind, metadata.size, metadata.uid), (EntryKind::File, 10, 3));
    assert_eq!((link.layer, link.stored, link.link, link.is_hard_link), (1, 0, &b"a"[..], true));
    assert_eq!((file.layer, file.stored, file.link, file.is_hard_link), (0, 10, &b""[..], false));
    assert_eq!((link.inode, link.place, link.live), (file.inode, Some(512), true));
    assert_eq!(tree.entry(link.inode).unwrap(), file);
}

#[test]
fn hard_link_without_its_target_is_an_empty_file() {
    let tree = tree("link b -> a mode=4");
    let link = facts(&tree, LayerRange::only(0), "b");
    assert_eq!(
        (link.metadata.kind, link.metadata.size, link.metadata.mode, link.place),
        (EntryKind::File, 0, 4, None)
    );
    assert_eq!((link.link, link.is_hard_link), (&b"a"[..], true));
}

#[test]
fn only_devices_have_device_numbers_and_only_content_has_a_place() {
    let tree = tree("char a #7 \n symlink b -> a \n file c \n dir d \n file e 4");
    let range = LayerRange::only(0);
    assert_eq!(facts(&tree, range, "a").metadata.device, (0, 7));
    assert_eq!(facts(&tree, range, "b").link, b"a");
    for (path, place) in [("a", None), ("b", None), ("c", None), ("d", None), ("e", Some(5 * 512))] {
        assert_eq!(facts(&tree, range, path).place, place, "{path}");
    }
}

// Ranges and rows.

#[test]
fn row_shows_the_entry_after_or_else_before_the_range() {
    let tree = tree("file a 10 \n file g 5 \n -- \n file a 20 \n file .wh.g \n -- \n file .wh.a");
    let size = |range, path| facts(&tree, range, path).metadata.size;
    assert_eq!(size(LayerRange::only(0), "a"), 10);
    assert_eq!(size(LayerRange::only(1), "a"), 20);
    assert_eq!(size(LayerRange::only(2), "a"), 20, "removed");
    assert_eq!(size(LayerRange::spanning(2, 1), "a"), 10, "removed, and before that overwritten");
    assert_eq!(size(LayerRange::up_to(2, 0), "a"), 20, "a ghost");
    assert_eq!(size(LayerRange::final_of(3), "g"), 5, "a ghost");
    let everything = Comparison::of(&tree, LayerRange::up_to(2, 0));
    assert_eq!(everything.state(node(&tree, "g")), State::Ghost);
    assert_eq!(everything.totals(&tree, NodeId::ROOT).ghost_bytes, 25);
    assert_eq!(everything.holds(NodeId::ROOT), States::GHOST.union(States::UNMODIFIED));
}

#[test]
fn up_to_a_layer_starts_above_the_base_unless_the_layer_belongs_to_it() {
    for (layer, base_layers, first) in [(3, 0, 0), (3, 2, 2), (2, 2, 2), (1, 2, 0), (0, 1, 0)] {
        assert_eq!(LayerRange::up_to(layer, base_layers), LayerRange { first, last: layer });
    }
    assert_eq!(LayerRange::spanning(4, 2), LayerRange { first: 2, last: 4 });
    assert!(LayerRange::only(2).contains(2) && !LayerRange::only(2).contains(1));
    assert!((0..5).all(|layer| !LayerRange::final_of(5).contains(layer)));
}

#[test]
fn empty_tree_can_be_browsed() {
    let tree = tree("");
    let comparison = Comparison::of(&tree, LayerRange::final_of(0));
    assert_eq!(comparison.entry(&tree, NodeId::ROOT), None);
    assert!(comparison.is_directory(&tree, NodeId::ROOT));
    assert_eq!(Filter::default().matches(&tree, &comparison, &Ownership::default()).count(), 1);
    assert!(tree.find(b"a").is_none() && tree.find(b"/") == Some(NodeId::ROOT));
}

#[test]
fn path_of_twenty_thousand_directories_can_be_browsed() {
    let deep = "d/".repeat(20_000) + "file";
    let tree = tree(&format!("file {deep} 10 \n -- \n file {deep} 11"));
    let comparison = Comparison::of(&tree, LayerRange::only(1));
    let file = node(&tree, &deep);
    assert_eq!(tree.depth(file), 20_001);
    assert_eq!(comparison.totals(&tree, NodeId::ROOT).changed_bytes, 11);
    assert_eq!(comparison.contains(NodeId::ROOT), States::MODIFIED);
    for filter in ["d/d/file", "re:^/d/.*e$ kind:file", "is:wasted"] {
        let matches = Filter::parse(filter).unwrap().matches(&tree, &comparison, &Ownership::default());
        assert_eq!((matches.own.iter().collect::<Vec<_>>(), matches.shown.len()), (vec![file], 20_002));
    }
}

#[test]
fn file_with_many_deep_names_counts_once_in_each_directory() {
    let deep = "d/".repeat(2_000);
    let links = (0..500).map(|name| format!("link {deep}{name}/b -> {deep}a")).collect::<Vec<_>>();
    let tree = tree(&format!("file {deep}a 10\n{}", links.join("\n")));
    let comparison = Comparison::of(&tree, LayerRange::only(0));
    for path in ["", "d", "d/d/d", deep.as_str()] {
        let totals = comparison.totals(&tree, node(&tree, path));
        assert_eq!((totals.bytes, totals.changed_bytes, totals.files), (10, 10, 501), "{path}");
    }
    assert_eq!(comparison.totals(&tree, node(&tree, &format!("{deep}7/b"))).bytes, 10);
}

// Filters.

#[track_caller]
fn check_filter(tree: &Tree, filter: &str, paths: &[&str]) {
    let comparison = Comparison::of(tree, LayerRange::final_of(tree.layer_count()));
    let matches = Filter::parse(filter).unwrap().matches(tree, &comparison, &Ownership::default());
    let mut found: Vec<String> = matches.own.iter().map(|node| tree.path(node).to_text()).collect();
    found.sort();
    assert_eq!(found, paths, "{filter}");
}

#[test]
fn capitals_make_a_filter_case_sensitive_and_names_need_not_be_utf8() {
    let mut layers = parse("file Read.ME \n file d/readme \n file d/x");
    layers[0][2].path = b"d/caf\xe9".to_vec();
    let tree = real::account(&layers, Reading::Hashed, 1).tree;
    check_filter(&tree, "rea", &["/Read.ME", "/d/readme"]);
    check_filter(&tree, "Rea", &["/Read.ME"]);
    check_filter(&tree, "D/R", &[]);
    check_filter(&tree, "/d", &["/d", "/d/caf\\xe9", "/d/readme"]);
    check_filter(&tree, "re:(?-u:\\xe9)$", &["/d/caf\\xe9"]);
    check_filter(&tree, "re:^/$", &["/"]);
    check_filter(&tree, "//", &[]);
}

#[test]
fn setuid_and_setgid_programs_match() {
    let tree = tree(
        "file a mode=2541 \n file b mode=1517 \n file c mode=493 \n dir d mode=1517 \n fifo e mode=2541",
    );
    check_filter(&tree, "is:setuid", &["/a", "/b"]);
    check_filter(&tree, "kind:exec !is:setuid", &["/c"]);
}

// Sentences.

#[test]
fn sentence_of_a_row_names_the_changed_metadata_of_all_its_files() {
    let layers =
        "file d/a 10 \n file d/b 20 \n file e 7 \n -- \n file d/a 10 uid=1 \n file d/b 20 mode=1 uid=1
                  -- \n file .wh.e";
    let ledger = real::account(&parse(layers), Reading::Asked, 1).ledger;
    let sentences: Vec<String> = ledger.waste.iter().map(sentence).collect();
    assert_eq!(
        sentences,
        [
            "layer 1 changed the owner and mode of 2 files of layer 0: their content is stored twice",
            "layer 2 deleted 1 file of layer 0: it is still shipped",
        ]
    );
}
