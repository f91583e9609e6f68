//! The identity of an engine in the cache, and the engines whose claims about images it accepts.
//!
//! Docker reports a random ID that its installation keeps (`docker info`). So it is the same engine
//! through every socket, context, TLS and ssh. Podman has no ID: its API generates another one for
//! each response.
//!
//! The ID is a claim, too: an engine that learns the ID of another one can report it. So data from
//! an engine on another machine is never used for an engine on this machine, whatever ID it
//! reports. The other direction does no harm.

use super::engine::Engine;

/// The longest ID in bytes; Docker's have 36, or 59 before version 23.
const MAX_ID: usize = 128;

/// The scopes of cache keys with the claims that an engine accepts.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Trust {
    /// The scope of data that this engine sends.
    pub(crate) own: String,
    /// The scope of data from an engine on this machine that reports the same ID.
    pub(crate) local: Option<String>,
}

impl Trust {
    /// Queries the ID of an engine; the address replaces an unusable ID.
    pub(crate) fn of(engine: &Engine) -> Self {
        let name = engine.kind().name();
        match engine.id().filter(|id| is_usable(id)) {
            None => Self { own: format!("{name} {}", engine.address()), local: None },
            Some(id) if engine.is_local() => Self { own: format!("{name} here {id}"), local: None },
            Some(id) => {
                Self { own: format!("{name} elsewhere {id}"), local: Some(format!("{name} here {id}")) }
            }
        }
    }

    /// Returns the scopes for lookups, its own first.
    pub(crate) fn scopes(&self) -> impl Iterator<Item = &str> {
        [Some(&self.own), self.local.as_ref()].into_iter().flatten().map(String::as_str)
    }
}

fn is_usable(id: &str) -> bool {
    (1..=MAX_ID).contains(&id.len()) && id.bytes().all(|byte| byte.is_ascii_graphic())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_short_printable_ids_are_used() {
        for id in ["cf7a3bcd-1b3c-4b0e-a6f2-0d3a5d5c9b1a", "CR6V:2L4Y:EEUN", "x", &"x".repeat(128)] {
            assert!(is_usable(id), "{id}");
        }
        for id in ["", " ", "a b", "a\n", "\u{1b}[31m", "é", &"x".repeat(129)] {
            assert!(!is_usable(id), "{id:?}");
        }
    }
}
