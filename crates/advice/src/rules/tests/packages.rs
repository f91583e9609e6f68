//! Build tools, packages for development, and the base.

use dockopt_core::findings::{Confidence, Finding, Findings};

use super::{MB, status};
use crate::testing::{Image, program};

fn of<'f>(findings: &'f Findings, rule: &str) -> Vec<&'f Finding> {
    findings.findings.iter().filter(|finding| finding.rule == rule).collect()
}

/// A base with libc, and a layer that installs a compiler with its library and a library that only
/// the program loads.
fn with_compiler(run: &str) -> Image {
    let all = ["libc|| ", "gcc|cpp, libc|", "cpp||", "libz-dev|libz|", "libz||", "curl|libc|"];
    let image = Image::default()
        .by("ADD rootfs /")
        .file("var/lib/dpkg/status", status(&["libc||"]))
        .list("libc", "/lib/libc.so.6\n")
        .program("lib/libc.so.6", &program("", &[]))
        .by(run)
        .file("var/lib/dpkg/status", status(&all));
    let files = [
        ("gcc", "usr/bin/gcc"),
        ("cpp", "usr/bin/cpp"),
        ("libz-dev", "usr/lib/libz.a"),
        ("curl", "usr/bin/curl"),
    ];
    let image = files.iter().fold(image, |image, (package, path)| {
        image.list(package, &format!("/{path}\n")).sized(path, 2 * MB, 0)
    });
    image.list("libz", "/usr/lib/libz.so.1.2\n").program("usr/lib/libz.so.1.2", &program("", &[]))
}

const INSTALL: &str = "RUN apt-get install -y --no-install-recommends gcc libz-dev curl";

#[test]
fn tools_and_what_only_they_need_are_found() {
    let image = with_compiler(INSTALL)
        .by("RUN gcc -o /usr/local/bin/app main.c")
        .program("usr/local/bin/app", &program("/lib/ld.so", &["libz.so.1", "libc.so.6"]));
    let findings = image.findings();
    let found = of(&findings, "build-tools");
    let [finding] = found.as_slice() else { panic!("{findings:?}") };
    assert_eq!(finding.saves.stored, 6 * MB, "{}", finding.message);
    assert!(!finding.saves.exact && finding.confidence == Confidence::Likely);
    assert!(
        finding.message.ends_with("6 MB in 3 packages that only they need: cpp, gcc, libz-dev"),
        "{}",
        finding.message
    );
    assert!(finding.fix.text.ends_with("to a stage with curl, libz"), "{}", finding.fix.text);
}

#[test]
fn image_that_builds_nothing_may_be_for_building() {
    let findings = with_compiler(INSTALL).findings();
    assert_eq!(of(&findings, "build-tools")[0].confidence, Confidence::Possible);
    let none = with_compiler("RUN apt-get install -y curl").findings();
    assert!(of(&none, "build-tools").is_empty());
}

#[test]
fn skeleton_builds_in_a_stage_and_copies_the_result() {
    let dockerfile = format!(
        "FROM debian\n{INSTALL}\nCOPY main.c /src/\nRUN make -C /src install\nUSER app\nCMD [\"app\"]\n"
    );
    let image = with_compiler(INSTALL)
        .by("COPY main.c /src/")
        .sized("src/main.c", 10, 0)
        .by("RUN make -C /src install")
        .sized("src/main.o", 20, 0)
        .program("usr/local/bin/app", &program("/lib/ld.so", &["libz.so.1"]));
    let findings = image.advice(Some(&dockerfile)).findings;
    let example = of(&findings, "build-tools")[0].fix.example.clone().expect("an example");
    assert_eq!(
        example,
        format!(
            "FROM debian AS build\n{INSTALL}\nCOPY main.c /src/\nRUN make -C /src install\n\nFROM debian\n\
            RUN apt-get update \\\n    && apt-get install -y --no-install-recommends curl libz \\\n    && apt-get clean \\\n    \
            && rm -rf /var/lib/apt/lists/*\nCOPY --from=build /usr/local/bin/app /usr/local/bin/app\nUSER app\nCMD [\"app\"]\n"
        )
    );
}

#[test]
fn packages_that_npm_marks_are_for_development() {
    let lock = r#"{"packages":{"node_modules/tool":{"dev":true},"node_modules/lib":{}}}"#;
    let image = |manifest: &str, run: &str| {
        let image = Image::default()
            .by("ADD rootfs /")
            .by("RUN npm ci")
            .file("app/package.json", manifest)
            .file("app/node_modules/.package-lock.json", lock);
        let image = image.sized("app/node_modules/tool/a.js", 3 * MB, 0);
        let image = image.sized("app/node_modules/tool/node_modules/x/b.js", MB, 0);
        let image = image.sized("app/node_modules/lib/c.js", 7 * MB, 0).by(run);
        let dockerfile = format!("FROM x\nRUN npm ci\n{run}\n");
        image.advice(Some(&dockerfile)).findings
    };
    let plain = r#"{"name":"app","scripts":{"build":"tsc"}}"#;
    let findings = image(plain, "COPY . /app");
    let finding = of(&findings, "dev-dependencies")[0];
    assert_eq!(finding.saves.stored, 4 * MB);
    assert!(finding.fix.patch.as_ref().is_some_and(|patch| patch.contains("+RUN npm ci --omit=dev")));
    let hook = r#"{"name":"app","scripts":{"postinstall":"tsc"}}"#;
    for (manifest, run) in [
        (plain, "RUN npm run build"),
        (plain, "RUN ./node_modules/.bin/tsc"),
        (plain, "RUN make"),
        (plain, "RUN sh -c tsc"),
        (hook, "COPY . /app"),
        ("{}", "COPY . /app"),
    ] {
        let findings = image(manifest, run);
        let finding = of(&findings, "dev-dependencies")[0];
        assert!(finding.fix.patch.is_none(), "{manifest} {run}");
        assert!(finding.fix.text.contains("npm prune"), "{}", finding.fix.text);
    }
}

#[test]
fn base_is_measured_by_what_the_program_reaches() {
    let image = |command: &str| {
        let mut image = Image::default()
            .by("ADD rootfs /")
            .file("var/lib/dpkg/status", status(&["libc||", "python3|libc|", "big||"]))
            .list("big", "/usr/share/big\n")
            .list("python3", "/usr/lib/python\n/usr/bin/python3\n")
            .sized("usr/share/big", 60 * MB, 0)
            .sized("usr/lib/python", 9 * MB, 0)
            .program("usr/bin/python3", &program("", &[]))
            .by("COPY app /app")
            .program("app/run", b"#!/usr/bin/env python3\nprint()\n");
        image.config.cmd = Some(command.split(' ').map(str::to_owned).collect());
        image.findings()
    };
    let findings = image("/app/run");
    let finding = of(&findings, "large-base")[0];
    // The databases of dpkg are small.
    assert!(finding.base && finding.saves.stored / MB == 60, "{}", finding.message);
    assert_eq!(finding.fix.text, "try `python:3-slim`, or a distroless base for python");
    for command in ["bash", "/bin/sh", "missing"] {
        assert!(of(&image(command), "large-base").is_empty(), "{command}");
    }
}
