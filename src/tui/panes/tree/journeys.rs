//! Journeys through the tree.

use super::request::SortOrder;
use crate::tui::journeys::journey::Journey;

/// Opens the tree of layer 1, with `/app` unfolded.
fn app() -> Journey {
    let mut journey = Journey::hello();
    journey.press("down tab right");
    journey
}

#[test]
fn key_folds_and_unfolds_a_directory() {
    let mut journey = app();
    assert_eq!(journey.rows()[..3], ["+/app", "+/app/config.txt", "+/app/data.bin"]);
    journey.press("space");
    assert_eq!(journey.rows(), ["+/app", " /bin"]);
    journey.press("enter");
    assert_eq!(journey.rows().len(), 7);
    journey.press("left");
    assert_eq!(journey.rows().len(), 2);
}

#[test]
fn arrows_enter_and_leave_directories() {
    let mut journey = app();
    journey.press("l l");
    assert_eq!(journey.path(), "/app/config.txt", "right goes into what is open, and no further than a file");
    journey.press("h");
    assert_eq!(journey.path(), "/app", "left goes to the directory");
    journey.press("h");
    assert_eq!(journey.rows().len(), 2, "and then closes it");
}

#[test]
fn keys_fold_and_unfold_all_directories() {
    let mut journey = app();
    journey.press("*");
    let all = journey.rows().len();
    assert!(journey.rows().contains(&"+/app/site/index.html".to_owned()), "{:?}", journey.rows());
    journey.press("ctrl+space");
    assert_eq!(journey.rows(), ["+/app", " /bin"]);
    journey.press("ctrl+space");
    assert_eq!(journey.rows().len(), all, "the same key unfolds what is folded");
    journey.press("-");
    journey.press("] ]");
    assert!((3..all).contains(&journey.rows().len()), "two levels: {:?}", journey.rows());
    journey.press("]");
    assert_eq!(journey.rows().len(), all, "three levels are all there are");
    journey.press("[");
    assert!(journey.rows().len() < all);
}

#[test]
fn keys_before_the_rows_move_the_cursor_in_the_new_rows() {
    let mut slow = Journey::hello();
    slow.press("F tab *");
    let rows = slow.rows();
    for keys in ["G", "down down", "G up up", "pgdn down home down"] {
        let mut fast = Journey::hello();
        fast.press("F tab").press_early("*", keys);
        let mut slow = Journey::hello();
        slow.press("F tab *").press(keys);
        assert_eq!((fast.path(), fast.rows()), (slow.path(), rows.clone()), "{keys}");
        assert_eq!(fast.press("-").path(), slow.press("-").path(), "{keys}, folded");
    }
}

#[test]
fn cursor_keeps_its_path_when_the_layer_changes() {
    let mut journey = app();
    journey.press("down down down");
    assert_eq!(journey.path(), "/app/old.log");
    journey.press("tab down down");
    assert_eq!(journey.path(), "/app/old.log");
    journey.press("home");
    assert_eq!(journey.rows(), ["+/bin"], "layer 0 does not have it");
    journey.press("down");
    assert_eq!(journey.path(), "/app/old.log", "the path is found again");
}

#[test]
fn cursor_keeps_its_path_when_the_order_changes() {
    let mut journey = app();
    journey.press("down");
    for _ in 0..3 {
        journey.press("s");
        assert_eq!(journey.path(), "/app/config.txt", "{:?}", journey.app.tree.sort);
    }
    assert_eq!(journey.app.tree.sort, SortOrder::Name);
}

#[test]
fn sort_order_is_kept_across_layers() {
    let mut journey = app();
    journey.press("ctrl+o");
    let rows = journey.rows();
    assert_eq!(rows[1..4], ["+/app/data.bin", "+/app/site", "+/app/old.log"], "{rows:?}");
    journey.press("tab down");
    assert_eq!(journey.app.tree.sort, SortOrder::Size);
    assert_eq!(journey.rows()[1], " /app/data.bin", "{:?}", journey.rows());
    journey.press("tab ctrl+o");
    assert_eq!(journey.app.tree.sort, SortOrder::Name, "the same key goes back");
}

#[test]
fn tree_can_be_sorted_by_changed_bytes() {
    let mut journey = app();
    journey.press("tab down down down tab s s");
    assert_eq!(journey.app.tree.sort, SortOrder::Change);
    assert_eq!(journey.rows()[..2], ["~/app", "~/app/data.bin"], "what layer 4 writes: {:?}", journey.rows());
}

#[test]
fn keys_hide_and_show_kinds_of_changes() {
    let mut journey = app();
    journey.press("U");
    assert!(journey.rows().iter().all(|row| !row.starts_with(' ')), "{:?}", journey.rows());
    assert!(journey.screen().contains("without unmodified"), "{}", journey.screen());
    journey.press("U A");
    assert_eq!(journey.rows(), [" /bin"], "all of layer 1 is added");
    journey.press("ctrl+a");
    assert_eq!(journey.rows().len(), 7, "dive's key does the same");
    journey.press("tab down tab M");
    assert!(!journey.rows().contains(&"~/app/config.txt".to_owned()), "{:?}", journey.rows());
    journey.press("ctrl+u");
    assert_eq!(journey.rows(), Vec::<String>::new(), "nothing is left of layer 2");
    assert!(journey.screen().contains("nothing to show"), "{}", journey.screen());
}

