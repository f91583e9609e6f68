//! Resizing the window, while the image loads and later.

use std::fs::{self, File};
use std::io::Write;
use std::process::Command;

use super::window::Terminal;
use super::{HELLO, hello, shell};
use crate::run::testdata;

/// Whether the screen fills the window: its last line is not empty.
fn is_filled(terminal: &Terminal, columns: u16, rows: u16) -> bool {
    let line = terminal.screen().rows(0, columns).nth(usize::from(rows) - 1).unwrap_or_default();
    !line.trim().is_empty()
}

#[test]
fn window_can_be_resized_while_an_image_loads() {
    let folder = tempfile::tempdir().expect("a folder");
    let pipe = folder.path().join("pipe");
    assert!(Command::new("mkfifo").arg(&pipe).status().expect("mkfifo runs").success());
    let image = fs::read(testdata(HELLO)).expect("an image");
    let mut terminal = Terminal::start(shell("\"$0\" - < \"$PIPE\"").env("PIPE", &pipe), 80, 24);
    // Blocks until the shell opens the pipe.
    let mut writing = File::options().write(true).open(&pipe).expect("a pipe");
    writing.write_all(&image[..image.len() / 2]).expect("written");
    terminal.wait_for("reading");
    for (columns, rows) in [(120, 40), (20, 5), (200, 60), (100, 30)] {
        terminal.resize(columns, rows);
        terminal.wait_for_redraw();
        terminal.wait("a full window", |terminal| is_filled(terminal, columns, rows));
    }
    writing.write_all(&image[image.len() / 2..]).expect("written");
    drop(writing);
    terminal.wait_for("efficiency");
    terminal.press("q");
    assert_eq!(terminal.end().status.code(), Some(0));
}

#[test]
fn small_window_is_usable() {
    let mut terminal = hello();
    terminal.resize(20, 5);
    terminal.wait_for_redraw();
    terminal.after("F2*", "app/");
    terminal.after("G", "cache/");
    terminal.resize(160, 50);
    terminal.wait_for_redraw();
    terminal.wait_for("Layers");
    terminal.press("q");
    assert_eq!(terminal.end().status.code(), Some(0));
}

#[test]
fn keys_may_arrive_before_the_new_size() {
    let mut terminal = hello();
    for (columns, rows) in [(20, 5), (120, 40)].repeat(20) {
        terminal.press("1");
        terminal.resize(columns, rows);
        terminal.press("2");
    }
    terminal.resize(100, 30);
    terminal.after("1", "Layers");
    terminal.press("q");
    assert_eq!(terminal.end().status.code(), Some(0));
}
