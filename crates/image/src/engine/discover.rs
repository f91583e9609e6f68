//! Resolves the addresses of engines as the engines' own programs do.
//!
//! An address in the user's settings excludes all others. Without one, the default sockets are the
//! candidates, in order. The caller tests whether an engine listens.

use std::ffi::OsString;
#[cfg(any(test, target_os = "linux"))]
use std::path::Path;
use std::path::PathBuf;

use super::connections::{self, Connections};
use super::context;
use super::endpoint::{Address, Endpoint, EngineKind, TlsFiles, parse, without_password};
use super::error::DiscoverError;
use crate::host::Environment;

/// Returns the endpoints of an engine, the most likely one first.
pub(crate) fn endpoints(kind: EngineKind, environment: &Environment) -> Result<Vec<Endpoint>, DiscoverError> {
    match kind {
        EngineKind::Docker => docker(environment),
        EngineKind::Podman => podman(environment),
    }
}

fn docker(environment: &Environment) -> Result<Vec<Endpoint>, DiscoverError> {
    if let Some(host) = variable(environment, "DOCKER_HOST")? {
        let address = docker_host(host, environment).map_err(|reason| wrong("DOCKER_HOST", host, reason))?;
        return Ok(vec![configured(EngineKind::Docker, address, "DOCKER_HOST")]);
    }
    if let Some(endpoint) = context::current(environment)? {
        return Ok(vec![endpoint]);
    }
    let pipe = cfg!(windows).then(|| Address::NamedPipe("//./pipe/docker_engine".to_owned()));
    let addresses = pipe.into_iter().chain(docker_sockets(environment).into_iter().map(Address::Unix));
    Ok(usual(EngineKind::Docker, addresses))
}

fn docker_host(host: &str, environment: &Environment) -> Result<Address, &'static str> {
    let directory = || environment.path("DOCKER_CERT_PATH").or_else(|| context::directory(environment));
    let wants_tls = environment.get("DOCKER_TLS_VERIFY").is_some() || host.starts_with("https://");
    let tls = match wants_tls.then(directory) {
        // Without certificates there must be no fallback to plain HTTP.
        Some(None) => {
            return Err("TLS needs certificates, but DOCKER_CERT_PATH does not name their directory");
        }
        Some(Some(directory)) => Some(TlsFiles::in_directory(&directory, true)),
        None => None,
    };
    parse(host, tls)
}

/// Returns the sockets of Docker, rootless Docker, Docker Desktop, Colima, `OrbStack` and Rancher
/// Desktop.
fn docker_sockets(environment: &Environment) -> Vec<PathBuf> {
    let home = environment.home();
    let in_home = |path: &str| home.as_ref().map(|home| home.join(path));
    let mut sockets = vec![PathBuf::from("/var/run/docker.sock")];
    sockets.extend(environment.path("XDG_RUNTIME_DIR").map(|directory| directory.join("docker.sock")));
    sockets.extend(runtime_directory().map(|directory| directory.join("docker.sock")));
    sockets.extend(in_home(".docker/run/docker.sock"));
    sockets.extend(in_home(".docker/desktop/docker.sock"));
    sockets.extend(in_home(".colima/default/docker.sock"));
    sockets.extend(environment.config_home().map(|home| home.join("colima/default/docker.sock")));
    sockets.extend(in_home(".orbstack/run/docker.sock"));
    sockets.extend(in_home(".rd/docker.sock"));
    sockets
}

fn podman(environment: &Environment) -> Result<Vec<Endpoint>, DiscoverError> {
    if let Some(name) = variable(environment, "CONTAINER_CONNECTION")? {
        return Ok(vec![Connections::read(environment)?.endpoint(name)?]);
    }
    if let Some(host) = variable(environment, "CONTAINER_HOST")? {
        let key = environment.get("CONTAINER_SSHKEY").map(OsString::from);
        let address = podman_host(host, key).map_err(|reason| wrong("CONTAINER_HOST", host, reason))?;
        return Ok(vec![configured(EngineKind::Podman, address, "CONTAINER_HOST")]);
    }
    let connections = Connections::read(environment)?;
    // On other systems Podman has no local engine and always uses the default connection.
    let is_remote = connections.is_remote || !cfg!(target_os = "linux");
    if is_remote && let Some(endpoint) = connections.in_use() {
        return Ok(vec![endpoint?]);
    }
    let own_program = Address::Command { arguments: Vec::new() };
    let addresses = podman_addresses(environment).into_iter().chain([own_program]);
    let mut endpoints = usual(EngineKind::Podman, addresses);
    // `podman` itself uses its local engine, where new builds are; the connection is the last
    // resort.
    endpoints.extend(connections.in_use().and_then(Result::ok));
    Ok(endpoints)
}

