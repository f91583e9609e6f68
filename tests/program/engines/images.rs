//! The list of an engine's images agrees with the engine's own accounting.
//!
//! Other tests build images meanwhile. Only images that exist before and after are compared, and
//! those of other tests share no layers with them.

use std::collections::HashMap;
use std::fs;
use std::path::Path;
use std::process::Command;

use serde_json::Value;

use super::{ask, output_of, podman_list, podman_program, tool, variable, with_engines, without_addresses};

/// Size, shared and unique bytes of an image.
type Bytes = (u64, u64, u64);

fn number(value: &Value) -> u64 {
    value.as_u64().expect("bytes")
}

/// Returns the program's list by ID.
#[track_caller]
fn listed(command: &mut Command, engine: &str) -> HashMap<String, (Bytes, Vec<String>)> {
    let run = super::run(command.args(["images", "--source", engine, "-o", "json"]));
    assert_eq!((run.code, run.stderr.as_str()), (0, ""));
    let rows: Vec<Value> = serde_json::from_str(&run.stdout).expect("JSON");
    let mut images: HashMap<String, (Bytes, Vec<String>)> = HashMap::new();
    for row in rows {
        let bytes = (number(&row["size"]), number(&row["shared"]), number(&row["unique"]));
        let id = row["id"].as_str().expect("an ID").to_owned();
        let image = images.entry(id).or_insert((bytes, Vec::new()));
        image.1.extend(row["name"].as_str().map(str::to_owned));
    }
    images
}

/// Asserts that a list agrees with the engine's count for all images in both, `names` among them.
#[track_caller]
fn assert_counted(
    listed: &HashMap<String, (Bytes, Vec<String>)>,
    counted: &HashMap<String, Bytes>,
    names: &[&str],
) {
    for name in names {
        let has_name = |names: &Vec<String>| names.iter().any(|found| found == name);
        let found = listed.iter().find(|(id, (_, names))| has_name(names) && counted.contains_key(*id));
        assert!(found.is_some(), "{name} is missing in {listed:?}");
    }
    for (id, (bytes, names)) in listed {
        if let Some(counted) = counted.get(id) {
            assert_eq!(bytes, counted, "{names:?}");
        }
    }
}

#[test]
#[ignore = "needs engines (DOCKOPT_TEST_DOCKER)"]
fn sizes_of_docker_images_agree_with_docker() {
    let usage = ask(&variable("DOCKOPT_TEST_DOCKER"), "/system/df");
    let images = usage["Images"].as_array().expect("images").iter();
    let counted = images.map(|image| {
        let (size, shared) = (number(&image["Size"]), number(&image["SharedSize"]));
        (image["Id"].as_str().expect("an ID").to_owned(), (size, shared, size - shared))
    });
    let names = ["static:latest", "static-second:latest", "many-layers:latest", "python-naive:latest"];
    assert_counted(&listed(&mut with_engines(), "docker"), &counted.collect(), &names);
}

/// What Podman's images share, according to the records of its store, where a layer has a parent.
#[derive(Default)]
struct Stored {
    /// Bytes that each image shares.
    shared: HashMap<String, u64>,
    /// Bytes of all shared layers, each counted once.
    shared_once: u64,
}

impl Stored {
    fn read() -> Self {
        let store = Path::new(&variable("DOCKOPT_ENGINES_DIR")).join("podman");
        let records = |file: &str| -> Vec<Value> {
            serde_json::from_slice(&fs::read(store.join(file)).expect("readable")).expect("JSON")
        };
        let text = |record: &Value, field: &str| record[field].as_str().unwrap_or_default().to_owned();
        let layers: HashMap<String, (String, u64)> = records("overlay-layers/layers.json")
            .iter()
            .map(|layer| {
                let bytes = layer["diff-size"].as_u64().unwrap_or(0);
                (text(layer, "id"), (text(layer, "parent"), bytes))
            })
            .collect();
        let stacks: Vec<(String, Vec<String>)> = records("overlay-images/images.json")
            .iter()
            .map(|image| {
                let below = |id: &String| layers.get(id).map(|(parent, _)| parent.clone());
                let stack = std::iter::successors(Some(text(image, "layer")), below);
                (format!("sha256:{}", text(image, "id")), stack.filter(|id| !id.is_empty()).collect())
            })
            .collect();
        let mut users: HashMap<&String, u64> = HashMap::new();
        stacks.iter().flat_map(|(_, stack)| stack).for_each(|layer| *users.entry(layer).or_default() += 1);
        let shared = |stack: &[String]| stack.iter().filter(|id| users[id] > 1).map(|id| layers[id].1).sum();
        let shared_once = users.iter().filter(|(_, users)| **users > 1).map(|(id, _)| layers[*id].1).sum();
        Self { shared: stacks.iter().map(|(id, stack)| (id.clone(), shared(stack))).collect(), shared_once }
    }
}

