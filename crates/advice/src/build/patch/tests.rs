//! Changes of Dockerfiles of many styles.

use super::*;
use crate::build::dockerfile::{Dockerfile, Instruction};

const CLEAN: &str = "rm -rf /x/*";
const PIP: Avoid = Avoid {
    programs: &["pip", "python -m pip"],
    subcommands: &["install", "wheel"],
    option: "--no-cache-dir",
    not_with: &[],
};

fn first<'d>(file: &'d Dockerfile, keyword: &str) -> &'d Instruction {
    file.instructions.iter().find(|instruction| instruction.keyword == keyword).expect("an instruction")
}

/// Applies a change to the first `RUN`; the text stays the same if there is none.
fn changed(text: &str, change: impl Fn(&Dockerfile, &Instruction) -> Option<Vec<Edit>>) -> String {
    let file = Dockerfile::parse(text);
    let edits = change(&file, first(&file, "RUN")).unwrap_or_default();
    apply(text, &[&edits]).0
}

fn appended(text: &str) -> String {
    let changed = changed(text, |file, run| append(file, run, CLEAN));
    if changed != text {
        // The other instructions are as before, and the script ends with the command.
        let (before, after) = (Dockerfile::parse(text), Dockerfile::parse(&changed));
        assert_eq!(before.instructions.len(), after.instructions.len(), "{changed}");
        let others = |file: &Dockerfile| {
            let others = file.instructions.iter().filter(|one| one.keyword != "RUN");
            others.map(|one| (one.keyword.clone(), one.arguments.text().to_owned())).collect::<Vec<_>>()
        };
        assert_eq!(others(&before), others(&after));
        let script = first(&after, "RUN").script(&after.text).expect("a script");
        assert!(script.text().trim_end().trim_end_matches(';').ends_with(CLEAN), "{changed}");
    }
    changed
}

#[test]
fn command_is_added_in_the_style_of_the_script() {
    for (before, after) in [
        ("RUN a\n", "RUN a && rm -rf /x/*\n"),
        ("RUN a", "RUN a && rm -rf /x/*"),
        ("run a; b\nUSER x", "run a; b && rm -rf /x/*\nUSER x"),
        ("RUN set -e; a;\n", "RUN set -e; a; rm -rf /x/*;\n"),
        ("RUN a || true\n", "RUN a || true && rm -rf /x/*\n"),
        ("RUN if a; then b; fi\n", "RUN if a; then b; fi && rm -rf /x/*\n"),
        ("RUN find . -exec ls {} \\;\n", "RUN find . -exec ls {} \\; && rm -rf /x/*\n"),
        ("RUN a \\\n && b\n", "RUN a \\\n && b \\\n && rm -rf /x/*\n"),
        ("RUN a && \\\n    b\n", "RUN a && \\\n    b && \\\n    rm -rf /x/*\n"),
        (
            "RUN a && \\\n\tb \\\n\t\tc \\\n\t\td\n",
            "RUN a && \\\n\tb \\\n\t\tc \\\n\t\td && \\\n\trm -rf /x/*\n",
        ),
        ("RUN set -eux; \\\n\ta; \\\n\tb\n", "RUN set -eux; \\\n\ta; \\\n\tb; \\\n\trm -rf /x/*\n"),
        ("RUN set -eux; \\\n\ta; \\\n\tb;\n", "RUN set -eux; \\\n\ta; \\\n\tb; \\\n\trm -rf /x/*;\n"),
        ("RUN a \\\n  # why\n  && b\n", "RUN a \\\n  # why\n  && b \\\n  && rm -rf /x/*\n"),
        ("RUN a \\\n      b \\\n      c\n", "RUN a \\\n      b \\\n      c \\\n    && rm -rf /x/*\n"),
        ("RUN a \\\r\n && b\r\nCMD c\r\n", "RUN a \\\r\n && b \\\r\n && rm -rf /x/*\r\nCMD c\r\n"),
        ("# escape=`\nRUN a `\n && b\n", "# escape=`\nRUN a `\n && b `\n && rm -rf /x/*\n"),
        ("RUN <<EOF\nset -e\na\nEOF\nCMD b\n", "RUN <<EOF\nset -e\na\nrm -rf /x/*\nEOF\nCMD b\n"),
        ("RUN --mount=type=cache,target=/y a\n", "RUN --mount=type=cache,target=/y a && rm -rf /x/*\n"),
        ("  RUN a   \n", "  RUN a && rm -rf /x/*   \n"),
    ] {
        assert_eq!(appended(before), after);
    }
    let long = format!("RUN {}\n", "a".repeat(90));
    assert_eq!(appended(&long), format!("RUN {} \\\n    && rm -rf /x/*\n", "a".repeat(90)));
}

