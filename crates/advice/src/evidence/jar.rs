//! Archives of Java: their Maven coordinates, and those of the archives in them.
//!
//! `META-INF/maven/GROUP/NAME/pom.properties` has the coordinates. Where it is missing, the name of
//! the file and `META-INF/MANIFEST.MF` have a name and a version. Archives in an archive are read
//! if they are not compressed, as Spring Boot writes them; otherwise their names have to do.

use std::ops::Range;

use dockopt_core::entry::Entry;
use dockopt_core::evidence::{MAX_CONTENT, OutOfReach, Places, Probe, ProbeId, Started, Survey, Want};
use serde::{Deserialize, Serialize};

use super::content::{Content, Placed};
use super::encoding::encode;
use super::path::tail;
use super::zip::{Member, Zip};

/// Of larger archives, this much at either end may be read.
const END: u64 = 8 * 1024 * 1024;
/// The most bytes of a manifest and of properties.
const MANIFEST: usize = 64 * 1024;
const PROPERTIES: usize = 4 * 1024;
/// The most texts and inner archives of one archive that are read.
const TEXTS: usize = 256;
const ARCHIVES: usize = 2000;
/// The most bytes of a name or version.
const LONGEST: usize = 256;
/// The most bytes that are read and unpacked of an archive: some, and this multiple of its size. Many
/// members may have the same bytes.
const LEAST_WORK: u64 = 1024 * 1024;
const MOST_WORK: u64 = 64 * 1024 * 1024;
const WORK: u64 = 8;
/// Endings of archives.
const ENDINGS: [&[u8]; 5] = [b".jar", b".war", b".ear", b".hpi", b".jpi"];

/// The probe.
pub struct Jar;

impl Jar {
    /// The identity of the probe.
    pub const ID: ProbeId = ProbeId { name: "jar", version: 1 };
}

/// An archive.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct JarFact {
    /// Its own coordinates.
    pub own: Artifact,
    /// Those of what it contains.
    pub parts: Vec<Artifact>,
}

/// Maven coordinates.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Artifact {
    /// The group; may be empty.
    pub group: String,
    /// The name.
    pub name: String,
    /// The version; may be empty.
    pub version: String,
}

impl Artifact {
    fn is_named(&self) -> bool {
        let Self { group, name, version } = self;
        !name.is_empty() && [group, name, version].iter().all(|text| text.len() <= LONGEST)
    }
}

impl Probe for Jar {
    fn id(&self) -> ProbeId {
        Self::ID
    }

    fn wants(&self, entry: &Entry<'_>) -> Want {
        if is_archive(tail(entry.path).0) { Want::Content } else { Want::Nothing }
    }

    fn start(&self, entry: &Entry<'_>) -> Started {
        Started::Places(Box::new(Archive { name: tail(entry.path).0.to_vec() }))
    }
}

fn is_archive(name: &[u8]) -> bool {
    ENDINGS.iter().any(|ending| name.ends_with(ending))
}

struct Archive {
    name: Vec<u8>,
}

impl Survey for Archive {
    fn parts(&self, head: &[u8], size: u64) -> Vec<Range<u64>> {
        // A script may come first.
        if !head.starts_with(b"PK") && !head.starts_with(b"#!") {
            Vec::new()
        } else if size <= MAX_CONTENT {
            vec![0..size]
        } else {
            vec![size - END..size, 0..END]
        }
    }

    fn examine(self: Box<Self>, content: &mut dyn Places) -> Option<Vec<u8>> {
        encode(&fact(&mut Placed(content), &self.name)?)
    }
}

/// Reads an archive; `None` without a list of members.
fn fact<C: Content>(content: &mut C, name: &[u8]) -> Option<JarFact> {
    let work = content.size().saturating_mul(WORK).clamp(LEAST_WORK, MOST_WORK);
    let content = &mut Limited { content, left: work };
    let zip = Zip::read(content).ok()??;
    let mut parts = Vec::new();
    for member in zip.members.iter().filter(|member| is_archive(&member.name)).take(ARCHIVES) {
        let (inner, _) = tail(&member.name);
        let place = zip.stored(content, member).ok().flatten();
        let own = place.and_then(|(start, size)| {
            let mut part = Inner { content: &mut *content, start, size };
            let zip = Zip::read(&mut part).ok()??;
            Some(describe(&mut part, &zip, inner))
        });
        match own {
            Some((own, shaded)) => parts.extend([vec![own], shaded].concat()),
            None => parts.push(named(inner)),
        }
    }
    let (own, shaded) = describe(content, &zip, name);
    parts.extend(shaded);
    parts.retain(Artifact::is_named);
    own.is_named().then_some(JarFact { own, parts })
}

