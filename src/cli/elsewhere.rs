//! Offers to read an image from its registry if no engine has it; never in a gate.

use std::io::{self, BufRead, IsTerminal, Write};

use dockopt_core::path::escape_text;
use dockopt_image::{Environment, ImageName, Located, ReadError, Reference};

use crate::terminal::say;

/// Locates an image; falls back to its registry if no engine has it and the user agrees.
///
/// A gate never falls back, so its verdict does not depend on which images were pulled.
///
/// # Errors
///
/// Fails if the image cannot be located and there is no fallback.
pub(super) fn find(
    reference: &Reference,
    environment: &Environment,
    is_gate: bool,
) -> Result<Located, ReadError> {
    let error = match reference.locate(environment) {
        Ok(located) => return Ok(located),
        Err(error) => ReadError::from(error),
    };
    let Some(elsewhere) = error.elsewhere().filter(|_| !is_gate) else {
        return Err(error);
    };
    match ImageName::parse(elsewhere.name) {
        Ok(name) if agrees(&error, &name, elsewhere.is_certain) => Ok(reference.in_registry(elsewhere.name)),
        _ => Err(error),
    }
}

/// Returns whether to read the image from its registry. Asks on a terminal; elsewhere the answer is
/// `is_certain` (no engine has the image), and yes prints a note.
fn agrees(error: &ReadError, name: &ImageName, is_certain: bool) -> bool {
    let what = escape_text(&error.to_string());
    if io::stdin().is_terminal() && io::stderr().is_terminal() {
        if !is_certain {
            error.details().iter().for_each(|detail| say(&format!("note: {}", escape_text(detail))));
        }
        return ask(&format!("{what}\nread `{name}` from its registry? "), is_certain).unwrap_or(false);
    }
    if is_certain {
        say(&format!("note: {what}; reading `{name}` from its registry"));
    }
    is_certain
}

/// Asks a yes-or-no question; Enter selects `default`.
fn ask(question: &str, default: bool) -> io::Result<bool> {
    let mut stderr = io::stderr();
    let choice = if default { "[Y/n]" } else { "[y/N]" };
    write!(stderr, "{question}{choice} ")?;
    stderr.flush()?;
    let mut answer = String::new();
    if io::stdin().lock().read_line(&mut answer)? == 0 {
        // End of input left the cursor behind the question.
        writeln!(stderr)?;
        return Ok(false);
    }
    Ok(is_yes(&answer, default))
}

fn is_yes(answer: &str, default: bool) -> bool {
    match answer.trim().to_ascii_lowercase().as_str() {
        "" => default,
        answer => matches!(answer, "y" | "yes"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn empty_answer_selects_the_default_and_unknown_answer_is_no() {
        for answer in ["y\n", "Y\r\n", " yes \n"] {
            assert!(is_yes(answer, true) && is_yes(answer, false), "{answer:?}");
        }
        for answer in ["n\n", "no\n", "q\n", "what?\n"] {
            assert!(!is_yes(answer, true) && !is_yes(answer, false), "{answer:?}");
        }
        assert!(is_yes("\n", true) && !is_yes("\n", false));
    }
}
