//! Packages of rpm: the database in `SQLite` (since rpm 4.16), in Berkeley DB (before), or in rpm's own
//! format, ndb (SUSE).

mod berkeley;
mod damage;
mod fact;
mod header;
mod ndb;
mod sqlite;

pub use self::fact::{Rpm, RpmFact};
pub use self::header::RpmPackage;