fn podman_host(host: &str, key: Option<OsString>) -> Result<Address, &'static str> {
    match connections::address(host)? {
        Address::Ssh { url, .. } => {
            let mut arguments = vec![OsString::from("--url"), OsString::from(url)];
            arguments.extend(key.into_iter().flat_map(|key| [OsString::from("--identity"), key]));
            Ok(Address::Command { arguments })
        }
        address => Ok(address),
    }
}

/// Returns the sockets of Podman: the user's first, then the system's, then those of a Podman
/// machine.
fn podman_addresses(environment: &Environment) -> Vec<Address> {
    let of_user = environment.path("XDG_RUNTIME_DIR").into_iter().chain(runtime_directory());
    let mut sockets: Vec<PathBuf> = of_user.map(|directory| directory.join("podman/podman.sock")).collect();
    sockets.push(PathBuf::from("/run/podman/podman.sock"));
    if cfg!(target_os = "macos") {
        let machines = environment.home().map(|home| home.join(".local/share/containers/podman/machine"));
        let machine_sockets = ["podman.sock", "podman-machine-default/podman.sock"];
        sockets.extend(machines.iter().flat_map(|machines| machine_sockets.map(|name| machines.join(name))));
    }
    let pipe = cfg!(windows).then(|| Address::NamedPipe("//./pipe/podman-machine-default".to_owned()));
    pipe.into_iter().chain(sockets.into_iter().map(Address::Unix)).collect()
}

/// Returns the default directory for this user's sockets.
fn runtime_directory() -> Option<PathBuf> {
    #[cfg(target_os = "linux")]
    let directory = Some(Path::new("/run/user").join(rustix::process::getuid().as_raw().to_string()));
    #[cfg(not(target_os = "linux"))]
    let directory = None;
    directory
}

/// Returns a variable; fails if it is not UTF-8.
fn variable<'e>(environment: &'e Environment, name: &str) -> Result<Option<&'e str>, DiscoverError> {
    let text = |value: &'e std::ffi::OsStr| {
        value.to_str().ok_or_else(|| wrong(name, &value.to_string_lossy(), "it is not UTF-8"))
    };
    environment.get(name).map(text).transpose()
}

fn wrong(origin: &str, address: &str, reason: &'static str) -> DiscoverError {
    DiscoverError::Address { origin: origin.to_owned(), address: without_password(address), reason }
}

fn configured(kind: EngineKind, address: Address, origin: &str) -> Endpoint {
    Endpoint { kind, address, origin: origin.to_owned(), configured: true }
}

/// Returns default endpoints without duplicates.
fn usual(kind: EngineKind, addresses: impl IntoIterator<Item = Address>) -> Vec<Endpoint> {
    let mut endpoints: Vec<Endpoint> = Vec::new();
    for address in addresses {
        let origin = match address {
            Address::Command { .. } => "default program",
            Address::NamedPipe(_) => "default pipe",
            _ => "default socket",
        };
        if endpoints.iter().all(|endpoint| endpoint.address != address) {
            endpoints.push(Endpoint { kind, address, origin: origin.to_owned(), configured: false });
        }
    }
    endpoints
}

#[cfg(test)]
mod tests {
    use std::fs;

    use tempfile::TempDir;

    use super::*;

