//! `ls`: names, attributes, layers, ghosts.

use std::collections::BTreeSet;
use std::fs;

use dockopt_testkit::{Compression, Image, Layer, Meta, outer};
use serde_json::{Value, json};

use super::oracle::{Member, final_filesystem, inode, is_marker, layers, rooted};
use super::{argument, bytes, forms, in_layer, raw, rows, saved, text};
use crate::run::{start, testdata};

/// Returns the paths of a NUL-terminated list.
fn paths(list: &[u8]) -> Vec<Vec<u8>> {
    let list = list.strip_suffix(b"\0").unwrap_or(list);
    list.split(|&byte| byte == 0).map(<[u8]>::to_vec).collect()
}

/// Returns the expected JSON of a member.
fn record(path: &[u8], member: &Member, all: &[super::oracle::Members]) -> Value {
    let shown = inode(member, all);
    let kind = match shown.kind {
        'd' => "directory",
        'l' => "symlink",
        _ => "file",
    };
    let target = matches!(member.kind, 'l' | 'h').then(|| String::from_utf8_lossy(&member.data));
    json!({
        "path": String::from_utf8_lossy(path),
        "kind": kind,
        "mode": format!("{:04o}", shown.mode),
        "uid": shown.owner.0,
        "gid": shown.owner.1,
        "size": (shown.kind == 'f').then_some(shown.data.len()),
        "target": target,
        "hardLink": member.kind == 'h',
        "layer": member.layer,
    })
}

/// Returns the fields that a record of the oracle has.
fn without_others(mut row: Value) -> Value {
    for field in ["pathBase64", "modified", "device", "xattrs", "live", "ended"] {
        row.as_object_mut().expect("an object").remove(field).expect(field);
    }
    row
}

#[test]
fn final_filesystem_of_every_form_is_that_of_the_oracle() {
    let all = layers();
    let expected = final_filesystem(&all);
    let records: Vec<Value> =
        expected.iter().map(|(path, member)| record(&rooted(path), member, &all)).collect();
    for form in forms() {
        let found: Vec<Value> = rows(["ls", "-R", "--json", form]).into_iter().map(without_others).collect();
        assert_eq!(found, records, "{form}");
        let names = paths(&bytes(["ls", "-R0", form]));
        assert_eq!(names, expected.keys().map(rooted).collect::<Vec<_>>(), "{form}");
    }
}

#[test]
fn image_on_standard_input_is_listed_too() {
    let expected = bytes(["ls", "-Rl", "hello.docker.tar"]);
    let archive = fs::read(testdata("hello.docker.tar")).expect("readable");
    for compression in [Compression::Plain, Compression::Gzip, Compression::Zstd] {
        let (file, _) = super::saved_bytes(&outer(&archive, compression));
        let run = raw(["ls", "-Rl", "-"], Some(file.path()));
        assert_eq!((run.code, run.stdout), (0, expected.clone()), "{compression:?}: {}", run.stderr);
    }
}

#[test]
fn each_layer_lists_its_own_entries_and_markers() {
    let all = layers();
    for (number, layer) in all.iter().enumerate() {
        let number = number.to_string();
        let found = rows(["ls", "-R", "-o", "json", "--layer", &number, "hello.oci-gzip.tar"]);
        let names: Vec<&str> = found.iter().map(|row| row["path"].as_str().expect("a path")).collect();
        let expected: Vec<String> =
            layer.keys().map(|path| String::from_utf8_lossy(&rooted(path)).into_owned()).collect();
        // Directories above what the layer ships are listed too.
        let listed: Vec<&str> = found
            .iter()
            .filter(|row| !row["layer"].is_null())
            .map(|row| row["path"].as_str().expect("a path"))
            .collect();
        assert_eq!(listed, expected, "layer {number}");
        assert!(names.len() >= listed.len());
        for row in &found {
            let path = super::oracle::components(row["path"].as_str().expect("a path").as_bytes());
            assert_eq!(is_marker(&path), row["kind"] == "whiteout" || row["kind"] == "opaque", "{row}");
        }
    }
    assert_eq!(text(["ls", "hello.docker.tar", "7:/var/cache"]), ".wh.pkg\n");
    assert_eq!(text(["ls", "hello.docker.tar", "8:/app/site"]), ".wh..wh..opq\nindex.html\n");
    let marker = &rows(["ls", "--json", "hello.docker.tar", "7:/var/cache"])[0];
    let fields = ["kind", "target", "layer", "size", "ended"].map(|field| marker[field].clone());
    assert_eq!(fields, [json!("whiteout"), json!("/var/cache/pkg"), json!(7), Value::Null, Value::Null]);
}

