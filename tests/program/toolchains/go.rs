//! Programs of Go.

use std::fs;
use std::path::Path;
use std::process::Command;

use dockopt_testkit::{Image, Layer, Meta};

use super::{output_of, packages, report};

/// Writes a module that uses another one, and builds it with these flags.
fn build(directory: &Path, flags: &str) -> Vec<u8> {
    let write = |name: &str, text: &str| fs::write(directory.join(name), text).expect("written");
    fs::create_dir_all(directory.join("dep")).expect("a directory");
    write(
        "go.mod",
        "module example.com/team/hello\n\ngo 1.19\n\nrequire example.com/dep v1.2.3\n\nreplace example.com/dep v1.2.3 => ./dep\n",
    );
    write(
        "main.go",
        "package main\n\nimport (\n\t\"example.com/dep\"\n\t\"net/http\"\n)\n\nfunc main() { println(dep.Name(), http.StatusOK) }\n",
    );
    write("dep/go.mod", "module example.com/dep\n\ngo 1.19\n");
    write("dep/dep.go", "package dep\n\nfunc Name() string { return \"dep\" }\n");
    let mut go = Command::new("go");
    go.args(["build", "-buildvcs=false", "-o", "hello", "-ldflags", flags, "."]).current_dir(directory);
    output_of(go.env("GOFLAGS", "-mod=mod").env("GOCACHE", directory.join("cache")));
    fs::read(directory.join("hello")).expect("built")
}

#[test]
#[ignore = "needs go"]
fn modules_are_those_that_go_lists() {
    let directory = tempfile::tempdir().expect("a directory");
    let version = output_of(Command::new("go").args(["env", "GOVERSION"]));
    let version = version.trim().trim_start_matches("go").to_owned();
    for flags in ["", "-s -w", "-linkmode=external"] {
        let program = build(directory.path(), flags);
        let listed =
            output_of(Command::new("go").args(["version", "-m"]).arg(directory.path().join("hello")));
        assert!(listed.contains("mod\texample.com/team/hello\t(devel)"), "{listed}");
        assert!(listed.contains("dep\texample.com/dep\tv1.2.3"), "{listed}");
        let large = [program.clone(), vec![0x55; 20 << 20]].concat();
        for (name, content) in [("small", program), ("large", large)] {
            let size = content.len() as u64;
            let layer = Layer::new().file_with("usr/bin/hello", content, Meta::default().mode(0o755));
            let report = report(&Image::new().layer(layer));
            let owned = |name: &str, version: &str, bytes| (name.to_owned(), version.to_owned(), bytes);
            let expected = [
                owned("example.com/dep", "v1.2.3", 0),
                owned("example.com/team/hello", "(devel)", size),
                owned("stdlib", &version, 0),
            ];
            assert_eq!(packages(&report, "golang"), expected, "{name} with {flags:?}");
        }
    }
}
