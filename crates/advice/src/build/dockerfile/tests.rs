//! Dockerfiles and scripts of many styles.

use proptest::prelude::*;

use super::shell::{Script, Separator};
use super::*;

fn keywords(text: &str) -> Vec<String> {
    Dockerfile::parse(text).instructions.into_iter().map(|instruction| instruction.keyword).collect()
}

fn only(text: &str) -> Instruction {
    let mut parsed = Dockerfile::parse(text).instructions;
    assert_eq!(parsed.len(), 1, "{text}");
    parsed.pop().expect("one")
}

#[test]
fn lines_are_continued_and_comments_left_out() {
    let text = "# a comment\nFROM debian AS Base\n\nrun apt-get update \\\n  # why\n\n  && apt-get install \\  \n    curl\nCMD [\"x\"]\n";
    let parsed = Dockerfile::parse(text);
    let run = &parsed.instructions[1];
    assert_eq!((run.keyword.as_str(), run.line, run.end_line), ("RUN", 4, 8));
    assert_eq!(run.arguments.text(), "apt-get update   && apt-get install     curl");
    assert_eq!(&text[run.span.clone()], &text[text.find("run").unwrap()..text.find("\nCMD").unwrap()]);
    let at = run.arguments.text().find("curl").unwrap();
    assert_eq!(
        run.arguments.span(at..at + 4),
        Some(text.find("curl").unwrap()..text.find("curl").unwrap() + 4)
    );
    assert!(parsed.instructions[2].is_json());
    assert_eq!(
        parsed.stages()[0],
        Stage { base: "debian".into(), name: Some("base".into()), instructions: 0..3 }
    );
}

#[test]
fn escape_directive_changes_the_continuation() {
    let text = "# syntax=docker/dockerfile:1\n#  Escape = `\nFROM x\nRUN a `\n  && dir C:\\\nRUN b\n";
    let parsed = Dockerfile::parse(text);
    assert_eq!(parsed.escape, '`');
    assert_eq!(keywords(text), ["FROM", "RUN", "RUN"]);
    assert_eq!(parsed.instructions[1].arguments.text(), "a   && dir C:\\");
    assert_eq!(Dockerfile::parse("FROM x\n# escape=`\n").escape, '\\', "no directive behind an instruction");
}

#[test]
fn windows_line_ends_are_line_ends() {
    let text = "FROM x\r\nRUN a \\\r\n  && b\r\nCMD c\r\n";
    let parsed = Dockerfile::parse(text);
    assert_eq!(parsed.instructions[1].arguments.text(), "a   && b");
    assert_eq!(&text[parsed.instructions[1].span.clone()], "RUN a \\\r\n  && b");
}

#[test]
fn heredocs_belong_to_their_instruction() {
    let text = "RUN <<EOF\nset -e\nFROM nothing\nEOF\nCOPY <<-A <<'B' /dest/\n1\n\tA\n2\nB\nUSER x\n";
    let parsed = Dockerfile::parse(text);
    assert_eq!(keywords(text), ["RUN", "COPY", "USER"]);
    let run = &parsed.instructions[0];
    assert_eq!(&text[run.heredocs[0].body.clone()], "set -e\nFROM nothing\n");
    assert_eq!((run.line, run.end_line), (1, 4));
    let script = run.script(text).expect("a script");
    assert_eq!((script.text(), script.offset(0)), ("set -e\nFROM nothing\n", Some(10)));
    let copy = &parsed.instructions[1];
    assert_eq!(copy.heredocs.iter().map(|one| &text[one.body.clone()]).collect::<Vec<_>>(), ["1\n", "2\n"]);
    assert_eq!(only("RUN python3 <<EOF\nprint()\nEOF\n").script("RUN python3 <<EOF\nprint()\nEOF\n"), None);
    assert_eq!(only("RUN <<EOF\nnever ends").heredocs[0].body, 10..20);
}

#[test]
fn options_are_not_arguments() {
    let run = only("RUN --mount=type=cache,target=/x --network=none  pip install --no-cache-dir y");
    assert_eq!(run.flag("mount"), Some("type=cache,target=/x"));
    assert_eq!(run.flag("network"), Some("none"));
    assert_eq!(run.arguments.text(), "pip install --no-cache-dir y");
    assert_eq!(only("COPY --link a b").flag("link"), Some(""));
    assert!(only("RUN [\"a\", \"b\"]").script("").is_none());
}

