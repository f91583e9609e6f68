//! Images that attack a terminal: everything shown of them is text.
//!
//! [`Terminal::end`] rejects everything else. These tests show all attacks, and assert that they
//! were shown.

use std::fs;
use std::path::{Path, PathBuf};

use dockopt_testkit::{Image, Layer, Meta};
use serde_json::json;

use super::browser;
use super::window::{DOWN, ENTER, ESCAPE, Ended, HOME, PAGE_DOWN, Terminal};

/// The attacks, each with a part of its expected text.
const ATTACKS: [(&[u8], &str); 15] = [
    (b"osc52\x1b]52;c;ZXZpbA==\x07", "osc52\\x1b]52;c;ZXZpbA==\\x07"),
    (b"osc8\x1b]8;;http:evil\x1b\\link\x1b]8;;\x1b\\", "osc8\\x1b]8;;http:evil\\x1b"),
    (b"title\x1b]0;evil\x07", "title\\x1b]0;evil\\x07"),
    (b"sgr\x1b[31mred\x1b[0m", "sgr\\x1b[31mred\\x1b[0m"),
    (b"csi\x1b[2J\x1b[6n\x1b[?1049l", "csi\\x1b[2J\\x1b[6n"),
    (b"dcs\x1bP$q\x1b\\\x1b(0\x1bc", "dcs\\x1bP$q\\x1b"),
    ("c1\u{9b}2J\u{9d}0;evil\u{9c}".as_bytes(), "c1\\u{9b}2J\\u{9d}0;evil"),
    (b"c1 bytes \x9b2J\x90", "c1 bytes \\x9b2J\\x90"),
    ("bidi\u{202e}gpj.exe\u{2066}".as_bytes(), "bidi\\u{202e}gpj.exe\\u{2066}"),
    ("zero\u{200b}width\u{feff}".as_bytes(), "zero\\u{200b}width\\u{feff}"),
    (b"line\nbreak\r\ttab", "line\\nbreak\\r\\ttab"),
    (b"bell\x07back\x08\x08del\x7f\x0e\x0f\x0b", "bell\\x07back\\x08\\x08del\\x7f"),
    (b"bytes\xff\xfe\xc0\x80", "bytes\\xff\\xfe\\xc0\\x80"),
    ("wide漢字e\u{301}\u{301}\u{301}🏴‍☠️".as_bytes(), "wide漢字"),
    (b"long", "long"),
];

fn joined() -> String {
    ATTACKS.iter().map(|(attack, _)| String::from_utf8_lossy(attack) + " ").collect()
}

/// Returns an image with all attacks in all places.
fn image() -> Image {
    let content: Vec<u8> = ATTACKS.iter().flat_map(|(attack, _)| [attack, &b"\n"[..]].concat()).collect();
    let mut base =
        Layer::new().file("content", &content).file("binary", [&[0, 0x9b, 0x1b], &content[..]].concat());
    let mut upper = Layer::new().file("content", [b"more\n", &content[..]].concat());
    for (attack, _) in ATTACKS {
        let named = |prefix: &[u8]| [prefix, attack].concat();
        base = base.file(named(b"gone "), b"content").file(named(b"new "), b"x").dir(named(b"directory "));
        base = base.symlink(named(b"symlink "), attack).file(named(b"same "), b"the same");
        upper = upper.whiteout(named(b"gone ")).file(named(b"new "), b"other content");
        upper = upper.file_with(named(b"same "), b"the same", Meta::new().owner(1000, 1000));
    }
    let text = joined();
    let labels =
        ATTACKS.iter().map(|(attack, _)| (String::from_utf8_lossy(attack).into_owned(), json!(text)));
    let labels: serde_json::Map<String, serde_json::Value> = labels.collect();
    Image::new()
        .layer(base)
        .created_by(&text)
        .comment(&text)
        .layer(upper)
        .created_by(&format!("/bin/sh -c {text}"))
        .comment(&text)
        .tag(&format!("tag{}", String::from_utf8_lossy(ATTACKS[0].0)))
        .config_json(move |config| {
            config["author"] = json!(joined());
            config["config"]["Labels"] = labels.clone().into();
            config["config"]["Env"] = json!([format!("PATH={}", joined())]);
            config["config"]["Entrypoint"] = json!([joined()]);
            config["config"]["Cmd"] = json!([joined()]);
            config["config"]["User"] = json!(joined());
            config["config"]["WorkingDir"] = json!(joined());
            config["config"]["ExposedPorts"] = json!({joined(): {}});
        })
}

