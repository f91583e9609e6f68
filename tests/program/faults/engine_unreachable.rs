//! Engines that are missing, or deny access to this user.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::os::unix::net::UnixListener;
use std::path::Path;
use std::process::{Command, Stdio};

use dockopt_testkit::{Body, Response, Server};

use super::Home;
use super::server::{engine, well};
use crate::run::{Run, copy_program};

#[test]
fn missing_socket_is_named_in_the_error() {
    let home = Home::new();
    let socket = home.path("docker.sock").display().to_string();
    let error = "error: cannot reach docker to look for image `hello`";
    home.fails(
        &["docker://hello"],
        &[error, &socket, "(DOCKER_HOST): cannot connect: no such file", "hint: "],
    );
}

#[test]
fn file_in_place_of_a_socket_is_named_in_the_error() {
    let home = Home::new();
    let socket = home.path("docker.sock");
    fs::write(&socket, "not a socket").expect("written");
    home.fails(&["docker://hello"], &[&socket.display().to_string(), "cannot connect: "]);
    fs::remove_file(&socket).expect("removed");
    fs::create_dir(&socket).expect("made");
    home.fails(&["docker://hello"], &[&socket.display().to_string(), "cannot connect: "]);
    fs::remove_dir(&socket).expect("removed");
    // A socket whose listener is gone.
    drop(UnixListener::bind(&socket).expect("a socket"));
    home.fails(&["docker://hello"], &[&socket.display().to_string(), "cannot connect: connection refused"]);
}

#[test]
fn engine_that_closes_connections_is_named_in_the_error() {
    let home = Home::new();
    let _server =
        engine(&home, |_| Some(Response::new(200, Body::Cut(Vec::new(), 0)).header("Content-Length", "9")));
    home.fails(&["docker://hello"], &["`hello`", "docker.sock", "connection"]);
}

#[test]
fn invalid_address_is_named_in_the_error() {
    let home = Home::new();
    for (host, word) in [("nonsense", "nonsense"), ("http://", "DOCKER_HOST"), ("ftp://x", "ftp://x")] {
        let mut command = home.command(["-o", "json", "docker://hello"]);
        let run = command.env("DOCKER_HOST", host).output().expect("the program starts").into();
        home.assert_failed(&run, &["`hello`", word]);
    }
    let mut command = home.command(["-o", "json", "docker://hello"]);
    let run = command.env("DOCKER_HOST", "tcp://127.0.0.1:1").output().expect("the program starts").into();
    home.assert_failed(&run, &["docker at tcp://127.0.0.1:1 (DOCKER_HOST): "]);
}

/// Runs the program under file permissions: as `nobody` if the tests run as root.
fn as_anybody(home: &Home, arguments: &[&str]) -> Run {
    let program = home.command(arguments);
    let is_root = fs::metadata("/proc/self").is_ok_and(|own| std::os::unix::fs::MetadataExt::uid(&own) == 0);
    if !is_root {
        return { program }.output().expect("the program starts").into();
    }
    // The directories on the way to the program may be closed to other users.
    let copy = home.path("bin/dockopt-dive");
    copy_program(Path::new(env!("CARGO_BIN_EXE_dockopt-dive")), &copy);
    for directory in ["", "bin", "tmp", "cache", "docker"] {
        fs::set_permissions(home.path(directory), fs::Permissions::from_mode(0o777)).expect("changed");
    }
    let mut command = Command::new("setpriv");
    command.args(["--reuid=65534", "--regid=65534", "--clear-groups", "--"]).arg(copy).args(arguments);
    command.env_clear().current_dir("/").stdin(Stdio::null());
    let variables = program.get_envs().filter_map(|(name, value)| Some((name.to_owned(), value?.to_owned())));
    command.envs(variables.filter(|(name, _)| name != "PATH"));
    command.env("PATH", "/usr/bin:/bin").output().expect("setpriv (util-linux) runs").into()
}

#[test]
fn socket_without_permission_has_a_hint() {
    let home = Home::new();
    let server = engine(&home, |_| None);
    fs::set_permissions(home.path("docker.sock"), fs::Permissions::from_mode(0o000)).expect("changed");
    let words = ["docker.sock (DOCKER_HOST): cannot connect: permission denied", "hint: ", "group `docker`"];
    for arguments in [&["-o", "json", "docker://hello"][..], &["-o", "json", "hello"], &["--ci", "hello"]] {
        // Docker may have the image, so no registry is asked for it.
        let run = as_anybody(&home, arguments);
        home.assert_failed(&run, &words);
        assert!(run.stderr.contains("`hello`"));
    }
    let run = as_anybody(&home, &["images", "--source", "docker"]);
    home.assert_failed(&run, &words);
    assert_eq!(server.requests(), []);
    fs::set_permissions(home.path("docker.sock"), fs::Permissions::from_mode(0o777)).expect("changed");
    assert_eq!(as_anybody(&home, &["-o", "json", "hello"]).code, 0, "only the permission was missing");
}

