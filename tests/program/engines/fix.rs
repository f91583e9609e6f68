//! Dockerfiles in `tests/dockerfiles`, built as they are and as `fix` changes them: the savings are
//! those that were predicted.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use serde_json::Value;

use super::{output_of, tool, with_engines};
use crate::run::{Run, testdata};

/// A copy of a Dockerfile with its context, and what becomes of it: `fixed.Dockerfile` is what `fix`
/// proposes, as a patch or as an example. Where it says what to do in words only, `words` has them,
/// and `fixed.Dockerfile` with `dockerignore` is what a person makes of them.
struct Case {
    name: String,
    directory: PathBuf,
}

/// What a case saves: as it was predicted, and as it was measured.
#[derive(Clone, Copy, Default)]
struct Savings {
    predicted: i64,
    measured: i64,
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
            case.prepare();
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

    /// Runs `prepare.sh`, for what cannot be kept: keys, a repository.
    fn prepare(&self) {
        if self.directory.join("prepare.sh").exists() {
            let mut script = Command::new("sh");
            let status = script.current_dir(&self.directory).arg("prepare.sh").status().expect("sh runs");
            assert!(status.success(), "{}", self.name);
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

    /// Builds and changes it, proves the change, and returns what it saves and the rules.
    fn prove(&self) -> (Savings, String) {
        let image = self.build("Dockerfile");
        let before = self.report(&image, "Dockerfile");
        let proof = self.directory.join("proof.json");
        let mut fix = with_engines();
        fix.env("DOCKER_BUILDKIT", "0").current_dir(&self.directory);
        fix.args(["fix", &image, "-f", "Dockerfile", "--no-cache", "--prove", "--json"]).arg(&proof);
        let fixed: Run =
            fix.args(["--", "-q", "--network", "host", "context"]).output().expect("it starts").into();
        assert_eq!(fixed.code, 0, "{}: {}", self.name, fixed.stderr);
        self.check_proposal(&fixed, &before);
        if !fixed.stdout.is_empty() {
            self.check(&serde_json::from_slice(&fs::read(proof).expect("a proof")).expect("JSON"));
        }
        let after = self.fixed();
        let stored = |report: &Value| report["size"]["stored"].as_i64().expect("a number");
        let predicted = before["plan"]["saves"].as_i64().expect("a number");
        let savings = Savings { predicted, measured: stored(&before) - stored(&after) };
        assert!(is_near(savings), "{}: {predicted} predicted, {} measured", self.name, savings.measured);
        (savings, worth_mentioning(&before).join(", "))
    }

    /// Compares the patch, the example or the words with what is expected.
    fn check_proposal(&self, fixed: &Run, before: &Value) {
        let findings = before["findings"].as_array().expect("a list");
        let example = findings.iter().find_map(|finding| finding["fix"]["example"].as_str());
        let expected = self.read("fixed.Dockerfile");
        if let Ok(words) = fs::read_to_string(self.directory.join("words")) {
            assert_eq!(fixed.stdout, "", "{}", self.name);
            for line in words.lines() {
                let says = |finding: &Value| finding["fix"]["text"] == line;
                assert!(findings.iter().any(says), "{}: {line}: {findings:?}", self.name);
            }
        } else if let Some(example) = example {
            assert_eq!(example, expected, "{}", self.name);
        } else {
            assert_eq!(self.patched(&fixed.stdout), expected, "{}", self.name);
        }
        if worth_mentioning(before).is_empty() {
            assert!(fixed.stderr.ends_with("There is nothing to change.\n"), "{}", fixed.stderr);
        }
    }

    /// Compares what was measured with what was predicted.
    fn check(&self, proof: &Value) {
        let number = |value: &Value| value.as_i64().expect("a number");
        for finding in proof["findings"].as_array().expect("a list") {
            let (predicted, measured) = (number(&finding["predicted"]), number(&finding["measured"]));
            assert!(is_near(Savings { predicted, measured }), "{}: {finding}", self.name);
        }
        let differing: Vec<&Value> = proof["differences"].as_array().expect("a list").iter().collect();
        let unexpected = differing.iter().filter(|path| !is_noted_by_tools(path)).count();
        assert_eq!(unexpected, 0, "{}: {differing:?}", self.name);
    }

    /// Builds the fixed Dockerfile, in which nothing more is to be done, and returns the report on it.
    fn fixed(&self) -> Value {
        let ignored = fs::read(self.directory.join("dockerignore")).unwrap_or_default();
        fs::write(self.directory.join("context/.dockerignore"), ignored).expect("written");
        let after = self.report(&self.build("fixed.Dockerfile"), "fixed.Dockerfile");
        assert_eq!(worth_mentioning(&after), [""; 0], "{}", self.name);
        assert_eq!(after["plan"]["saves"], 0);
        after
    }

    /// Returns the JSON report on an image with its Dockerfile.
    fn report(&self, image: &str, dockerfile: &str) -> Value {
        let mut report = with_engines();
        report.current_dir(&self.directory).args([
            "--no-cache",
            "--dockerfile",
            dockerfile,
            "-o",
            "json",
            image,
        ]);
        serde_json::from_slice(&report.output().expect("it starts").stdout).expect("JSON")
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

/// Whether savings are as predicted: within 2 % or 64 KiB.
fn is_near(Savings { predicted, measured }: Savings) -> bool {
    (predicted - measured).abs() <= (predicted / 50).max(64 * 1024)
}

/// Returns the rules of the findings above `info`.
fn worth_mentioning(report: &Value) -> Vec<String> {
    let findings = report["findings"].as_array().expect("a list").iter();
    let findings = findings.filter(|finding| finding["severity"] != "info");
    let mut rules: Vec<String> =
        findings.map(|finding| finding["rule"].as_str().expect("a text").to_owned()).collect();
    rules.dedup();
    rules
}

/// Whether a path is one of those in which tools note what they install, build and when.
fn is_noted_by_tools(path: &Value) -> bool {
    const PLACES: [&str; 14] = [
        "/var/log/",
        "/var/lib/dpkg/",
        "/var/lib/apt/extended_states",
        "/var/cache/ldconfig/aux-cache",
        "/usr/share/locale",
        "/etc/shadow",
        "/var/lib/dnf/",
        "/var/lib/rpm/",
        "/root/.cargo/.global-cache",
        "/root/.cache",
        "/root/.npm/",
        "/src/target/.rustc_info.json",
        "/app/node_modules/.bin/",
        "/app/node_modules/.package-lock.json",
    ];
    let path = path["path"].as_str().unwrap_or_default();
    // Bytecode of Python has the time of its source.
    let has_time = path.contains("/__pycache__/");
    has_time || path == "/root" || PLACES.iter().any(|place| path.starts_with(place))
}

#[test]
#[ignore = "needs the engines that tests/engines/up.sh starts, and images"]
fn measured_savings_are_those_predicted() {
    println!("Case                Predicted     Measured  Rules");
    let work = tempfile::tempdir().expect("a directory");
    let cases = Case::all(work.path());
    assert!(cases.len() >= 16);
    let mut sum = Savings::default();
    for case in &cases {
        let (Savings { predicted, measured }, rules) = case.prove();
        println!("{:16} {predicted:>12} {measured:>12}  {rules}", case.name);
        sum = Savings { predicted: sum.predicted + predicted, measured: sum.measured + measured };
    }
    // Images stay until the end, so that cases with equal steps build them once.
    cases.iter().for_each(Case::remove_images);
    println!("{:16} {:>12} {:>12}", "all", sum.predicted, sum.measured);
    assert!((sum.predicted - sum.measured).abs() * 20 <= sum.predicted);
}
