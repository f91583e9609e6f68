//! The list: orders, filters, the table at several widths, and hostile names.

use dockopt_image::{LocalImage, LocalImages};

use super::names::digits;
use super::*;

/// The moment of the request for all lists here.
pub(crate) const NOW: i64 = 1_800_000_000;
const DAY: i64 = 86_400;
const MEGABYTE: u64 = 1_000_000;

fn image(digit: char, name: Option<&str>, days: i64, sizes: (u64, u64)) -> LocalImage {
    let id = format!("sha256:{}", digit.to_string().repeat(64));
    let (unique, shared) = sizes;
    LocalImage {
        reference: format!("docker://{id}"),
        id,
        name: name.map(str::to_owned),
        created: Some(NOW - days * DAY),
        size: (unique + shared) * MEGABYTE,
        shared: Some(shared * MEGABYTE),
        unique: Some(unique * MEGABYTE),
        containers: Some(0),
    }
}

/// Images: one with two names, one without a name, one with few known values.
pub(crate) fn listing() -> Listing {
    let unknown =
        LocalImage { created: None, shared: None, unique: None, ..image('e', Some("zero:1"), 0, (0, 7)) };
    let in_use = LocalImage { containers: Some(2), ..image('b', Some("shop/front:2.1"), 30, (40, 120)) };
    let images = vec![
        image('a', Some("alpine:3.20"), 100, (0, 8)),
        in_use,
        image('b', Some("registry.example.com:5000/team/shop/front:2.1"), 30, (40, 120)),
        image('c', None, 3, (55, 120)),
        image('d', Some("postgres:16"), 9, (431, 0)),
        unknown,
    ];
    let engine = "docker at unix:///var/run/docker.sock (default socket)".to_owned();
    Listing { local: LocalImages { engine, images, total: Some(654 * MEGABYTE) }, now: NOW }
}

/// Returns the first digit of each ID, in list order.
fn order(filter: &str, key: SortKey, reversed: bool) -> String {
    let listing = listing();
    let chosen = listing.select(&Words::of(filter), Sort { key, reversed });
    chosen.iter().filter_map(|at| digits(&listing.local.images[*at].id).chars().next()).collect()
}

#[test]
fn each_order_puts_unknown_values_last() {
    assert_eq!(order("", SortKey::Name, false), "adbbec");
    assert_eq!(order("", SortKey::Created, false), "cdbbae");
    assert_eq!(order("", SortKey::Size, false), "dcbbae");
    assert_eq!(order("", SortKey::Unique, false), "dcbbae");
    assert_eq!(order("", SortKey::Shared, false), "bbcade");
    assert_eq!(order("", SortKey::Name, true), "ebbdac");
    assert_eq!(order("", SortKey::Created, true), "abbdce");
    assert_eq!(order("", SortKey::Shared, true), "dabbce");
}

#[test]
fn sort_keys_cycle() {
    let mut sort = Sort { key: SortKey::Name, reversed: true };
    let keys = [SortKey::Created, SortKey::Size, SortKey::Unique, SortKey::Shared, SortKey::Name];
    for key in keys {
        sort = sort.next();
        assert_eq!(sort, Sort { key, reversed: false });
    }
}

#[test]
fn filter_matches_all_words_in_name_or_id() {
    for (filter, found) in [
        ("", "adbbec"),
        ("FRONT", "bb"),
        ("front team", "b"),
        ("front bbbb", "bb"),
        ("sha", ""),
        ("sha256:cc", "c"),
        ("dangling", "c"),
        ("none", "c"),
        ("<none>", "c"),
        (":16", "d"),
        ("nothing like it", ""),
    ] {
        assert_eq!(order(filter, SortKey::Name, false), found, "{filter}");
    }
}

#[test]
fn totals_count_names_and_images_separately() {
    let listing = listing();
    let totals = |filter| listing.totals(&listing.select(&Words::of(filter), Sort::default()));
    assert_eq!(totals(""), "6 names of 5 images, 654 MB");
    assert_eq!(totals("front"), "2 of 6 names of 5 images, 654 MB in all");
    let unknown = Listing { local: LocalImages { total: None, ..listing.local.clone() }, now: NOW };
    assert_eq!(unknown.totals(&[0]), "1 of 6 names of 5 images");
    let mut single = unknown;
    single.local.images.retain(|image| image.name.as_deref() != Some("shop/front:2.1"));
    assert_eq!([single.totals(&[0, 1, 2, 3, 4]), single.totals(&[0])], ["5 images", "1 of 5 images"]);
    assert_eq!(Listing::default().totals(&[]), "0 images");
}

