//! Real images of real engines: `tests/engines/build-images.sh` builds them and records the counts
//! of `docker export`.

use std::fs;
use std::path::PathBuf;

use serde_json::Value;

use crate::run::{json, program, without_transport};

fn images() -> PathBuf {
    std::env::var_os("DOCKOPT_TEST_IMAGES").expect("DOCKOPT_TEST_IMAGES names a folder").into()
}

fn image(name: &str) -> String {
    images().join(name).display().to_string()
}

#[test]
#[ignore = "needs real images (DOCKOPT_TEST_IMAGES)"]
fn live_bytes_of_real_images_agree_with_docker_export() {
    for name in ["python-naive", "many-layers", "static"] {
        let truth = fs::read(images().join(format!("{name}.truth.json"))).expect("readable");
        let truth: Value = serde_json::from_slice(&truth).expect("JSON");
        let report = json([image(&format!("{name}.tar"))]);
        assert_eq!(report["size"]["live"], truth["liveBytes"], "{name}");
        let wasted: u64 =
            report["waste"].as_array().expect("rows").iter().filter_map(|row| row["bytes"].as_u64()).sum();
        assert_eq!(report["size"]["wasted"], wasted, "{name}");
    }
}

#[test]
#[ignore = "needs real images (DOCKOPT_TEST_IMAGES)"]
fn real_images_have_one_report_in_every_format() {
    for name in ["python-naive", "many-layers", "static"] {
        let expected = without_transport(json([image(&format!("{name}.tar"))]));
        for form in ["oci-gzip", "oci-zstd"] {
            let archive = image(&format!("{name}.{form}.tar"));
            for options in [&["--threads", "1"][..], &["--verify"]] {
                let found =
                    without_transport(json(options.iter().map(ToString::to_string).chain([archive.clone()])));
                assert!(found == expected, "{name}.{form}.tar with {options:?}");
            }
        }
        let file = fs::File::open(image(&format!("{name}.tar"))).expect("readable");
        let run = program().args(["-o", "json", "-"]).stdin(file).output().expect("the program starts");
        let found: Value = serde_json::from_slice(&run.stdout).expect("JSON");
        assert!(without_transport(found) == expected, "{name} from standard input");
    }
}

#[test]
#[ignore = "needs real images (DOCKOPT_TEST_IMAGES)"]
fn archives_of_every_tool_hold_the_same_static_image() {
    let expected = without_transport(json([image("static.tar")]));
    for form in [
        "static.skopeo-docker.tar",
        "static.podman-docker.tar",
        "static.podman-oci.tar",
        "static.buildah-oci.tar",
        "static.oci-dir",
        "static.oci-zstd-dir",
    ] {
        let found = without_transport(json([image(form)]));
        for part in ["size", "layers", "waste", "efficiency"] {
            assert_eq!(found[part], expected[part], "{form}: {part}");
        }
    }
    let truth = fs::read(images().join("static.umoci-dir.truth.json")).expect("readable");
    let truth: Value = serde_json::from_slice(&truth).expect("JSON");
    assert_eq!(json([image("static.umoci-dir")])["size"]["live"], truth["liveBytes"]);
}
