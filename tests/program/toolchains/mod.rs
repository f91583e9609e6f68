//! Files made by the tools of each ecosystem, and what these tools say about them.

mod elf;
mod go;
mod rpm;

use std::path::Path;
use std::process::Command;

use dockopt_core::entry::{Content, Entry, EntryKind, Metadata};
use dockopt_core::evidence::{HEAD, Probe, Started};
use dockopt_testkit::{Archive, Compression, Image};
use serde_json::Value;

/// Returns the output of a command that must succeed.
fn output_of(command: &mut Command) -> String {
    let output = command.output().expect("it is installed");
    assert!(output.status.success(), "{command:?}: {}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8_lossy(&output.stdout).into_owned()
}

/// Returns the report on an image, the same from every form of it, with and without the cache.
fn report(image: &Image) -> Value {
    let directory = tempfile::tempdir().expect("a directory");
    let path = |name: &str| directory.path().join(name);
    let plain = image.docker_25();
    let forms: [(&str, Archive); 3] = [
        ("docker.tar", plain),
        ("gzip.tar", image.oci_archive(Compression::Gzip)),
        ("zstd.tar", image.oci_archive(Compression::Zstd)),
    ];
    let mut first: Option<Value> = None;
    for (name, archive) in forms {
        std::fs::write(path(name), archive.to_tar()).expect("written");
        for times in 0..2 {
            let report = report_on(&path(name), &path("cache"));
            let first = first.get_or_insert_with(|| report.clone());
            for part in ["packages", "unowned", "warnings"] {
                assert_eq!(report[part], first[part], "{name}, read {times} times before");
            }
        }
    }
    first.expect("a report")
}

fn report_on(path: &Path, cache: &Path) -> Value {
    let path = path.to_str().expect("UTF-8");
    let output = crate::run::program()
        .args(["-o", "json", path])
        .env("XDG_CACHE_HOME", cache)
        .output()
        .expect("the program starts");
    let output = crate::run::Run::from(output);
    assert_eq!(output.code, 0, "{}", output.stderr);
    serde_json::from_str(&output.stdout).expect("JSON")
}

/// Returns the packages of an ecosystem: name, version and live bytes, sorted.
fn packages(report: &Value, ecosystem: &str) -> Vec<(String, String, u64)> {
    let packages = report["packages"].as_array().expect("a list");
    let of_ecosystem = packages.iter().filter(|package| package["ecosystem"] == ecosystem);
    let text = |package: &Value, field: &str| package[field].as_str().expect("a text").to_owned();
    let row = |package: &Value| {
        (text(package, "name"), text(package, "version"), package["live"].as_u64().expect("bytes"))
    };
    let mut rows: Vec<_> = of_ecosystem.map(row).collect();
    rows.sort();
    rows
}

/// Shows a file at a path to a probe with a survey; returns its fact.
fn examined(probe: &dyn Probe, path: &str, mut bytes: &[u8]) -> Option<Vec<u8>> {
    let metadata = Metadata { size: bytes.len() as u64, mode: 0o755, ..Metadata::new(EntryKind::File) };
    let entry = Entry { path: path.as_bytes(), link: b"", metadata, content: Content::None };
    let Started::Places(survey) = probe.start(&entry) else { panic!("a survey") };
    let parts = survey.parts(&bytes[..bytes.len().min(HEAD)], bytes.len() as u64);
    if parts.is_empty() { None } else { survey.examine(&mut bytes) }
}
