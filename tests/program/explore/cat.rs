//! `cat`: contents, whichever layer stores them.

use dockopt_testkit::{Compression, Image, Layer, SparseFile, SparseFormat, outer};

use super::oracle::{final_filesystem, inode, is_marker, layers, rooted};
use super::{argument, bytes, failure, forms, in_layer, raw, saved, saved_bytes, text};
use crate::run::{start, testdata};

#[test]
fn every_file_of_every_form_has_the_content_of_the_oracle() {
    let all = layers();
    let last = final_filesystem(&all);
    for form in forms() {
        let mut arguments = vec![argument(b"cat"), form.into()];
        let mut expected = Vec::new();
        for (path, member) in last.iter().filter(|(_, member)| inode(member, &all).kind == 'f') {
            arguments.push(argument(&rooted(path)));
            expected.extend_from_slice(&inode(member, &all).data);
        }
        assert_eq!(arguments.len(), 2 + 12);
        assert_eq!(bytes(arguments), expected, "{form}");
    }
}

#[test]
fn every_version_of_every_layer_is_readable() {
    let all = layers();
    for form in ["hello.docker.tar", "hello.oci-gzip.tar", "hello.oci-zstd-chunked.tar"] {
        for (number, layer) in all.iter().enumerate() {
            let files = layer.iter().filter(|(path, _)| !is_marker(path));
            let files = files.filter(|(_, member)| inode(member, &all).kind == 'f');
            let (mut arguments, mut expected) = (vec![argument(b"cat"), form.into()], Vec::new());
            for (path, member) in files {
                arguments.push(in_layer(number, &rooted(path)));
                expected.extend_from_slice(&inode(member, &all).data);
            }
            if arguments.len() > 2 {
                assert_eq!(bytes(arguments), expected, "{form}, layer {number}");
            }
        }
    }
}

#[test]
fn deleted_secret_is_read_from_the_layer_that_stores_it() {
    let base = Layer::new().file("app/id_rsa", "secret").file("app/main", "1");
    let image = Image::new().layer(base).layer(Layer::new().whiteout("app/id_rsa"));
    let (_file, name) = saved(&image);
    for arguments in [
        &["cat", &name, "0:/app/id_rsa"][..],
        &["cat", &name, "0:app/id_rsa"],
        &["cat", "--layer", "0", &name, "app/id_rsa"],
        &["cat", "--ghosts", &name, "/app/id_rsa"],
    ] {
        assert_eq!(text(arguments), "secret", "{arguments:?}");
    }
    let error = failure(["cat", &name, "/app/id_rsa"]);
    assert!(error.starts_with("error: `/app/id_rsa` does not exist\n"), "{error}");
    let hint = format!(
        "`/app/id_rsa` was deleted by layer 1; layer 0 stores it: `dockopt-dive cat {name} 0:/app/id_rsa`"
    );
    assert!(error.contains(&hint), "{error}");
}

#[test]
fn streamed_image_has_the_same_contents() {
    let archive = std::fs::read(testdata("hello.oci-gzip.tar")).expect("readable");
    for compression in [Compression::Plain, Compression::Zstd] {
        let (file, _) = saved_bytes(&outer(&archive, compression));
        let run = raw(["cat", "-", "1:/app/config.txt", "/app/config.txt"], Some(file.path()));
        assert_eq!((run.code, run.stdout.len(), run.stderr.as_str()), (0, 1500 + 1600, ""));
    }
}

#[test]
fn links_are_followed_inside_the_image() {
    let layer = Layer::new()
        .file("usr/bin/dash", "shell")
        .symlink("bin", "usr/bin")
        .symlink("usr/bin/sh", "dash")
        .symlink("usr/bin/absolute", "/bin/sh")
        .symlink("usr/up", "../../../../etc/../usr/bin/sh")
        .dir("etc")
        .hard_link("usr/bin/hard", "usr/bin/dash");
    let (_file, image) = saved(&Image::new().layer(layer));
    for path in
        ["/bin/sh", "bin/absolute", "/usr/up", "/bin/hard", "/bin/../bin/sh", "0:/bin/sh", "0:/bin/hard"]
    {
        assert_eq!(text(["cat", &image, path]), "shell", "{path}");
    }
}

