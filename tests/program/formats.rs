//! One image in every format that real tools write: the same report.

use std::fs;

use dockopt_testkit::{Compression, outer};

use crate::run::{FORMS, json, run_with_input, testdata, without_transport};

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