/// Returns a folder with the image in a file whose name is an attack too.
fn folder(image: &Image) -> (tempfile::TempDir, PathBuf) {
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join("evil\x1b]0;owned\x07\u{9b}2J\u{202e}\n.tar");
    fs::write(&file, image.docker_legacy().to_tar()).expect("written");
    (folder, file)
}

fn start(folder: &Path, file: &Path) -> Terminal {
    // The file is named without its folder, so that the title shows the attack.
    let mut command = browser(file.file_name().expect("a name"));
    let mut terminal = Terminal::start(command.current_dir(folder), 200, 60);
    terminal.wait_for("efficiency");
    terminal
}

#[track_caller]
fn leave(mut terminal: Terminal) -> Ended {
    terminal.press("q");
    let ended = terminal.end();
    assert_eq!(ended.status.code(), Some(0));
    let [title] = &ended.seen.titles[..] else { panic!("{:?}", ended.seen.titles) };
    assert_eq!(title, "dockopt-dive evil\\x1b]0;owned\\x07\\u{9b}2J\\u{202e}\\n.tar");
    ended
}

/// Asserts that all attacks were shown as text, after a word.
#[track_caller]
fn assert_seen(ended: &Ended, before: &str) {
    for (_, shown) in ATTACKS {
        let expected = format!("{before}{shown}");
        assert!(ended.seen.text.contains(&expected), "{expected} was not shown");
    }
}

#[test]
fn names_are_text_in_tree_status_line_and_popups() {
    let (folder, file) = folder(&image());
    let mut terminal = start(folder.path(), &file);
    terminal.after("F2*g", "gone ");
    let mut messages = String::new();
    for _ in 0..6 * ATTACKS.len() {
        terminal.show(DOWN);
        terminal.after("y", "copied");
        messages += terminal.text().split_once("copied").expect("a message").1;
        terminal.after("H", "History of");
        terminal.show(ESCAPE);
    }
    let ended = leave(terminal);
    for kind in ["gone ", "new ", "same ", "directory ", "symlink ", "→ "] {
        assert_seen(&ended, kind);
    }
    for (_, shown) in ATTACKS {
        assert!(messages.contains(&format!(" /new {shown}")), "{shown} was not in a message: {messages}");
    }
    assert!(ended.seen.copies.len() > 5 * ATTACKS.len());
}

#[test]
fn commands_and_configuration_are_text_in_the_left_panes() {
    let (folder, file) = folder(&image());
    let mut terminal = start(folder.path(), &file);
    for keys in ["1", DOWN, "z", "z", "L", "a", "m", "m"] {
        terminal.show(keys);
    }
    for pane in ["3", "4"] {
        terminal.show(pane);
        for _ in 0..60 {
            terminal.show(PAGE_DOWN);
        }
    }
    let ended = leave(terminal);
    assert!(ended.seen.text.contains("osc52\\x1b]52;c;ZXZpbA==\\x07 osc8"), "the command is shown");
    assert!(ended.seen.text.contains("tagosc52\\x1b]52"), "the tag is shown");
    assert_eq!(ended.seen.copies, Vec::<String>::new());
}