fn table(listing: &Listing, cells: Option<usize>) -> String {
    let sort = Sort::default();
    let chosen = listing.select(&Words::default(), sort);
    let mut out = Vec::new();
    write_text(&mut out, listing, &chosen, sort, cells).expect("written");
    String::from_utf8(out).expect("UTF-8")
}

#[test]
fn table_at_several_widths() {
    let shown = [None, Some(120), Some(80), Some(60), Some(40), Some(20)];
    let tables: Vec<String> =
        shown.iter().map(|cells| format!("{cells:?}\n{}", table(&listing(), *cells))).collect();
    insta::with_settings!({prepend_module_to_snapshot => false, omit_expression => true}, {
        insta::assert_snapshot!("table", tables.join("\n"));
    });
}

#[test]
fn table_lines_fit_the_width() {
    for cells in 1..150 {
        for line in table(&listing(), Some(cells)).lines() {
            assert!(dockopt_core::table::width(line) <= cells, "{cells}: {line}");
        }
    }
}

#[test]
fn empty_list_is_a_table_without_rows() {
    let empty =
        Listing { local: LocalImages { engine: "docker".to_owned(), ..LocalImages::default() }, now: NOW };
    let text = table(&empty, None);
    assert!(text.starts_with("NAME:TAG") && text.ends_with("\n\n0 images; docker\n"), "{text}");
    assert_eq!(json(&empty), serde_json::json!([]));
}

#[test]
fn ids_are_written_once() {
    let listing = listing();
    let mut out = Vec::new();
    write_ids(&mut out, &listing, &listing.select(&Words::of("r"), Sort::default())).expect("written");
    let text = String::from_utf8(out).expect("UTF-8");
    assert_eq!(text, "dddddddddddd\nbbbbbbbbbbbb\neeeeeeeeeeee\n");
}

/// An image with hostile text in its fields.
pub(crate) fn hostile() -> LocalImage {
    LocalImage {
        id: "sha256:\x1b[2J\x07\u{202e}".to_owned(),
        name: Some(format!("\x1b]0;owned\x07\u{202e}日本語\u{301}\n{}", "x".repeat(10_000))),
        created: Some(i64::MIN),
        size: u64::MAX,
        shared: Some(u64::MAX),
        unique: Some(u64::MAX),
        containers: Some(u64::MAX),
        reference: String::new(),
    }
}

#[test]
fn control_sequences_in_names_and_ids_are_escaped() {
    let mut listing = listing();
    listing.local.images = vec![hostile(), LocalImage { name: None, ..hostile() }];
    listing.local.engine = "docker\x1b[31m".to_owned();
    for cells in [None, Some(80), Some(3)] {
        let text = table(&listing, cells);
        let is_safe = |letter| letter == '\n' || !dockopt_core::path::is_unsafe_to_show(letter);
        assert!(text.chars().all(is_safe), "{text:?}");
        assert_eq!(text.lines().count(), 5);
    }
}

fn json(listing: &Listing) -> serde_json::Value {
    let chosen = listing.select(&Words::default(), Sort::default());
    let mut out = Vec::new();
    write_json(&mut out, listing, &chosen).expect("written");
    serde_json::from_slice(&out).expect("JSON")
}

#[test]
fn json_has_every_value_with_null_for_unknown_ones() {
    let images = json(&listing());
    let id = format!("sha256:{}", "d".repeat(64));
    assert_eq!(
        images[1],
        serde_json::json!({
            "name": "postgres:16", "id": id, "dangling": false, "created": "2027-01-06T08:00:00Z",
            "size": 431_000_000, "unique": 431_000_000, "shared": 0, "containers": 0,
            "reference": format!("docker://{id}"),
        })
    );
    assert_eq!(images[0]["name"], serde_json::Value::Null);
    assert_eq!(images[0]["dangling"], true);
    assert_eq!(images[5]["created"], serde_json::Value::Null);
    assert_eq!(images[5].as_object().expect("an object").len(), 9);
}
