//! Journeys through the packages.

use dockopt_testkit::{Image, Layer};

use crate::tui::journeys::journey::{Journey, answers_of};
use dockopt_image::ReadOptions;

/// Opens an image with two versions of a Debian package, a wheel, and a file of nobody.
fn packages(width: u16, height: u16) -> Journey {
    let status = |version: &str| {
        format!("Package: tool\nStatus: install ok installed\nVersion: {version}\nArchitecture: amd64\n")
    };
    let image = Image::new()
        .layer(
            Layer::new()
                .file("var/lib/dpkg/status", status("1"))
                .file("var/lib/dpkg/info/tool.list", "/usr/bin/tool\n/usr/bin/old\n")
                .file("usr/bin/tool", vec![b'1'; 40_000])
                .file("usr/bin/old", vec![b'0'; 1_000]),
        )
        .layer(
            Layer::new()
                .file("var/lib/dpkg/status", status("2"))
                .file("var/lib/dpkg/info/tool.list", "/usr/bin/tool\n")
                .file("usr/bin/.wh.old", "")
                .file("usr/bin/tool", vec![b'2'; 20_000])
                .file("srv/site/Big_Wheel-3.dist-info/METADATA", "Name: Big_Wheel\nVersion: 3\n")
                .file("srv/site/Big_Wheel-3.dist-info/RECORD", "big.py,,\n")
                .file("srv/site/big.py", vec![b'3'; 30_000])
                .file("srv/data", vec![b'4'; 5_000]),
        );
    let directory = tempfile::tempdir().expect("a directory");
    let path = directory.path().join("image.tar");
    std::fs::write(&path, image.docker_legacy().to_tar()).expect("written");
    let mut journey = Journey::start("image.tar", width, height);
    for answer in answers_of(path.to_str().expect("a path"), ReadOptions::default()) {
        journey.tell(answer);
    }
    journey
}

/// Returns the lines of the screen that list packages: from the number of live bytes on.
fn listed(journey: &mut Journey) -> Vec<String> {
    let screen = journey.screen();
    let lines = screen.lines().skip_while(|line| !line.contains("live    wasted")).skip(1);
    let cells = lines.map(|line| line.rsplit('│').nth(1).unwrap_or_default());
    let rows = cells.take_while(|cells| !cells.contains('─'));
    let rows = rows.map(|cells| cells.split_whitespace().collect::<Vec<_>>().join(" "));
    rows.filter(|row| !row.is_empty()).collect()
}

#[test]
fn packages_are_listed_by_bytes_name_or_layer() {
    let mut journey = packages(140, 40);
    journey.press("p");
    let by_bytes = [
        "0 B 41 kB 0 0 deb tool 1",
        "30.04 kB - 3 1 pypi Big_Wheel 3",
        "20 kB - 1 1 deb tool 2",
        "5.09 kB 90 B 3 (no package)",
    ];
    let rows = listed(&mut journey);
    assert_eq!(rows.len(), 4, "{}", journey.screen());
    assert_eq!(rows[..3], by_bytes[..3]);
    assert!(rows[3].ends_with("(no package)"), "{rows:?}");
    journey.press("s");
    assert_eq!(journey.message(), "packages by name");
    assert_eq!(listed(&mut journey)[..3], [by_bytes[1], by_bytes[0], by_bytes[2]]);
    journey.press("s");
    assert_eq!(listed(&mut journey)[..3], [by_bytes[0], by_bytes[1], by_bytes[2]]);
    let total = journey.subject().analysis.ledger.total;
    let ownership = &journey.subject().ownership;
    let owned: u64 = ownership.packages().packages.iter().map(|package| package.live).sum();
    assert_eq!(owned + ownership.packages().unowned.live, total.live);
}

#[test]
fn row_is_explained_in_a_sentence() {
    let mut journey = packages(140, 40);
    journey.press("p");
    let sentence = "deb tool 1, since layer 0, owns 0 B in 0 files, and 41 kB that are wasted";
    assert!(journey.screen().contains(sentence), "{}", journey.screen());
    journey.press("end");
    assert!(journey.screen().contains("no package owns"), "{}", journey.screen());
}

#[test]
fn enter_shows_the_files_of_a_package() {
    let mut journey = packages(140, 40);
    journey.press("p down enter");
    assert_eq!(journey.app.tree.filter_text, "pkg:pypi/big-wheel@3");
    let rows = journey.rows();
    assert!(rows.iter().any(|row| row.ends_with("/srv/site/big.py")), "{rows:?}");
    assert!(!rows.iter().any(|row| row.ends_with("/srv/data")), "{rows:?}");
    journey.press("p end enter");
    assert_eq!(journey.app.tree.filter_text, "is:unowned");
    let rows = journey.rows();
    assert!(rows.iter().any(|row| row.ends_with("/srv/data")), "{rows:?}");
    assert!(!rows.iter().any(|row| row.ends_with("/srv/site/big.py")), "{rows:?}");
    journey.press("p home enter");
    assert!(journey.app.tree.ghosts, "only ghosts are left of the old version");
    assert!(journey.rows().iter().any(|row| row.ends_with("/usr/bin/old")), "{:?}", journey.rows());
}

#[test]
fn key_tells_the_owner_of_the_file_at_the_cursor() {
    let mut journey = packages(140, 40);
    journey.press("F 2 *");
    journey.go_to("/usr/bin/tool");
    journey.press("p");
    assert_eq!(journey.message(), "/usr/bin/tool belongs to deb tool 2");
    assert_eq!(journey.app.packages.list.cursor, 2);
    journey.press("p");
    journey.go_to("/srv/data");
    journey.press("p");
    assert_eq!(journey.message(), "no package owns /srv/data");
    assert_eq!(journey.app.packages.list.cursor, 3);
    journey.press("p");
    journey.go_to("/srv");
    journey.press("p");
    assert_eq!(journey.message(), "", "directories have no owner");
}

#[test]
fn packages_can_be_filtered_by_name() {
    let mut journey = packages(140, 40);
    journey.press("p f").type_text("TOOL");
    assert_eq!(listed(&mut journey).len(), 2, "{}", journey.screen());
    assert!(journey.screen().contains("2 of 3 with `TOOL`"), "{}", journey.screen());
    journey.press("enter down");
    assert_eq!(journey.app.packages.list.cursor, 1);
    journey.press("f esc");
    assert_eq!(listed(&mut journey).len(), 4);
    journey.press("f").type_text("nothing");
    assert!(journey.screen().contains("no package has this name"), "{}", journey.screen());
}

#[test]
fn list_fits_small_screens() {
    for (width, height) in [(20, 5), (40, 9), (80, 24), (200, 60)] {
        let mut journey = packages(width, height);
        journey.press("p down end");
        let screen = journey.screen();
        assert!(width < 40 || screen.contains("(no package"), "{screen}");
    }
}

#[test]
fn image_without_packages_lists_what_nobody_owns() {
    let mut journey = Journey::hello();
    journey.press("p");
    assert_eq!(listed(&mut journey).len(), 1, "{}", journey.screen());
}
