//! A session of the browser: opens an image, navigates, extracts a file and quits.

use std::fs;
use std::io::Read;
use std::os::unix::fs::PermissionsExt;

use super::window::{DOWN, END, ENTER, TAB};
use super::{HELLO, browser, hello, opened};
use crate::run::testdata;

/// Returns content and mode of a file in the topmost layer that ships it, as the `tar` crate reads
/// them.
fn shipped(path: &str) -> (Vec<u8>, u32) {
    let mut archive = tar::Archive::new(fs::File::open(testdata(HELLO)).expect("an archive"));
    let members = archive.entries().expect("members").map(|member| {
        let mut member = member.expect("a member");
        let name = member.path().expect("a name").display().to_string();
        let mut bytes = Vec::new();
        member.read_to_end(&mut bytes).expect("read");
        (name, bytes)
    });
    let members: std::collections::HashMap<String, Vec<u8>> = members.collect();
    let manifest: serde_json::Value = serde_json::from_slice(&members["manifest.json"]).expect("JSON");
    let layers = manifest[0]["Layers"].as_array().expect("layers");
    let mut found = None;
    for layer in layers {
        let mut layer = tar::Archive::new(&members[layer.as_str().expect("a name")][..]);
        for entry in layer.entries().expect("entries") {
            let mut entry = entry.expect("an entry");
            if entry.path().expect("a path").to_str() == Some(path) && entry.header().entry_type().is_file() {
                let mut bytes = Vec::new();
                entry.read_to_end(&mut bytes).expect("read");
                found = Some((bytes, entry.header().mode().expect("a mode")));
            }
        }
    }
    found.expect("a file")
}

#[test]
fn image_can_be_navigated_and_quit() {
    let mut terminal = hello();
    terminal.after("", "Layers");
    terminal.after(DOWN, "layer 1");
    terminal.after("a", "over the base");
    terminal.after("F", "final");
    terminal.after(&format!("{TAB}*"), "index.html");
    terminal.after("f", "filter");
    terminal.press("html");
    terminal.wait_until_gone("run.sh");
    terminal.after("\x1b", "run.sh");
    terminal.after("w", "Waste");
    terminal.after(ENTER, "Tree");
    terminal.after("1", "Layers");
    terminal.press("q");
    let ended = terminal.end();
    assert_eq!(ended.status.code(), Some(0));
    assert_eq!(ended.output_after_exit(), "");
    assert_eq!(ended.seen.titles, ["dockopt-dive hello.docker.tar"]);
    assert_eq!(ended.seen.copies, Vec::<String>::new());
    assert!(!ended.seen.colours.is_empty(), "colours on a terminal that has them");
}

#[test]
fn file_can_be_viewed_and_extracted() {
    let folder = tempfile::tempdir().expect("a folder");
    let mut terminal = opened(browser(testdata(HELLO)).current_dir(folder.path()));
    terminal.press(&format!("F2*/run.sh{ENTER}"));
    terminal.wait_for("/app/run.sh");
    let (content, mode) = shipped("app/run.sh");
    let first_line: String =
        String::from_utf8_lossy(&content).chars().take_while(|letter| *letter != '\n').collect();
    terminal.after("v", &first_line);
    terminal.after("x", "./");
    terminal.press(&format!("{END}out{ENTER}"));
    terminal.wait_for("1 file");
    terminal.press("q");
    assert_eq!(terminal.end().status.code(), Some(0));
    let written = folder.path().join("out");
    let file = if written.is_dir() { written.join("run.sh") } else { written };
    assert_eq!(fs::read(&file).expect("written"), content);
    assert_eq!(
        fs::metadata(&file).expect("written").permissions().mode() & 0o7777,
        mode & 0o777,
        "without setuid"
    );
}