#[test]
fn ghosts_are_all_stored_files_that_are_not_visible() {
    let all = layers();
    let last = final_filesystem(&all);
    let mut expected = BTreeSet::new();
    for (number, layer) in all.iter().enumerate() {
        for (path, member) in layer.iter().filter(|(path, _)| !is_marker(path)) {
            let is_last = last.get(path).is_some_and(|shown| shown.layer == number);
            if !is_last && member.kind != 'd' {
                expected.insert((number as u64, rooted(path)));
            }
        }
    }
    let found = rows(["ls", "-R", "--ghosts", "--json", "hello.docker.tar"]);
    let ghosts = found.iter().filter(|row| !row["ended"].is_null() && row["kind"] != "directory");
    let ghosts: BTreeSet<(u64, Vec<u8>)> = ghosts
        .map(|row| (row["layer"].as_u64().expect("a layer"), row["path"].as_str().expect("a path").into()))
        .collect();
    assert_eq!(ghosts, expected);
    let live = found.iter().filter(|row| row["ended"].is_null()).count();
    assert_eq!(live, last.len());
    let ended = |path: &str| {
        let row = found.iter().find(|row| row["path"] == path && !row["ended"].is_null()).expect(path);
        (row["ended"]["cause"].as_str().expect("a cause"), row["ended"]["layer"].as_u64().expect("a layer"))
    };
    assert_eq!(ended("/app/config.txt"), ("overwritten", 2));
    assert_eq!(ended("/app/data.bin"), ("identical", 4));
    assert_eq!(ended("/app/run.sh"), ("metadata", 6));
    assert_eq!(ended("/app/old.log"), ("replaced", 9));
    assert_eq!(ended("/var/cache/pkg/index"), ("deleted", 7));
    assert_eq!(ended("/srv/one"), ("deleted", 7));
}

#[test]
fn raw_list_of_ghosts_is_input_for_cat() {
    let list = paths(&bytes(["ls", "-R0", "--ghosts", "--filter", "kind:file", "hello.docker.tar"]));
    assert!(list.contains(&b"1:/app/config.txt".to_vec()) && list.contains(&b"/app/config.txt".to_vec()));
    let arguments = ["cat", "hello.docker.tar"].map(Into::into).into_iter();
    let all = bytes(arguments.chain(list.iter().map(|path| argument(path))));
    let sizes = rows(["ls", "-R", "--ghosts", "--filter", "kind:file", "--json", "hello.docker.tar"]);
    let sizes: u64 = sizes.iter().map(|row| row["size"].as_u64().expect("a size")).sum();
    assert_eq!(all.len() as u64, sizes);
}

/// An image in which every entry has a different time and owner.
fn made() -> (tempfile::NamedTempFile, String) {
    let meta = |mode| Meta::new().mode(mode).owner(1000, 42).mtime(1_714_570_620);
    let base = Layer::new()
        .dir_with("bin", meta(0o755))
        .file_with("bin/su", "#!", meta(0o4755))
        .symlink("sbin", "bin")
        .file_with("日本", "x".repeat(1500), meta(0o600))
        .char_device("dev/null", 1, 3);
    let upper = Layer::new().whiteout("日本").file("bin/new", "12345");
    saved(&Image::new().layer(base).layer(upper))
}

