//! The owner in `COPY --chown` instead of a `chown` afterwards.

use super::edit::Edit;
use super::remove::removed;
use crate::build::dockerfile::shell::{Script, Word};
use crate::build::dockerfile::{Dockerfile, Instruction, Logical};

/// Sets the owner in a `COPY`, and takes it out of a `RUN` that does nothing but `chown`; `None` if
/// that is not what they are.
///
/// The `RUN` stays, without `-R`, for directories that were there before the copy: it must name them
/// and nothing else. Without any, it goes.
pub fn copy_with_owner(
    file: &Dockerfile,
    copy: &Instruction,
    chown: &Instruction,
    directories: &[String],
) -> Option<Vec<Edit>> {
    if copy.flag("chown").is_some() || copy.flag("from").is_some() || copy.keyword != "COPY" {
        return None;
    }
    let logical = chown.script(&file.text).filter(|_| chown.heredocs.is_empty())?;
    let script = Script::parse(logical.text());
    let [command] = script.commands.as_slice() else { return None };
    let [program, arguments @ ..] = command.words.as_slice() else { return None };
    let (options, paths): (Vec<&Word>, Vec<&Word>) =
        arguments.iter().partition(|word| word.text.starts_with('-'));
    let [owner, paths @ ..] = paths.as_slice() else { return None };
    let is_recursive = |word: &&&Word| matches!(word.text.as_str(), "-R" | "--recursive");
    let [recursive] = options.as_slice() else { return None };
    if program.text != "chown"
        || !script.is_plain
        || !is_recursive(&recursive)
        || paths.is_empty()
        || owner.is_expanded
    {
        return None;
    }
    let flag = Edit::insert(copy.keyword_span.end, format!(" --chown={}", owned_by(&owner.text)?));
    let is_one = |path: &&Word| directories.iter().any(|one| one == path.text.trim_end_matches('/'));
    let rest = if directories.is_empty() {
        removed(file, chown)
    } else if paths.iter().all(is_one) && paths.len() == directories.len() {
        without(&logical, recursive)?
    } else {
        return None;
    };
    Some(vec![flag, rest])
}

/// Returns the owner as `COPY` needs it. `chown USER` keeps the group, which is 0 after a `COPY`;
/// `--chown=USER` would set a group of the same name.
fn owned_by(owner: &str) -> Option<String> {
    match owner.split_once(':') {
        // `USER.GROUP` is an old notation.
        _ if owner.contains('.') => None,
        None => Some(format!("{owner}:0")),
        Some((user, group)) if !user.is_empty() && !group.is_empty() => Some(format!("{user}:{group}")),
        Some(_) => None,
    }
}

/// Removes a word and the blank before it.
fn without(logical: &Logical, word: &Word) -> Option<Edit> {
    let place = logical.span(word.span.start.checked_sub(1)?..word.span.end)?;
    // A line break between would go, too.
    (place.len() == word.span.len() + 1).then(|| Edit::replace(place, String::new()))
}
