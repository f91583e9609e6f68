//! What is known of a secret, without the secret itself.

use std::ops::Range;

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use super::document::TextFile;

/// The classes of secrets.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum Class {
    /// A private key that no passphrase protects.
    Key,
    /// A token of a service.
    Token,
    /// A password, or another value that only its owner knows.
    Password,
    /// A secret in the history of a shell.
    History,
}

/// How sure it is that something is a secret.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub enum Sureness {
    /// It is below a directory of tests or examples.
    Example,
    /// Its name or its format says so.
    Likely,
    /// It decodes, or its checksum is right.
    Certain,
}

/// A secret, without the secret itself.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Secret {
    /// The line, from 1.
    pub line: u32,
    /// The class.
    pub class: Class,
    /// What it is: `RSA private key`.
    pub what: String,
    /// How sure it is.
    pub sureness: Sureness,
    /// The start of the SHA-256 of a key or token, in hexadecimal digits; `None` of a password,
    /// which could be guessed from it.
    pub mark: Option<String>,
    /// Its place in the text; not kept in facts.
    #[serde(skip)]
    pub(super) span: Range<usize>,
}

impl Secret {
    pub(super) fn new(document: &TextFile<'_>, span: Range<usize>, what: impl Into<String>) -> Self {
        let line = Self::line(document, span.start);
        let (class, sureness) = (Class::Password, Sureness::Likely);
        Self { line, class, what: what.into(), sureness, mark: None, span }
    }

    pub(super) fn line(document: &TextFile<'_>, at: usize) -> u32 {
        u32::try_from(document.line(at)).unwrap_or(u32::MAX)
    }

    pub(super) fn of(mut self, class: Class, sureness: Sureness) -> Self {
        (self.class, self.sureness) = (class, sureness);
        self
    }

    /// Adds the mark of a secret that cannot be guessed.
    pub(super) fn marked(mut self, secret: &[u8]) -> Self {
        let [first, second, third, fourth, ..] = Sha256::digest(secret).0;
        self.mark = Some(format!("{:08x}", u32::from_be_bytes([first, second, third, fourth])));
        self
    }
}
