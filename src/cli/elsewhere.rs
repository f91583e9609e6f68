//! An image that no engine has may be in a registry. That is offered, and never done unasked where it would surprise: in a gate.

use std::io::{self, BufRead, IsTerminal, Write};

use dockopt_core::path::escape_text;
use dockopt_image::{Environment, ImageName, ReadError, Reference};

use crate::terminal::say;

/// Whether somebody may be asked, and told.
#[derive(Clone, Copy, Debug)]
pub(super) struct Manners {
    /// Whether the image is judged: what it is judged by must not depend on who happens to have pulled it.
    pub(super) is_gate: bool,
    pub(super) quiet: bool,
}

/// The reference, or that of the same image in its registry if no engine has it and the user agrees.
///
/// # Errors
///
/// If no engine has it, and it is not to be looked for elsewhere.
pub(super) fn find(
    reference: Reference,
    environment: &Environment,
    manners: Manners,
) -> Result<Reference, ReadError> {
    let Err(error) = reference.find(environment) else {
        return Ok(reference);
    };
    let name = error.elsewhere().and_then(|name| ImageName::parse(name).ok());
    match (name, error.elsewhere()) {
        (Some(full), Some(name)) if !manners.is_gate && agrees(&error, &full, manners) => {
            Ok(reference.in_registry(name))
        }
        _ => Err(error),
    }
}

/// Asks on a terminal; elsewhere nobody is there to ask, and it is said what is done.
fn agrees(error: &ReadError, name: &ImageName, manners: Manners) -> bool {
    let what = escape_text(&error.to_string());
    if io::stdin().is_terminal() && io::stderr().is_terminal() {
        let mut stderr = io::stderr();
        let question = format!("{what}\nread `{name}` from its registry? [Y/n] ");
        let asked = stderr.write_all(question.as_bytes()).and_then(|()| stderr.flush());
        let mut answer = String::new();
        let answered = asked.and_then(|()| io::stdin().lock().read_line(&mut answer));
        return answered.is_ok_and(|length| length > 0) && is_yes(&answer);
    }
    if !manners.quiet {
        say(&format!("note: {what}; reading `{name}` from its registry"));
    }
    true
}

fn is_yes(answer: &str) -> bool {
    matches!(answer.trim().to_ascii_lowercase().as_str(), "" | "y" | "yes")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn enter_means_yes_and_anything_odd_means_no() {
        for answer in ["\n", "y\n", "Y\r\n", " yes \n"] {
            assert!(is_yes(answer), "{answer:?}");
        }
        for answer in ["n\n", "no\n", "q\n", "what?\n"] {
            assert!(!is_yes(answer), "{answer:?}");
        }
    }
}
