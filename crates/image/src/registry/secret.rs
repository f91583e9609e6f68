//! Secret texts: without `Display`, and with `…` as `Debug`.

use std::fmt;

/// A password or a token.
#[derive(Clone, PartialEq, Eq)]
pub(crate) struct Secret(String);

impl Secret {
    pub(super) fn new(text: impl Into<String>) -> Self {
        Self(text.into())
    }

    /// Returns the text, for the host it belongs to and no other.
    pub(super) fn reveal(&self) -> &str {
        &self.0
    }

    /// Removes the secret from the text of a host that may know it.
    pub(super) fn hide_in(&self, text: &str) -> String {
        if self.0.is_empty() { text.to_owned() } else { text.replace(&self.0, "…") }
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("…")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn secret_is_never_shown() {
        let secret = Secret::new("hunter2");
        assert_eq!(format!("{secret:?} {:#?}", Some(&secret)), "… Some(\n    …,\n)");
        assert_eq!(secret.hide_in("Basic hunter2!"), "Basic …!");
        assert_eq!(Secret::new("").hide_in("as it is"), "as it is");
    }
}
