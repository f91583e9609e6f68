//! Copies, left-over files, layers.

use super::{MB, noted, shown};
use crate::testing::Image;

#[test]
fn copies_at_other_paths_are_duplicates() {
    let image = Image::default()
        .by("ADD rootfs /")
        .sized("base/a", 3 * MB, 0)
        .by("COPY . /")
        .sized("app/a", 3 * MB, 0)
        .sized("app/b", 2 * MB, 0)
        .sized("app/c", 2 * MB, 0)
        .sized("app/small", 1000, 0)
        .sized("app/same", 1000, 0)
        .status(&["x 1"])
        .list("x", "/usr/x\n")
        .sized("usr/x", 2 * MB, 0);
    let findings = image.findings();
    assert_eq!(shown(&findings), ["duplicate-files 1 5000000 medium"]);
    let message = &findings.findings[0].message;
    assert!(
        message.ends_with("stores 5 MB in 2 files that other paths have, too; /app/a is /base/a"),
        "{message}"
    );
    assert_eq!(findings.plan.saves, 0, "a person decides");
}

#[test]
fn files_for_developers_are_found_by_their_places() {
    let image = Image::default()
        .by("ADD rootfs /")
        .by("RUN pip install x && npm ci && make install")
        .sized("usr/lib/python3/site-packages/x/tests/a", 2 * MB, 0)
        .sized("app/node_modules/y/test/b", 3 * MB + 1, 0)
        .sized("app/static/app.js.map", 4 * MB, 0)
        .sized("usr/local/lib/libx.a", 5 * MB, 0)
        .sized("usr/local/include/x.h", MB, 0)
        .sized("opt/__pycache__/m.cpython-311.opt-1.pyc", 7 * MB, 0)
        .sized("opt/__pycache__/m.cpython-311.pyc", 8 * MB, 0);
    assert_eq!(
        shown(&image.findings()),
        [
            "bytecode-twice 1 7000000 medium",
            "static-libraries 1 6000000 low",
            "tests-of-packages 1 5000001 low",
            "source-maps 1 4000000 low",
        ]
    );
}

#[test]
fn large_file_without_owner_is_noted() {
    let image =
        Image::default().by("ADD rootfs /").by("COPY m /m").sized("m", 70 * MB, 0).sized("n", 9 * MB, 0);
    let findings = image.findings();
    assert_eq!(shown(&findings), ["large-file 1 70000000 info"]);
}

#[test]
fn tiny_layers_and_missing_settings_are_noted() {
    let image = (0..6).fold(Image::default().by("ADD rootfs /"), |image, _| image.by("RUN true"));
    let mut image = image.program("usr/bin/apt-get", b"x").program("bin/sh", b"x");
    image.config.user = Some("1".to_owned());
    image.config.cmd = Some(vec!["serve".to_owned()]);
    image.config.exposed_ports = vec!["80/tcp".to_owned()];
    assert_eq!(
        noted(&image.findings()),
        ["many-layers None info", "no-health-check None info", "shell-present None info"]
    );
}
