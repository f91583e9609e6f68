//! The probe of rpm's databases.

use std::ops::Range;

use dockopt_core::entry::Entry;
use dockopt_core::evidence::{HEAD, MAX_FACTS, Places, Probe, ProbeId, Started, Survey, Want};
use serde::{Deserialize, Serialize};

use super::damage::Damage;
use super::header::{RpmPackage, package};
use super::{berkeley, ndb, sqlite};
use crate::evidence::content::{Content, Placed};
use crate::evidence::encoding::{decode, encode};
use crate::evidence::path::clean;

/// Directories of the database.
const DIRECTORIES: [&[u8]; 2] = [b"var/lib/rpm/", b"usr/lib/sysimage/rpm/"];

/// The probe.
pub struct Rpm;

impl Rpm {
    /// The identity of the probe.
    pub const ID: ProbeId = ProbeId { name: "rpm", version: 1 };
}

/// A database.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct RpmFact {
    /// Its packages.
    pub packages: Vec<RpmPackage>,
    /// Why packages may be missing.
    pub problem: Option<String>,
}

impl RpmFact {
    /// Decodes a fact; `None` if it is damaged.
    pub fn decode(fact: &[u8]) -> Option<Self> {
        decode(fact)
    }
}

impl Probe for Rpm {
    fn id(&self) -> ProbeId {
        Self::ID
    }

    fn wants(&self, entry: &Entry<'_>) -> Want {
        let path = clean(entry.path);
        let name = DIRECTORIES.iter().find_map(|directory| path.strip_prefix(*directory));
        match name {
            Some(b"rpmdb.sqlite" | b"Packages.db" | b"Packages") => Want::Content,
            _ => Want::Nothing,
        }
    }

    fn start(&self, _entry: &Entry<'_>) -> Started {
        Started::Places(Box::new(Database))
    }
}

struct Database;

impl Survey for Database {
    fn parts(&self, head: &[u8], size: u64) -> Vec<Range<u64>> {
        if reader::<Placed<'_>>(head).is_some() { vec![0..size] } else { Vec::new() }
    }

    fn examine(self: Box<Self>, content: &mut dyn Places) -> Option<Vec<u8>> {
        encode(&fact(content))
    }
}

/// Passes the header of each package to a function.
type Reader<C> = fn(&mut C, &mut dyn FnMut(&[u8])) -> Result<(), Damage>;

/// Returns the reader of the format that starts like this.
fn reader<C: Content>(head: &[u8]) -> Option<Reader<C>> {
    if head.starts_with(sqlite::MAGIC) {
        Some(sqlite::read)
    } else if head.starts_with(ndb::MAGIC) {
        Some(ndb::read)
    } else if berkeley::starts(head) {
        Some(berkeley::read)
    } else {
        None
    }
}

/// Reads a database.
fn fact(content: &mut dyn Places) -> RpmFact {
    let mut found = Found::default();
    let mut take = |blob: &[u8]| found.take(blob);
    let head = content.read(0, HEAD).unwrap_or_default();
    let read = reader(&head).map_or(Ok(()), |read| read(&mut Placed(content), &mut take));
    let problem = read.err().map(|damage| damage.to_string()).or(found.problem);
    RpmFact { packages: found.packages, problem }
}

/// The packages found so far.
#[derive(Default)]
struct Found {
    packages: Vec<RpmPackage>,
    /// Bytes of all packages.
    size: usize,
    problem: Option<String>,
}

impl Found {
    fn take(&mut self, blob: &[u8]) {
        match package(blob, MAX_FACTS.saturating_sub(self.size)) {
            Some(package) if self.size <= MAX_FACTS => {
                self.size += package.size();
                self.packages.push(package);
            }
            _ => {
                self.problem
                    .get_or_insert_with(|| "a header of a package is damaged or too large".to_owned());
            }
        }
    }
}
