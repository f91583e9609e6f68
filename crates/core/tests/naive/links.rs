//! Symbolic links among parents, and hard links, computed by hand.

use super::table::{check, check_layers};
use super::{NaiveEntry, NaiveKind, NaiveLayer, layers};

// Parents.

#[test]
fn parents_need_not_be_listed() {
    check(
        "file a/b/c 10
         --
         file a/b/d 20
         file a/.wh.b",
        "layer 0: 10 stored, 0 live
         layer 1: 20 stored, 20 live
         waste /a/b deleted: 10 in 1 of layer 0 by 1
         file /a/b/d 20",
    );
}

#[test]
fn parent_that_is_a_symlink_in_a_lower_layer_is_followed() {
    check(
        "file usr/lib/x 10
         symlink lib -> usr/lib
         --
         file lib/x 20
         --
         file lib/.wh.x",
        "layer 0: 10 stored, 0 live
         layer 1: 20 stored, 0 live
         layer 2: 0 stored, 0 live
         waste /usr/lib/x deleted: 20 in 1 of layer 1 by 2
         waste /usr/lib/x overwritten: 10 in 1 of layer 0 by 1",
    );
}

#[test]
fn links_stay_inside_the_image_and_may_lead_to_missing_directories() {
    check(
        "symlink d/up -> ../../../e
         symlink abs -> /d/./up
         --
         file d/up/a 10
         file abs/b 20
         --
         file abs/c/../a 10 #1",
        "layer 0: 0 stored, 0 live
         layer 1: 30 stored, 20 live
         layer 2: 10 stored, 10 live
         waste /e/a overwritten: 10 in 1 of layer 1 by 2
         file /e/a 10
         file /e/b 20",
    );
}

#[test]
fn symlink_loop_becomes_a_directory() {
    check(
        "symlink a -> b
         symlink b -> a
         file l/x 10
         symlink l/y -> y
         --
         file a/f 1
         file l/y/z 2",
        "layer 0: 10 stored, 10 live
         layer 1: 3 stored, 3 live
         file /a/f 1
         file /l/x 10
         file /l/y/z 2",
    );
}

#[test]
fn path_follows_255_links_but_not_256() {
    let chain = |length: usize| -> NaiveLayer {
        let link = |index: usize| NaiveEntry {
            kind: NaiveKind::Symlink,
            link: format!("l{}", index + 1).into(),
            ..layers::named(&format!("l{index}"))
        };
        (0..length).map(link).collect()
    };
    let file = |path: &str| vec![NaiveEntry { size: 10, ..layers::named(path) }];
    check_layers(
        &[chain(255), file("l0/x")],
        "layer 0: 0 stored, 0 live
         layer 1: 10 stored, 10 live
         file /l255/x 10",
    );
    check_layers(
        &[chain(256), file("l0/x")],
        "layer 0: 0 stored, 0 live
         layer 1: 10 stored, 10 live
         file /l0/x 10",
    );
}

#[test]
fn walk_with_a_link_takes_40960_steps_but_not_more() {
    let layers = |pairs: usize, last: &str| {
        let link = |path: &str, link: String| NaiveEntry {
            kind: NaiveKind::Symlink,
            link: link.into(),
            ..layers::named(path)
        };
        let wander = format!("/{}{last}", "x/../".repeat(pairs));
        vec![
            vec![link("l", wander.clone()), link("e/l", wander), link("m", "d".to_owned())],
            vec![
                NaiveEntry { size: 1, ..layers::named("l/f") },
                NaiveEntry { size: 2, ..layers::named("e/l/f") },
            ],
        ]
    };
    let stored = "layer 0: 0 stored, 0 live \n layer 1: 3 stored,";
    // l, 2 * 20,479, d are 40,960 steps; with e before them d is step 40,961.
    check_layers(&layers(20_479, "d"), &format!("{stored} 3 live \n file /d/f 1 \n file /e/l/f 2"));
    check_layers(&layers(30_000, "d"), &format!("{stored} 3 live \n file /e/l/f 2 \n file /l/f 1"));
}

