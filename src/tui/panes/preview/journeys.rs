//! Journeys through file contents, and extraction.

use std::fs;

use crate::tui::journeys::journey::Journey;
use crate::tui::journeys::tar_oracle;
use crate::tui::panes::tree;

/// Opens an image with the cursor on a path in the tree of a layer.
fn at(file: &str, layer: usize, path: &str) -> Journey {
    let mut journey = Journey::open(file, 120, 40);
    for _ in 0..layer {
        journey.press("down");
    }
    journey.press("tab *");
    journey.go_to(path);
    journey
}

/// Returns what a layer of the image stores at a path, as the `tar` crate reads it.
fn stored(layer: usize, path: &str) -> Vec<u8> {
    tar_oracle::stored("hello.docker.tar", layer, path)
}

#[test]
fn text_has_line_numbers() {
    let mut journey = at("hello.docker.tar", 1, "/app/config.txt");
    journey.press("enter");
    assert_eq!(journey.app.main, super::state::ID);
    let text = String::from_utf8(stored(1, "app/config.txt")).expect("text");
    let screen = journey.screen();
    let first = text.lines().next().expect("a line");
    let shown: String = first.chars().take(40).collect();
    assert!(screen.contains(&format!("  1 {shown}")), "{shown}: {screen}");
    assert!(screen.contains("1.50 kB"), "{screen}");
    journey.press("esc");
    assert_eq!((journey.app.main, journey.path().as_str()), (tree::state::ID, "/app/config.txt"));
}

#[test]
fn fetching_shows_its_progress() {
    use crate::tui::effect::Answer;
    use crate::tui::preview::thread::PreviewAnswer;
    let mut journey = at("hello.docker.tar", 1, "/app/config.txt");
    journey.press("enter");
    let Some(preview) = &mut journey.app.preview else { panic!("nothing is shown") };
    preview.frame = None;
    let session = preview.session;
    assert!(journey.screen().contains("reading …"), "{}", journey.screen());
    let mut waiting = |session, received, total| {
        let fetched = dockopt_image::Fetched { received, total };
        journey.tell(Answer::Preview(PreviewAnswer::Waiting { session, fetched }));
        journey.screen()
    };
    assert!(waiting(session, 43, 100).contains("fetching the image from the engine, 43 % …"));
    assert!(waiting(session + 1, 44, 100).contains(", 43 % …"), "another file's");
    assert!(waiting(session, 1_500_000, 0).contains("fetching the image from the engine, 1.50 MB …"));
}

#[test]
fn key_switches_between_hex_and_text() {
    let mut journey = at("hello.docker.tar", 0, "/bin/op");
    journey.press("v");
    let screen = journey.screen();
    assert!(screen.contains("ELF 64-bit"), "what it is: {screen}");
    assert!(screen.contains("00000000  7f 45 4c 46"), "{screen}");
    assert!(screen.contains(".ELF"), "{screen}");
    journey.press("end");
    let size = stored(0, "bin/op").len();
    assert!(journey.screen().contains(&format!("{:08x}  ", (size - 1) / 16 * 16)), "{}", journey.screen());
    journey.press("b");
    assert!(!journey.screen().contains("7f 45 4c 46"), "{}", journey.screen());
}

#[test]
fn deleted_file_can_be_previewed() {
    let mut journey = at("hello.docker.tar", 7, "/var/cache/pkg/index");
    assert!(journey.rows().contains(&"-/var/cache/pkg/index".to_owned()));
    journey.press("enter");
    let content = stored(3, "var/cache/pkg/index");
    let screen = journey.screen();
    assert!(screen.contains("layer 3") && screen.contains("5 kB"), "{screen}");
    let start: String =
        String::from_utf8_lossy(&content).lines().next().expect("a line").chars().take(30).collect();
    assert!(screen.contains(&start), "{start}: {screen}");
}

