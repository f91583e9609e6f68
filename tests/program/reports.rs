//! The reports: complete, valid, consistent, readable.

use std::fs;

use boon::{Compiler, SchemaIndex, Schemas};
use dockopt_testkit::{Compression, Image, Index, Layer};
use serde_json::Value;

use crate::run::{json, program, run, testdata};

/// The schema of the JSON report.
struct Schema {
    schemas: Schemas,
    index: SchemaIndex,
}

impl Schema {
    fn read() -> Self {
        let path = testdata("../assets/report-v1.schema.json");
        let schema = serde_json::from_slice(&fs::read(path).expect("readable")).expect("JSON");
        let (mut schemas, mut compiler) = (Schemas::new(), Compiler::new());
        compiler.add_resource("report.json", schema).expect("a schema");
        let index = compiler.compile("report.json", &mut schemas).expect("a schema");
        Self { schemas, index }
    }

    /// Returns why this is no report, or nothing.
    fn error(&self, report: &Value) -> Option<String> {
        self.schemas.validate(report, self.index).err().map(|error| error.to_string())
    }
}

fn sum(rows: &Value, field: &str) -> u64 {
    rows.as_array().expect("rows").iter().map(|row| row[field].as_u64().expect("a number")).sum()
}

#[test]
fn reports_are_valid_by_the_schema() {
    let schema = Schema::read();
    for arguments in [
        &["hello.docker.tar"][..],
        &["hello.oci"],
        &["hello.umoci"],
        &["--score", "dive", "hello.docker.tar"],
        &["--platform", "arm64", "hello.platforms.oci.tar"],
    ] {
        assert_eq!(schema.error(&json(arguments)), None, "{arguments:?}");
    }
    let gated = run(["--ci", "-o", "json", "hello.docker.tar"]);
    let gated: Value = serde_json::from_str(&gated.stdout).expect("JSON");
    assert_eq!(schema.error(&gated), None);
    assert_eq!(gated["rules"].as_array().map(Vec::len), Some(8));
    let error =
        schema.error(&serde_json::json!({"schemaVersion": 1})).expect("the schema has required fields");
    assert!(error.contains("missing properties"), "{error}");
}

#[test]
fn attestations_that_come_with_the_image_are_listed() {
    let image = Image::new().layer(Layer::new().file("a", "1"));
    let platforms = image.index(Compression::Gzip).attestation_of(&image);
    let directory = tempfile::tempdir().expect("a directory");
    let path = directory.path().join("image.tar");
    fs::write(&path, Index::new(Compression::Gzip).nested(platforms).to_archive().to_tar()).expect("written");
    let report = json([path.to_str().expect("a path")]);
    let attestations = report["image"]["attestations"].as_array().expect("a list");
    assert_eq!(attestations.len(), 1);
    assert_eq!(attestations[0]["kind"], "provenance");
    assert_eq!(attestations[0]["predicateType"], "https://slsa.dev/provenance/v0.2");
    assert_eq!(Schema::read().error(&report), None);
    assert_eq!(json(["hello.oci"])["image"]["attestations"], serde_json::json!([]));
}

#[test]
fn the_sums_add_up() {
    for image in ["hello.docker.tar", "hello.umoci", "hello.two-images.docker.tar"] {
        let report = json(["--image", "0", image]);
        let (size, layers) = (&report["size"], &report["layers"]);
        for field in ["stored", "live", "wasted"] {
            assert_eq!(sum(layers, field), size[field], "{image}: {field}");
        }
        assert_eq!(sum(&report["waste"], "bytes"), size["wasted"], "{image}");
        let number = |field: &str| size[field].as_u64().expect("a number");
        assert_eq!(number("live") + number("wasted"), number("stored"), "{image}");
    }
}

