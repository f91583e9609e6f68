//! Rolled-up waste rows, computed by hand.

use super::table::check;

#[test]
fn cleaned_directory_is_one_row_at_its_lowest_common_directory() {
    check(
        "file bin/sh 1
         file var/lib/apt/lists/a 10
         file var/lib/apt/lists/b 20
         --
         file var/lib/apt/lists/.wh.a
         file var/lib/apt/lists/.wh.b",
        "layer 0: 31 stored, 1 live
         layer 1: 0 stored, 0 live
         waste /var/lib/apt/lists deleted: 30 in 2 of layer 0 by 1
         file /bin/sh 1",
    );
}

#[test]
fn rows_join_below_the_highest_directory_of_which_nothing_is_left() {
    check(
        "file bin/sh 1
         file d/e/a 10
         file d/f/b 20
         file d/f/c 40
         --
         file d/e/.wh.a
         file d/.wh.f",
        "layer 0: 71 stored, 1 live
         layer 1: 0 stored, 0 live
         waste /d deleted: 70 in 3 of layer 0 by 1
         file /bin/sh 1",
    );
}

#[test]
fn rows_do_not_join_in_the_root() {
    check(
        "file d/a 10
         file b 20
         --
         file d/a 11
         file b 21",
        "layer 0: 30 stored, 0 live
         layer 1: 32 stored, 32 live
         waste /b overwritten: 20 in 1 of layer 0 by 1
         waste /d/a overwritten: 10 in 1 of layer 0 by 1
         file /b 21
         file /d/a 11",
    );
}

#[test]
fn rows_below_the_root_do_not_join_the_row_of_an_opaque_root() {
    check(
        "file bin/sh 1
         file d/e/a 10
         file d/f/b 20
         symlink l -> /
         --
         file d/.wh..wh..opq
         file l/.wh..wh..opq",
        "layer 0: 31 stored, 0 live
         layer 1: 0 stored, 0 live
         waste /d opaque: 30 in 2 of layer 0 by 1
         waste / opaque: 1 in 1 of layer 0 by 1",
    );
}

#[test]
fn files_of_the_same_layer_do_not_separate_rows() {
    check(
        "file d/a 10
         file d/b 20
         file d/keep 40
         file d/a 11
         file d/b 21",
        "layer 0: 102 stored, 72 live
         waste /d overwritten: 30 in 2 of layer 0 by 0
         file /d/a 11
         file /d/b 21
         file /d/keep 40",
    );
}

#[test]
fn survivor_separates_the_rows_of_all_causes() {
    check(
        "file d/a 10
         file d/b 20
         file d/c 40
         file d/keep 1
         --
         file d/.wh.a
         file d/.wh.b
         file d/c 40 uid=1",
        "layer 0: 71 stored, 1 live
         layer 1: 40 stored, 40 live
         waste /d/c metadata: 40 in 1 of layer 0 by 1
         waste /d/b deleted: 20 in 1 of layer 0 by 1
         waste /d/a deleted: 10 in 1 of layer 0 by 1
         file /d/c 40
         file /d/keep 1",
    );
}

#[test]
fn survivor_of_a_lower_layer_separates_rows() {
    check(
        "file d/e/a 10
         file d/e/b 20
         file d/f/c 40
         file d/f/keep 1
         --
         file d/e/.wh.a
         file d/e/.wh.b
         file d/f/.wh.c",
        "layer 0: 71 stored, 1 live
         layer 1: 0 stored, 0 live
         waste /d/f/c deleted: 40 in 1 of layer 0 by 1
         waste /d/e deleted: 30 in 2 of layer 0 by 1
         file /d/f/keep 1",
    );
}

#[test]
fn empty_and_new_files_do_not_separate_rows() {
    check(
        "file bin/sh 1
         file d/a 10
         file d/b 20
         file d/empty 0
         symlink d/l -> a
         --
         file d/.wh.a
         file d/.wh.b
         file d/new 5
         link d/sh -> bin/sh",
        "layer 0: 31 stored, 1 live
         layer 1: 5 stored, 5 live
         waste /d deleted: 30 in 2 of layer 0 by 1
         file /bin/sh = /d/sh 1
         file /d/empty 0
         file /d/new 5",
    );
}

