//! Docker over TLS and ssh, and a registry over TLS: the same images as without encryption.
//!
//! `tests/engines/up.sh` serves them with its own certificates and keys. ssh reads its
//! configuration from the home directory in the user database, whatever the environment says. So a
//! script that comes first on the path passes another configuration.

use std::collections::BTreeSet;
use std::ffi::OsString;
use std::fs;
use std::net::TcpListener;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::{Duration, Instant};

use tempfile::TempDir;

use super::settings::docker_context;
use super::{installed, of_archive, output_of, report, run, variable, with_id, without_addresses, written};
use crate::run::{Run, interruptible, program, write_program};

/// The longest time until an error.
const SOON: Duration = Duration::from_secs(10);

/// Returns the path of a certificate or key of the tests.
fn certificate(name: &str) -> PathBuf {
    Path::new(&variable("DOCKOPT_TEST_TLS")).join(name)
}

/// Returns a directory for `DOCKER_CERT_PATH`; `files` are pairs of Docker's name and the file.
fn certificates(files: &[(&str, &str)]) -> TempDir {
    let directory = tempfile::tempdir().expect("a directory");
    for (name, file) in files {
        fs::copy(certificate(file), directory.path().join(name)).expect("copied");
    }
    directory
}

/// Returns the address of Docker over TLS.
fn tls_address() -> String {
    format!("tcp://{}", variable("DOCKOPT_TEST_DOCKER_TLS"))
}

/// Returns the program with the address of Docker over TLS.
fn by_tls(certificates: &Path) -> Command {
    let mut command = program();
    command.env("DOCKER_HOST", tls_address());
    command.env("DOCKER_TLS_VERIFY", "1").env("DOCKER_CERT_PATH", certificates);
    command
}

/// Asserts that a command fails soon, with an error that names an address.
#[track_caller]
fn fails(command: &mut Command, image: &str, address: &str) -> Run {
    let begun = Instant::now();
    let failed = run(command.arg(image));
    assert!(begun.elapsed() < SOON, "{:?}: {}", begun.elapsed(), failed.stderr);
    assert_eq!((failed.code, failed.stdout.as_str()), (2, ""), "{}", failed.stderr);
    assert!(failed.stderr.starts_with("error: ") && failed.stderr.contains(address), "{}", failed.stderr);
    failed
}

#[test]
#[ignore = "needs engines (DOCKOPT_TEST_DOCKER_TLS) and real images (DOCKOPT_TEST_IMAGES)"]
fn docker_over_tls_has_the_saved_images() {
    for name in ["static", "many-layers"] {
        let found = report(&mut by_tls(&certificate("")), &format!("docker://{name}"));
        assert_eq!(found["image"]["source"], "docker", "{name}");
        assert!(with_id(found) == with_id(of_archive(name)), "{name}");
    }
}

#[test]
#[ignore = "needs engines (DOCKOPT_TEST_DOCKER_TLS) and real images (DOCKOPT_TEST_IMAGES)"]
fn docker_context_has_the_certificates_of_its_engine() {
    let file = |name| certificate(name).display().to_string();
    let (ca, cert, key) = (file("ca.pem"), file("cert.pem"), file("key.pem"));
    let settings = docker_context(&format!("host={},ca={ca},cert={cert},key={key}", tls_address()));
    let mut command = without_addresses();
    command.env("DOCKER_CONFIG", settings.path()).env("DOCKER_CONTEXT", "tests");
    assert_eq!(with_id(report(&mut command, "docker://static")), with_id(of_archive("static")));
}