#[test]
fn component_left_by_dotdot_is_neither_created_nor_replaced() {
    check(
        "file a 10
         symlink l -> a/b/../../no/no/../../d/e
         --
         file l/f 20
         file a/../l/g 40",
        "layer 0: 10 stored, 10 live
         layer 1: 60 stored, 60 live
         file /a 10
         file /d/e/f 20
         file /d/e/g 40",
    );
}

#[test]
fn leaving_a_missing_directory_does_not_create_it() {
    check(
        "file a 10
         symlink l -> no/..
         --
         file l/.wh.a
         file l/b 20",
        "layer 0: 10 stored, 0 live
         layer 1: 20 stored, 20 live
         waste /a deleted: 10 in 1 of layer 0 by 1
         file /b 20",
    );
}

#[test]
fn leaving_a_file_like_a_directory_replaces_nothing() {
    check(
        "file a 10
         symlink l -> a/..
         --
         file l/b 20
         link c -> l/a",
        "layer 0: 10 stored, 10 live
         layer 1: 20 stored, 20 live
         file /a = /c 10
         file /b 20",
    );
}

#[test]
fn leaving_a_link_leaves_its_target_directory() {
    check(
        "file d/e/a 10
         symlink l -> d/e
         symlink up -> l/..
         --
         file up/b 20",
        "layer 0: 10 stored, 10 live
         layer 1: 20 stored, 20 live
         file /d/b 20
         file /d/e/a 10",
    );
}

// Hard links.

#[test]
fn file_with_several_names_in_one_layer_counts_once() {
    check(
        "file a 10
         link b -> ./a
         link d/c -> /b",
        "layer 0: 10 stored, 10 live
         file /a = /b = /d/c 10",
    );
}

#[test]
fn link_may_precede_its_target_in_the_tar() {
    check("link b -> a \n file a 10", "layer 0: 10 stored, 10 live \n file /a = /b 10");
}

#[test]
fn file_is_live_until_its_last_name_is_gone() {
    check(
        "file a 10
         --
         link b -> a
         --
         file .wh.a",
        "layer 0: 10 stored, 10 live
         layer 1: 0 stored, 0 live
         layer 2: 0 stored, 0 live
         file /b 10",
    );
    check(
        "file d/a 10
         file c 1
         link b -> d/a
         --
         file .wh.d
         --
         file b 7",
        "layer 0: 11 stored, 1 live
         layer 1: 0 stored, 0 live
         layer 2: 7 stored, 7 live
         waste /b overwritten: 10 in 1 of layer 0 by 2
         file /b 7
         file /c 1",
    );
}

#[test]
fn markers_take_effect_before_entries() {
    check(
        "file a 10
         file c 1
         link b -> a
         --
         file b 10 uid=1
         file .wh.a",
        "layer 0: 11 stored, 1 live
         layer 1: 10 stored, 10 live
         waste /b metadata: 10 in 1 of layer 0 by 1
         file /b 10
         file /c 1",
    );
}

#[test]
fn link_over_a_file_ends_it_with_the_cause_of_its_target() {
    check(
        "file a 10
         file b 20
         file c 40
         file x 10 #1
         file y 20 mode=1
         file z 40
         --
         link a -> x
         --
         link b -> y
         --
         link c -> z",
        "layer 0: 140 stored, 70 live
         layer 1: 0 stored, 0 live
         layer 2: 0 stored, 0 live
         layer 3: 0 stored, 0 live
         waste /c identical: 40 in 1 of layer 0 by 3
         waste /b metadata: 20 in 1 of layer 0 by 2
         waste /a overwritten: 10 in 1 of layer 0 by 1
         file /a = /x 10
         file /b = /y 20
         file /c = /z 40",
    );
}

#[test]
fn link_to_another_name_of_the_same_file_changes_nothing() {
    check(
        "file a 10
         link b -> a
         --
         link a -> a
         link a -> b",
        "layer 0: 10 stored, 10 live
         layer 1: 0 stored, 0 live
         file /a = /b 10",
    );
}

#[test]
fn link_without_its_target_is_an_empty_file() {
    check("link a -> no/where", "layer 0: 0 stored, 0 live \n file /a 0");
    check(
        "file a 10
         file b 1
         --
         link a -> c",
        "layer 0: 11 stored, 1 live
         layer 1: 0 stored, 0 live
         waste /a overwritten: 10 in 1 of layer 0 by 1
         file /a 0
         file /b 1",
    );
}