#[test]
fn directory_has_a_row_for_each_cause() {
    check(
        "file bin/sh 1
         file d/a 10
         file d/b 10
         file d/c 20
         file d/e 20
         --
         file d/a 10 uid=1
         file d/b 10 uid=1
         file d/.wh.c
         file d/.wh.e",
        "layer 0: 61 stored, 1 live
         layer 1: 20 stored, 20 live
         waste /d deleted: 40 in 2 of layer 0 by 1
         waste /d metadata: 20 in 2 of layer 0 by 1
         file /bin/sh 1
         file /d/a 10
         file /d/b 10",
    );
}

#[test]
fn row_is_as_low_as_the_changes_of_its_own_cause() {
    check(
        "file bin/sh 1
         file d/e/a 10
         file d/e/b 20
         file d/c 40
         --
         file d/e/a 10 uid=1
         file d/e/b 20 uid=1
         file d/c 41",
        "layer 0: 71 stored, 1 live
         layer 1: 71 stored, 71 live
         waste /d/c overwritten: 40 in 1 of layer 0 by 1
         waste /d/e metadata: 30 in 2 of layer 0 by 1
         file /bin/sh 1
         file /d/c 41
         file /d/e/a 10
         file /d/e/b 20",
    );
}

#[test]
fn rows_of_two_layers_never_join() {
    check(
        "file bin/sh 1
         file d/a 10
         file d/b 20
         --
         file d/.wh.a
         --
         file d/.wh.b",
        "layer 0: 31 stored, 1 live
         layer 1: 0 stored, 0 live
         layer 2: 0 stored, 0 live
         waste /d/b deleted: 20 in 1 of layer 0 by 2
         waste /d/a deleted: 10 in 1 of layer 0 by 1
         file /bin/sh 1",
    );
}

#[test]
fn row_names_all_layers_that_store_its_bytes() {
    check(
        "file bin/sh 1
         file d/a 10
         --
         file d/b 20
         --
         file .wh.d",
        "layer 0: 11 stored, 1 live
         layer 1: 20 stored, 0 live
         layer 2: 0 stored, 0 live
         waste /d deleted: 30 in 2 of layer 0 and 1 by 2
         file /bin/sh 1",
    );
}

#[test]
fn row_counts_inodes_without_further_names_and_empty_files() {
    check(
        "file d/a 10
         link d/b -> d/a
         link d/c -> d/a
         file d/empty 0
         file d/x 5
         link keep -> d/x
         --
         file .wh.d",
        "layer 0: 15 stored, 5 live
         layer 1: 0 stored, 0 live
         waste /d deleted: 10 in 1 of layer 0 by 1
         file /keep 5",
    );
}

#[test]
fn equal_rows_are_sorted_by_path_then_cause_then_layer() {
    check(
        "file a.b 10
         file a/x 10
         file keep 1
         --
         file a/x 10
         --
         file a.b 10 #1
         file a/x 10 #1
         --
         file a.b 10
         file a/x 10",
        "layer 0: 21 stored, 1 live
         layer 1: 10 stored, 0 live
         layer 2: 20 stored, 0 live
         layer 3: 20 stored, 20 live
         waste /a.b overwritten: 10 in 1 of layer 0 by 2
         waste /a.b overwritten: 10 in 1 of layer 2 by 3
         waste /a/x overwritten: 10 in 1 of layer 1 by 2
         waste /a/x overwritten: 10 in 1 of layer 2 by 3
         waste /a/x identical: 10 in 1 of layer 0 by 1
         file /a.b 10
         file /a/x 10
         file /keep 1",
    );
}

#[test]
fn deleted_directory_contains_the_rows_below_it() {
    check(
        "file bin/sh 1
         --
         file d/e/a 10
         file d/b 20
         file d/e 0
         file d 0",
        "layer 0: 1 stored, 1 live
         layer 1: 30 stored, 0 live
         waste /d replaced: 30 in 2 of layer 1 by 1
         file /bin/sh 1
         file /d 0",
    );
}