#[test]
fn long_list_has_aligned_columns() {
    let (_file, image) = made();
    let long = text(["ls", "-lR", "--ghosts", &image]);
    let expected = "\
drwxr-xr-x  1000:42     -  2024-05-01T13:37:00Z  0  -             /bin
-rw-r--r--      0:0     5  2020-09-13T12:26:40Z  1  -             /bin/new
-rwsr-xr-x  1000:42     2  2024-05-01T13:37:00Z  0  -             /bin/su
d?????????        -     -  -                     -  -             /dev
crw-r--r--      0:0   1,3  2020-09-13T12:26:40Z  0  -             /dev/null
lrwxrwxrwx      0:0     -  2020-09-13T12:26:40Z  0  -             /sbin -> bin
-rw-------  1000:42  1500  2024-05-01T13:37:00Z  0  deleted by 1  /日本
";
    assert_eq!(long, expected);
    let human = text(["ls", "-lh", &image, "0:日本"]);
    assert_eq!(human, "-rw-------  1000:42  1.50 kB  2024-05-01T13:37:00Z  0  /日本\n");
    let marker = text(["ls", "-l", "--layer", "1", &image]);
    assert_eq!(
        marker,
        "w---------  0:0  -  2020-09-13T12:26:40Z  1  .wh.日本\nd?????????    -  -  -                     -  bin\n"
            .replace("w---------", "wrw-r--r--")
    );
}

#[test]
fn one_directory_is_listed_by_names_and_several_by_paths() {
    let (_file, image) = made();
    assert_eq!(text(["ls", &image]), "bin\ndev\nsbin\n");
    assert_eq!(text(["ls", &image, "/bin"]), "new\nsu\n");
    assert_eq!(text(["ls", &image, "bin/su"]), "/bin/su\n");
    assert_eq!(text(["ls", &image, "bin", "dev"]), "/bin/new\n/bin/su\n/dev/null\n");
    assert_eq!(text(["ls", "-d", &image, "bin", "sbin"]), "/bin\n/sbin\n");
    assert_eq!(text(["ls", "--ghosts", &image]), "bin\ndev\nsbin\n0:/日本\n");
    assert_eq!(text(["ls", &image, "/sbin"]), "new\nsu\n", "a link to a directory is followed");
    assert_eq!(text(["ls", "-la", "-1", &image, "/sbin/su"]).lines().count(), 1, "`-a` and `-1`");
    assert_eq!(text(["ls", &image, "/bin/../bin/./su"]), "/bin/su\n");
}

#[test]
fn filter_searches_everything_below() {
    let image = "hello.docker.tar";
    assert_eq!(text(["ls", "--filter", "size>10k", image]), "/app/data.bin\n/bin/op\n/srv/data.link\n");
    assert_eq!(text(["ls", "--filter", "size>10k", image, "/srv"]), "/srv/data.link\n");
    assert_eq!(text(["ls", "--filter", "is:ghost kind:file", image, "/var"]).lines().count(), 2);
    assert_eq!(text(["ls", "--filter", "size>1G", image]), "");
    assert_eq!(
        text(["ls", "--layer", "7", "--filter", "is:removed", image]).lines().next(),
        Some("/srv/.wh.one")
    );
    let error = super::failure(["ls", "--filter", "kind:directory", image]);
    assert!(error.contains("file, dir, symlink"), "{error}");
}

