//! Packages of Ruby.

use crate::evidence::gem::{Gem, GemFact};
use crate::packages::claims::{Claims, Found};
use crate::packages::purl::purl;
use crate::packages::sources::Sources;

pub(super) fn collect(sources: &mut Sources<'_>, claims: &mut Claims) {
    for (database, GemFact { name, version, full_name }) in sources.facts(Gem::ID, GemFact::decode) {
        let Some(specifications) = sources.directory(&database) else { continue };
        let purl = purl("gem", "", &name, &version, "");
        let number = database.package(claims, Found { ecosystem: "gem", name, version, purl });
        let claim = database.claim(number, false);
        if let Some(file) = sources.canonical.node(database.node) {
            claims.claim(file, claim);
        }
        let tree = sources.tree;
        // Gems that Ruby brings along have their specification in specifications/default.
        let is_default = tree.name(specifications) == b"default";
        let specifications = if is_default { tree.parent(specifications) } else { specifications };
        let home = tree.parent(specifications);
        let full_name = full_name.as_bytes();
        let child = |directory, name: &[u8]| tree.child(directory, name);
        if let Some(gem) = child(home, b"gems").and_then(|gems| child(gems, full_name)) {
            claims.claim_directory(gem, claim);
        }
        if let Some(archive) =
            child(home, b"cache").and_then(|cache| child(cache, &[full_name, b".gem"].concat()))
        {
            claims.claim(archive, claim);
        }
        let platforms = child(home, b"extensions").map(|node| tree.children(node)).unwrap_or_default();
        for versions in platforms.iter().flat_map(|platform| tree.children(*platform)) {
            if let Some(extension) = child(*versions, full_name) {
                claims.claim_directory(extension, claim);
            }
        }
    }
}