#[test]
#[ignore = "needs engines (DOCKOPT_TEST_DOCKER_TLS)"]
fn error_of_a_wrong_certificate_names_the_engine() {
    let (known, unknown) = (("ca.pem", "ca.pem"), ("ca.pem", "other-ca.pem"));
    let (own, own_key) = (("cert.pem", "cert.pem"), ("key.pem", "key.pem"));
    let (stranger, key) = (("cert.pem", "other-ca.pem"), ("key.pem", "other-ca-key.pem"));
    for (files, messages) in [
        (
            &[known][..],
            ["CertificateRequired", "hint: it requires a certificate that it trusts: `DOCKER_CERT_PATH`"],
        ),
        (
            &[known, stranger, key],
            ["UnknownCA", "hint: it requires a certificate that it trusts: `DOCKER_CERT_PATH`"],
        ),
        (
            &[unknown, own, own_key],
            [
                "invalid peer certificate: UnknownIssuer",
                "hint: its own certificate is not signed by `ca.pem`",
            ],
        ),
        (&[own, own_key], ["/ca.pem", "hint: "]),
    ] {
        let directory = certificates(files);
        let failed = fails(&mut by_tls(directory.path()), "docker://static", &tls_address());
        for words in messages {
            assert!(failed.stderr.contains(words), "{files:?}: `{words}`: {}", failed.stderr);
        }
        assert!(!failed.stderr.contains("client error"), "{}", failed.stderr);
    }
}

#[test]
#[ignore = "needs engines (DOCKOPT_TEST_DOCKER_TLS)"]
fn missing_or_needless_tls_has_a_hint() {
    let failed = fails(program().env("DOCKER_HOST", tls_address()), "docker://static", &tls_address());
    assert!(
        failed.stderr.contains("hint: if it expects TLS, set `DOCKER_TLS_VERIFY=1`"),
        "{}",
        failed.stderr
    );
    // A registry without TLS in place of an engine with it.
    let address = format!("tcp://{}", variable("DOCKOPT_TEST_REGISTRY"));
    let failed = fails(by_tls(&certificate("")).env("DOCKER_HOST", &address), "docker://static", &address);
    assert!(failed.stderr.contains("hint: it does not speak TLS"), "{}", failed.stderr);
}

/// An ssh with the configuration of the tests, and its leftovers.
struct Ssh(TempDir);

impl Ssh {
    fn new() -> Self {
        let ssh = Self(tempfile::tempdir().expect("a directory"));
        let config = ssh.path("config");
        // A port that was free a moment ago has no listener.
        let port =
            TcpListener::bind("127.0.0.1:0").and_then(|free| free.local_addr()).expect("a port").port();
        let known = PathBuf::from(variable("DOCKOPT_TEST_SSH_CONFIG"));
        let [user, known_hosts] = ["user", "known_hosts"].map(|name| known.with_file_name(name));
        let hosts = format!(
            "Include {}\nHost nobody-listens\n  HostName 127.0.0.1\n  Port {port}\n\
             Host 127.0.0.1\n  IdentityFile {}\n  UserKnownHostsFile {}\n",
            known.display(),
            user.display(),
            known_hosts.display()
        );
        fs::write(&config, hosts).expect("written");
        let script = format!("exec '{}' -F '{}' \"$@\"\n", installed("ssh").display(), config.display());
        write_program(&ssh.path("ssh"), &script);
        ssh
    }

    fn path(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }

    /// Returns the program with this ssh, without an address.
    fn program(&self) -> Command {
        let mut path = OsString::from(self.0.path());
        path.push(":");
        path.push(variable("PATH"));
        let mut command = without_addresses();
        command.env("PATH", path).env("XDG_STATE_HOME", self.path("state"));
        command
    }

    /// Returns the running processes of this ssh: the path of its configuration is in their
    /// arguments.
    fn processes(&self) -> Vec<String> {
        let place = self.0.path().to_str().expect("UTF-8").to_owned();
        let running = fs::read_dir("/proc").expect("processes").flatten();
        let ours = running.filter(|process| {
            let command = fs::read(process.path().join("cmdline")).unwrap_or_default();
            String::from_utf8_lossy(&command).contains(&place)
        });
        ours.map(|process| process.file_name().to_string_lossy().into_owned()).collect()
    }