#[test]
fn named_engine_that_fails_is_not_replaced_by_another() {
    let home = Home::new();
    let podman = Server::start_unix(&home.path("podman.sock"), well);
    // The current context does not exist.
    let settings = home.path("docker");
    fs::write(settings.join("config.json"), r#"{"currentContext":"gone"}"#).expect("written");
    let images = |variables: &[(&str, &str)]| -> Run {
        let mut command = home.command(["images"]);
        command.env_remove("DOCKER_HOST").envs(variables.iter().copied());
        command.output().expect("the program starts").into()
    };
    let socket = home.path("docker.sock").display().to_string();
    let address = format!("unix://{socket}");
    let run = images(&[("DOCKER_HOST", &address)]);
    let error = format!("caused by: docker at {address} (DOCKER_HOST): cannot connect: no such file");
    let hint = "hint: unset `DOCKER_HOST`, or choose another engine with `--source podman`\n";
    home.assert_failed(&run, &["error: cannot reach docker\n", &error, hint]);
    let hint = "hint: unset `DOCKER_CONTEXT`, or choose another engine with `--source podman`\n";
    home.assert_failed(&images(&[("DOCKER_CONTEXT", "missing")]), &["context `missing`", hint]);
    assert_eq!(podman.requests(), []);
    // A variable names Podman, and comes before the context of Docker.
    let run = images(&[]);
    assert_eq!((run.code, run.stderr.as_str()), (0, ""));
    assert!(run.stdout.contains("hello:latest") && run.stdout.contains("(CONTAINER_HOST)"), "{}", run.stdout);
    let run = images(&[("CONTAINER_HOST", "")]);
    home.assert_failed(&run, &["context `gone`", "hint: run `docker context use default`, or choose"]);
    let run = home.run(["images", "--source", "podman"]);
    assert_eq!((run.code, run.stderr.as_str()), (0, ""));
}

#[test]
fn engine_named_by_the_environment_comes_before_default_sockets() {
    let home = Home::new();
    let place = home.path("run");
    fs::create_dir(&place).expect("made");
    let _docker = Server::start_unix(&place.join("docker.sock"), well);
    let podman = Server::start_unix(&home.path("podman.sock"), well);
    let images = |name: &str| -> Run {
        let mut command = home.command(["images"]);
        command.env_remove("DOCKER_HOST").env("XDG_RUNTIME_DIR", &place);
        command.env("CONTAINER_HOST", format!("unix://{}", home.path(name).display()));
        command.output().expect("the program starts").into()
    };
    let run = images("podman.sock");
    assert!(run.code == 0 && run.stdout.contains("podman at "), "{run:?}");
    drop(podman);
    let hint = "hint: unset `CONTAINER_HOST`, or choose another engine with `--source docker`\n";
    home.assert_failed(&images("gone.sock"), &["error: cannot reach podman\n", "gone.sock", hint]);
}

#[test]
fn error_without_any_engine_lists_all_attempts() {
    let home = Home::new();
    let run_directory = home.path("run");
    let mut command = home.command(["--ci", "no/such:image"]);
    command.env_remove("DOCKER_HOST").env_remove("CONTAINER_HOST").env("XDG_RUNTIME_DIR", &run_directory);
    let run: Run = command.output().expect("the program starts").into();
    let error = "error: no file or directory `no/such:image`, and no ";
    let hint = "`dockopt-dive registry://no/such:image`\n";
    home.assert_failed(&run, &[error, hint]);
    let own = run_directory.display();
    let mut places = vec![
        "docker at unix:///var/run/docker.sock (default socket): ".to_owned(),
        format!("podman at unix://{own}/podman/podman.sock (default socket): cannot connect: no such file"),
    ];
    // An engine of this machine answers that it has no such image.
    if !Path::new("/var/run/docker.sock").exists() {
        places.push(format!(
            "docker at unix://{own}/docker.sock (default socket): cannot connect: no such file"
        ));
        places.push(format!("docker at unix://{}", home.path(".docker/desktop/docker.sock").display()));
        places.push(format!("docker at unix://{}", home.path(".colima/default/docker.sock").display()));
    }
    if !Path::new("/run/podman/podman.sock").exists() {
        places.push("podman at unix:///run/podman/podman.sock (default socket): ".to_owned());
        places.push("cannot start `podman`".to_owned());
    }
    for place in places {
        assert!(
            run.stderr.contains(&format!("caused by: {place}")) || run.stderr.contains(&place),
            "{place}:\n{}",
            run.stderr
        );
    }
    assert!(run.stderr.lines().last().is_some_and(|last| last.starts_with("hint: ")), "{}", run.stderr);
}
