//! Databases of packages that lie or are endless: a warning at most, and the sums hold.

use std::fs;

use dockopt_testkit::{Archive, Compression, Image, Layer, Meta, zip};
use serde_json::Value;

use crate::run::json;

/// Returns the report, equal from a plain and from a compressed layer, after a check of its sums.
fn report(layer: Layer) -> Value {
    let image = Image::new().layer(layer);
    let report = |archive: Archive| {
        let directory = tempfile::tempdir().expect("a directory");
        let path = directory.path().join("image.tar");
        fs::write(&path, archive.to_tar()).expect("written");
        json([path.to_str().expect("UTF-8")])
    };
    let plain = report(image.docker_25());
    let zstd = report(image.oci_archive(Compression::Zstd));
    for part in ["packages", "unowned", "warnings"] {
        assert_eq!(plain[part], zstd[part]);
    }
    let packages = plain["packages"].as_array().expect("a list");
    for bytes in ["live", "wasted"] {
        let sum: u64 = packages.iter().filter_map(|package| package[bytes].as_u64()).sum();
        let unowned = plain["unowned"][bytes].as_u64().expect("a number");
        assert_eq!(sum + unowned, plain["size"][bytes].as_u64().expect("a number"));
    }
    plain
}

fn warnings(report: &Value) -> Vec<String> {
    let warnings = report["warnings"].as_array().expect("a list").iter();
    warnings.map(|warning| warning["message"].as_str().expect("a text").to_owned()).collect()
}

/// Returns `ECOSYSTEM NAME LIVE` of each package.
fn packages(report: &Value) -> Vec<String> {
    let packages = report["packages"].as_array().expect("a list").iter();
    let row = |package: &Value| {
        format!("{} {} {}", package["ecosystem"], package["name"], package["live"]).replace('"', "")
    };
    packages.map(row).collect()
}

#[test]
fn status_of_100_megabytes_is_not_read() {
    let stanza = "Package: a\nStatus: install ok installed\nVersion: 1\n\n";
    let status = stanza.repeat(100_000_000 / stanza.len());
    let size = status.len();
    let found = report(Layer::new().file("var/lib/dpkg/status", status).file("a", "1"));
    assert_eq!(
        warnings(&found),
        [format!("`var/lib/dpkg/status` is too large for the probe dpkg: {size} bytes")]
    );
    assert_eq!(packages(&found), [""; 0]);
}

#[test]
fn package_may_list_the_root_and_anything_above() {
    let status = "Package: a\nStatus: install ok installed\nVersion: 1\n\n";
    let list = "/\n/.\n/..\n/../..\n\n//\n/etc\n/etc/\n../etc/passwd\n/proc/self/../../etc/shadow\n";
    let layer = Layer::new()
        .file("etc/passwd", "12345")
        .file("etc/shadow", "123")
        .file("var/lib/dpkg/status", status)
        .file("var/lib/dpkg/info/a.list", list);
    // A path through a directory that does not exist leads nowhere.
    assert_eq!(packages(&report(layer)), ["deb a 5"]);
}

#[test]
fn record_may_lead_out_of_its_directory() {
    let metadata = "Metadata-Version: 2.1\nName: a\nVersion: 1\n";
    let record = "../../../../../../../../etc/passwd,,\n..,,\n../../..,,\na-1.dist-info/RECORD,,\n";
    let layer = Layer::new()
        .file("etc/passwd", "12345")
        .file("usr/site/a-1.dist-info/METADATA", metadata)
        .file("usr/site/a-1.dist-info/RECORD", record);
    let owned = 5 + metadata.len() + record.len();
    assert_eq!(packages(&report(layer)), [format!("pypi a {owned}")]);
}

#[test]
fn deep_and_endless_documents_are_no_packages() {
    let deep = format!(r#"{{"name":"a","version":"1","files":{}"#, "[".repeat(900_000));
    let endless = format!("Gem::Specification.new do |s|\n{}", "s.name = ".repeat(100_000));
    let layer = Layer::new()
        .file("node_modules/a/package.json", &deep)
        .file("conda-meta/a-1-0.json", &deep)
        .file("specifications/a-1.gemspec", endless);
    let found = report(layer);
    assert_eq!((packages(&found).len(), warnings(&found).len()), (0, 0));
}

#[test]
fn archive_bomb_is_unpacked_up_to_a_limit() {
    let bomb = vec![b'a'; 200 << 20];
    let inner = zip(&[("META-INF/MANIFEST.MF", &bomb, true)]);
    let members: Vec<(String, &[u8])> = (0..500)
        .map(|number| (format!("META-INF/maven/g/a{number}/pom.properties"), &bomb[..1 << 20]))
        .collect();
    let mut members: Vec<(&str, &[u8], bool)> =
        members.iter().map(|(name, content)| (name.as_str(), *content, true)).collect();
    members.push(("META-INF/MANIFEST.MF", &bomb, true));
    members.push(("lib/inner-2.jar", &inner, true));
    let jar = zip(&members);
    let owned = jar.len();
    let found = report(Layer::new().file("bomb-1.jar", jar).file("empty.jar", "PK"));
    assert_eq!(packages(&found), [format!("maven bomb {owned}"), "maven inner 0".to_owned()]);
    assert_eq!(warnings(&found), [""; 0]);
}

#[test]
fn program_whose_headers_lead_anywhere_is_read() {
    let header = |fill: u8| {
        let mut bytes = vec![fill; 4096];
        bytes[..8].copy_from_slice(b"\x7fELF\x02\x01\x01\0");
        bytes[16..18].copy_from_slice(&[3, 0]);
        bytes
    };
    let layer = [0x00, 0x01, 0x7f, 0xff].into_iter().fold(Layer::new(), |layer, fill| {
        layer.file_with(format!("bin/{fill}"), header(fill), Meta::default().mode(0o755))
    });
    let found = report(layer);
    assert_eq!((packages(&found).len(), warnings(&found).len()), (0, 0));
}
