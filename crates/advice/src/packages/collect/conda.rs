//! Packages of Conda.

use crate::evidence::conda::{Conda, CondaFact};
use crate::packages::claims::{Claims, Found};
use crate::packages::purl::purl;
use crate::packages::sources::Sources;

pub(super) fn collect(sources: &mut Sources<'_>, claims: &mut Claims) {
    for (database, CondaFact { name, version, paths }) in sources.facts(Conda::ID, CondaFact::decode) {
        let Some(directory) = sources.directory(&database) else { continue };
        let purl = purl("conda", "", &name, &version, "");
        let layer = database.facts.layer;
        let number = claims.package(Found { ecosystem: "conda", name, version, purl, layer });
        if database.facts.live {
            claims.set_installed(number);
        }
        let claim = database.claim(number, true);
        if let Some(file) = sources.canonical.node(database.node) {
            claims.claim(file, claim);
        }
        let prefix = sources.tree.path(sources.tree.parent(directory));
        for path in &paths {
            let path = [prefix.as_bytes(), path.as_bytes()].join(&b'/');
            if let Some(node) = sources.canonical.path(&path) {
                claims.claim(node, claim);
            }
        }
    }
}