#[test]
fn commands_at_one_place_follow_each_other() {
    for (before, after) in [
        ("RUN a\n", "RUN a && one && two\n"),
        ("RUN set -e; a;\n", "RUN set -e; a; one; two;\n"),
        (
            "RUN set -e; \\\n  a; \\\n  b \\\n  ;\n",
            "RUN set -e; \\\n  a; \\\n  b \\\n  ; \\\n  one; \\\n  two;\n",
        ),
        ("RUN <<EOF\nset -e\na\nEOF\n", "RUN <<EOF\nset -e\na\none\ntwo\nEOF\n"),
    ] {
        let file = Dockerfile::parse(before);
        let edits = |command| append(&file, first(&file, "RUN"), command).expect("edits");
        assert_eq!(apply(before, &[&edits("one"), &edits("two")]).0, after);
    }
}

#[test]
fn script_that_takes_no_command_stays() {
    for text in [
        "RUN [\"a\"]\n",
        "RUN a &\n",
        "RUN a # why\n",
        "RUN a 'b\n",
        "RUN a &&\n",
        "RUN exec a\n",
        "RUN python <<E\nE\n",
        "RUN cat <<EOF > x\na\nEOF\n",
        "RUN <<EOF\na\n",
        "RUN <<EOF\n#!/usr/bin/python\nEOF\n",
        "RUN\n",
        "RUN a; exit 0\n",
        "RUN a;\n",
        "RUN <<EOF\na\nEOF\n",
    ] {
        assert_eq!(appended(text), text);
    }
}

#[test]
fn option_is_added_to_each_command_that_takes_it() {
    let avoided = |text: &str| changed(text, |file, run| avoid(file, run, &PIP));
    for (before, after) in [
        (
            "RUN pip install x && pip -q wheel y",
            "RUN pip install --no-cache-dir x && pip -q wheel --no-cache-dir y",
        ),
        ("RUN A=b sudo python -m pip install x", "RUN A=b sudo python -m pip install --no-cache-dir x"),
        ("RUN a \\\n && pip install \\\n  x", "RUN a \\\n && pip install --no-cache-dir \\\n  x"),
        ("RUN <<EOF\npip install x\nEOF\n", "RUN <<EOF\npip install --no-cache-dir x\nEOF\n"),
    ] {
        assert_eq!(avoided(before), after);
    }
    for text in [
        "RUN pip install --no-cache-dir x",
        "RUN pip list",
        "RUN sh -c 'pip install x'",
        "RUN for a in b; do pip install x; done",
        "RUN pip3 install x",
        "RUN pip",
    ] {
        assert_eq!(avoided(text), text);
    }
}

/// Joins all instructions behind the first.
fn joined(text: &str) -> String {
    let file = Dockerfile::parse(text);
    apply(text, &[&join(&file, 1, file.instructions.len() - 1).unwrap_or_default()]).0
}

/// Returns the words of all scripts, without operators.
fn script_words(text: &str) -> Vec<String> {
    let file = Dockerfile::parse(text);
    let runs = file.instructions.iter().filter(|one| one.keyword == "RUN");
    let words = runs.flat_map(|one| one.arguments.text().split_whitespace()).filter(|word| *word != "&&");
    words.map(|word| word.trim_end_matches(';').to_owned()).collect()
}

