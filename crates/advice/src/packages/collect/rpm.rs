//! Packages of Red Hat, Fedora, SUSE and their relatives.

use crate::evidence::path::lines;
use crate::evidence::rpm::{Rpm, RpmFact, RpmPackage};
use crate::packages::claims::{Claims, Found};
use crate::packages::purl::purl;
use crate::packages::sources::Sources;

pub(super) fn collect(sources: &mut Sources<'_>, claims: &mut Claims) {
    let distribution = sources.distribution("redhat");
    for (database, RpmFact { packages, problem }) in sources.facts(Rpm::ID, RpmFact::decode) {
        if let Some(problem) = problem {
            let problem = format!("cannot be read to its end, {problem}: packages are missing");
            sources.warn(&database, &problem);
        }
        for package in packages {
            let number = database.package(claims, found(&package, &distribution));
            let paths = lines(&package.paths);
            claims.claim_listed(database.claim(number, true), paths, |path| sources.canonical.path(path));
        }
    }
}

/// The version is written as rpm does, `EPOCH:VERSION-RELEASE`; in the package URL, the epoch is a
/// qualifier.
fn found(package: &RpmPackage, distribution: &str) -> Found {
    let RpmPackage { name, version, release, epoch, architecture, .. } = package;
    let version = [version.as_str(), release].join("-").trim_end_matches('-').to_owned();
    let mut purl = purl("rpm", distribution, name, &version, architecture);
    if let Some(epoch) = epoch {
        purl.push_str(if architecture.is_empty() { "?epoch=" } else { "&epoch=" });
        purl.push_str(&epoch.to_string());
    }
    let version = epoch.map_or(version.clone(), |epoch| format!("{epoch}:{version}"));
    Found { ecosystem: "rpm", name: name.clone(), version, purl }
}
