//! Packages of Node.js: npm, Yarn, pnpm.

use dockopt_core::tree::{NodeId, Tree};

use crate::evidence::encoding::decode;
use crate::evidence::node::{Node, NodeFact};
use crate::packages::claims::{Claims, Found, NODE_MODULES};
use crate::packages::purl::purl;
use crate::packages::sources::Sources;

pub(super) fn collect(sources: &mut Sources<'_>, claims: &mut Claims) {
    for (database, NodeFact { name, version, .. }) in sources.facts(Node::ID, decode) {
        let directory = sources.directory(&database);
        let role = role(sources.tree, directory);
        let (scope, base) = name.split_once('/').unwrap_or(("", &name));
        let purl = purl("npm", scope, base, &version, "");
        let number = database.package(claims, Found { ecosystem: "npm", name, version, purl });
        match role {
            Role::Installed => claims.claim_directory(directory, database.claim(number, false)),
            Role::Part => {}
            Role::Elsewhere => {
                claims.claim(sources.canonical.node(database.node), database.claim(number, false));
            }
        }
    }
}

/// What a directory with a `package.json` is.
enum Role {
    /// `node_modules/NAME` or `node_modules/@SCOPE/NAME`.
    Installed,
    /// A directory of an installed package.
    Part,
    /// An application, or a tool that npm did not install.
    Elsewhere,
}

fn role(tree: &Tree, directory: NodeId) -> Role {
    let parent = tree.parent(directory);
    let has_scope = tree.name(parent).starts_with(b"@");
    let parent = if has_scope { tree.parent(parent) } else { parent };
    let is_scope = tree.name(directory).starts_with(b"@");
    if tree.name(parent) == NODE_MODULES && !is_scope {
        return Role::Installed;
    }
    let mut node = parent;
    while node != NodeId::ROOT {
        if tree.name(node) == NODE_MODULES {
            return Role::Part;
        }
        node = tree.parent(node);
    }
    Role::Elsewhere
}
