//! The packages and claims of each ecosystem, one file each.

mod apk;
mod conda;
mod deb;
mod gem;
mod node;
mod python;

use super::claims::Claims;
use super::sources::Sources;

/// Collects the claims of all ecosystems.
pub(super) fn claims(sources: &mut Sources<'_>) -> Claims {
    let mut claims = Claims::default();
    for collect in [deb::collect, apk::collect, python::collect, conda::collect, node::collect, gem::collect]
    {
        collect(sources, &mut claims);
    }
    claims.sort();
    claims
}
