//! Journeys through the filter and the jump.

use super::journey::Journey;

#[test]
fn filter_applies_during_typing_and_the_tree_stays_usable() {
    let mut journey = Journey::hello();
    journey.press("down ctrl+f").type_text("site");
    let rows = journey.rows();
    assert_eq!(rows[..2], ["+/app", "+/app/site"], "{rows:?}");
    assert!(journey.screen().contains("filter: site"), "{}", journey.screen());
    journey.press("enter down space");
    assert!(journey.rows().contains(&"+/app/site/index.html".to_owned()), "folds work: {:?}", journey.rows());
    journey.press("s");
    assert_eq!(journey.path(), "/app/site");
    journey.press("tab down");
    assert!(journey.screen().contains("match"), "the filter holds for other layers: {}", journey.screen());
    assert_eq!(journey.path(), "/app/site");
}

#[test]
fn closing_a_filter_shows_everything_and_keeps_the_cursor() {
    let mut journey = Journey::hello();
    journey.press("down f").type_text("old");
    journey.press("enter down");
    assert_eq!(journey.path(), "/app/old.log");
    journey.press("esc");
    assert!(journey.app.tree.filter.is_none());
    assert_eq!(journey.path(), "/app/old.log");
    assert!(journey.rows().contains(&"+/app/run.sh".to_owned()), "{:?}", journey.rows());
    journey.press("ctrl+f").type_text("x");
    journey.press("esc");
    assert!(journey.app.tree.filter.is_none(), "Esc while typing closes it, too");
}

#[test]
fn filter_terms_combine() {
    let mut journey = Journey::hello();
    journey.press("down ctrl+f").type_text("size>3k !data");
    let files: Vec<String> =
        journey.rows().into_iter().filter(|row| !row.ends_with("/app") && !row.ends_with("site")).collect();
    assert!(files.contains(&"+/app/old.log".to_owned()), "{files:?}");
    assert!(!files.iter().any(|row| row.contains("data.bin") || row.contains("run.sh")), "{files:?}");
}

#[test]
fn filters_select_by_waste_and_owner() {
    let mut journey = Journey::hello();
    journey.press("F ctrl+f").type_text("is:wasted");
    assert!(journey.rows().contains(&" /app/data.bin".to_owned()), "{:?}", journey.rows());
    assert!(!journey.rows().iter().any(|row| row.contains("bin/op")), "{:?}", journey.rows());
    journey.press("esc ctrl+l").press("1").press("home down down down down down ctrl+f");
    journey.type_text("owner:1000");
    let rows = journey.rows();
    assert!(rows.iter().any(|row| row.starts_with("~/app/site")), "layer 5 gave it away: {rows:?}");
}

#[test]
fn invalid_filter_says_why() {
    let mut journey = Journey::hello();
    journey.press("ctrl+f").type_text("knd:file");
    assert!(journey.screen().contains("kind"), "the nearest known word: {}", journey.screen());
    journey.press("enter");
    assert!(journey.app.prompt.is_some(), "the filter is not accepted");
    journey.press("esc ctrl+f").type_text("re:[");
    assert!(journey.app.prompt.as_ref().is_some_and(|prompt| prompt.error.is_some()));
}

#[test]
fn filter_without_matches_says_so() {
    let mut journey = Journey::hello();
    journey.press("ctrl+f").type_text("no such file");
    assert_eq!(journey.rows(), Vec::<String>::new());
    assert!(journey.screen().contains("nothing matches the filter"), "{}", journey.screen());
}

#[test]
fn fuzzy_search_jumps_to_a_path_of_any_layer() {
    let mut journey = Journey::hello();
    journey.press("/").type_text("srvlink");
    assert!(journey.screen().contains("/srv/data.link"), "{}", journey.screen());
    journey.press("enter");
    assert_eq!(journey.path(), "/srv/data.link");
    assert_eq!(journey.app.layers.chosen, 4, "layer 0 does not have it, layer 4 does");
    assert!(journey.message().contains("layer 4"), "{}", journey.message());
}

#[test]
fn keys_go_to_the_next_and_previous_match() {
    let mut journey = Journey::hello();
    journey.press("F /").type_text("srv");
    journey.press("enter");
    let first = journey.path();
    journey.press("n");
    let second = journey.path();
    assert_ne!(first, second);
    assert!(journey.message().contains("match 2 of"), "{}", journey.message());
    journey.press("N");
    assert_eq!(journey.path(), first);
    journey.press("N");
    assert_ne!(journey.path(), first, "around the end");
}

#[test]
fn arrows_select_a_match_from_the_list() {
    let mut journey = Journey::hello();
    journey.press("F /").type_text("site");
    let best = journey.app.search.found.best.clone();
    assert!(best.len() > 2, "{best:?}");
    journey.press("down down enter");
    assert_eq!(journey.app.tree.row().map(|row| row.node), Some(best[2]));
}

#[test]
fn search_for_a_deleted_path_shows_its_ghost() {
    let mut journey = Journey::hello();
    journey.press("F /").type_text("cachepkg");
    journey.press("enter");
    assert!(journey.path().starts_with("/var/cache/pkg"), "{}", journey.path());
    assert!(journey.app.tree.ghosts, "it is a ghost of the final filesystem");
}

#[test]
fn search_without_matches_says_so() {
    let mut journey = Journey::hello();
    journey.press("/").type_text("qqqqq");
    journey.press("enter");
    assert_eq!(journey.message(), "no path matches");
    journey.press("n");
    assert!(journey.message().contains("search with /"), "{}", journey.message());
}

#[test]
fn full_path_is_the_first_match() {
    let mut journey = Journey::hello();
    for path in ["/app", "/srv/one", "/var/cache/pkg", "/app/site/index.html"] {
        journey.press("F /").type_text(path);
        journey.press("enter");
        assert_eq!(journey.path(), path);
    }
}