    /// Returns a home with a missing current Docker context and Podman connections.
    fn home(is_remote: bool) -> TempDir {
        let home = tempfile::tempdir().expect("a directory");
        fs::create_dir_all(home.path().join(".docker/contexts")).expect("made");
        fs::write(home.path().join(".docker/config.json"), r#"{"currentContext":"gone"}"#).expect("written");
        let engine = format!(
            "[engine]\nactive_service='dev'\nremote={is_remote}\n\
             [engine.service_destinations.dev]\nuri='unix:///run/dev.sock'\n\
             [engine.service_destinations.far]\nuri='ssh://far'\n"
        );
        fs::write(home.path().join("containers.conf"), engine).expect("written");
        home
    }

    fn found(
        kind: EngineKind,
        home: &TempDir,
        variables: &[(&str, &str)],
    ) -> Result<Vec<Endpoint>, DiscoverError> {
        let home = home.path().to_str().expect("text");
        let file = format!("{home}/containers.conf");
        let own = [("HOME", home), ("CONTAINERS_CONF", file.as_str())];
        endpoints(kind, &Environment::with(own.into_iter().chain(variables.iter().copied())))
    }

    /// Returns address and origin of the only endpoint.
    #[track_caller]
    fn only(kind: EngineKind, variables: &[(&str, &str)]) -> (String, String) {
        let endpoints = found(kind, &home(false), variables).expect("a place");
        assert!(
            matches!(endpoints.as_slice(), [only] if only.configured && only.kind == kind),
            "{endpoints:?}"
        );
        (endpoints[0].address.to_string(), endpoints[0].origin.clone())
    }

    fn addresses(endpoints: &[Endpoint]) -> Vec<String> {
        endpoints.iter().map(|endpoint| endpoint.address.to_string()).collect()
    }

    #[test]
    fn docker_host_overrides_contexts_and_default_sockets() {
        for host in ["unix:///x.sock", "tcp://box:1", "ssh://me@box", "npipe:////./pipe/x"] {
            let variables = [("DOCKER_HOST", host), ("DOCKER_CONTEXT", "ignored")];
            assert_eq!(only(EngineKind::Docker, &variables), (host.to_owned(), "DOCKER_HOST".to_owned()));
        }
    }

    #[test]
    fn docker_cert_path_overrides_the_default_certificates() {
        let home = home(false);
        let tls = |variables: &[(&str, &str)]| {
            let endpoints = found(EngineKind::Docker, &home, variables).expect("a place");
            match &endpoints[0].address {
                Address::Tcp { tls, .. } => tls.clone(),
                other => panic!("{other}"),
            }
        };
        let host = ("DOCKER_HOST", "tcp://box:1");
        assert_eq!(tls(&[host]), None);
        let verify = ("DOCKER_TLS_VERIFY", "1");
        let usual = TlsFiles::in_directory(&home.path().join(".docker"), true);
        assert_eq!(tls(&[host, verify]), Some(usual.clone()));
        assert_eq!(tls(&[("DOCKER_HOST", "https://box")]), Some(usual));
        let named = TlsFiles::in_directory(Path::new("/certs"), true);
        assert_eq!(tls(&[host, verify, ("DOCKER_CERT_PATH", "/certs")]), Some(named));
    }

    #[test]
    fn tls_without_certificates_is_an_error() {
        let environment = Environment::with([("DOCKER_HOST", "tcp://box:1"), ("DOCKER_TLS_VERIFY", "1")]);
        let error = endpoints(EngineKind::Docker, &environment).expect_err("no certificates");
        assert!(error.to_string().contains("DOCKER_CERT_PATH"), "{error}");
    }

    #[test]
    fn missing_docker_context_is_an_error() {
        let error = found(EngineKind::Docker, &home(false), &[]).expect_err("no such context");
        assert!(error.to_string().contains("`gone`") && error.hint().is_some(), "{error}");
        let environment = Environment::with([("DOCKER_CONTEXT", "x")]);
        let error = endpoints(EngineKind::Docker, &environment).expect_err("no home");
        assert!(matches!(error, DiscoverError::NoContext { .. }), "{error}");
    }

    #[test]
    fn default_docker_sockets_are_in_order() {
        let home = home(false);
        let variables =
            [("DOCKER_CONTEXT", "default"), ("XDG_RUNTIME_DIR", "/run/me"), ("XDG_CONFIG_HOME", "/config")];
        let endpoints = found(EngineKind::Docker, &home, &variables).expect("places");
        assert!(
            endpoints.iter().all(|endpoint| !endpoint.configured && endpoint.origin.starts_with("default "))
        );
        let home = home.path().to_str().expect("text");
        let mut expected = vec!["/var/run/docker.sock".to_owned(), "/run/me/docker.sock".to_owned()];
        expected.extend(runtime_directory().map(|path| path.join("docker.sock").display().to_string()));
        expected.extend([
            format!("{home}/.docker/run/docker.sock"),
            format!("{home}/.docker/desktop/docker.sock"),
            format!("{home}/.colima/default/docker.sock"),
            "/config/colima/default/docker.sock".to_owned(),
            format!("{home}/.orbstack/run/docker.sock"),
            format!("{home}/.rd/docker.sock"),
        ]);
        let sockets: Vec<String> = addresses(&endpoints)
            .iter()
            .filter_map(|address| Some(address.strip_prefix("unix://")?.to_owned()))
            .collect();
        assert_eq!(sockets, expected);
    }

    #[test]
    fn environment_overrides_default_podman_endpoints() {
        let host = ("CONTAINER_HOST", "unix://run/x.sock");
        let found = only(EngineKind::Podman, &[host]);
        assert_eq!(found, ("unix:///run/x.sock".to_owned(), "CONTAINER_HOST".to_owned()));
        let found = only(EngineKind::Podman, &[host, ("CONTAINER_CONNECTION", "dev")]);
        assert_eq!(found, ("unix:///run/dev.sock".to_owned(), "connection `dev`".to_owned()));
        let found = only(EngineKind::Podman, &[("CONTAINER_CONNECTION", "far")]).0;
        assert_eq!(found, "the program `podman --connection far`");
    }

    #[test]
    fn podman_over_ssh_uses_the_podman_program() {
        let host = ("CONTAINER_HOST", "ssh://me@box/run/x.sock");
        let found = only(EngineKind::Podman, &[host]).0;
        assert_eq!(found, "the program `podman --url ssh://me@box/run/x.sock`");
        let found = only(EngineKind::Podman, &[host, ("CONTAINER_SSHKEY", "/key")]).0;
        assert_eq!(found, "the program `podman --url ssh://me@box/run/x.sock --identity /key`");
    }

    #[test]
    fn missing_podman_connection_is_an_error() {
        let error = found(EngineKind::Podman, &home(false), &[("CONTAINER_CONNECTION", "gone")]);
        let error = error.expect_err("no such connection");
        assert!(error.to_string().contains("`gone`") && error.hint().is_some(), "{error}");
    }

    #[test]
    fn remote_podman_uses_only_its_default_connection() {
        let endpoints = found(EngineKind::Podman, &home(true), &[]).expect("a place");
        assert_eq!(addresses(&endpoints), ["unix:///run/dev.sock"]);
    }

    #[test]
    #[cfg(target_os = "linux")]
    fn default_podman_endpoints_precede_the_default_connection() {
        let endpoints = found(EngineKind::Podman, &home(false), &[("XDG_RUNTIME_DIR", "/run/me")]);
        let endpoints = endpoints.expect("places");
        let of_user = runtime_directory().expect("one").join("podman/podman.sock");
        let expected = [
            "unix:///run/me/podman/podman.sock".to_owned(),
            format!("unix://{}", of_user.display()),
            "unix:///run/podman/podman.sock".to_owned(),
            "the program `podman`".to_owned(),
            "unix:///run/dev.sock".to_owned(),
        ];
        assert_eq!(addresses(&endpoints), expected);
        let configured: Vec<bool> = endpoints.iter().map(|endpoint| endpoint.configured).collect();
        assert_eq!(configured, [false, false, false, false, true]);
    }

    #[test]
    fn default_endpoints_are_unique() {
        let environment = Environment::with([("CONTAINERS_CONF", "/dev/null/none")]);
        for kind in [EngineKind::Docker, EngineKind::Podman] {
            let found = addresses(&endpoints(kind, &environment).expect("places"));
            let mut unique = found.clone();
            unique.sort();
            unique.dedup();
            assert_eq!(unique.len(), found.len(), "{found:?}");
        }
    }

    #[test]
    fn error_of_an_invalid_variable_hides_the_password() {
        for (kind, name) in [(EngineKind::Docker, "DOCKER_HOST"), (EngineKind::Podman, "CONTAINER_HOST")] {
            let error = found(kind, &home(false), &[(name, "tcp://me:hunter2@box")]).expect_err("no address");
            let error = error.to_string();
            assert!(error.contains(name) && !error.contains("hunter2"), "{error}");
        }
    }

    #[test]
    fn large_binary_or_irregular_settings_files_are_errors() {
        let home = home(false);
        let file = home.path().join(".docker/config.json");
        fs::write(&file, vec![b' '; 2 << 20]).expect("written");
        let error = found(EngineKind::Docker, &home, &[]).expect_err("too large").to_string();
        assert!(error.contains("config.json"), "{error}");
        fs::write(&file, b"{\"currentContext\": \"\xff\"}").expect("written");
        assert!(found(EngineKind::Docker, &home, &[]).is_err());
        fs::remove_file(&file).expect("removed");
        fs::create_dir(&file).expect("made");
        assert!(matches!(found(EngineKind::Docker, &home, &[]), Err(DiscoverError::Io { .. })));
    }
}