#[test]
fn ledger_of_hello_agrees_with_the_one_computed_by_hand() {
    let report = json(["hello.docker.tar"]);
    let stored: Vec<u64> = [17_520, 24_400, 1_600, 10_600, 12_000, 6_000, 900, 0, 700, 0, 76].into();
    let live: Vec<u64> = [17_520, 0, 1_600, 3_100, 12_000, 0, 900, 0, 700, 0, 76].into();
    let layers = report["layers"].as_array().expect("layers");
    let column =
        |field: &str| layers.iter().map(|layer| layer[field].as_u64().expect("bytes")).collect::<Vec<_>>();
    assert_eq!((column("stored"), column("live")), (stored, live));
    let rows: Vec<(String, u64, u64, String, String, u64)> = report["waste"]
        .as_array()
        .expect("rows")
        .iter()
        .map(|row| {
            let text = |field: &str| row[field].as_str().expect("text").to_owned();
            let number = |field: &str| row[field].as_u64().expect("a number");
            let stored_in = row["storedIn"].to_string();
            (text("path"), number("bytes"), number("files"), text("cause"), stored_in, number("wastedBy"))
        })
        .collect();
    let row = |path: &str, bytes, files, cause: &str, stored: u64, by| {
        (path.to_owned(), bytes, files, cause.to_owned(), format!("[{stored}]"), by)
    };
    assert_eq!(
        rows,
        [
            row("/app/data.bin", 12_000, 1, "identical", 1, 4),
            row("/var/cache/pkg", 7_500, 2, "deleted", 3, 7),
            row("/app/site", 6_000, 3, "opaque", 5, 8),
            row("/app/site", 6_000, 3, "metadata", 1, 5),
            row("/app/old.log", 4_000, 1, "replaced", 1, 9),
            row("/app/config.txt", 1_500, 1, "overwritten", 1, 2),
            row("/app/run.sh", 900, 1, "metadata", 1, 6),
        ]
    );
}

#[test]
fn base_layers_option_moves_the_base() {
    let all = json(["--base-layers", "0", "hello.docker.tar"]);
    assert_eq!(all["size"]["userStored"], all["size"]["stored"]);
    assert_eq!(all["layers"][0]["base"], false);
    let none = json(["--base-layers", "99", "hello.docker.tar"]);
    assert_eq!((&none["size"]["userStored"], &none["userWastedPercent"]), (&0.into(), &0.0.into()));
}

/// Writes an image whose lowest layers are the first ones of these, and returns its path.
fn image_of(directory: &std::path::Path, name: &str, contents: &[&str]) -> String {
    let layers = contents.iter().map(|content| Layer::new().file(*content, "x".repeat(content.len() * 100)));
    let image = layers.fold(Image::new(), Image::layer);
    let path = directory.join(name);
    let archive = if name.contains("oci") { image.oci_archive(Compression::Gzip) } else { image.docker_25() };
    fs::write(&path, archive.to_tar()).expect("written");
    path.to_str().expect("UTF-8").to_owned()
}

#[test]
fn base_is_the_image_that_is_given() {
    let directory = tempfile::tempdir().expect("a directory");
    let image = image_of(directory.path(), "app.tar", &["base", "tools", "app"]);
    for name in ["base.oci.tar", "base.tar"] {
        let base = image_of(directory.path(), name, &["base", "tools"]);
        let report = json(["--base", &base, &image]);
        assert_eq!(Schema::read().error(&report), None);
        let found = &report["base"];
        assert_eq!((&found["name"], &found["basis"]), (&base.as_str().into(), &"image".into()));
        assert_eq!((&found["layers"], &found["stored"]), (&2.into(), &900.into()));
        let itself = json([&base]);
        let digest = if itself["image"]["digest"].is_null() { "id" } else { "digest" };
        assert_eq!(found["digest"], itself["image"][digest]);
        let bases: Vec<_> =
            report["layers"].as_array().expect("layers").iter().map(|one| &one["base"]).collect();
        assert_eq!(bases, [true, true, false]);
        let text = run(["--base", &base, &image]).stdout;
        assert!(text.contains("900 B in 2 layers (75.0 % of stored)"), "{text}");
    }
    let default = &json([&image])["base"];
    assert_eq!(
        (&default["name"], &default["basis"], &default["layers"]),
        (&Value::Null, &"default".into(), &1.into())
    );
}

/// Returns `base` of the report on an archive that is written first.
fn base_in(archive: &dockopt_testkit::Archive) -> Value {
    let directory = tempfile::tempdir().expect("a directory");
    let path = directory.path().join("image.tar");
    fs::write(&path, archive.to_tar()).expect("written");
    let path = path.to_str().expect("UTF-8");
    let report = json([path]);
    assert_eq!(Schema::read().error(&report), None);
    let text = run([path]).stdout;
    let base = text.lines().find_map(|line| line.strip_prefix("Base         "));
    let mut found = report["base"].clone();
    found["text"] = base.unwrap_or_default().into();
    found
}