#[test]
fn link_to_a_directory_is_an_empty_file() {
    check(
        "file d/x 10
         link a -> d
         link b -> /",
        "layer 0: 10 stored, 10 live
         file /a 0
         file /b 0
         file /d/x 10",
    );
}

#[test]
fn link_to_a_file_that_its_own_layer_deletes_is_an_empty_file() {
    check(
        "file a 10
         --
         link b -> a
         file .wh.a",
        "layer 0: 10 stored, 0 live
         layer 1: 0 stored, 0 live
         waste /a deleted: 10 in 1 of layer 0 by 1
         file /b 0",
    );
}

#[test]
fn link_takes_the_target_that_exists_at_its_turn() {
    check(
        "file a 10
         --
         link b -> a
         file a 20
         link c -> a",
        "layer 0: 10 stored, 10 live
         layer 1: 20 stored, 20 live
         file /a = /c 20
         file /b 10",
    );
}

#[test]
fn links_that_wait_for_each_other_are_retried() {
    check(
        "link a -> b
         link b -> c
         link d -> b
         file c 10",
        "layer 0: 10 stored, 10 live
         file /a = /b = /c = /d 10",
    );
}

#[test]
fn waiting_links_are_retried_64_times_but_not_65() {
    let chain = |length: usize| -> NaiveLayer {
        let link = |index: usize| NaiveEntry {
            kind: NaiveKind::HardLink,
            link: format!("l{:02}", index + 1).into(),
            ..layers::named(&format!("l{index:02}"))
        };
        let file = NaiveEntry { size: 10, ..layers::named(&format!("l{length:02}")) };
        (0..length).map(link).chain([file]).collect()
    };
    let names = |range: std::ops::RangeInclusive<usize>| -> String {
        range.map(|index| format!("/l{index:02}")).collect::<Vec<_>>().join(" = ")
    };
    let stored = "layer 0: 10 stored, 10 live";
    check_layers(&[chain(65)], &format!("{stored} \n file {} 10", names(0..=65)));
    check_layers(&[chain(66)], &format!("{stored} \n file /l00 0 \n file {} 10", names(1..=66)));
}

#[test]
fn waiting_link_yields_to_a_later_entry_of_its_path() {
    check(
        "symlink l -> d
         link l/a -> b
         file d/a 5
         file b 10",
        "layer 0: 15 stored, 15 live
         file /b 10
         file /d/a 5",
    );
}

#[test]
fn waiting_link_replaces_an_earlier_entry_of_its_path() {
    check(
        "file a 5
         file d/x 7
         link a -> b
         link d -> b
         file b 10",
        "layer 0: 22 stored, 10 live
         waste /d replaced: 7 in 1 of layer 0 by 0
         waste /a overwritten: 5 in 1 of layer 0 by 0
         file /a = /b = /d 10",
    );
}

#[test]
fn links_among_the_parents_of_a_target_are_followed_and_the_target_is_not() {
    check(
        "file d/a 10
         symlink l -> d
         symlink s -> d/a
         link b -> l/a
         link c -> s",
        "layer 0: 10 stored, 10 live
         file /b = /d/a 10",
    );
}

#[test]
fn directory_replaced_by_a_link_to_its_own_file_leaves_the_file_live() {
    check(
        "file d/x 10
         file d/y 20
         --
         link d -> d/x",
        "layer 0: 30 stored, 10 live
         layer 1: 0 stored, 0 live
         waste /d replaced: 20 in 1 of layer 0 by 1
         file /d 10",
    );
}

#[test]
fn link_to_a_directory_that_becomes_a_file_waits_for_the_file() {
    check(
        "file d/a 5
         --
         link l -> d
         file d 10",
        "layer 0: 5 stored, 0 live
         layer 1: 10 stored, 10 live
         waste /d replaced: 5 in 1 of layer 0 by 1
         file /d = /l 10",
    );
}

#[test]
fn link_below_its_own_target_keeps_the_file() {
    check("file c 10 \n link c/a -> c", "layer 0: 10 stored, 10 live \n file /c/a 10");
}