#[test]
fn stages_lead_to_the_image() {
    let text = "ARG V\nFROM a AS one\nRUN 1\nFROM b\nRUN 2\nFROM ONE AS two\nRUN 3\nFROM 0 AS other\nRUN 4\nFROM two\nRUN 5\n";
    let parsed = Dockerfile::parse(text);
    let scripts = |target| {
        let numbers = parsed.path_to(target);
        numbers.into_iter().map(|at| parsed.instructions[at].arguments.text().to_owned()).collect::<Vec<_>>()
    };
    assert_eq!(scripts(None), ["1", "3", "5"]);
    assert_eq!(scripts(Some("other")), ["1", "4"]);
    assert_eq!(scripts(Some("nothing")), Vec::<String>::new());
    assert_eq!(Dockerfile::parse("RUN x").path_to(None), Vec::<usize>::new());
}

fn commands(text: &str) -> Vec<String> {
    let parsed = Script::parse(text);
    parsed.commands.iter().map(|command| command.texts().join("|")).collect()
}

#[test]
fn scripts_are_split_at_their_separators() {
    let script = Script::parse(
        "set -eux; DEBIAN_FRONTEND=x apt-get update && apt-get install -y 'a b' \"c$D\" || true",
    );
    assert!(script.is_plain);
    let after: Vec<Separator> = script.commands.iter().map(|command| command.after).collect();
    assert_eq!(after, [Separator::Sequence, Separator::And, Separator::Or, Separator::End]);
    let install = &script.commands[2];
    assert_eq!(install.texts(), ["apt-get", "install", "-y", "a b", "c$D"]);
    assert!(install.words[4].is_expanded && !install.words[3].is_expanded);
    assert_eq!(script.calls("apt-get").count(), 2);
    assert_eq!(commands("a # b; c\nd"), ["a", "d"]);
    assert_eq!(commands("a 2>&1 | tee x & b"), ["a|2>&1", "tee|x", "b"]);
    assert_eq!(commands("x=$(a && b) y \"$(c \")\")\""), ["y|$(c \")\")"]);
    assert_eq!(Script::parse("a;").commands[0].after, Separator::End);
}

#[test]
fn scripts_that_are_not_understood_say_so() {
    for text in [
        "if a; then b; fi",
        "for x in 1; do y; done",
        "(a; b)",
        "a 'b",
        "a \"b",
        "a && (b)",
        "x() { y; }",
        "a &&",
        "cat <<EOF",
        "a # b",
        "echo $(a",
        "! a",
    ] {
        assert!(!Script::parse(text).is_plain, "{text}");
    }
    for text in ["a", "a && b; c", "echo if", "sh -c 'if a; then b; fi'", "a \\\n b", "a \\; b"] {
        assert!(Script::parse(text).is_plain, "{text}");
    }
}

proptest! {
    #[test]
    fn any_text_is_parsed_and_places_are_right(text in "([A-Za-z#<>\\\\`'\"$(){}&|;=\\- \t\r\n]|RUN |<<E\n|E\n|FROM a\n){0,60}") {
        let parsed = Dockerfile::parse(&text);
        let mut end = 0;
        for instruction in &parsed.instructions {
            prop_assert!(instruction.span.start >= end && instruction.span.end <= text.len());
            end = instruction.span.end;
            let logical = &instruction.arguments;
            for (at, letter) in logical.text().char_indices() {
                let place = logical.span(at..at + letter.len_utf8()).expect("a place");
                prop_assert_eq!(&text[place], letter.to_string());
            }
            let keyword = &text[instruction.keyword_span.clone()];
            // A continued line may split even the keyword.
            let is_whole = keyword.eq_ignore_ascii_case(&instruction.keyword);
            prop_assert!(is_whole || keyword.contains(['\\', '`']) || keyword.is_empty());
            let script = Script::parse(logical.text());
            for word in script.commands.iter().flat_map(|command| &command.words) {
                prop_assert!(word.span.end <= logical.text().len());
            }
        }
    }
}
