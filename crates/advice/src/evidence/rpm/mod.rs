//! Packages of rpm: the database in `SQLite` (since rpm 4.16) or in rpm's own format, ndb (SUSE).

mod damage;
mod fact;
mod header;
mod ndb;
mod sqlite;

pub(crate) use self::fact::DIRECTORIES;
pub use self::fact::{Rpm, RpmFact};
pub use self::header::RpmPackage;
