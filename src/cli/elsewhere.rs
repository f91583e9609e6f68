//! An image that no engine has may be in a registry. That is offered, and never done unasked where it would surprise: in a gate.

use std::io::{self, BufRead, IsTerminal, Write};

use dockopt_core::path::escape_text;
use dockopt_image::{Environment, ImageName, Located, ReadError, Reference};

use crate::terminal::say;

/// Locates the image, or the image of the same name in its registry if no engine has it and the user
/// agrees. Never in a gate: its verdict must not depend on who has pulled the image.
///
/// # Errors
///
/// If the image cannot be located, and is not to be looked for in a registry.
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

/// Asks on a terminal; elsewhere nobody is there to ask, and it is said what is done, if the image can be nowhere else.
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

/// Asks for yes or no; `default` is what Enter means.
fn ask(question: &str, default: bool) -> io::Result<bool> {
    let mut stderr = io::stderr();
    let choice = if default { "[Y/n]" } else { "[y/N]" };
    write!(stderr, "{question}{choice} ")?;
    stderr.flush()?;
    let mut answer = String::new();
    if io::stdin().lock().read_line(&mut answer)? == 0 {
        // Whatever comes next begins on a line of its own.
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
    fn enter_means_the_default_and_anything_odd_means_no() {
        for answer in ["y\n", "Y\r\n", " yes \n"] {
            assert!(is_yes(answer, true) && is_yes(answer, false), "{answer:?}");
        }
        for answer in ["n\n", "no\n", "q\n", "what?\n"] {
            assert!(!is_yes(answer, true) && !is_yes(answer, false), "{answer:?}");
        }
        assert!(is_yes("\n", true) && !is_yes("\n", false));
    }
}