#[test]
fn dangling_and_cyclic_links_are_errors() {
    let layer = Layer::new()
        .symlink("a", "b")
        .symlink("b", "a")
        .symlink("self", "self/x")
        .symlink("dangling", "/no/such")
        .symlink("outside", "../../../../../../etc/passwd")
        .file("file", "x");
    let (_file, image) = saved(&Image::new().layer(layer));
    for (path, message) in [
        ("/a", "`/a` leads through more than 40 symbolic links"),
        ("/self", "`/self` leads through more than 40 symbolic links"),
        ("/dangling", "`/dangling` is a symbolic link to `/no/such`, and `/no` does not exist"),
        (
            "/outside",
            "`/outside` is a symbolic link to `../../../../../../etc/passwd`, and `/etc` does not exist",
        ),
        ("/file/x", "`/file` is not a directory"),
        ("/file/", "`/file` is not a directory"),
    ] {
        let error = failure(["cat", &image, path]);
        assert!(error.starts_with(&format!("error: {message}\n")), "{error}");
    }
    assert_eq!(text(["ls", "-d", &image, "/dangling"]), "/dangling\n", "the link itself is there");
}

#[test]
fn entries_without_content_are_errors() {
    let layer = Layer::new().dir("d").fifo("pipe").char_device("null", 1, 3).file("ok", "1");
    let (_file, image) = saved(&Image::new().layer(layer));
    for (path, message) in [
        ("/d", "`/d` is a directory"),
        ("/", "`/` is a directory"),
        ("/pipe", "`/pipe` is a named pipe: it has no content"),
        ("/null", "`/null` is a character device: it has no content"),
    ] {
        let error = failure(["cat", &image, "/ok", path]);
        assert!(error.starts_with(&format!("error: {message}\n")), "{error}");
    }
    assert!(failure(["cat", &image, "/d"]).contains(&format!("hint: `dockopt-dive ls {image} /d` lists it")));
}

#[test]
fn sparse_file_has_its_holes_as_zeros() {
    let file = SparseFile::new(1 << 20).segment(4096, "begin").segment(900_000, "end");
    let mut expected = vec![0; 1 << 20];
    expected[4096..4101].copy_from_slice(b"begin");
    expected[900_000..900_003].copy_from_slice(b"end");
    for format in [SparseFormat::Gnu, SparseFormat::Pax00, SparseFormat::Pax01, SparseFormat::Pax10] {
        let layer = Layer::new().sparse("disk", &file, format);
        for compression in [Compression::Plain, Compression::Gzip] {
            let (_file, image) = saved(&Image::new().layer(layer.clone()).compressed_as(compression));
            assert_eq!(bytes(["cat", &image, "/disk"]), expected, "{format:?}, {compression:?}");
        }
    }
}

#[test]
fn files_of_hidden_and_replaced_directories_are_readable() {
    let base = Layer::new().file("d/old", "old").file("e/old", "older");
    let upper = Layer::new().opaque("d").file("d/new", "new").file("e", "now a file");
    let (_file, image) = saved(&Image::new().layer(base).layer(upper));
    assert_eq!(text(["cat", &image, "0:/d/old", "/d/new", "0:/e/old", "/e"]), "oldnewoldernow a file");
    let error = failure(["cat", &image, "/d/old"]);
    assert!(error.contains("hidden by an opaque directory of layer 1; layer 0 stores it"), "{error}");
    assert_eq!(text(["cat", "--ghosts", &image, "/d/old"]), "old");
}

#[test]
fn closed_pipe_ends_the_output() {
    let (_file, image) = saved(&Image::new().layer(Layer::new().file("big", vec![7; 8 << 20])));
    let mut child = start(["cat", &image, "/big"]);
    drop(child.stdout.take());
    let output = child.wait_with_output().expect("it ends");
    assert_eq!((output.status.code(), output.stderr), (Some(0), Vec::new()));
}