    /// Asserts that nothing is left; a process that is ending gets some time.
    #[track_caller]
    fn is_over(&self) {
        for process in self.processes() {
            let wait = ["5", "tail", "-s", "0.1", "--pid", &process, "-f", "/dev/null"];
            output_of(Command::new("timeout").args(wait));
        }
        assert_eq!(self.processes(), [""; 0], "running");
        let files = fs::read_dir(self.path("state")).into_iter().flatten().flatten();
        assert_eq!(files.map(|file| file.file_name()).collect::<Vec<_>>(), [""; 0], "left");
    }
}

#[test]
#[ignore = "needs engines (DOCKOPT_TEST_DOCKER_SSH) and real images (DOCKOPT_TEST_IMAGES)"]
fn docker_over_ssh_has_the_saved_images() {
    let ssh = Ssh::new();
    for name in ["static", "many-layers"] {
        let mut command = ssh.program();
        command.env("DOCKER_HOST", variable("DOCKOPT_TEST_DOCKER_SSH"));
        let found = report(&mut command, &format!("docker://{name}"));
        assert_eq!(found["image"]["source"], "docker", "{name}");
        assert!(with_id(found) == with_id(of_archive(name)), "{name}");
        ssh.is_over();
    }
}

#[test]
#[ignore = "needs engines (DOCKOPT_TEST_DOCKER_SSH) and real images (DOCKOPT_TEST_IMAGES)"]
fn docker_context_leads_to_its_engine_over_ssh() {
    let settings = docker_context(&format!("host={}", variable("DOCKOPT_TEST_DOCKER_SSH")));
    let ssh = Ssh::new();
    let mut command = ssh.program();
    command.env("DOCKER_CONFIG", settings.path()).env("DOCKER_CONTEXT", "tests");
    assert_eq!(with_id(report(&mut command, "docker://static")), with_id(of_archive("static")));
    ssh.is_over();
}

#[test]
#[ignore = "needs engines (DOCKOPT_TEST_DOCKER_SSH) and real images (DOCKOPT_TEST_IMAGES)"]
fn ssh_address_has_a_port_a_user_and_a_socket() {
    let socket = variable("DOCKOPT_TEST_DOCKER").replace("unix://", "");
    let (host, ssh) = (variable("DOCKOPT_TEST_SSHD"), Ssh::new());
    let mut command = ssh.program();
    command.env("DOCKER_HOST", format!("ssh://root@{host}{socket}"));
    assert_eq!(with_id(report(&mut command, "docker://static")), with_id(of_archive("static")));
    ssh.is_over();
}

#[test]
#[ignore = "needs engines (DOCKOPT_TEST_DOCKER_SSH)"]
fn error_of_a_missing_image_names_the_ssh_address() {
    let (ssh, address) = (Ssh::new(), variable("DOCKOPT_TEST_DOCKER_SSH"));
    let mut command = ssh.program();
    // A gate does not ask a registry.
    command.env("DOCKER_HOST", &address).arg("--ci");
    let failed = fails(&mut command, "docker://no-such-image", &address);
    assert!(failed.stderr.contains("no such image"), "{}", failed.stderr);
    ssh.is_over();
}

#[test]
#[ignore = "needs engines (DOCKOPT_TEST_DOCKER_SSH)"]
fn unreachable_ssh_host_is_an_error_at_once() {
    let ssh = Ssh::new();
    // Too long for a host name, so no name server is asked.
    let unknown = "x".repeat(64);
    for (host, message) in
        [("nobody-listens", "Connection refused"), (unknown.as_str(), "Could not resolve hostname")]
    {
        let address = format!("ssh://{host}");
        let failed = fails(ssh.program().env("DOCKER_HOST", &address), "docker://static", &address);
        assert!(failed.stderr.contains(message), "{}", failed.stderr);
        ssh.is_over();
    }
}

