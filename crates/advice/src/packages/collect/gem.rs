//! Packages of Ruby.

use std::collections::HashMap;

use dockopt_core::tree::{NodeId, Tree};

use crate::evidence::encoding::decode;
use crate::evidence::gem::{Gem, GemFact};
use crate::packages::claims::{Claims, Found};
use crate::packages::purl::purl;
use crate::packages::sources::Sources;

pub(super) fn collect(sources: &mut Sources<'_>, claims: &mut Claims) {
    let mut extensions: HashMap<NodeId, Extensions<'_>> = HashMap::new();
    for (database, GemFact { name, version, full_name }) in sources.facts(Gem::ID, decode) {
        let specifications = sources.directory(&database);
        let purl = purl("gem", "", &name, &version, "");
        let number = database.package(claims, Found { ecosystem: "gem", name, version, purl });
        let claim = database.claim(number, false);
        claims.claim(sources.canonical.node(database.node), claim);
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
        let extensions = extensions.entry(home).or_insert_with(|| extensions_of(tree, home));
        for extension in extensions.get(full_name).into_iter().flatten() {
            claims.claim_directory(*extension, claim);
        }
    }
}

/// The compiled parts of gems, by the full name of the gem.
type Extensions<'t> = HashMap<&'t [u8], Vec<NodeId>>;

/// Finds the compiled parts in `extensions/PLATFORM/VERSION/NAME`.
fn extensions_of(tree: &Tree, home: NodeId) -> Extensions<'_> {
    let mut found = Extensions::new();
    let platforms = tree.child(home, b"extensions").map(|node| tree.children(node)).unwrap_or_default();
    for versions in platforms.iter().flat_map(|platform| tree.children(*platform)) {
        for extension in tree.children(*versions) {
            found.entry(tree.name(*extension)).or_default().push(*extension);
        }
    }
    found
}
