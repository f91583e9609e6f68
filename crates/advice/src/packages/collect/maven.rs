//! Archives of Java.

use crate::evidence::encoding::decode;
use crate::evidence::jar::{Artifact, Jar, JarFact};
use crate::packages::claims::{Claims, Found};
use crate::packages::purl::purl;
use crate::packages::sources::Sources;

/// An archive belongs to its artifact; what it contains owns nothing.
pub(super) fn collect(sources: &mut Sources<'_>, claims: &mut Claims) {
    for (archive, JarFact { own, parts }) in sources.facts(Jar::ID, decode) {
        let number = archive.package(claims, found(own));
        claims.describe(archive.entry, number);
        for part in parts {
            if claims.has_room() {
                archive.package(claims, found(part));
            }
        }
    }
}

fn found(Artifact { group, name, version }: Artifact) -> Found {
    let purl = purl("maven", &group, &name, &version, "");
    Found { ecosystem: "maven", name, version, purl }
}
