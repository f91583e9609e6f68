//! What packages own, compared with package managers and files in a container.

use std::collections::BTreeMap;
use std::io::Write;
use std::process::{Command, Stdio};

use serde_json::Value;

use super::{output_of, tool, with_engines};

/// Adds npm packages, one within another, and a byte-compiled file that no list names.
const DOCKERFILE: &str = r#"
FROM python-naive
RUN mkdir -p /srv/node_modules/a/lib /srv/node_modules/a/node_modules/@s/b /srv/node_modules/.cache \
 && cd /srv/node_modules \
 && echo '{"name":"a","version":"1.0.0"}' > a/package.json \
 && echo 'module.exports = 1' > a/lib/index.js \
 && echo '{"name":"@s/b"}' > a/node_modules/@s/b/package.json \
 && ln a/lib/index.js a/node_modules/link.js \
 && echo x > .cache/x
RUN rm -r /usr/local/lib/python3.11/dist-packages/idna
"#;

/// Runs a command with this standard input and returns its output.
fn piped(command: &mut Command, input: &[u8]) -> Vec<u8> {
    let mut child = command.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().expect("it is installed");
    child.stdin.take().expect("a pipe").write_all(input).expect("written");
    let output = child.wait_with_output().expect("it ends");
    assert!(output.status.success(), "{command:?}");
    output.stdout
}

/// Bytes and files of each package, by ecosystem and name.
type Owned = BTreeMap<(String, String), (u64, u64)>;

/// Returns what the tools in a container say.
fn expected(image: &str) -> Owned {
    let script = include_bytes!("../../engines/packages_truth.py");
    let lines = piped(tool("docker").args(["run", "--rm", "-i", image, "python3", "-"]), script);
    let lines = String::from_utf8(lines).expect("UTF-8");
    let mut owned = Owned::new();
    for line in lines.lines() {
        let fields: Vec<&str> = line.split('\t').collect();
        let [ecosystem, name, bytes, files] = fields[..] else { panic!("{line}") };
        let package = owned.entry((ecosystem.to_owned(), name.to_owned())).or_default();
        package.0 += bytes.parse::<u64>().expect("a number");
        package.1 += files.parse::<u64>().expect("a number");
    }
    owned
}

fn found(report: &Value) -> Owned {
    let mut owned = Owned::new();
    for package in report["packages"].as_array().expect("a list") {
        let text = |field: &str| package[field].as_str().expect("a text").to_owned();
        let number = |field: &str| package[field].as_u64().expect("a number");
        let name = match text("ecosystem").as_str() {
            "npm" => format!("{}@{}", text("name"), text("version")),
            _ => text("name"),
        };
        let sums = owned.entry((text("ecosystem"), name)).or_default();
        sums.0 += number("live");
        sums.1 += number("files");
    }
    owned
}

#[test]
#[ignore = "needs engines (DOCKOPT_TEST_DOCKER) and real images"]
fn packages_own_what_their_managers_say() {
    let image = "packages-of-tests";
    piped(
        tool("docker").env("DOCKER_BUILDKIT", "0").args(["build", "-q", "-t", image, "-"]),
        DOCKERFILE.as_bytes(),
    );
    let report = output_of(with_engines().args(["--quiet", "-o", "json", &format!("docker://{image}")]));
    let report: Value = serde_json::from_slice(&report).expect("JSON");
    let (mut found, expected) = (found(&report), expected(image));
    let count = |of: &str| expected.keys().filter(|(ecosystem, _)| ecosystem == of).count();
    assert!(count("deb") > 200 && count("pypi") > 15 && count("npm") == 2, "{expected:?}");
    // Packages of Python in Debian packages have metadata without a list.
    found.retain(|package, owned| owned.1 > 0 && (package.0 != "pypi" || expected.contains_key(package)));
    let expected: Owned = expected.into_iter().filter(|(_, owned)| owned.1 > 0).collect();
    assert_eq!(found, expected);
    output_of(tool("docker").args(["rmi", image]));
}