#[test]
fn waiting_link_loses_its_path_to_a_later_entry_permanently() {
    check(
        "link d/a -> no
         file d/a 5
         file d 10",
        "layer 0: 15 stored, 10 live
         waste /d replaced: 5 in 1 of layer 0 by 0
         file /d 10",
    );
}

#[test]
fn waiting_link_yields_to_a_later_entry_below_its_path() {
    check("link a -> no \n file a/x 10", "layer 0: 10 stored, 10 live \n file /a/x 10");
}

#[test]
fn waiting_link_yields_to_a_later_entry_in_an_existing_directory() {
    check(
        "file d/x 2
         --
         link d -> b
         file d/y 4
         file b 10",
        "layer 0: 2 stored, 2 live
         layer 1: 14 stored, 14 live
         file /b 10
         file /d/x 2
         file /d/y 4",
    );
    check(
        "file d/x 2
         link d -> no
         file d/y 4",
        "layer 0: 6 stored, 6 live
         file /d/x 2
         file /d/y 4",
    );
}

#[test]
fn waiting_link_yields_to_a_later_entry_of_an_existing_directory() {
    check(
        "file d/x 2
         --
         link d -> b
         dir d
         file b 10",
        "layer 0: 2 stored, 2 live
         layer 1: 10 stored, 10 live
         file /b 10
         file /d/x 2",
    );
}

#[test]
fn waiting_link_replaces_a_directory_that_no_later_entry_needs() {
    check(
        "file d/x 2
         file d/y 4
         --
         file d/z 1
         link d -> b
         file b 10",
        "layer 0: 6 stored, 0 live
         layer 1: 11 stored, 10 live
         waste /d replaced: 7 in 3 of layer 0 and 1 by 1
         file /b = /d 10",
    );
}

#[test]
fn waiting_link_is_dropped_if_a_later_entry_replaces_a_directory_above_it() {
    check(
        "link d/a -> b
         file d 3
         file b 10",
        "layer 0: 13 stored, 13 live
         file /b 10
         file /d 3",
    );
    check(
        "link d/e/a -> b
         file d 3
         dir d/e
         file b 10",
        "layer 0: 13 stored, 10 live
         waste /d replaced: 3 in 1 of layer 0 by 0
         file /b 10",
    );
    check(
        "link d/a -> b
         symlink d -> e
         file b 10",
        "layer 0: 10 stored, 10 live
         file /b 10",
    );
}

#[test]
fn waiting_link_is_dropped_if_a_later_entry_replaces_a_directory_above_its_resolved_path() {
    check(
        "symlink l -> d
         link l/a -> b
         file d 3
         file b 10",
        "layer 0: 13 stored, 13 live
         file /b 10
         file /d 3",
    );
    check(
        "symlink l -> d/e
         --
         link l/a -> no
         file d 3",
        "layer 0: 0 stored, 0 live
         layer 1: 3 stored, 3 live
         file /d 3",
    );
}

#[test]
fn later_directories_and_earlier_entries_above_a_waiting_link_do_not_drop_it() {
    check(
        "file d 5
         file e/f 7
         link d/a -> b
         link e/f -> b
         link g/h/a -> b
         dir g
         file g/h/i 1
         file b 10",
        "layer 0: 23 stored, 11 live
         waste /e/f overwritten: 7 in 1 of layer 0 by 0
         waste /d replaced: 5 in 1 of layer 0 by 0
         file /b = /d/a = /e/f = /g/h/a 10
         file /g/h/i 1",
    );
}

#[test]
fn dropped_link_creates_no_parents() {
    check(
        "file d 5
         link d/e/a -> b
         file d 3
         file b 10",
        "layer 0: 18 stored, 13 live
         waste /d overwritten: 5 in 1 of layer 0 by 0
         file /b 10
         file /d 3",
    );
}

#[test]
fn path_of_a_waiting_link_is_resolved_when_it_is_tried() {
    check(
        "symlink d -> e
         link d/a -> b
         dir d
         file b 10",
        "layer 0: 10 stored, 10 live
         file /b = /d/a 10",
    );
}