#[test]
fn waste_search_and_filters_are_text() {
    let (folder, file) = folder(&image());
    let mut terminal = start(folder.path(), &file);
    terminal.after("w", "gone ");
    for _ in 0..4 * ATTACKS.len() {
        terminal.show(DOWN);
    }
    for word in ["osc", "title", "c1", "bidi", "zero", "line", "bytes"] {
        terminal.after(&format!("/{word}"), "new ");
        terminal.press(ENTER);
        terminal.show("n");
    }
    for filter in ["re:(\u{202e}", "size>\u{9b}2J", "is:\u{200b}", "zero\u{200b}"] {
        terminal.press(&format!("f\x1b[200~{filter}\x1b]52;c;ZXZpbA==\x07\x1b[201~"));
        terminal.press(ENTER);
        terminal.show(ESCAPE);
        terminal.show(ESCAPE);
    }
    assert_seen(&leave(terminal), "gone ");
}

#[test]
fn contents_are_text() {
    let (folder, file) = folder(&image());
    let mut terminal = start(folder.path(), &file);
    terminal.after(&format!("F2*/content{ENTER}"), "/content  271 B");
    terminal.after("v", "osc52");
    for keys in ["b", PAGE_DOWN, "b", "[", "=", "]", "="] {
        terminal.show(keys);
    }
    terminal.press(&format!("/osc{ENTER}"));
    terminal.show("n");
    for keys in [ESCAPE, ESCAPE] {
        terminal.show(keys);
    }
    terminal.after(&format!("/binary{ENTER}"), "/binary  269 B");
    terminal.after("v", "9b 1b");
    for keys in ["b", PAGE_DOWN, "b"] {
        terminal.show(keys);
    }
    let ended = leave(terminal);
    assert!(ended.seen.text.contains("52;c;ZXZpbA=="), "the content is shown");
    assert_eq!(ended.seen.copies, Vec::<String>::new());
}

#[test]
fn messages_about_extracted_files_are_text() {
    let (folder, file) = folder(&image());
    let mut terminal = start(folder.path(), &file);
    terminal.after("F2*", "new ");
    for (word, destination, expected) in [
        ("new osc52", "out", "wrote 1 file"),
        ("new osc52", "out", "Already there"),
        ("new title", "no\u{202e}\u{9b}such/x", "no\\u{202e}such"),
    ] {
        terminal.after(&format!("/{word}{ENTER}"), &format!("/{word}\\x1b"));
        terminal.after("x", "extract to: ");
        // Ctrl-U clears the line, which has the destination of the last extraction.
        terminal.press(&format!("\x15\x1b[200~./{destination}\x1b[201~{ENTER}"));
        terminal.wait_for(expected);
        terminal.show(ESCAPE);
    }
    leave(terminal);
}

#[test]
fn error_about_an_image_is_text() {
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join("evil\x1b]0;owned\x07\u{9b}2J\u{202e}\n.tar");
    fs::write(&file, "no image").expect("written");
    let mut command = browser(file.file_name().expect("a name"));
    let mut terminal = Terminal::start(command.current_dir(folder.path()), 80, 24);
    terminal.wait_for("error: ");
    terminal.press("q");
    let ended = terminal.end();
    assert_eq!(ended.status.code(), Some(2));
    assert!(ended.output_after_exit().contains("\\x1b]0;owned\\x07"), "{}", ended.output_after_exit());
}

#[test]
fn names_of_any_length_and_depth_are_shown() {
    let deep = vec!["d"; 10_000].join("/");
    let layer = Layer::new().file(vec![b'n'; 1 << 16], "x").file(deep, "x").file("\u{301}".repeat(5000), "x");
    let (folder, file) = folder(&Image::new().layer(layer));
    let mut terminal = start(folder.path(), &file);
    terminal.after("2*", "nnnn");
    for keys in ["G", "y", HOME, "y", "w", "w", "-", "*", PAGE_DOWN, "z", "v", ESCAPE] {
        terminal.show(keys);
    }
    terminal.press("/nnn");
    terminal.show(ESCAPE);
    for (columns, rows) in [(20, 5), (1, 1), (200, 60)] {
        terminal.resize(columns, rows);
        terminal.wait_for_redraw();
        terminal.show("G");
    }
    leave(terminal);
}
