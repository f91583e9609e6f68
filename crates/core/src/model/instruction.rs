//! The Dockerfile instruction behind a history entry.
//!
//! The classic builder records `/bin/sh -c #(nop) CMD ["x"]` and `/bin/sh -c apt-get update`.
//! `BuildKit` records `RUN /bin/sh -c apt-get update # buildkit`. Both put `|1 NAME=value` in front
//! if the build has arguments.

const SHELL: &str = "/bin/sh -c ";

/// Returns the instruction without the shell and without the marks of the builder.
pub fn instruction(created_by: &str) -> String {
    let text = created_by.trim().trim_end_matches("# buildkit").trim_end();
    let (text, is_run) = match text.strip_prefix("RUN ") {
        Some(command) => (command, true),
        None => (text, false),
    };
    let text = without_arguments(text);
    match text.strip_prefix(SHELL).map(str::trim_start) {
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
    text.find(SHELL).and_then(|at| text.get(at..)).unwrap_or(text)
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
            ("bazel build ...", "bazel build ..."),
            ("", ""),
        ] {
            assert_eq!(instruction(created_by), expected);
        }
    }
}
