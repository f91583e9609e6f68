//! Dockerfiles in `tests/dockerfiles`, built as they are and as `fix` changes them: the savings are
//! those that were predicted.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use serde_json::Value;

use super::{output_of, tool, with_engines};
use crate::run::{Run, testdata};

/// A copy of a Dockerfile with its context, and what `fix` makes of it.
struct Case {
    name: String,
    directory: PathBuf,
}

impl Case {
    /// Copies all cases.
    fn all(work: &Path) -> Vec<Self> {
        let directories = fs::read_dir(testdata("../tests/dockerfiles")).expect("readable");
        let directories = directories.map(|entry| entry.expect("readable").path());
        let case = |directory: PathBuf| {
            let name = directory.file_name().expect("a name").to_string_lossy().into_owned();
            let copied = Command::new("cp").arg("-r").args([&directory, work]).status().expect("cp runs");
            assert!(copied.success());
            let case = Self { directory: work.join(&name), name };
            case.write_numbers();
            case
        };
        let mut cases: Vec<Self> = directories.filter(|path| path.is_dir()).map(case).collect();
        cases.sort_by(|one, other| one.name.cmp(&other.name));
        cases
    }

    /// Writes the large files of the context: `numbers` has a path and a number of lines in each line.
    fn write_numbers(&self) {
        let list = fs::read_to_string(self.directory.join("numbers")).unwrap_or_default();
        for line in list.lines() {
            let (path, count) = line.split_once(' ').expect("a path and a number");
            let path = self.directory.join("context").join(path);
            fs::create_dir_all(path.parent().expect("a directory")).expect("created");
            let numbers: Vec<String> =
                (1..=count.parse::<u32>().expect("a number")).map(|number| number.to_string()).collect();
            fs::write(path, numbers.join("\n") + "\n").expect("written");
        }
    }

    fn image(&self, dockerfile: &str) -> String {
        format!("dockerfiles-{}-{}", self.name, dockerfile.to_ascii_lowercase().replace('.', "-"))
    }

    /// Removes the images of the case. One that is in use may stay.
    fn remove_images(&self) {
        let images = ["Dockerfile", "fixed.Dockerfile"].map(|dockerfile| self.image(dockerfile));
        let _ = tool("docker").arg("rmi").args(images).output();
    }

    /// Builds a Dockerfile of the case and returns the reference of the image.
    fn build(&self, dockerfile: &str) -> String {
        let name = self.image(dockerfile);
        let mut build = tool("docker");
        build.current_dir(&self.directory).env("DOCKER_BUILDKIT", "0");
        build.args(["build", "-q", "--network", "host", "-t", &name, "-f", dockerfile, "context"]);
        output_of(build.stderr(Stdio::null()));
        format!("docker://{name}")
    }

    /// Builds and changes it, proves the change, and returns a row of the table.
    fn prove(&self) -> String {
        let image = self.build("Dockerfile");
        let proof = self.directory.join("proof.json");
        let mut fix = with_engines();
        fix.env("DOCKER_BUILDKIT", "0").current_dir(&self.directory).args([
            "fix",
            &image,
            "-f",
            "Dockerfile",
        ]);
        fix.args(["--no-cache", "--prove", "--json"]).arg(&proof);
        let fixed: Run =
            fix.args(["--", "-q", "--network", "host", "context"]).output().expect("it starts").into();
        assert_eq!(fixed.code, 0, "{}: {}", self.name, fixed.stderr);
        assert_eq!(self.patched(&fixed.stdout), self.read("fixed.Dockerfile"), "{}", self.name);
        self.check_fixed();
        if fixed.stdout.is_empty() {
            assert!(fixed.stderr.ends_with("There is nothing to change.\n"), "{}", fixed.stderr);
            return format!("{:14} nothing to change", self.name);
        }
        let proof: Value = serde_json::from_slice(&fs::read(proof).expect("a proof")).expect("JSON");
        self.check(&proof)
    }

    /// Compares what was measured with what was predicted: within 2 % or 64 KiB.
    fn check(&self, proof: &Value) -> String {
        let is_near =
            |predicted: i64, measured: i64| (predicted - measured).abs() <= (predicted / 50).max(64 * 1024);
        let number = |value: &Value| value.as_i64().expect("a number");
        let mut rules = Vec::new();
        for finding in proof["findings"].as_array().expect("a list") {
            let (predicted, measured) = (number(&finding["predicted"]), number(&finding["measured"]));
            assert!(is_near(predicted, measured), "{}: {finding}", self.name);
            rules.push(finding["rule"].as_str().expect("a text"));
        }
        let (predicted, measured) = (number(&proof["predicted"]), number(&proof["measured"]));
        assert!(is_near(predicted, measured), "{}: {proof}", self.name);
        let differing: Vec<&Value> = proof["differences"].as_array().expect("a list").iter().collect();
        let unexpected = differing.iter().filter(|path| !is_noted_by_tools(path)).count();
        assert_eq!(unexpected, 0, "{}: {differing:?}", self.name);
        format!("{:14} {predicted:>12} {measured:>12}  {}", self.name, rules.join(", "))
    }

    /// Nothing more is to be done in the fixed Dockerfile.
    fn check_fixed(&self) {
        let image = self.build("fixed.Dockerfile");
        let report = with_engines().args(["--no-cache", "-o", "json", &image]).output().expect("it starts");
        let report: Value = serde_json::from_slice(&report.stdout).expect("JSON");
        let findings = report["findings"].as_array().expect("a list");
        let left: Vec<&Value> = findings.iter().filter(|finding| finding["severity"] != "info").collect();
        assert!(left.is_empty(), "{}: {left:?}", self.name);
        assert_eq!(report["plan"]["saves"], 0);
    }

    fn patched(&self, diff: &str) -> String {
        let work = self.directory.join("patched");
        fs::create_dir(&work).expect("created");
        let (file, patch) = (work.join("Dockerfile"), work.join("x.diff"));
        fs::write(&file, self.read("Dockerfile")).expect("written");
        fs::write(&patch, diff).expect("written");
        if !diff.is_empty() {
            let mut apply = Command::new("git");
            assert!(apply.current_dir(&work).arg("apply").arg(&patch).status().expect("git runs").success());
        }
        fs::read_to_string(file).expect("readable")
    }

    fn read(&self, name: &str) -> String {
        fs::read_to_string(self.directory.join(name)).expect("readable")
    }
}

/// Whether a path is one of those in which apt and dpkg note what they install and when.
fn is_noted_by_tools(path: &Value) -> bool {
    const PLACES: [&str; 6] = [
        "/var/log/",
        "/var/lib/dpkg/",
        "/var/lib/apt/extended_states",
        "/var/cache/ldconfig/aux-cache",
        "/usr/share/locale",
        "/etc/shadow",
    ];
    let path = path["path"].as_str().unwrap_or_default();
    PLACES.iter().any(|place| path.starts_with(place))
}

#[test]
#[ignore = "needs the engines that tests/engines/up.sh starts, and images"]
fn measured_savings_are_those_predicted() {
    println!("Case              Predicted     Measured  Rules");
    let work = tempfile::tempdir().expect("a directory");
    for case in Case::all(work.path()) {
        println!("{}", case.prove());
        case.remove_images();
    }
}