#[test]
fn base_is_what_the_image_says() {
    let file = |name: &str, size: usize| Layer::new().file(name, "x".repeat(size));
    let image = || Image::new().layer(file("a", 100)).layer(file("b", 200)).layer(file("c", 300));
    let name = "org.opencontainers.image.base.name";
    let annotated = image()
        .manifest_json(move |manifest| manifest["annotations"] = serde_json::json!({name: "debian:12"}));
    let found = base_in(&annotated.oci_archive(Compression::Gzip));
    assert_eq!((&found["name"], &found["basis"]), (&"debian:12".into(), &"annotations".into()));
    assert_eq!((&found["layers"], &found["guessed"]), (&1.into(), &true.into()));
    assert_eq!(found["text"], "debian:12, 100 B in 1 layer (16.7 % of stored), layers guessed");

    let image = image();
    let manifest = Index::new(Compression::Gzip).image(&image).to_archive();
    let blobs = report_of(&manifest)["layers"].clone();
    let chain = serde_json::json!([[{"digest": blobs[0]["digest"]}, {"digest": blobs[1]["digest"]}]]);
    let predicate = serde_json::json!({
        "buildConfig": {"llbDefinition": [
            {"id": "step0", "op": {"Op": {"source": {"identifier": "docker-image://docker.io/library/debian:12"}}}},
        ]},
        "metadata": {"https://mobyproject.org/buildkit@v1#metadata": {"layers": {"step0:0": chain}}},
    });
    let index = Index::new(Compression::Gzip).image(&image).provenance_of(&image, &predicate);
    let found = base_in(&Index::new(Compression::Gzip).nested(index).to_archive());
    assert_eq!(
        (&found["name"], &found["basis"]),
        (&"docker.io/library/debian:12".into(), &"provenance".into())
    );
    assert_eq!(
        (&found["layers"], &found["guessed"], &found["stored"]),
        (&2.into(), &false.into(), &300.into())
    );
    assert_eq!(found["text"], "docker.io/library/debian:12, 300 B in 2 layers (50.0 % of stored)");
}

/// Returns the report on an archive that is written first.
fn report_of(archive: &dockopt_testkit::Archive) -> Value {
    let directory = tempfile::tempdir().expect("a directory");
    let path = directory.path().join("image.tar");
    fs::write(&path, archive.to_tar()).expect("written");
    json([path.to_str().expect("UTF-8")])
}

#[test]
fn image_that_is_no_base_is_a_warning_and_no_judgement() {
    let directory = tempfile::tempdir().expect("a directory");
    let image = image_of(directory.path(), "app.tar", &["base", "tools", "app"]);
    let other = image_of(directory.path(), "other.tar", &["base", "others"]);
    let reported = run(["--base", &other, "-o", "json", &image]);
    assert_eq!(reported.code, 0);
    assert!(
        reported.stderr.contains("is not the base of this image: its layer 1 is not in the image"),
        "{}",
        reported.stderr
    );
    let report: Value = serde_json::from_str(&reported.stdout).expect("JSON");
    assert_eq!(
        (&report["base"]["layers"], &report["warnings"][0]["kind"]),
        (&1.into(), &"base-layers".into())
    );
    let gated = run(["--ci", "--base", &other, &image]);
    assert_eq!(gated.code, 2, "{}", gated.stderr);
    assert!(gated.stderr.contains("`--allow base-layers`"), "{}", gated.stderr);
    let missing = run(["--base", "missing.tar", &image]);
    assert_eq!(missing.code, 2);
    assert!(missing.stderr.contains("missing.tar"), "{}", missing.stderr);
    let both = run(["--base", &other, "--base-layers", "1", &image]);
    assert_eq!(both.code, 2);
}

#[test]
fn text_report_fits_its_width_and_is_complete() {
    for (width, columns) in [(80, "80"), (120, "120"), (200, "200")] {
        let output =
            program().args(["--ci", "hello.docker.tar"]).env("COLUMNS", columns).output().expect("a run");
        let text = String::from_utf8(output.stdout).expect("UTF-8");
        for line in text.lines().filter(|line| !line.contains(" PASS ") && !line.contains(" FAIL ")) {
            assert!(line.chars().count() <= width, "{width}: {line}");
        }
        for part in ["48.6 %", "/var/cache/pkg", "metadata", "opaque", "lowestEfficiency", "Verdict: FAIL"] {
            assert!(text.contains(part), "{part} is missing at {width}:\n{text}");
        }
        assert!(!text.contains('\x1b'), "no colour without a terminal");
    }
}

#[test]
fn color_option_decides_about_colours() {
    assert!(run(["--color", "always", "hello.docker.tar"]).stdout.contains("\x1b[31m"));
    assert!(!run(["--color", "never", "hello.docker.tar"]).stdout.contains('\x1b'));
}

