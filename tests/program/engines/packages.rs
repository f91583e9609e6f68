//! What packages own, compared with package managers and files in a container.

use std::collections::BTreeMap;
use std::io::Write;
use std::process::{Command, Stdio};

use serde_json::Value;

use super::{output_of, tool, with_engines};

/// Adds npm packages, one within another, and a byte-compiled file that no list names.
const NODE: &str = r#"
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

/// Adds packages of rpm and Ruby, made by their tools, and files that dpkg diverts.
const MIXED: &str = r#"
FROM python-naive
RUN apt-get update && apt-get install -y --no-install-recommends ruby rpm && rm -r /var/lib/apt/lists
RUN dpkg-divert --local --rename --divert /usr/bin/gem.debian --add /usr/bin/gem \
 && printf '#!/bin/sh\nexec gem.debian "$@"\n' > /usr/bin/gem && chmod +x /usr/bin/gem
RUN mkdir /tmp/rpm && cd /tmp/rpm \
 && printf '%s\n' 'Name: one' 'Version: 1' 'Release: 1' 'Summary: s' 'License: MIT' 'BuildArch: noarch' \
    '%description' 'd' '%install' 'mkdir -p %{buildroot}/opt/one %{buildroot}/bin' \
    'seq 999 > %{buildroot}/opt/one/a' 'ln %{buildroot}/opt/one/a %{buildroot}/opt/one/b' \
    'seq 99 > %{buildroot}/bin/one' '%files' '/opt/one' '/bin/one' > one.spec \
 && rpmbuild --define '_topdir /tmp/rpm' -bb one.spec \
 && rpm --define '_dbpath /var/lib/rpm' -i --nodeps RPMS/noarch/*.rpm && rm -r /tmp/rpm
RUN mkdir -p /tmp/gem/lib && cd /tmp/gem && seq 500 > lib/two.rb \
 && printf '%s\n' 'Gem::Specification.new do |s|' 's.name = "two"' 's.version = "2.0"' 's.summary = "s"' \
    's.authors = ["a"]' 's.files = ["lib/two.rb"]' 'end' > two.gemspec \
 && gem build two.gemspec && gem install --local --no-document two-2.0.gem && rm -r /tmp/gem
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

/// Builds an image and compares its packages with what the tools in a container say. Returns the
/// number of packages of an ecosystem.
fn compare(image: &str, dockerfile: &str) -> impl Fn(&str) -> usize {
    piped(
        tool("docker").env("DOCKER_BUILDKIT", "0").args([
            "build",
            "-q",
            "--network",
            "host",
            "-t",
            image,
            "-",
        ]),
        dockerfile.as_bytes(),
    );
    let report = output_of(with_engines().args(["--quiet", "-o", "json", &format!("docker://{image}")]));
    let report: Value = serde_json::from_slice(&report).expect("JSON");
    let (mut found, expected) = (found(&report), expected(image));
    // Packages of languages in Debian packages have metadata without a list.
    let is_system = |ecosystem: &str| ["deb", "rpm", "npm"].contains(&ecosystem);
    found.retain(|package, owned| owned.1 > 0 && (is_system(&package.0) || expected.contains_key(package)));
    let expected: Owned = expected.into_iter().filter(|(_, owned)| owned.1 > 0).collect();
    assert_eq!(found, expected);
    output_of(tool("docker").args(["rmi", image]));
    move |of| expected.keys().filter(|(ecosystem, _)| ecosystem == of).count()
}

#[test]
#[ignore = "needs engines (DOCKOPT_TEST_DOCKER) and real images"]
fn packages_own_what_their_managers_say() {
    let count = compare("packages-of-node", NODE);
    assert!(count("deb") > 200 && count("pypi") > 15 && count("npm") == 2);
    let count = compare("packages-of-many", MIXED);
    assert!(count("deb") > 210 && count("pypi") > 15 && count("rpm") == 1 && count("gem") == 1);
}