/// Returns the coordinates of an archive, and those of others that were merged into it.
fn describe<C: Content>(content: &mut C, zip: &Zip, file: &[u8]) -> (Artifact, Vec<Artifact>) {
    let mut text = |member: &Member, most: usize| {
        let bytes = zip.unpack(content, member, most).unwrap_or_default();
        String::from_utf8_lossy(&bytes).into_owned()
    };
    let is_properties = |member: &&Member| {
        member.name.starts_with(b"META-INF/maven/") && member.name.ends_with(b"/pom.properties")
    };
    let poms = zip.members.iter().filter(is_properties).take(TEXTS);
    let mut poms: Vec<Artifact> = poms.filter_map(|member| properties(&text(member, PROPERTIES))).collect();
    let mut own = named(file);
    let is_own = |pom: &Artifact| !own.name.is_empty() && pom.name == own.name;
    let only = if poms.len() == 1 { Some(0) } else { None };
    if let Some(at) = poms.iter().position(is_own).or(only) {
        return (poms.remove(at), poms);
    }
    let manifest = zip.members.iter().find(|member| member.name == b"META-INF/MANIFEST.MF");
    let manifest = manifest.map(|member| text(member, MANIFEST)).unwrap_or_default();
    if own.version.is_empty() {
        let fields = ["Implementation-Version", "Bundle-Version", "Specification-Version"];
        own.version = fields.iter().find_map(|name| field(&manifest, name)).unwrap_or_default();
    }
    (own, poms)
}

/// Returns the name and the version in the name of a file: `NAME-VERSION.jar`.
fn named(file: &[u8]) -> Artifact {
    let file = String::from_utf8_lossy(file);
    let stem = file.rsplit_once('.').map_or(file.as_ref(), |(stem, _)| stem);
    let bytes = stem.as_bytes();
    let is_version =
        |at: &usize| bytes.get(*at) == Some(&b'-') && bytes.get(at + 1).is_some_and(u8::is_ascii_digit);
    let split = (0..bytes.len()).rev().find(is_version);
    let (name, version) = match split.and_then(|at| Some((stem.get(..at)?, stem.get(at + 1..)?))) {
        Some((name, version)) => (name, version),
        None => (stem, ""),
    };
    Artifact { group: String::new(), name: name.to_owned(), version: version.to_owned() }
}

/// Parses `pom.properties`; `None` without a name.
fn properties(text: &str) -> Option<Artifact> {
    let value = |wanted: &str| {
        let pairs = text.lines().filter_map(|line| line.split_once('='));
        let mut values =
            pairs.filter(|(key, _)| key.trim() == wanted).map(|(_, value)| value.trim().to_owned());
        values.next().unwrap_or_default()
    };
    let found = Artifact { group: value("groupId"), name: value("artifactId"), version: value("version") };
    (!found.name.is_empty()).then_some(found)
}

/// Returns a field of the main section of a manifest. Lines after an empty one are about files.
fn field(manifest: &str, name: &str) -> Option<String> {
    let main = manifest.lines().take_while(|line| !line.is_empty());
    let pairs = main.filter_map(|line| line.split_once(": "));
    let value = pairs.filter(|(key, _)| *key == name).map(|(_, value)| value.trim().to_owned()).next();
    value.filter(|value| !value.is_empty())
}

/// Content of which only so many bytes are read.
struct Limited<'c, C> {
    content: &'c mut C,
    left: u64,
}

impl<C: Content> Content for Limited<'_, C> {
    type Error = OutOfReach;

    fn size(&self) -> u64 {
        self.content.size()
    }

    fn read(&mut self, offset: u64, length: usize) -> Result<Vec<u8>, OutOfReach> {
        // Unpacking costs as much again.
        self.left = self.left.checked_sub(2 * length as u64).ok_or(OutOfReach)?;
        self.content.read(offset, length).map_err(|_| OutOfReach)
    }
}