#[test]
fn removed_files_can_be_hidden() {
    let mut journey = Journey::hello();
    journey.press("tab 1 end up up up tab *");
    let removed = || ["-/srv/one".to_owned(), "-/var/cache/pkg".to_owned()];
    let rows = journey.rows();
    assert!(removed().iter().all(|row| rows.contains(row)), "layer 7: {rows:?}");
    journey.press("R");
    let rows = journey.rows();
    assert!(removed().iter().all(|row| !rows.contains(row)), "{rows:?}");
}

#[test]
fn ghosts_are_shipped_but_invisible() {
    let mut journey = Journey::hello();
    journey.press("F tab *");
    assert!(!journey.screen().contains("×"), "{}", journey.screen());
    journey.press("g");
    let rows = journey.rows();
    assert!(rows.contains(&"×/var/cache/pkg".to_owned()), "{rows:?}");
    assert!(rows.iter().any(|row| row.starts_with("×/var/cache/pkg/")), "{rows:?}");
    assert!(rows.contains(&"×/srv/one".to_owned()), "{rows:?}");
    let ghosts: u64 = journey.ghost_bytes();
    assert!(journey.screen().contains("×"), "{}", journey.screen());
    assert_eq!(
        ghosts,
        7_500 + 4_000 + 3_000,
        "packages, the old site, and a name of what lives on as /srv/two"
    );
    journey.press("g");
    assert!(journey.rows().iter().all(|row| !row.starts_with('×')));
}

#[test]
fn attributes_look_like_ls() {
    let mut journey = Journey::open("hello.docker.tar", 200, 60);
    journey.press("end tab *");
    let screen = journey.screen();
    for wanted in ["lrwxrwxrwx", "-rwxr-xr-x", "drwxr-xr-x", " → ", "0:0"] {
        assert!(screen.contains(wanted), "{wanted}: {screen}");
    }
    journey.press("ctrl+b");
    assert!(!journey.screen().contains("drwxr-xr-x"), "{}", journey.screen());
    assert!(journey.screen().contains("kB"), "sizes stay");
}

#[test]
fn columns_drop_out_before_names_are_cut() {
    let mut wide = Journey::open("hello.docker.tar", 200, 40);
    let mut narrow = Journey::open("hello.docker.tar", 80, 24);
    let mut one_pane = Journey::open("hello.docker.tar", 40, 12);
    for journey in [&mut wide, &mut narrow, &mut one_pane] {
        journey.press("down tab right");
    }
    assert!(wide.screen().contains("modified") && wide.screen().contains("config.txt"));
    assert!(!narrow.screen().contains("owner") && narrow.screen().contains("config.txt"));
    assert!(!one_pane.screen().contains("mode") && one_pane.screen().contains("config.txt"));
}

#[test]
fn history_lists_every_layer_that_touched_the_path() {
    let mut journey = app();
    journey.press("down H");
    let screen = journey.screen();
    assert!(screen.contains("History of /app/config.txt"), "{screen}");
    assert!(screen.contains("layer   1  added"), "{screen}");
    assert!(screen.contains("layer   2  overwritten"), "{screen}");
    assert!(screen.contains("1.60 kB"), "the size then: {screen}");
    journey.press("down enter");
    assert_eq!(journey.app.layers.chosen, 2, "Enter goes to the layer");
    assert_eq!(journey.path(), "/app/config.txt");
    assert!(journey.app.popup.is_none());
}

#[test]
fn history_lists_whiteouts_and_opaque_directories() {
    let mut journey = Journey::hello();
    journey.press("F tab g *");
    journey.go_to("/var/cache/pkg");
    journey.press("H");
    assert!(journey.screen().contains("layer   7  deleted"), "{}", journey.screen());
    journey.press("esc");
    journey.go_to("/app/run.sh");
    journey.press("H");
    assert!(journey.screen().contains("layer   6  mode changed"), "{}", journey.screen());
    journey.press("H");
    assert!(journey.app.popup.is_none(), "the same key closes it");
}

#[test]
fn sizes_count_changes_while_only_changes_are_shown() {
    let mut journey = Journey::hello();
    journey.press("down down tab");
    assert!(journey.screen().contains("layer 2, 42.02 kB in 8 files"), "{}", journey.screen());
    journey.press("U");
    let screen = journey.screen();
    assert!(screen.contains("layer 2, 1.60 kB changed"), "{screen}");
    assert!(screen.lines().any(|line| line.contains("app/") && line.contains("1.60 kB")), "{screen}");
}

#[test]
fn order_does_not_depend_on_how_directories_were_opened() {
    for sort in ["s", "s s"] {
        let mut unfolded = Journey::hello();
        unfolded.press("F tab *").press(sort);
        let mut opened = Journey::hello();
        opened.press("F tab").press(sort).press("] ] ] ] ]");
        assert_eq!(unfolded.rows(), opened.rows());
        assert!(unfolded.rows().len() > 15, "{:?}", unfolded.rows());
    }
}

#[test]
fn rows_sorted_by_size_have_a_bar_of_their_share() {
    let mut journey = Journey::open("hello.docker.tar", 140, 40);
    journey.press("F tab *");
    assert!(!journey.screen().contains("share"), "{}", journey.screen());
    journey.press("s");
    let screen = journey.screen();
    assert!(screen.contains("share"), "{screen}");
    let bar = |path: &str| {
        let line = screen.lines().find(|line| line.contains(path)).expect("a row");
        line.chars().filter(|letter| *letter == '█').count()
    };
    // 12 kB and 900 B of the 15.2 kB in /app, in 9 cells.
    assert_eq!((bar("─data.bin"), bar("run.sh")), (7, 1), "{screen}");
}
