//! Packages of Conda.

use crate::evidence::conda::{Conda, CondaFact};
use crate::evidence::encoding::decode;
use crate::packages::claims::{Claims, Found};
use crate::packages::purl::purl;
use crate::packages::sources::Sources;

pub(super) fn collect(sources: &mut Sources<'_>, claims: &mut Claims) {
    for (database, CondaFact { name, version, paths }) in sources.facts(Conda::ID, decode) {
        let directory = sources.directory(&database);
        let purl = purl("conda", "", &name, &version, "");
        let number = database.package(claims, Found { ecosystem: "conda", name, version, purl });
        let claim = database.claim(number, true);
        claims.claim(sources.canonical.node(database.node), claim);
        let prefix = sources.tree.parent(directory);
        let paths = paths.iter().map(String::as_bytes);
        claims.claim_listed(claim, paths, |path| sources.canonical.below(prefix, path));
    }
}
