//! The arguments of `build`: separates this program's options ("ours") from the builder's, and
//! reads the builder's options that matter here.
//!
//! Clap cannot express where ours end: `-o json` is ours, and `-o type=local,dest=out` is the
//! builder's. So this module finds the end before clap parses the arguments, and marks it with
//! `--`.

use std::ffi::{OsStr, OsString};
use std::path::{Path, PathBuf};

use clap::{Arg, Args, Command};

use super::options::Build;
use crate::dockerfile::DockerfileAt;
use crate::output::Output;
use crate::rules;

/// Options of `build` that builders also have, with another meaning.
const OF_BOTH: [&str; 7] = ["--allow", "--builder", "--help", "--output", "-h", "-o", "-v"];

/// Returns the arguments of the program; for `build`, with `--` before the builder's first
/// argument.
pub(crate) fn separated(mut arguments: Vec<OsString>) -> Vec<OsString> {
    const BEFORE: usize = 2;
    if arguments.get(1).is_some_and(|command| command == "build") {
        let begin = BEFORE + count_ours(&command(), arguments.get(BEFORE..).unwrap_or_default());
        if arguments.get(begin).is_some_and(|first| first != "--") {
            arguments.insert(begin, "--".into());
        }
    }
    arguments
}

/// Returns the clap command of `build` with its options, including `--help`.
fn command() -> Command {
    let mut command = Build::augment_args(Command::new("build"));
    command.build();
    command
}

/// Returns our options. Hidden options are the builder's.
fn ours(command: &Command) -> impl Iterator<Item = &Arg> {
    command.get_arguments().filter(|option| !option.is_positional() && !option.is_hide_set())
}

/// Returns how many leading arguments are our options and their values.
fn count_ours(command: &Command, arguments: &[OsString]) -> usize {
    let mut count = 0;
    while let Some(argument) = arguments.get(count) {
        match length(command, argument, arguments.get(count + 1)) {
            Some(length) => count += length,
            None => break,
        }
    }
    count
}

/// Returns how many arguments one of our options takes, itself included; `None` if it is not ours.
fn length(command: &Command, argument: &OsStr, next: Option<&OsString>) -> Option<usize> {
    let text = argument.to_string_lossy();
    let (option, attached) = match text.strip_prefix("--") {
        Some(long) => long_option(command, long)?,
        None => short_option(command, text.strip_prefix('-')?)?,
    };
    let next = next.filter(|_| attached.is_none() && option.get_action().takes_values());
    let value = attached.map(str::to_owned).or_else(|| Some(next?.to_string_lossy().into_owned()));
    // Builders have options of these names, too: the value decides.
    let is_ours: Option<fn(&str) -> bool> = match option.get_long() {
        Some("output") => Some(|value| value.parse::<Output>().is_ok()),
        Some("allow") => Some(rules::is_doubtful_name),
        _ => None,
    };
    if is_ours.is_some_and(|is_ours| value.is_none_or(|value| !is_ours(&value))) {
        return None;
    }
    Some(1 + usize::from(next.is_some()))
}

/// Returns the option of `NAME` or `NAME=VALUE`, with the value.
fn long_option<'a>(command: &'a Command, text: &'a str) -> Option<(&'a Arg, Option<&'a str>)> {
    let (name, value) = text.split_once('=').map_or((text, None), |(name, value)| (name, Some(value)));
    let option = ours(command).find(|option| {
        option.get_long() == Some(name) || option.get_all_aliases().is_some_and(|names| names.contains(&name))
    })?;
    Some((option, value))
}

/// Returns the last option of a group of letters, with the value attached to it; `None` unless all
/// letters are ours.
fn short_option<'a>(command: &'a Command, letters: &'a str) -> Option<(&'a Arg, Option<&'a str>)> {
    let mut letters = letters.chars();
    loop {
        let letter = letters.next()?;
        let option = ours(command).find(|option| option.get_short() == Some(letter))?;
        let rest = letters.as_str();
        if rest.is_empty() {
            return Some((option, None));
        }
        if option.get_action().takes_values() {
            return Some((option, Some(rest.strip_prefix('=').unwrap_or(rest))));
        }
    }
}

