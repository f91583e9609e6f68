//! What names lead to: symbolic links on the way to a parent, and hard links; worked out by hand.

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
fn a_parent_that_is_a_symlink_below_leads_to_its_target() {
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
fn links_stay_inside_the_image_and_lead_to_directories_that_do_not_exist_yet() {
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
fn a_symlink_loop_becomes_a_directory() {
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
fn a_path_leads_through_255_links_and_not_through_256() {
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
fn leaving_a_directory_that_does_not_exist_neither_creates_nor_needs_it() {
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
fn leaving_a_file_as_if_it_were_a_directory_replaces_nothing() {
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
fn leaving_a_link_leaves_the_directory_it_leads_to() {
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
fn a_file_with_several_names_in_one_layer_counts_once() {
    check(
        "file a 10
         link b -> ./a
         link d/c -> /b",
        "layer 0: 10 stored, 10 live
         file /a = /b = /d/c 10",
    );
}

#[test]
fn a_link_may_stand_before_its_target_in_the_tar() {
    check("link b -> a \n file a 10", "layer 0: 10 stored, 10 live \n file /a = /b 10");
}

#[test]
fn a_file_lives_until_its_last_name_goes() {
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
fn markers_take_names_before_entries_do() {
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
fn a_link_over_a_file_ends_it_as_the_target_differs() {
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
fn a_link_to_a_name_of_the_same_file_changes_nothing() {
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
fn a_link_without_its_target_is_an_empty_file() {
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
fn a_link_to_a_directory_is_an_empty_file() {
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
fn a_link_to_a_file_that_its_own_layer_deletes_is_an_empty_file() {
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
fn a_link_takes_what_is_there_at_its_turn() {
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
fn chains_of_links_that_wait_are_applied_in_tar_order() {
    check(
        "link a -> b
         link b -> c
         link d -> b
         file c 10",
        "layer 0: 10 stored, 10 live
         file /a 0
         file /b = /c = /d 10",
    );
}

#[test]
fn a_link_that_waits_gives_way_to_a_later_entry_of_its_path() {
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
fn a_link_that_waits_replaces_an_earlier_entry_of_its_path() {
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
fn links_on_the_way_to_a_target_are_followed_and_the_target_is_not() {
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
fn a_directory_replaced_by_one_of_its_own_files_leaves_that_file_alive() {
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
fn a_link_to_what_is_a_directory_until_later_waits_for_the_file() {
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
fn a_link_below_its_own_target_takes_the_file_along() {
    check("file c 10 \n link c/a -> c", "layer 0: 10 stored, 10 live \n file /c/a 10");
}

#[test]
fn a_link_that_waits_has_lost_its_path_for_good_when_a_later_entry_takes_it() {
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
fn a_link_that_waits_keeps_its_path_when_a_later_entry_only_needs_it_as_a_parent() {
    check(
        "link a -> no
         file a/x 10",
        "layer 0: 10 stored, 0 live
         waste /a replaced: 10 in 1 of layer 0 by 0
         file /a 0",
    );
}
