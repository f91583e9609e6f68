//! Packages of Alpine Linux and its relatives.

use dockopt_core::path::components;

use crate::evidence::apk::{Apk, ApkPackage};
use crate::evidence::encoding::decode;
use crate::evidence::unread::Unread;
use crate::packages::claims::{Claims, Found};
use crate::packages::purl::purl;
use crate::packages::sources::Sources;

pub(super) fn collect(sources: &mut Sources<'_>, claims: &mut Claims) {
    for (database, format) in sources.facts(Unread::ID, Unread::decode) {
        let problem = format!("is {format}, which is not read: files of its packages have no owner");
        sources.warn(&database, &problem);
    }
    let distribution = sources.distribution("alpine");
    for (database, packages) in sources.facts(Apk::ID, decode::<Vec<ApkPackage>>) {
        for ApkPackage { name, version, architecture, paths } in packages {
            let purl = purl("apk", &distribution, &name, &version, &architecture);
            let number = database.package(claims, Found { ecosystem: "apk", name, version, purl });
            let paths = paths.split(|&byte| byte == b'\n').filter(|path| components(path).next().is_some());
            claims.claim_listed(database.claim(number, true), paths, |path| sources.canonical.path(path));
        }
    }
}