/// Returns an option that only this program has, or an output in a format that only this program
/// has, if it is among the builder's arguments.
pub(super) fn misplaced(arguments: &[OsString]) -> Option<String> {
    let command = command();
    let is_ours = |name: &str| match name.strip_prefix("--") {
        Some(long) => long_option(&command, long).is_some(),
        None => name.strip_prefix('-').is_some_and(|letter| short_option(&command, letter).is_some()),
    };
    let option = options(arguments).find_map(|argument| {
        let text = argument.to_str()?;
        let name = if text.starts_with("--") { text.split('=').next()? } else { text.get(..2)? };
        (!OF_BOTH.contains(&name) && is_ours(name)).then(|| name.to_owned())
    });
    option.or_else(|| misplaced_output(arguments))
}

fn misplaced_output(arguments: &[OsString]) -> Option<String> {
    values(arguments, &["--output", "-o"]).iter().find_map(|value| {
        let text = value.to_str()?;
        let text = text.strip_prefix('=').unwrap_or(text);
        text.parse::<Output>().is_ok().then(|| format!("-o {text}"))
    })
}

/// Returns whether the arguments ask for the builder's help.
pub(super) fn ask_for_help(arguments: &[OsString]) -> bool {
    options(arguments).any(|argument| argument == "--help" || argument == "-h")
}

/// Returns the first tag of the image.
pub(super) fn first_tag(arguments: &[OsString]) -> Option<String> {
    let name = values(arguments, &["--tag", "-t", "-qt"]).into_iter().next()?;
    let name = name.to_str()?;
    Some(name.strip_prefix('=').unwrap_or(name).to_owned())
}

/// Returns the Dockerfile of the build, if it is a file that can be read: that of `--file`, or the one
/// in the context, which is the last argument.
pub(super) fn dockerfile(arguments: &[OsString]) -> Option<PathBuf> {
    let named = values(arguments, &["--file", "-f"]).pop();
    let path = match named {
        Some(name) => Some(PathBuf::from(name.to_str()?.strip_prefix('=').unwrap_or(name.to_str()?))),
        None => DockerfileAt::in_directory(Path::new(arguments.last()?)),
    };
    path.filter(|path| DockerfileAt::read(path).is_ok())
}

/// Returns the last `--iidfile`.
pub(super) fn last_id_file(arguments: &[OsString]) -> Option<OsString> {
    values(arguments, &["--iidfile"]).pop()
}

/// Returns the arguments before `--`.
fn options(arguments: &[OsString]) -> impl Iterator<Item = &OsString> {
    arguments.iter().take_while(|argument| *argument != "--")
}

/// Returns the values of an option of the builder, in any of its spellings.
fn values(arguments: &[OsString], spellings: &[&str]) -> Vec<OsString> {
    let mut values = Vec::new();
    let mut rest = options(arguments);
    while let Some(argument) = rest.next() {
        if spellings.iter().any(|spelling| argument == spelling) {
            values.extend(rest.next().cloned());
        } else {
            values.extend(spellings.iter().find_map(|spelling| attached(argument, spelling)));
        }
    }
    values
}

/// Returns the value in `--long=VALUE` or `-sVALUE`.
fn attached(argument: &OsStr, spelling: &str) -> Option<OsString> {
    let is_long = spelling.starts_with("--");
    if is_long { after(argument, &format!("{spelling}=")) } else { after(argument, spelling) }
}

#[cfg(unix)]
fn after(argument: &OsStr, beginning: &str) -> Option<OsString> {
    use std::os::unix::ffi::OsStrExt;
    let rest = argument.as_bytes().strip_prefix(beginning.as_bytes())?;
    Some(OsStr::from_bytes(rest).to_owned())
}

