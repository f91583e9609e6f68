//! The traps that broke other tools. Every number is computed by hand, as docs/metrics.md defines
//! it.

use super::real::{Reading, try_stack};
use super::table::{check, check_layers, parse};
use super::{NaiveEntry, layers};
use dockopt_core::tree::TreeError;

#[test]
fn worked_example_of_the_page_is_correct() {
    check(
        "file app/data.bin 100
         file app/old.log 40
         --
         file app/data.bin 100 uid=1
         --
         file app/.wh.old.log",
        "layer 0: 140 stored, 0 live
         layer 1: 100 stored, 100 live
         layer 2: 0 stored, 0 live
         waste /app/data.bin metadata: 100 in 1 of layer 0 by 1
         waste /app/old.log deleted: 40 in 1 of layer 0 by 2
         file /app/data.bin 100",
    );
}

// Markers.

#[test]
fn whiteout_never_hides_a_file_of_its_own_layer() {
    let ledger = "layer 0: 10 stored, 0 live
         layer 1: 7 stored, 7 live
         waste /a deleted: 10 in 1 of layer 0 by 1
         file /a 7";
    check("file a 10 \n -- \n file .wh.a \n file a 7", ledger);
    check("file a 10 \n -- \n file a 7 \n file .wh.a", ledger);
}

#[test]
fn file_rewritten_below_a_whiteout_is_deleted_not_identical() {
    check(
        "file a 10
         --
         file a 10
         file .wh.a",
        "layer 0: 10 stored, 0 live
         layer 1: 10 stored, 10 live
         waste /a deleted: 10 in 1 of layer 0 by 1
         file /a 10",
    );
}

#[test]
fn opaque_marker_hides_only_lower_layers_wherever_it_is_in_the_tar() {
    let below = "file d/a 10 \n file d/b 20 \n file e 1 \n --\n";
    let ledger = "layer 0: 31 stored, 1 live
         layer 1: 7 stored, 7 live
         waste /d opaque: 30 in 2 of layer 0 by 1
         file /d/a 7
         file /e 1";
    check(&format!("{below} file d/.wh..wh..opq \n file d/a 7"), ledger);
    check(&format!("{below} dir d/ \n file d/a 7 \n file d/.wh..wh..opq"), ledger);
}

#[test]
fn markers_in_the_lowest_layer_hide_nothing() {
    check(
        "file d/a 10
         file d/.wh.a
         file d/.wh..wh..opq
         file .wh..wh..opq
         file .wh.d",
        "layer 0: 10 stored, 10 live
         file /d/a 10",
    );
}

#[test]
fn whiteout_of_a_missing_path_does_nothing() {
    check(
        "file d/a 10
         --
         file d/.wh.b
         file d/a/.wh.b
         file no/.wh.a
         file no/.wh..wh..opq
         file d/a/.wh..wh..opq",
        "layer 0: 10 stored, 10 live
         layer 1: 0 stored, 0 live
         file /d/a 10",
    );
}

#[test]
fn whiteouts_without_a_name_or_of_dots_do_nothing() {
    check(
        "file d/a 10
         --
         file .wh.
         file .wh..
         file .wh...
         file d/.wh.
         file d/.wh..
         file d/.wh...",
        "layer 0: 10 stored, 10 live
         layer 1: 0 stored, 0 live
         file /d/a 10",
    );
}

#[test]
fn opaque_root_hides_all_lower_layers() {
    check(
        "file a 10
         file d/b 20
         --
         file d/b 5
         file ./.wh..wh..opq",
        "layer 0: 30 stored, 0 live
         layer 1: 5 stored, 5 live
         waste / opaque: 30 in 2 of layer 0 by 1
         file /d/b 5",
    );
}

#[test]
fn control_files_of_aufs_are_not_files_but_similar_names_are() {
    check(
        "file .wh..wh.aufs 1
         dir .wh..wh.plnk
         file .wh..wh.plnk/1.2 2
         file d/.wh..wh.orph/x 4
         file .whatever 8
         file .wh 16
         file .wha/.wh 32",
        "layer 0: 56 stored, 56 live
         file /.wh 16
         file /.wha/.wh 32
         file /.whatever 8",
    );
}

