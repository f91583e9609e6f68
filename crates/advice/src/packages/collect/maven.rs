//! Archives of Java.

use crate::evidence::encoding::decode;
use crate::evidence::jar::{Artifact, Jar, JarFact};
use crate::packages::claims::{Claims, Found};
use crate::packages::purl::purl;
use crate::packages::sources::Sources;

/// An archive belongs to its artifact; what it contains owns nothing.
pub(super) fn collect(sources: &mut Sources<'_>, claims: &mut Claims) {
    for (archive, JarFact { own, parts }) in sources.facts(Jar::ID, decode) {
        archive.describe(claims, found(own));
        for part in parts {
            archive.add_part(claims, found(part));
        }
    }
}

fn found(Artifact { group, name, version }: Artifact) -> Found {
    let purl = purl("maven", &group, &name, &version, "");
    Found { ecosystem: "maven", name, version, purl }
}
