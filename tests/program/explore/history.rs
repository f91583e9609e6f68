//! `history`: which layers touched a path.

use dockopt_testkit::{Image, Layer, Meta};
use serde_json::json;

use super::{bytes, failure, forms, rows, saved, text};

#[test]
fn history_is_the_same_in_every_form() {
    let expected = bytes(["history", "--json", "hello.docker.tar", "/app/site/index.html"]);
    for form in forms() {
        assert_eq!(bytes(["history", "-o", "json", form, "app/site/index.html"]), expected, "{form}");
    }
    let rows = rows(["history", "--json", "hello.docker.tar", "/app/site/index.html"]);
    let changes: Vec<_> = rows.iter().map(|row| (row["layer"].clone(), row["change"].clone())).collect();
    let change = |layer: usize, change: &str| (json!(layer), json!(change));
    assert_eq!(changes, [change(1, "added"), change(5, "metadata"), change(8, "opaque"), change(8, "added")]);
    assert_eq!((&rows[1]["changed"], &rows[1]["uid"]), (&json!(["owner"]), &json!(1000)));
    assert_eq!((&rows[2]["kind"], &rows[2]["size"]), (&json!(null), &json!(null)));
    assert_eq!((&rows[3]["size"], &rows[3]["live"]), (&json!(700), &json!(true)));
}

#[test]
fn table_names_the_instruction() {
    let image = || {
        let base = Layer::new().file("etc/motd", "hello").symlink("conf", "etc");
        let upper = Layer::new().file_with("etc/motd", "hello", Meta::new().mode(0o600).mtime(5));
        Image::new()
            .layer(base)
            .created_by("COPY motd /etc/motd # buildkit")
            .history("ENV a=b", true)
            .layer(upper)
            .created_by("RUN /bin/sh -c chmod 600 /etc/motd # buildkit")
            .layer(Layer::new().whiteout("etc/motd"))
            .created_by("RUN /bin/sh -c rm /etc/motd\x1b[2J # buildkit")
    };
    let (_file, image) = saved(&image());
    let expected = "\
Layer  Change                              Size  Instruction
    0  added                                5 B  COPY motd /etc/motd
    1  mode and modification time changed   5 B  RUN chmod 600 /etc/motd
    2  deleted                                -  RUN rm /etc/motd\\x1b[2J
";
    for path in ["/etc/motd", "etc/motd", "/conf/motd", "/conf/../etc//motd"] {
        assert_eq!(text(["history", &image, path]), expected, "{path}");
    }
    let only = text(["history", &image, "1:/etc/motd"]);
    assert_eq!(only.lines().count(), 2);
    assert_eq!(text(["history", "--layer", "1", &image, "/etc/motd"]), only);
    assert!(text(["history", &image, "/conf"]).contains("added"), "the link itself, not where it leads");
}

#[test]
fn layer_that_does_not_touch_the_path_is_an_error() {
    let image = "hello.docker.tar";
    let error = failure(["history", image, "2:/app/data.bin"]);
    assert!(error.starts_with("error: layer 2 does nothing to `/app/data.bin`\n"), "{error}");
    assert!(error.contains(&format!("`dockopt-dive history {image} /app/data.bin` shows which")), "{error}");
    let error = failure(["history", image, "/app/data.bim"]);
    assert!(error.contains("hint: did you mean `/app/data.bin`?"), "{error}");
}