#[test]
fn entries_of_estargz_are_ignored_only_at_the_root() {
    check(
        "file stargz.index.json 1
         file ./.prefetch.landmark 2
         file /.no.prefetch.landmark 4
         file d/stargz.index.json 8",
        "layer 0: 8 stored, 8 live
         file /d/stargz.index.json 8",
    );
}

#[test]
fn markers_store_nothing_even_with_content() {
    check(
        "file a 10
         --
         file .wh.a 3
         file .wh..wh..opq 4",
        "layer 0: 10 stored, 0 live
         layer 1: 0 stored, 0 live
         waste /a deleted: 10 in 1 of layer 0 by 1",
    );
}

#[test]
fn shallow_markers_precede_deep_ones_and_whiteouts_precede_opaque_markers() {
    check(
        "file d/a 10
         file d/e/b 20
         --
         file d/e/.wh.b
         file d/.wh..wh..opq
         file d/.wh.a",
        "layer 0: 30 stored, 0 live
         layer 1: 0 stored, 0 live
         waste /d opaque: 20 in 1 of layer 0 by 1
         waste /d/a deleted: 10 in 1 of layer 0 by 1",
    );
}

#[test]
fn markers_follow_links_to_their_directory_but_create_nothing() {
    check(
        "file d/a 10
         file d/b 20
         file f 40
         symlink l -> d
         symlink m -> /l/../d/.
         symlink dangling -> nowhere
         --
         file l/.wh.a
         file m/.wh..wh..opq
         file f/.wh.x
         file dangling/.wh..wh..opq",
        "layer 0: 70 stored, 40 live
         layer 1: 0 stored, 0 live
         waste /d opaque: 20 in 1 of layer 0 by 1
         waste /d/a deleted: 10 in 1 of layer 0 by 1
         file /f 40",
    );
}

// Directories that are removed and recreated.

#[test]
fn removed_directory_wastes_everything_below_it() {
    check(
        "file d/a 10
         file d/e/b 20
         file f 1
         --
         file .wh.d",
        "layer 0: 31 stored, 1 live
         layer 1: 0 stored, 0 live
         waste /d deleted: 30 in 2 of layer 0 by 1
         file /f 1",
    );
}

#[test]
fn directory_removed_and_recreated_and_removed_again_is_wasted_twice() {
    check(
        "file d/a 10
         --
         file .wh.d
         --
         file d/a 20
         --
         file .wh.d",
        "layer 0: 10 stored, 0 live
         layer 1: 0 stored, 0 live
         layer 2: 20 stored, 0 live
         layer 3: 0 stored, 0 live
         waste /d deleted: 20 in 1 of layer 2 by 3
         waste /d deleted: 10 in 1 of layer 0 by 1",
    );
}

// Changes of type without a whiteout.

#[test]
fn file_that_becomes_a_directory_is_replaced() {
    check(
        "file a 10
         file b 20
         file keep 1
         --
         dir a
         file b/x 5",
        "layer 0: 31 stored, 1 live
         layer 1: 5 stored, 5 live
         waste /b replaced: 20 in 1 of layer 0 by 1
         waste /a replaced: 10 in 1 of layer 0 by 1
         file /b/x 5
         file /keep 1",
    );
}

#[test]
fn directory_that_becomes_a_file_is_replaced_with_its_contents() {
    check(
        "file d/a 10
         file d/e/b 20
         --
         file d 5",
        "layer 0: 30 stored, 0 live
         layer 1: 5 stored, 5 live
         waste /d replaced: 30 in 2 of layer 0 by 1
         file /d 5",
    );
}

#[test]
fn directory_that_becomes_a_symlink_is_replaced_with_its_contents() {
    check(
        "file lib/a 10
         file usr/lib/b 20
         --
         symlink lib -> usr/lib
         file lib/a 5",
        "layer 0: 30 stored, 20 live
         layer 1: 5 stored, 5 live
         waste /lib replaced: 10 in 1 of layer 0 by 1
         file /usr/lib/a 5
         file /usr/lib/b 20",
    );
}