#[test]
#[ignore = "needs engines (DOCKOPT_TEST_PODMAN)"]
fn sizes_of_podman_images_agree_with_its_store() {
    let _list = podman_list();
    let usage = ask(&variable("DOCKOPT_TEST_PODMAN"), "/v4.0.0/libpod/system/df");
    let stored = Stored::read();
    let images = usage["Images"].as_array().expect("images").iter();
    // Podman's own number of shared bytes is 0 unless one image was built on another here.
    let counted = images.map(|image| {
        let id = format!("sha256:{}", image["ImageID"].as_str().expect("an ID"));
        let (size, shared) = (number(&image["Size"]), stored.shared[&id]);
        (id, (size, shared, size - shared))
    });
    let counted: HashMap<String, Bytes> = counted.collect();
    let names = ["static", "static-second", "many-layers", "python-naive"]
        .map(|name| format!("localhost/dockopt-{name}:latest"));
    let names = names.each_ref().map(String::as_str);
    let podman = podman_program();
    let mut without_socket = without_addresses();
    without_socket.env("PATH", podman.path());
    for list in [listed(&mut with_engines(), "podman"), listed(&mut without_socket, "podman")] {
        assert_counted(&list, &counted, &names);
        let many_layers = list.values().find(|(_, found)| found[..] == [names[2]]).expect("it is there");
        assert!(many_layers.0.1 > 100_000_000, "it shares its base: {many_layers:?}");
        // The unique bytes of each image, and the shared bytes once, are the total.
        let unique: u64 = list.values().map(|((_, _, unique), _)| unique).sum();
        let total = dockopt_core::quantity::size(unique + stored.shared_once);
        let table = super::run(with_engines().args(["images", "--source", "podman", "-o", "text"])).stdout;
        assert!(table.contains(&format!(", {total} with shared layers counted once;")), "{total}:\n{table}");
    }
}

/// Returns the age of each name according to `docker images`, sorted.
fn ages_of_docker() -> Vec<String> {
    let format = "{{.Repository}}:{{.Tag}} {{.CreatedSince}}";
    let ages = output_of(tool("docker").args(["images", "--format", format]));
    sorted(String::from_utf8(ages).expect("UTF-8").lines().map(str::to_owned))
}

fn sorted(lines: impl Iterator<Item = String>) -> Vec<String> {
    let mut lines: Vec<String> = lines.collect();
    lines.sort();
    lines
}

/// Returns the same from the program's table.
fn ages_in_table() -> Vec<String> {
    let table = super::run(with_engines().args(["images", "--source", "docker", "-o", "text"])).stdout;
    let rows = table.lines().skip(1).take_while(|line| !line.is_empty());
    let row = |line: &str| {
        let cells: Vec<&str> = line.split("  ").map(str::trim).filter(|cell| !cell.is_empty()).collect();
        format!("{} {}", cells[0].replace("<dangling>", "<none>:<none>"), cells[2])
    };
    sorted(rows.map(row))
}

#[test]
#[ignore = "needs engines (DOCKOPT_TEST_DOCKER)"]
fn ages_agree_with_docker() {
    // The lists before and after differ when an age changes its unit or another test builds an
    // image.
    for _ in 0..100 {
        let before = ages_of_docker();
        let ours = ages_in_table();
        if before == ages_of_docker() {
            assert_eq!(ours, before);
            assert!(!ours.is_empty());
            return;
        }
    }
    panic!("the list changes all the time");
}

#[test]
#[ignore = "needs engines (DOCKOPT_TEST_DOCKER)"]
fn table_has_every_image_and_can_be_filtered() {
    let table = |arguments: &[&str]| {
        let run = super::run(with_engines().arg("images").args(arguments));
        assert_eq!((run.code, run.stderr.as_str()), (0, ""), "{arguments:?}");
        run.stdout
    };
    let all = table(&[]);
    for name in ["static:latest", "many-layers:latest", "python-naive:latest"] {
        assert!(all.lines().any(|line| line.starts_with(name)), "{all}");
    }
    let ids = table(&["-q", "many-layers:latest"]);
    let id = ids.strip_suffix('\n').expect("a line");
    assert!(id.len() == 12 && table(&["many-layers:latest"]).contains(id), "{ids}");
    let some = table(&["--filter", "static latest", "--sort", "size"]);
    assert!(some.contains("static-second:latest") && !some.contains("python-naive"), "{some}");
    // Without arguments and a terminal it is the same list.
    let bare = super::run(&mut with_engines());
    assert!(bare.code == 0 && bare.stdout.contains("python-naive:latest"), "{}", bare.stderr);
}
