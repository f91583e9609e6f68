//! Secrets in the text of files, in variables and in commands: private keys, tokens, passwords.
//!
//! A secret is told by its content: a key that decodes, a token in the format of its service, a
//! value under the name of a password. The name of a file only tells how to read it. Of a secret,
//! only its kind, its line and a short mark are kept, never the secret.

mod assignment;
mod binary;
mod command;
mod document;
mod format;
mod key;
mod login;
mod openpgp;
mod place;
mod probe;
mod search;
mod secret;
mod text;
mod token;
mod value;

pub use self::place::is_examined;
pub use self::probe::Secrets;
pub use self::search::{in_file, in_text, redacted};
pub use self::secret::{Class, Secret, Sureness};