#[test]
fn symlink_that_becomes_a_directory_hides_only_the_link() {
    check(
        "file usr/lib/a 10
         symlink lib -> usr/lib
         --
         dir lib/
         file lib/a 5",
        "layer 0: 10 stored, 10 live
         layer 1: 5 stored, 5 live
         file /lib/a 5
         file /usr/lib/a 10",
    );
}

#[test]
fn file_that_becomes_a_link_or_a_device_is_replaced() {
    check(
        "file a 10
         file b 20
         file c 40
         file keep 1
         --
         symlink a -> b
         --
         char b
         --
         fifo c",
        "layer 0: 71 stored, 1 live
         layer 1: 0 stored, 0 live
         layer 2: 0 stored, 0 live
         layer 3: 0 stored, 0 live
         waste /c replaced: 40 in 1 of layer 0 by 3
         waste /b replaced: 20 in 1 of layer 0 by 2
         waste /a replaced: 10 in 1 of layer 0 by 1
         file /keep 1",
    );
}

// Names.

#[test]
fn names_are_cleaned_first() {
    check(
        "file ./a 10
         file /d//b 20
         file ../../c 40
         file d/./e/../f 80
         dir ./
         file d/..
         file / 7
         --
         file a 1
         file d/x/../.wh.b
         file c/ 2",
        "layer 0: 150 stored, 80 live
         layer 1: 3 stored, 3 live
         waste /c overwritten: 40 in 1 of layer 0 by 1
         waste /d/b deleted: 20 in 1 of layer 0 by 1
         waste /a overwritten: 10 in 1 of layer 0 by 1
         file /a 1
         file /c 2
         file /d/f 80",
    );
}

#[test]
fn names_need_not_be_utf8() {
    let file = |path: &[u8], size| NaiveEntry { size, path: path.to_vec(), ..layers::named("") };
    check_layers(
        &[
            vec![file(b"caf\xe9", 10), file("café".as_bytes(), 20), file(b"a\nb\x1b", 40)],
            vec![file(b".wh.caf\xe9", 0)],
        ],
        r"layer 0: 70 stored, 60 live
          layer 1: 0 stored, 0 live
          waste /caf\xe9 deleted: 10 in 1 of layer 0 by 1
          file /a\nb\x1b 40
          file /caf\xc3\xa9 20",
    );
}

// Twice in one tar.

#[test]
fn last_of_two_entries_of_a_path_wins_and_both_are_stored() {
    check(
        "file a 10
         file b 1
         file a 20
         file a 20",
        "layer 0: 51 stored, 21 live
         waste /a identical: 20 in 1 of layer 0 by 0
         waste /a overwritten: 10 in 1 of layer 0 by 0
         file /a 20
         file /b 1",
    );
}

// Rewrites.

#[test]
fn rewrite_that_changes_metadata_alone_is_metadata() {
    for change in ["mode=493", "uid=1", "gid=1", "seconds=1", "nanos=1", "xattrs=1"] {
        check(
            &format!("file a 10 \n -- \n file a 10 {change}"),
            "layer 0: 10 stored, 0 live
             layer 1: 10 stored, 10 live
             waste /a metadata: 10 in 1 of layer 0 by 1
             file /a 10",
        );
    }
    check(
        "file a 10 xattrs=1 \n -- \n file a 10 xattrs=2",
        "layer 0: 10 stored, 0 live
         layer 1: 10 stored, 10 live
         waste /a metadata: 10 in 1 of layer 0 by 1
         file /a 10",
    );
}

#[test]
fn only_the_twelve_lowest_bits_of_a_mode_are_compared() {
    let ledger = |cause: &str| {
        format!(
            "layer 0: 10 stored, 0 live
             layer 1: 10 stored, 10 live
             waste /a {cause}: 10 in 1 of layer 0 by 1
             file /a 10"
        )
    };
    let rewrite = |from: u32, to: u32| format!("file a 10 mode={from} \n -- \n file a 10 mode={to}");
    check(&rewrite(0o100_644, 0o644), &ledger("identical"));
    for special in [0o1000, 0o2000, 0o4000] {
        check(&rewrite(0o755, 0o755 | special), &ledger("metadata"));
    }
}

