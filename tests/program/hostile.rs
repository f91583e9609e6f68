//! Names and texts that attack a terminal are escaped in every report, warning and error.

use std::fs;

use dockopt_testkit::{Image, Layer};

use crate::run::{Run, run};

const ATTACKS: [&str; 6] = [
    "\x1b]52;c;ZXZpbA==\x07",
    "\x1b]8;;http://evil\x1b\\link\x1b]8;;\x1b\\",
    "\x1b[31mred\x1b[0m",
    "\u{9b}2J",
    "safe\u{202e}gpj.exe",
    "line\nbreak\r\ttab\x08\x7f",
];

fn archive() -> Vec<u8> {
    let mut base = Layer::new();
    let mut upper = Layer::new();
    for attack in ATTACKS {
        let name = attack.replace('/', "|");
        base = base.file(&name, b"content").file(format!("d{name}/inner"), b"more content");
        upper = upper.whiteout(&name).whiteout(format!("d{name}")).whiteout(format!("missing{name}"));
    }
    let base = base.file(b"\xff\xfe\x1b[2J", b"not UTF-8");
    let upper = upper.whiteout(b"\xff\xfe\x1b[2J");
    Image::new()
        .layer(base)
        .created_by(&ATTACKS.concat())
        .layer(upper)
        .created_by(&ATTACKS.concat())
        .tag(ATTACKS[0])
        .config_json(|config| config["config"]["Labels"] = serde_json::json!({ATTACKS[0]: ATTACKS[1]}))
        .docker_legacy()
        .to_tar()
}

fn is_harmless(run: &Run) {
    for text in [&run.stdout, &run.stderr] {
        let unsafe_character = |character: &char| {
            (character.is_control() && *character != '\n') || ('\u{202a}'..='\u{202e}').contains(character)
        };
        assert_eq!(text.chars().find(unsafe_character), None, "{}", text.escape_debug());
    }
}

#[test]
fn reports_escape_attacks() {
    let file = tempfile::NamedTempFile::new().expect("a file");
    fs::write(file.path(), archive()).expect("written");
    let path = file.path().display().to_string();
    for format in ["text", "json", "dive-json"] {
        let run = run(["-v", "--ci", "--color", "never", "-o", format, &path]);
        assert!(run.stdout.len() > 500, "{}", run.stderr);
        is_harmless(&run);
    }
    let report = crate::run::json([&path]);
    assert_eq!(report["image"]["labels"][ATTACKS[0]], ATTACKS[1], "data keeps the text, escaped");
    assert_eq!(report["waste"].as_array().map(Vec::len), Some(13));
}

#[test]
fn errors_escape_attacks() {
    for attack in ATTACKS {
        is_harmless(&run(["--ci", attack]));
        is_harmless(&run(["--image", attack, "hello.docker.tar"]));
        is_harmless(&run(["-o", &format!("json=/no-such-folder/{attack}"), "hello.docker.tar"]));
        is_harmless(&run(["--ci", "--ci-config", attack, "hello.docker.tar"]));
        is_harmless(&run(["--source", attack, "hello.docker.tar"]));
    }
}
