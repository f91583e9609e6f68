//! The packages and claims of each ecosystem, one file each.

mod apk;
mod cargo;
mod conda;
mod deb;
mod gem;
mod go;
mod maven;
mod node;
mod programs;
mod python;
mod rpm;

use super::claims::Claims;
use super::sources::Sources;

/// Collects the claims of all ecosystems.
pub(super) fn claims(sources: &mut Sources<'_>) -> Claims {
    let mut claims = Claims::default();
    let languages = [python::collect, conda::collect, node::collect, gem::collect];
    let programs = [programs::collect, maven::collect];
    for collect in [deb::collect, apk::collect, rpm::collect].into_iter().chain(languages).chain(programs) {
        collect(sources, &mut claims);
    }
    claims.sort();
    claims
}