#[test]
fn rewrite_without_changes_is_identical() {
    check(
        "file a 10 uid=1 nanos=2 xattrs=3 \n -- \n file a 10 uid=1 nanos=2 xattrs=3",
        "layer 0: 10 stored, 0 live
         layer 1: 10 stored, 10 live
         waste /a identical: 10 in 1 of layer 0 by 1
         file /a 10",
    );
}

#[test]
fn rewrite_with_other_content_is_overwritten_whatever_the_metadata() {
    let ledger = |size: u64| {
        format!(
            "layer 0: 10 stored, 0 live
             layer 1: {size} stored, {size} live
             waste /a overwritten: 10 in 1 of layer 0 by 1
             file /a {size}"
        )
    };
    check("file a 10 \n -- \n file a 10 #1", &ledger(10));
    check("file a 10 \n -- \n file a 10 #1 uid=1", &ledger(10));
    check("file a 10 \n -- \n file a 11", &ledger(11));
    check("file a 10 \n -- \n file a 0", &ledger(0));
}

#[test]
fn every_copy_except_the_last_is_waste_with_its_own_cause() {
    check(
        "file a 10
         --
         file a 10
         --
         file a 10 uid=1
         --
         file a 20
         --
         file .wh.a",
        "layer 0: 10 stored, 0 live
         layer 1: 10 stored, 0 live
         layer 2: 10 stored, 0 live
         layer 3: 20 stored, 0 live
         layer 4: 0 stored, 0 live
         waste /a deleted: 20 in 1 of layer 3 by 4
         waste /a overwritten: 10 in 1 of layer 2 by 3
         waste /a metadata: 10 in 1 of layer 1 by 2
         waste /a identical: 10 in 1 of layer 0 by 1",
    );
}

#[test]
fn entries_without_content_waste_nothing() {
    check(
        "symlink l -> a
         char c #1
         fifo p
         file e 0
         dir d 4096
         --
         symlink l -> b
         char c #2
         file .wh.p
         file e 0 uid=1
         dir d 4096 mode=448",
        "layer 0: 0 stored, 0 live
         layer 1: 0 stored, 0 live
         file /e 0",
    );
}

#[test]
fn same_content_at_two_paths_is_live_twice() {
    check("file a 10 \n file b 10", "layer 0: 20 stored, 20 live \n file /a 10 \n file /b 10");
}

#[test]
fn rename_is_a_deletion_and_a_new_file() {
    check(
        "file a 10
         --
         file b 10
         file .wh.a",
        "layer 0: 10 stored, 0 live
         layer 1: 10 stored, 10 live
         waste /a deleted: 10 in 1 of layer 0 by 1
         file /b 10",
    );
}

#[test]
fn metadata_change_of_a_directory_wastes_nothing_below_it() {
    check(
        "dir d
         file d/a 10
         --
         dir d uid=1",
        "layer 0: 10 stored, 10 live
         layer 1: 0 stored, 0 live
         file /d/a 10",
    );
}

#[test]
fn entry_of_unknown_type_is_not_a_marker() {
    check(
        "file a 10 \n -- \n unknown .wh.a",
        "layer 0: 10 stored, 10 live \n layer 1: 0 stored, 0 live \n file /a 10",
    );
}

#[test]
fn only_regular_files_are_entries_of_estargz() {
    check(
        "file a 10
         link stargz.index.json -> a",
        "layer 0: 10 stored, 10 live
         file /a = /stargz.index.json 10",
    );
}

#[test]
fn size_overflow_is_an_error_even_if_a_layer_occurs_twice() {
    let half = 1_u64 << 63;
    let refuses = |layers: &str, order: &[usize]| {
        let slots = parse(layers);
        let arrival = slots.iter().enumerate().flat_map(|(slot, layer)| vec![slot; layer.len()]);
        let arrival: Vec<usize> = arrival.collect();
        let result = try_stack(&slots, Reading::Hashed, arrival, order, 1);
        matches!(result.map(|real| real.ledger), Err(TreeError::SizeOverflow { .. }))
    };
    assert!(!refuses(&format!("file a {half}"), &[0]));
    assert!(refuses(&format!("file a {half} \n file a {half}"), &[0]));
    assert!(refuses(&format!("file a {half} \n -- \n file a {half}"), &[0, 1]));
    assert!(refuses(&format!("file a {half}"), &[0, 0]));
}