/// An archive in another one.
struct Inner<'c, C> {
    content: &'c mut C,
    start: u64,
    size: u64,
}

impl<C: Content> Content for Inner<'_, C> {
    type Error = C::Error;

    fn size(&self) -> u64 {
        self.size
    }

    fn read(&mut self, offset: u64, length: usize) -> Result<Vec<u8>, C::Error> {
        let left = self.size.saturating_sub(offset);
        let length = usize::try_from(left).unwrap_or(usize::MAX).min(length);
        self.content.read(self.start.saturating_add(offset), length)
    }
}

#[cfg(test)]
mod tests {
    use dockopt_testkit::zip;

    use super::*;

    fn shown(fact: &JarFact) -> Vec<String> {
        let artifacts = std::iter::once(&fact.own).chain(&fact.parts);
        artifacts.map(|one| format!("{}:{}:{}", one.group, one.name, one.version)).collect()
    }

    fn read(name: &str, members: &[(&str, &[u8], bool)]) -> Option<JarFact> {
        fact(&mut zip(members).as_slice(), name.as_bytes())
    }

    const POM: &[u8] = b"#Created\ngroupId=com.a\r\nartifactId=b\nversion = 1.5\n";

    #[test]
    fn coordinates_are_in_the_properties() {
        let found = read("x.jar", &[("META-INF/maven/com.a/b/pom.properties", POM, true)]);
        assert_eq!(shown(&found.expect("an archive")), ["com.a:b:1.5"]);
        let other = b"groupId=com.c\nartifactId=d\nversion=2\n";
        let members = [
            ("META-INF/maven/com.c/d/pom.properties", &other[..], false),
            ("META-INF/maven/com.a/b/pom.properties", POM, true),
        ];
        assert_eq!(shown(&read("b-1.5.jar", &members).expect("an archive")), ["com.a:b:1.5", "com.c:d:2"]);
        assert_eq!(
            shown(&read("all-3.jar", &members).expect("an archive")),
            [":all:3", "com.c:d:2", "com.a:b:1.5"]
        );
    }

    #[test]
    fn name_of_the_file_and_manifest_replace_them() {
        let manifest =
            b"Manifest-Version: 1.0\r\nImplementation-Version: 4.2\r\n\r\nName: x\r\nBundle-Version: 9\r\n";
        let members = [("META-INF/MANIFEST.MF", &manifest[..], true)];
        assert_eq!(shown(&read("tool.jar", &members).expect("an archive")), [":tool:4.2"]);
        assert_eq!(shown(&read("guava-31.1-jre.jar", &members).expect("an archive")), [":guava:31.1-jre"]);
        assert_eq!(shown(&read("log4j-1.2-api-2.17.jar", &[]).expect("an archive")), [":log4j-1.2-api:2.17"]);
        assert_eq!(fact(&mut &b"PK no archive"[..], b"x.jar"), None);
    }

    #[test]
    fn archives_in_an_archive_are_its_parts() {
        let inner = zip(&[("META-INF/maven/com.a/b/pom.properties", POM, true)]);
        let members = [
            ("BOOT-INF/lib/b-1.5.jar", inner.as_slice(), false),
            ("BOOT-INF/lib/packed-7.jar", inner.as_slice(), true),
            ("BOOT-INF/lib/broken-8.jar", b"PK", false),
        ];
        let found = read("app-1.0.jar", &members).expect("an archive");
        assert_eq!(shown(&found), [":app:1.0", "com.a:b:1.5", ":packed:7", ":broken:8"]);
    }

    #[test]
    fn archive_may_follow_a_script() {
        let mut bytes = b"#!/bin/sh\nexec java -jar \"$0\"\n".to_vec();
        bytes.extend(zip(&[("META-INF/maven/com.a/b/pom.properties", POM, true)]));
        assert_eq!(shown(&fact(&mut bytes.as_slice(), b"x.jar").expect("an archive")), ["com.a:b:1.5"]);
    }
}