#[test]
fn instructions_are_joined_where_they_mean_the_same() {
    for (before, after) in [
        ("FROM x\nRUN a\nRUN b\n", "FROM x\nRUN a && b\n"),
        (
            "FROM x\nRUN a \\\n && b\n\n# why\nRUN c \\\n && d\n",
            "FROM x\nRUN a \\\n && b \\\n# why\n && c \\\n && d\n",
        ),
        ("FROM x\nRUN a && \\\n  b\nRUN c\nRUN d", "FROM x\nRUN a && \\\n  b && \\\n  c && \\\n  d"),
        ("FROM x\nRUN set -ex; a\nRUN b", "FROM x\nRUN set -ex; a; b"),
        ("FROM x\nRUN a; b\nRUN c", "FROM x\nRUN a; b && c"),
        ("FROM x\nRUN a\n# why\nRUN b\n", "FROM x\nRUN a \\\n# why\n    && b\n"),
        ("FROM x\r\nRUN a\r\n\r\n# why\r\nRUN b\r\n", "FROM x\r\nRUN a \\\r\n# why\r\n    && b\r\n"),
    ] {
        assert_eq!(joined(before), after);
        assert_eq!(script_words(before), script_words(after), "the commands are the same");
    }
}

#[test]
fn instructions_that_would_mean_something_else_are_not_joined() {
    for text in [
        "FROM x\nRUN cd /y\nRUN b\n",
        "FROM x\nRUN A=1\nRUN b\n",
        "FROM x\nRUN a\nUSER y\nRUN b\n",
        "FROM x\nRUN a\nRUN b; c\n",
        "FROM x\nRUN a\nRUN b || true\n",
        "FROM x\nRUN a\nRUN --network=none b\n",
        "FROM x\nRUN a\nRUN [\"b\"]\n",
        "FROM x\nRUN a &\nRUN b\n",
        "FROM x\nRUN a\nRUN if b; then c; fi\n",
        "FROM x\nRUN <<E\na\nE\nRUN b\n",
        "FROM x\nRUN a\n",
        "FROM x\nRUN set +e\nRUN b\n",
        "FROM x\nRUN set -eu; a\nRUN b\n",
        "FROM x\nRUN exec a\nRUN b\n",
        "FROM x\nRUN a;\nRUN b\n",
        "FROM x\nRUN readonly A=1 && a\nRUN b\n",
    ] {
        assert_eq!(joined(text), text);
    }
}

#[test]
fn owner_moves_into_the_copy() {
    let owned = |text: &str, directories: &[&str]| {
        let directories: Vec<String> = directories.iter().map(|one| (*one).to_owned()).collect();
        let file = Dockerfile::parse(text);
        let edits = copy_with_owner(&file, first(&file, "COPY"), first(&file, "RUN"), &directories);
        apply(text, &[&edits.unwrap_or_default()]).0
    };
    for (before, moved, kept) in [
        (
            "COPY . /app\nRUN chown -R a:b /app\nCMD x\n",
            "COPY --chown=a:b . /app\nCMD x\n",
            "COPY --chown=a:b . /app\nRUN chown a:b /app\nCMD x\n",
        ),
        (
            "copy --link x y\n  run chown 1000 -R y",
            "copy --chown=1000:0 --link x y\n",
            "copy --chown=1000:0 --link x y\n  run chown 1000 y",
        ),
    ] {
        assert_eq!(owned(before, &[]), moved);
        assert_eq!(owned(before, &[if before.contains("/app") { "/app" } else { "y" }]), kept);
        assert_eq!(owned(before, &["/other"]), before);
    }
    for text in [
        "COPY --chown=a . /app\nRUN chown -R b /app\n",
        "COPY . /app\nRUN chown -R $U /app\n",
        "COPY . /app\nRUN chown a: -R /app\n",
        "COPY . /app\nRUN chown -R a /app && b\n",
        "COPY . /app\nRUN chmod -R a /app\n",
        "COPY . /app\nRUN chown -RL a /app\n",
        "ADD . /app\nCOPY --from=z b /b\nRUN chown -R b /app\n",
        "COPY . /app\nRUN chown -R a.b /app\n",
        "COPY --from=z . /app\nRUN chown -R b /app\n",
        "COPY . /app\nRUN [\"chown\", \"-R\", \"a\", \"/app\"]\n",
    ] {
        assert_eq!(owned(text, &[]), text);
    }
}