#[test]
fn every_version_of_a_file_can_be_shown_and_compared() {
    let mut journey = at("hello.docker.tar", 2, "/app/config.txt");
    journey.press("enter");
    assert!(journey.screen().contains("layer 2, version 2 of 2"), "{}", journey.screen());
    journey.press("[");
    assert!(journey.screen().contains("layer 1, version 1 of 2"), "{}", journey.screen());
    journey.press("[");
    assert!(journey.message().contains("no older version"), "{}", journey.message());
    journey.press("] =");
    let screen = journey.screen();
    assert!(screen.contains("layer 1 → 2"), "{screen}");
    let (old, new) = (stored(1, "app/config.txt"), stored(2, "app/config.txt"));
    let lines = |bytes: Vec<u8>| {
        String::from_utf8(bytes).expect("text").lines().map(str::to_owned).collect::<Vec<_>>()
    };
    let (old, new) = (lines(old), lines(new));
    let removed = old.iter().find(|line| !new.contains(line)).expect("a removed line");
    let added = new.iter().find(|line| !old.contains(line)).expect("an added line");
    let start = |line: &str| line.chars().take(30).collect::<String>();
    assert!(screen.contains(&format!("- {}", start(removed))), "{removed}: {screen}");
    assert!(screen.contains(&format!("+ {}", start(added))), "{added}: {screen}");
    journey.press("=");
    assert!(journey.screen().contains("version 2 of 2"), "the same key goes back");
}

#[test]
fn search_finds_text_in_a_file() {
    let mut journey = at("hello.docker.tar", 1, "/app/config.txt");
    journey.press("enter");
    let text = String::from_utf8(stored(1, "app/config.txt")).expect("text");
    let last = text.lines().count();
    let line = text.lines().last().expect("a line").to_owned();
    journey.press("/").type_text(&line);
    journey.press("enter");
    assert_eq!(
        journey.message(),
        format!("found in line {}", text.lines().position(|one| one.contains(&line)).expect("it") + 1)
    );
    journey.press("n");
    assert!(journey.message().contains("found in line"), "{} of {last}", journey.message());
    journey.press("/").type_text("nowhere to be found");
    journey.press("enter");
    assert_eq!(journey.message(), "not found in this file");
}

#[test]
fn long_lines_wrap_or_scroll_sideways() {
    let mut journey = at("hello.docker.tar", 0, "/bin/op");
    journey.press("v b end");
    let wrapped = journey.screen();
    journey.press("z");
    let cut = journey.screen();
    assert_ne!(wrapped, cut);
    journey.press("right");
    assert_ne!(journey.screen(), cut);
    journey.press("left");
    assert_eq!(journey.screen(), cut);
}

#[test]
fn link_leads_to_its_target() {
    let mut journey = at("hello.docker.tar", 3, "/srv/three");
    assert!(journey.screen().contains("three → one"), "{}", journey.screen());
    journey.press("enter");
    assert_eq!(journey.path(), "/srv/one");
    assert!(journey.message().contains("followed the link to one"), "{}", journey.message());
}

#[test]
fn compressed_layers_are_previewed_like_plain_ones() {
    for file in
        ["hello.oci-gzip.tar", "hello.oci-zstd.tar", "hello.oci-zstd-chunked.tar", "hello.docker.tar.gz"]
    {
        let mut plain = at("hello.docker.tar", 1, "/app/config.txt");
        let mut packed = at(file, 1, "/app/config.txt");
        for journey in [&mut plain, &mut packed] {
            journey.press("enter");
        }
        let inside = |screen: String| {
            let lines = screen.lines().skip(2).take(30).map(|line| line.chars().skip(49).take(60).collect());
            lines.collect::<Vec<String>>()
        };
        assert_eq!(inside(plain.screen()), inside(packed.screen()), "{file}");
    }
}

#[test]
fn history_leads_to_a_version_of_the_file() {
    let mut journey = at("hello.docker.tar", 2, "/app/config.txt");
    journey.press("H up v");
    assert!(journey.screen().contains("layer 1, version 1 of 2"), "{}", journey.screen());
}