#[cfg(not(unix))]
fn after(argument: &OsStr, beginning: &str) -> Option<OsString> {
    argument.to_str()?.strip_prefix(beginning).map(OsString::from)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn words(text: &str) -> Vec<OsString> {
        text.split_whitespace().map(OsString::from).collect()
    }

    #[test]
    fn dockerfile_is_the_named_one_or_that_of_the_context() {
        let context = tempfile::tempdir().expect("a directory");
        let path = |name: &str| context.path().join(name);
        let found = |arguments: &str| dockerfile(&words(arguments));
        let context_text = context.path().display().to_string();
        assert_eq!(found(&format!("-t a {context_text}")), None);
        std::fs::write(path("Containerfile"), "FROM a\n").expect("written");
        assert_eq!(found(&format!("-t a {context_text}")), Some(path("Containerfile")));
        std::fs::write(path("Dockerfile"), "FROM a\n").expect("written");
        std::fs::write(path("other"), "FROM a\n").expect("written");
        assert_eq!(found(&format!("-t a {context_text}")), Some(path("Dockerfile")));
        for option in ["-f ", "-f", "--file=", "--file "] {
            let arguments = format!("{option}{} {context_text}", path("other").display());
            assert_eq!(found(&arguments), Some(path("other")), "{arguments}");
        }
        assert_eq!(found("-f - ."), None);
        assert_eq!(found("https://example.org/x.git"), None);
    }

    /// Asserts that the builder's arguments begin where `text` has a bar.
    #[track_caller]
    fn assert_separated(text: &str) {
        let (ours, theirs) = text.split_once('|').expect("a bar");
        let given = words(&format!("dockopt-dive build {ours} {theirs}"));
        let expected = words(&format!("dockopt-dive build {ours} -- {theirs}"));
        assert_eq!(separated(given), expected, "{text}");
        // An explicit `--` stays the only one.
        assert_eq!(separated(expected.clone()), expected, "{text}");
    }

    #[test]
    fn our_options_end_before_the_first_builder_option() {
        for text in [
            "|.",
            "|-",
            "|-t app .",
            "--ci|-t app --ci .",
            "--ci -v|--no-cache -t app .",
            "--builder podman|-q .",
            "--builder=podman|--quiet .",
            "--lowest-efficiency 0.5 --lowestEfficiency=0.5|--platform linux/arm64 .",
            "-j report.json -jreport.json --json=report.json|--image x .",
            "-vv --ci-config file|--label=a .",
        ] {
            assert_separated(text);
        }
    }

    #[test]
    fn output_is_ours_if_its_value_is_a_report_format() {
        for text in [
            "-o json|.",
            "-ojson|.",
            "-o=json|.",
            "-vojson|.",
            "--output json=report.json -o text=- --output=dive-json|-t app .",
            "|-o type=local,dest=out .",
            "|-otype=local,dest=out .",
            "|--output type=local,dest=out .",
            "-o json|--output=out -o json .",
            "|-o - .",
            "|-vo - .",
            "|-o",
            "|--output",
            "|-o jsonl .",
        ] {
            assert_separated(text);
        }
    }

    #[test]
    fn grouped_letters_are_ours_only_if_all_are() {
        for text in ["|-vq .", "|-qv .", "|-vt app .", "|-x -v ."] {
            assert_separated(text);
        }
    }

    #[test]
    fn other_commands_and_missing_arguments_are_left_to_clap() {
        for text in
            ["", "build", "build --ci", "build --ci-config", "images -o json x", "--ci build .", "x -q"]
        {
            let given = words(&format!("dockopt-dive {text}"));
            assert_eq!(separated(given.clone()), given, "{text}");
        }
        assert_eq!(separated(Vec::new()), Vec::<OsString>::new());
    }

    #[test]
    fn misplaced_options_are_found_among_the_builders() {
        let found = |text| misplaced(&words(text));
        assert_eq!(found("-t x --ci ."), Some("--ci".to_owned()));
        assert_eq!(found(". --ci-config=file"), Some("--ci-config".to_owned()));
        assert_eq!(found(". -jreport.json"), Some("-j".to_owned()));
        assert_eq!(found(". --lowestEfficiency 1"), Some("--lowestEfficiency".to_owned()));
        for text in
            ["-q --no-cache --builder x --help -o out -v a:b -t ci .", ". -- --ci", "", ".. é - --ci-x"]
        {
            assert_eq!(found(text), None, "{text}");
        }
    }

    #[test]
    fn first_tag_is_found_in_every_spelling() {
        let found = |text| first_tag(&words(text));
        for text in ["-t x", "-tx", "-t=x", "-qt x", "--tag x", "--tag=x", ". -f y -t x --tag=y -ty"] {
            assert_eq!(found(text), Some("x".to_owned()), "{text}");
        }
        for text in [".", "-- -t x", ". -t", "--target x --tags=x"] {
            assert_eq!(found(text), None, "{text}");
        }
    }

    #[test]
    fn last_id_file_is_found() {
        let found = |text| last_id_file(&words(text));
        assert_eq!(found("-t x ."), None);
        assert_eq!(found("--iidfile a ."), Some("a".into()));
        assert_eq!(found("--iidfile=a --iidfile=b=c ."), Some("b=c".into()));
        assert_eq!(found("-- --iidfile=a"), None);
        assert_eq!(found(". --iidfile"), None);
    }
}