#[test]
fn filter_knows_the_owners_of_files() {
    let status = "Package: tool\nVersion: 1\nArchitecture: all\n";
    let image = Image::new().layer(
        Layer::new()
            .file("var/lib/dpkg/status", status)
            .file("var/lib/dpkg/info/tool.list", "/usr/bin/tool\n")
            .file("usr/bin/tool", "1")
            .hard_link("usr/bin/alias", "usr/bin/tool")
            .file("usr/bin/other", "2"),
    );
    let (_file, image) = saved(&image);
    for (filter, expected) in [
        ("pkg:Tool", vec!["/usr/bin/alias", "/usr/bin/tool"]),
        ("pkg:tool@1", vec!["/usr/bin/alias", "/usr/bin/tool"]),
        ("pkg:tool@2", vec![]),
        ("pkg:too", vec![]),
        ("is:unowned usr", vec!["/usr/bin/other"]),
        ("!is:unowned !kind:dir usr", vec!["/usr/bin/alias", "/usr/bin/tool"]),
    ] {
        assert_eq!(
            text(["ls", "--filter", filter, &image]).lines().collect::<Vec<_>>(),
            expected,
            "{filter}"
        );
    }
}

#[test]
fn hostile_names_are_escaped_and_raw_only_with_nul() {
    let names: [&[u8]; 7] = [
        b"\x1b]52;c;AAAA\x07",
        b"line\nbreak",
        b"\xff\xfe",
        b"-rf",
        b"back\\slash",
        b"sp ace",
        "a\u{202e}b".as_bytes(),
    ];
    let layer = names.iter().fold(Layer::new(), |layer, name| layer.file(name, "x"));
    let layer = layer.file("..", "x").file("../up", "x");
    let (_file, image) = saved(&Image::new().layer(layer));
    for arguments in [&["ls"][..], &["ls", "-l"], &["ls", "-R"], &["ls", "--json"]] {
        let list = text(arguments.iter().copied().chain([image.as_str()]));
        let bad = list
            .chars()
            .find(|character| (character.is_control() && *character != '\n') || *character == '\u{202e}');
        assert_eq!(bad, None, "{list:?}");
    }
    let lines = text(["ls", &image]);
    let expected =
        "\\x1b]52;c;AAAA\\x07\n-rf\na\\u{202e}b\nback\\\\slash\nline\\nbreak\nsp ace\nup\n\\xff\\xfe\n";
    assert_eq!(lines, expected);
    let raw = paths(&bytes(["ls", "-0", &image]));
    for name in names {
        let path = [b"/", name].concat();
        assert!(raw.contains(&path), "{path:?}");
        assert_eq!(bytes([argument(b"cat"), image.clone().into(), argument(&path)]), b"x");
        assert_eq!(bytes([argument(b"cat"), image.clone().into(), in_layer(0, &path)]), b"x");
    }
    let row = rows(["ls", "--json", &image]).into_iter().find(|row| !row["pathBase64"].is_null());
    let row = row.expect("a name that is not UTF-8");
    assert_eq!((row["path"].as_str(), row["pathBase64"].as_str()), (Some("/\\xff\\xfe"), Some("L//+")));
}

#[test]
fn closed_pipe_ends_the_list() {
    let layer = (0..20_000).fold(Layer::new(), |layer, number| layer.file(format!("file-{number:05}"), "x"));
    let (_file, image) = saved(&Image::new().layer(layer));
    for arguments in [&["ls"][..], &["ls", "-l"], &["ls", "--json"], &["ls", "-0"]] {
        let mut child = start(arguments.iter().copied().chain([image.as_str()]));
        drop(child.stdout.take());
        let output = child.wait_with_output().expect("it ends");
        assert_eq!((output.status.code(), output.stderr), (Some(0), Vec::new()), "{arguments:?}");
    }
}

#[test]
fn image_option_chooses_one_of_several() {
    let archive = "hello.two-images.docker.tar";
    let expected = bytes(["ls", "-Rl", "hello.docker.tar"]);
    for name in ["hello-second", "1"] {
        assert_eq!(bytes(["ls", "-Rl", "--image", name, archive]), expected, "{name}");
    }
    let platforms = text(["ls", "--platform", "arm64", "hello.platforms.oci.tar"]);
    assert_eq!(platforms, "platform\n");
}