#[test]
#[ignore = "needs engines (DOCKOPT_TEST_DOCKER_SSH) and real images (DOCKOPT_TEST_IMAGES)"]
fn end_of_the_program_ends_its_ssh() {
    for signal in ["-INT", "-TERM", "-KILL"] {
        let ssh = Ssh::new();
        let mut command = ssh.program();
        command.env("DOCKER_HOST", variable("DOCKOPT_TEST_DOCKER_SSH"));
        command.args(["-o", "json", "docker://python-naive"]);
        let mut child = interruptible(&command).spawn().expect("the program starts");
        let begun = Instant::now();
        while ssh.processes().is_empty() && begun.elapsed() < SOON {
            std::thread::yield_now();
        }
        output_of(Command::new("kill").args([signal, &child.id().to_string()]));
        assert!(!child.wait().expect("it ends").success(), "{signal}");
        ssh.is_over();
    }
}

#[test]
#[ignore = "needs engines (DOCKOPT_TEST_DOCKER_TLS, DOCKOPT_TEST_DOCKER_SSH) and real images (DOCKOPT_TEST_IMAGES)"]
fn image_read_through_the_socket_is_cached_for_tls_ssh_and_contexts() {
    let (cache, ssh) = (tempfile::tempdir().expect("a directory"), Ssh::new());
    let socket = variable("DOCKOPT_TEST_DOCKER");
    let mut through_socket = program();
    through_socket.env("DOCKER_HOST", &socket).env("XDG_CACHE_HOME", cache.path());
    let expected = written(&mut through_socket, "docker://many-layers");
    let path = socket.strip_prefix("unix://").expect("a socket");
    let other = cache.path().join("other.sock");
    std::os::unix::fs::symlink(path, &other).expect("linked");
    let mut through_link = program();
    through_link.env("DOCKER_HOST", format!("unix://{}", other.display()));
    let mut over_ssh = ssh.program();
    over_ssh.env("DOCKER_HOST", variable("DOCKOPT_TEST_DOCKER_SSH"));
    let settings = docker_context(&format!("host={socket}"));
    let mut through_context = without_addresses();
    through_context.env("DOCKER_CONFIG", settings.path()).env("DOCKER_CONTEXT", "tests");
    let mut commands = [through_link, by_tls(&certificate("")), over_ssh, through_context];
    for command in &mut commands {
        let entries = entries(cache.path());
        let report = written(command.env("XDG_CACHE_HOME", cache.path()), "docker://many-layers");
        assert!(report == expected, "{command:?}");
        // After an export there would be new files.
        assert_eq!(self::entries(cache.path()), entries, "{command:?}");
    }
    ssh.is_over();
}

/// Returns the inodes of the files in a cache.
fn entries(cache: &Path) -> BTreeSet<u64> {
    let directories = fs::read_dir(cache.join("dockopt-dive/v1")).expect("a cache").flatten();
    let files = directories.flat_map(|directory| fs::read_dir(directory.path()).expect("readable"));
    files.flatten().map(|file| file.metadata().expect("a file").ino()).collect()
}

/// Returns the reference of an image in the registry with TLS.
fn in_registry(name: &str) -> String {
    format!("registry://{}/dockopt/{name}", variable("DOCKOPT_TEST_REGISTRY_TLS"))
}

#[test]
#[ignore = "needs engines (DOCKOPT_TEST_REGISTRY_TLS) and real images (DOCKOPT_TEST_IMAGES)"]
fn registry_over_tls_has_the_saved_images() {
    for name in ["static", "many-layers"] {
        let mut command = program();
        command.arg("--verify").env("SSL_CERT_FILE", certificate("ca.pem"));
        let found = report(&mut command, &in_registry(&format!("{name}:docker")));
        assert_eq!(found["image"]["source"], "registry", "{name}");
        assert!(with_id(found) == with_id(of_archive(name)), "{name}");
    }
}

#[test]
#[ignore = "needs engines (DOCKOPT_TEST_REGISTRY_TLS)"]
fn registry_with_an_untrusted_certificate_is_an_error() {
    let host = variable("DOCKOPT_TEST_REGISTRY_TLS");
    let mut with_others = program();
    with_others.env("SSL_CERT_FILE", certificate("other-ca.pem"));
    for mut command in [program(), with_others] {
        let failed = fails(&mut command, &in_registry("static:docker"), &host);
        assert!(failed.stderr.contains("certificate"), "{}", failed.stderr);
    }
}
