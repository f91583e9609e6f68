//! One image in every format that real tools write: the same report.

use std::fs;

use dockopt_testkit::{Compression, Image, Layer, outer};

use crate::run::{FORMS, json, run, run_with_input, testdata, without_transport};

#[test]
fn one_image_has_one_report_in_every_format() {
    let expected = without_transport(json(["hello.docker.tar"]));
    for form in FORMS {
        let found = without_transport(json([form]));
        assert_eq!(found, expected, "{form}");
    }
}

#[test]
fn every_format_is_readable_compressed_and_from_standard_input() {
    let expected = without_transport(json(["hello.docker.tar"]));
    for form in FORMS.into_iter().filter(|form| !form.ends_with("gz") && !form.ends_with("oci")) {
        let bytes = fs::read(testdata(form)).expect("readable");
        for compression in [Compression::Plain, Compression::Gzip, Compression::Zstd] {
            let run = run_with_input(["-o", "json", "-"], &outer(&bytes, compression));
            assert_eq!(run.code, 0, "{form}: {}", run.stderr);
            let found = serde_json::from_str(&run.stdout).expect("JSON");
            assert_eq!(without_transport(found), expected, "{form}, {compression:?}");
        }
    }
}

#[test]
fn threads_and_verification_change_nothing() {
    for form in FORMS {
        let expected = json([form]);
        for options in [&["--threads", "1"][..], &["--threads", "2"], &["--threads", "7"], &["--verify"], &[]]
        {
            assert_eq!(json(options.iter().chain(&[form])), expected, "{form}, {options:?}");
        }
    }
}

#[test]
fn live_bytes_agree_with_the_exported_filesystem() {
    for (image, truth) in
        [("hello.docker.tar", "hello.truth.json"), ("hello.umoci", "hello.umoci.truth.json")]
    {
        let truth: serde_json::Value =
            serde_json::from_slice(&fs::read(testdata(truth)).expect("readable")).expect("JSON");
        assert_eq!(json([image])["size"]["live"], truth["liveBytes"], "{image}");
    }
}

#[test]
fn a_platform_is_chosen_from_an_index() {
    for (platform, shown) in [("linux/amd64", "linux/amd64"), ("arm64", "linux/arm64/v8")] {
        let report = json(["--platform", platform, "hello.platforms.oci.tar"]);
        assert_eq!(report["image"]["platform"], shown);
    }
}

#[test]
fn an_image_is_chosen_by_name_number_or_digest() {
    let archive = "hello.two-images.docker.tar";
    for name in ["hello", "hello:latest", "docker.io/library/hello", "0"] {
        assert_eq!(json(["--image", name, archive])["image"]["tags"][0], "hello:latest", "{name}");
    }
    let id = json(["--image", "hello-second", archive])["image"]["id"].clone();
    let id = id.as_str().expect("an ID");
    assert_eq!(json(["--image", id, archive])["image"]["tags"][0], "hello-second:latest");
    assert_eq!(json(["docker-archive:hello.two-images.docker.tar:hello-second"])["image"]["id"], id);
}

/// Returns an image with a dpkg database, an upgrade, and a file of no package.
fn debian() -> Image {
    let status = |version: &str| {
        format!("Package: tool\nStatus: install ok installed\nVersion: {version}\nArchitecture: amd64\n")
    };
    Image::new()
        .layer(
            Layer::new()
                .file("etc/os-release", "ID=debian\n")
                .file("var/lib/dpkg/status", status("1"))
                .file("var/lib/dpkg/info/tool.list", "/bin/tool\n")
                .symlink("bin", "usr/bin")
                .file("usr/bin/tool", "x".repeat(100_000)),
        )
        .layer(
            Layer::new()
                .file("var/lib/dpkg/status", status("2"))
                .file("var/lib/dpkg/info/tool.list", "/bin/tool\n/usr/share/doc/tool\n")
                .file("usr/bin/tool", "y".repeat(50_000))
                .file("app", "z"),
        )
}

#[test]
fn packages_are_the_same_in_every_format() {
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join("image.tar");
    let archives = [
        debian().docker_legacy(),
        debian().docker_25(),
        debian().oci_archive(Compression::Gzip),
        debian().oci_archive(Compression::Zstd),
    ];
    for archive in archives {
        let bytes = archive.to_tar();
        fs::write(&file, &bytes).expect("written");
        let streamed = run_with_input(["-o", "json", "-"], &outer(&bytes, Compression::Gzip));
        let streamed: serde_json::Value = serde_json::from_str(&streamed.stdout).expect("JSON");
        for report in [json([&file]), streamed] {
            let packages = report["packages"].as_array().expect("packages");
            let shown: Vec<_> = packages
                .iter()
                .map(|one| {
                    format!("{} {} {}", one["purl"].as_str().expect("text"), one["live"], one["wasted"])
                })
                .collect();
            assert_eq!(
                shown,
                ["pkg:deb/debian/tool@1?arch=amd64 0 100000", "pkg:deb/debian/tool@2?arch=amd64 50000 0"]
            );
            let sum = |of: &str| {
                let owned: u64 = packages.iter().filter_map(|one| one[of].as_u64()).sum();
                owned + report["unowned"][of].as_u64().expect("a number")
            };
            assert_eq!(sum("live"), report["size"]["live"]);
            assert_eq!(sum("wasted"), report["size"]["wasted"]);
        }
    }
    let text = run([&file]).stdout;
    assert!(text.contains("50 kB          -         1      1  deb tool 2"), "{text}");
    assert!(text.contains("(no package)"), "{text}");
}
