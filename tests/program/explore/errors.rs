//! Missing paths and layers: exit code 2, nothing on standard output, and a hint.

use dockopt_testkit::{Image, Layer};

use super::{failure, raw, saved, saved_bytes, text};
use crate::run::run;

const COMMANDS: [&[&str]; 4] = [&["ls"], &["cat"], &["extract", "-o", "-"], &["history"]];

#[test]
fn error_of_a_missing_path_suggests_similar_ones() {
    for command in COMMANDS {
        let command = command.iter().copied();
        let error = failure(command.clone().chain(["hello.docker.tar", "/app/confg.txt"]));
        let message = "error: `/app/confg.txt` does not exist\nhint: did you mean `/app/config.txt`?\n";
        assert_eq!(error, message);
        let error = failure(command.clone().chain(["hello.docker.tar", "/nothing/like/this"]));
        assert_eq!(error, "error: `/nothing` does not exist\n");
    }
}

#[test]
fn error_of_a_missing_layer_has_the_valid_range() {
    for command in COMMANDS {
        let command = command.iter().copied();
        let expected = "error: there is no layer 11: the image has 11 layers, 0 to 10\n";
        assert_eq!(failure(command.clone().chain(["hello.docker.tar", "11:/app"])), expected);
        let error = failure(command.clone().chain(["--layer", "11", "hello.docker.tar", "/app"]));
        assert_eq!(error, expected);
        let error = run(command.chain(["hello.docker.tar", "99999999999999999999:/app"]));
        assert_eq!(error.code, 2);
        assert!(error.stderr.contains("too large for a layer"), "{}", error.stderr);
    }
}

#[test]
fn error_of_a_deleted_path_names_the_deleting_and_storing_layers() {
    let image = "hello.docker.tar";
    for command in ["ls", "cat"] {
        let error = failure([command, image, "/var/cache/pkg/index"]);
        let expected = format!(
            "error: `/var/cache/pkg` does not exist\n\
             hint: `/var/cache/pkg/index` was deleted by layer 7; layer 3 stores it: \
             `dockopt-dive {command} {image} 3:/var/cache/pkg/index`\n"
        );
        assert_eq!(error, expected);
    }
    let error = failure(["ls", image, "/var/cache/pkg"]);
    assert!(error.contains(&format!("`dockopt-dive ls --ghosts {image} /var/cache/pkg`")), "{error}");
    assert_eq!(
        text(["ls", "--ghosts", image, "/var/cache/pkg"]),
        "3:/var/cache/pkg/deep\n3:/var/cache/pkg/index\n"
    );
    let error = failure(["cat", image, "/var/cache/pkg/other"]);
    assert!(error.ends_with("hint: `/var/cache/pkg` was deleted by layer 7\n"), "{error}");
}

#[test]
fn error_of_a_path_in_the_wrong_layer_names_the_right_ones() {
    let image = "hello.docker.tar";
    let error = failure(["cat", image, "7:/app/config.txt"]);
    let expected = format!(
        "error: layer 7 ships nothing at `/app/config.txt`\n\
         hint: layers 1 and 2 ship it: `dockopt-dive cat {image} 2:/app/config.txt`\n"
    );
    assert_eq!(error, expected);
    let error = failure(["cat", image, "7:/var/cache/pkg/index"]);
    assert!(error.contains("layer 3 ships it"), "{error}");
    let error = failure(["ls", image, "7:/var/cache/pkg"]);
    assert!(error.contains("only the marker that deletes it"), "{error}");
    let error = failure(["cat", image, "7:/var/cache/.wh.pkg"]);
    assert!(error.contains("only the marker"), "{error}");
    let error = failure(["cat", image, "1:/app/confg.txt"]);
    assert!(error.contains("did you mean `/app/config.txt`?"), "{error}");
}

#[test]
fn error_of_a_link_names_the_layer_of_its_target() {
    let base = Layer::new().file("releases/1", "one");
    let image = Image::new().layer(base).layer(Layer::new().symlink("current", "releases/1"));
    let (_file, image) = saved(&image);
    let error = failure(["cat", &image, "1:/current"]);
    let expected = format!(
        "error: layer 1 ships the symbolic link `/current`, and not `/releases/1`, where it leads\n\
         hint: layer 0 ships it: `dockopt-dive cat {image} 0:/releases/1`\n"
    );
    assert_eq!(error, expected);
    assert_eq!(text(["cat", &image, "/current"]), "one");
    assert!(text(["ls", "-l", &image, "1:/current"]).ends_with("/current -> releases/1\n"));
}

#[test]
fn words_in_hints_are_quoted_for_a_shell() {
    let base = Layer::new().file("it's", "1").file("\x1b[2J", "2");
    let upper = Layer::new().whiteout("it's").whiteout("\x1b[2J");
    let (_file, image) = saved(&Image::new().layer(base).layer(upper));
    assert!(failure(["cat", &image, "/it's"]).contains("'0:/it'\\''s'`"));
    let error = failure(["cat", &image, "/\x1b[2J"]);
    assert!(error.contains("$'0:/\\x1b[2J'`") && !error.contains('\x1b'), "{error}");
}

#[test]
fn broken_layer_is_an_error_even_if_others_are_read() {
    let whole = Layer::new().file("a", [1; 100]).into_tar();
    let (_file, image) =
        saved_bytes(&Image::new().layer_tar(&whole).layer_tar(&whole[..550]).docker_legacy().to_tar());
    for command in COMMANDS {
        let run = raw(command.iter().copied().chain([image.as_str(), "/a"]), None);
        assert_eq!((run.code, run.stdout.len()), (2, 0), "{}", run.stderr);
        assert!(run.stderr.starts_with("error: layer 1"), "{}", run.stderr);
    }
}

#[test]
fn command_names_can_be_image_names() {
    for command in ["ls", "cat", "extract", "history"] {
        let error = failure(["-o", "json", command]);
        assert!(error.contains(&format!("an image of that name is `docker://{command}`")), "{error}");
        assert_eq!(run([command]).code, 2, "an image must be named");
        assert_eq!(run([command, "--help"]).code, 0);
    }
}