#[test]
fn file_is_extracted_with_content_and_mode() {
    let directory = tempfile::tempdir().expect("a directory");
    let mut journey = at("hello.docker.tar", 1, "/app/run.sh");
    journey.press("ctrl+e");
    assert!(journey.screen().contains("/app/run.sh as it is after layer 1"), "{}", journey.screen());
    journey.erase().type_text(&directory.path().display().to_string());
    journey.press("enter");
    assert!(journey.message().starts_with("wrote 1 file (900 B) to "), "{}", journey.message());
    let written = fs::read(directory.path().join("run.sh")).expect("written");
    assert_eq!(written, stored(1, "app/run.sh"));
}

#[test]
fn escape_closes_the_preview_after_a_cancelled_extraction() {
    let mut journey = at("hello.docker.tar", 1, "/app/run.sh");
    journey.press("v x esc");
    assert_eq!(journey.app.main, super::state::ID);
    journey.press("esc");
    assert_eq!(journey.app.main, tree::state::ID);
    assert!(!journey.done.contains(&"stop extracting"), "nothing was being written");
}

#[test]
fn overwriting_requires_confirmation() {
    let directory = tempfile::tempdir().expect("a directory");
    let mine = directory.path().join("run.sh");
    fs::write(&mine, "mine").expect("written");
    let mut journey = at("hello.docker.tar", 1, "/app/run.sh");
    let place = directory.path().display().to_string();
    journey.press("x").erase().type_text(&place);
    journey.press("enter");
    assert!(journey.screen().contains("Already there"), "{}", journey.screen());
    journey.press("n");
    assert_eq!(fs::read(&mine).expect("there"), b"mine");
    assert_eq!(journey.message(), "nothing was written");
    journey.press("x").erase().type_text(&place);
    journey.press("enter y");
    assert_eq!(fs::read(&mine).expect("there"), stored(1, "app/run.sh"), "{}", journey.message());
}

#[test]
fn directory_is_extracted_as_seen_or_as_a_layer_ships_it() {
    let (seen, shipped) =
        (tempfile::tempdir().expect("a directory"), tempfile::tempdir().expect("a directory"));
    let mut journey = at("hello.docker.tar", 2, "/app");
    journey.press("ctrl+e").erase().type_text(&seen.path().display().to_string());
    journey.press("enter");
    assert!(seen.path().join("app/site/index.html").exists(), "{}", journey.message());
    journey.press("ctrl+e tab");
    assert!(journey.screen().contains("only what layer 2 ships"), "{}", journey.screen());
    journey.erase().type_text(&shipped.path().display().to_string());
    journey.press("enter");
    let names: Vec<String> = fs::read_dir(shipped.path().join("app"))
        .expect("written")
        .map(|entry| entry.expect("an entry").file_name().to_string_lossy().into_owned())
        .collect();
    assert_eq!(names, ["config.txt"], "{}", journey.message());
}

#[test]
fn unwritable_directory_is_an_error() {
    let mut journey = at("hello.docker.tar", 1, "/app/run.sh");
    journey.press("x").erase().type_text("/no/such/directory");
    journey.press("enter");
    assert!(journey.app.message.as_ref().is_some_and(|message| message.is_error), "{}", journey.message());
    assert!(journey.message().contains("/no/such/directory"), "{}", journey.message());
}

#[test]
fn deleted_path_cannot_be_extracted_from_the_final_filesystem() {
    let directory = tempfile::tempdir().expect("a directory");
    let mut journey = at("hello.docker.tar", 3, "/var/cache/pkg/index");
    journey.press("ctrl+e tab tab");
    assert!(journey.screen().contains("of the final filesystem"), "{}", journey.screen());
    journey.erase().type_text(&directory.path().display().to_string());
    journey.press("enter");
    assert!(journey.message().contains("is not in the final filesystem"), "{}", journey.message());
    assert_eq!(fs::read_dir(directory.path()).expect("there").count(), 0);
}
