//! The Dockerfile instruction behind a history entry.
//!
//! The classic builder records `/bin/sh -c #(nop) CMD ["x"]` and `/bin/sh -c apt-get update`.
//! `BuildKit` records `RUN /bin/sh -c apt-get update # buildkit`. Both put `|1 NAME=value` in front
//! if the build has arguments.

/// Programs that `SHELL` usually names.
const SHELLS: [&str; 6] = ["sh", "bash", "ash", "dash", "ksh", "zsh"];

/// Returns the instruction without the shell and without the marks of the builder.
pub fn instruction(created_by: &str) -> String {
    let text = created_by.trim().trim_end_matches("# buildkit").trim_end();
    let (text, is_run) = match text.strip_prefix("RUN ") {
        Some(command) => (command, true),
        None => (text, false),
    };
    let text = without_arguments(text);
    match without_shell(text) {
        Some(command) => match command.strip_prefix("#(nop)") {
            Some(instruction) => instruction.trim_start().to_owned(),
            None => format!("RUN {command}"),
        },
        None if is_run => format!("RUN {text}"),
        None => text.to_owned(),
    }
}

/// Drops `|N NAME=value …` before a shell command. Without a shell command the end of the last
/// value is unknown, so the text stays.
fn without_arguments(text: &str) -> &str {
    if !text.starts_with('|') {
        return text;
    }
    let mut places = text.match_indices(" /").map(|(at, _)| at + 1);
    let shell = places.find_map(|at| text.get(at..).filter(|rest| without_shell(rest).is_some()));
    shell.unwrap_or(text)
}

/// Returns the command of `/bin/sh -c COMMAND`, `/bin/bash -o pipefail -c COMMAND` and the like.
fn without_shell(text: &str) -> Option<&str> {
    let (program, mut rest) = text.split_once(' ')?;
    if !program.starts_with('/') || !SHELLS.contains(&program.rsplit('/').next()?) {
        return None;
    }
    // Some options before the command: `-e -o pipefail -c`.
    for _ in 0..6 {
        let (word, after) = rest.trim_start().split_once(' ')?;
        let is_option = word.starts_with('-') || word == "pipefail";
        match is_option {
            true if word.ends_with('c') && !word.starts_with("--") => return Some(after.trim_start()),
            true => rest = after,
            false => return None,
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn marks_of_builders_are_removed() {
        for (created_by, expected) in [
            ("/bin/sh -c #(nop)  CMD [\"python3\" \"app.py\"]", "CMD [\"python3\" \"app.py\"]"),
            ("/bin/sh -c apt-get update", "RUN apt-get update"),
            ("RUN /bin/sh -c apt-get update # buildkit", "RUN apt-get update"),
            ("RUN |1 V=1 /bin/sh -c make # buildkit", "RUN make"),
            ("|2 A=1 B=2 /bin/sh -c make", "RUN make"),
            ("COPY . /app # buildkit", "COPY . /app"),
            ("/bin/sh -c #(nop) COPY dir:123 in /app ", "COPY dir:123 in /app"),
            ("RUN /bin/bash -o pipefail -c a | b # buildkit", "RUN a | b"),
            ("|1 A=/x /bin/bash -eo pipefail -c make", "RUN make"),
            ("/bin/bash script -c x", "/bin/bash script -c x"),
            ("bazel build ...", "bazel build ..."),
            ("", ""),
        ] {
            assert_eq!(instruction(created_by), expected);
        }
    }
}