#[test]
fn several_reports_are_written_at_once() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = |name: &str| folder.path().join(name).display().to_string();
    let (json_path, dive_path, text_path) = (path("a.json"), path("b.json"), path("c.txt"));
    let run = run([
        "-j",
        &json_path,
        "-o",
        &format!("dive-json={dive_path}"),
        "-o",
        &format!("text={text_path}"),
        "-o",
        "json",
        "hello.docker.tar",
    ]);
    assert_eq!((run.code, run.stderr.as_str()), (0, ""));
    assert_eq!(fs::read_to_string(json_path).expect("written"), run.stdout);
    assert!(fs::read_to_string(dive_path).expect("written").contains("\"efficiencyScore\""));
    assert!(fs::read_to_string(text_path).expect("written").contains("Efficiency"));
}

#[test]
fn report_to_a_file_leaves_standard_output_to_the_gate() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("report.json").display().to_string();
    assert_eq!(run(["-j", &path, "hello.docker.tar"]).stdout, "");
    assert!(run(["--ci", "-j", &path, "hello.docker.tar"]).stdout.contains("Verdict"));
}

#[test]
fn dive_json_is_equal_to_that_of_dive() {
    let run = run(["-o", "dive-json", "hello.docker.tar"]);
    let mut found: Value = serde_json::from_str(&run.stdout).expect("JSON");
    let golden = fs::read(testdata("hello.dive.json")).expect("readable");
    let mut expected: Value = serde_json::from_slice(&golden).expect("JSON");
    for report in [&mut found, &mut expected] {
        // dive writes a member name instead of the layer's digest.
        report["layer"].as_array_mut().expect("layers").iter_mut().for_each(|layer| drop(layer["id"].take()));
        // dive does not order files of one size.
        let files = report["image"]["fileReference"].as_array_mut().expect("files");
        files.sort_by_key(ToString::to_string);
        for layer in report["layer"].as_array_mut().expect("layers") {
            layer["fileList"].as_array_mut().expect("files").sort_by_key(ToString::to_string);
        }
    }
    assert_eq!(found, expected);
}

#[test]
fn findings_are_located_by_the_provenance_of_the_builder() {
    let dockerfile =
        "FROM debian:12\n# The lists are left.\nRUN apt-get update && \\\n    apt-get install -y x\n";
    let run = "RUN /bin/sh -c apt-get update &&     apt-get install -y x # buildkit";
    let image = Image::new()
        .layer(Layer::new().file("base", "x".repeat(1000)))
        .created_by("ADD rootfs / # buildkit")
        .layer(Layer::new().file("var/lib/apt/lists/main", "x".repeat(100_000)))
        .created_by(run);
    let digests = report_of(&Index::new(Compression::Gzip).image(&image).to_archive())["layers"].clone();
    let chain = |length: usize| -> Value {
        (0..length).map(|layer| serde_json::json!({"digest": digests[layer]["digest"]})).collect()
    };
    let lines = |start: u32, end: u32| serde_json::json!({"locations": [{"ranges": [{"start": {"line": start}, "end": {"line": end}}]}]});
    let data = base64::Engine::encode(&base64::engine::general_purpose::STANDARD, dockerfile);
    let predicate = serde_json::json!({
        "buildConfig": {"llbDefinition": [
            {"id": "step0", "op": {"Op": {"source": {"identifier": "docker-image://docker.io/library/debian:12"}}}},
        ]},
        "metadata": {"https://mobyproject.org/buildkit@v1#metadata": {
            "layers": {"step0:0": [chain(1)], "step1:0": [chain(2)]},
            "source": {
                "locations": {"step0": lines(1, 1), "step1": lines(3, 4)},
                "infos": [{"filename": "build/Dockerfile", "language": "Dockerfile", "data": data}],
            },
        }},
    });
    let index = Index::new(Compression::Gzip).image(&image).provenance_of(&image, &predicate);
    let report = report_of(&Index::new(Compression::Gzip).nested(index).to_archive());
    assert_eq!(Schema::read().error(&report), None);
    let finding = &report["findings"][0];
    assert_eq!((&finding["rule"], &finding["basis"]), (&"apt-lists".into(), &"provenance".into()));
    let location = serde_json::json!({"file": "build/Dockerfile", "line": 3, "endLine": 4});
    assert_eq!(finding["location"], location);
    let patch = finding["fix"]["patch"].as_str().expect("a patch");
    assert!(patch.contains("+++ b/build/Dockerfile\n"), "{patch}");
    assert!(patch.contains("+    rm -rf /var/lib/apt/lists/*\n"), "{patch}");
}
