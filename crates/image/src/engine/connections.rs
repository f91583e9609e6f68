//! The connections of Podman.
//!
//! Podman 5 stores them in `podman-connections.json`, older versions in `containers.conf`. There
//! may be several files; later ones override earlier ones. For engines behind ssh or TLS, Podman's
//! own program does the work; it reads the same files.

use std::collections::HashMap;
use std::ffi::OsString;
use std::fs;
use std::path::{Path, PathBuf};

use serde::Deserialize;

use super::endpoint::{Address, Endpoint, EngineKind, parse, without_password};
use super::error::DiscoverError;
use super::settings;
use crate::host::Environment;

/// The most files read of one `containers.conf.d`.
const MAX_DROP_INS: usize = 256;

/// The user's connections.
#[derive(Debug, Default)]
pub(super) struct Connections {
    destinations: HashMap<String, Destination>,
    default: Option<String>,
    /// Whether Podman uses the default connection instead of the local engine.
    pub(super) is_remote: bool,
    /// The file of the connections, for errors.
    path: PathBuf,
}

#[derive(Debug, Deserialize)]
struct Destination {
    #[serde(alias = "URI")]
    uri: String,
    #[serde(alias = "TLSCert")]
    tls_cert: Option<String>,
    #[serde(alias = "TLSCA")]
    tls_ca: Option<String>,
}

#[derive(Deserialize)]
struct ConnectionsFile {
    #[serde(rename = "Connection")]
    connection: Option<ConnectionSection>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct ConnectionSection {
    default: Option<String>,
    connections: Option<HashMap<String, Destination>>,
}

#[derive(Deserialize)]
struct Configuration {
    engine: Option<EngineSection>,
}

#[derive(Deserialize)]
struct EngineSection {
    active_service: Option<String>,
    remote: Option<bool>,
    service_destinations: Option<HashMap<String, Destination>>,
}

impl Connections {
    /// Reads all files that may have connections.
    pub(super) fn read(environment: &Environment) -> Result<Self, DiscoverError> {
        let mut connections = Self::default();
        for path in configurations(environment) {
            let file: Option<Configuration> = settings::toml(&path)?;
            if let Some(section) = file.and_then(|file| file.engine) {
                connections.add(section.active_service, section.service_destinations);
                connections.is_remote = section.remote.unwrap_or(connections.is_remote);
            }
        }
        if let Some(path) = connections_file(environment) {
            let file: Option<ConnectionsFile> = settings::json(&path)?;
            if let Some(section) = file.and_then(|file| file.connection) {
                connections.add(section.default, section.connections);
            }
            connections.path = path;
        }
        Ok(connections)
    }

    fn add(&mut self, default: Option<String>, destinations: Option<HashMap<String, Destination>>) {
        self.default = default.filter(|name| !name.is_empty()).or_else(|| self.default.take());
        self.destinations.extend(destinations.unwrap_or_default());
    }

    /// Returns the endpoint of a connection.
    pub(super) fn endpoint(&self, name: &str) -> Result<Endpoint, DiscoverError> {
        let Some(destination) = self.destinations.get(name) else {
            return Err(DiscoverError::NoConnection { name: name.to_owned(), path: self.path.clone() });
        };
        let origin = format!("connection `{name}`");
        let address = if destination.needs_podman() {
            Address::Command { arguments: vec![OsString::from("--connection"), OsString::from(name)] }
        } else {
            address(&destination.uri).map_err(|reason| DiscoverError::Address {
                origin: origin.clone(),
                address: without_password(&destination.uri),
                reason,
            })?
        };
        Ok(Endpoint { kind: EngineKind::Podman, address, origin, configured: true })
    }

    /// Returns the endpoint of the default connection.
    pub(super) fn in_use(&self) -> Option<Result<Endpoint, DiscoverError>> {
        self.default.as_deref().map(|name| self.endpoint(name))
    }
}

impl Destination {
    fn needs_podman(&self) -> bool {
        let is_set = |file: &Option<String>| file.as_ref().is_some_and(|file| !file.is_empty());
        self.uri.starts_with("ssh://") || is_set(&self.tls_cert) || is_set(&self.tls_ca)
    }
}

/// Parses an address in Podman's syntax.
pub(super) fn address(uri: &str) -> Result<Address, &'static str> {
    match uri.strip_prefix("unix:").map(|path| path.trim_start_matches('/')) {
        Some("") => Err("the path of the socket is missing"),
        // The path is absolute, whatever the number of slashes.
        Some(path) => parse(&format!("unix:///{path}"), None),
        None => parse(uri, None),
    }
}

/// Returns the settings files, the one with the highest precedence last.
fn configurations(environment: &Environment) -> Vec<PathBuf> {
    let mut files = Vec::new();
    if let Some(path) = environment.path("CONTAINERS_CONF") {
        files.push(path);
    } else {
        let user = environment.config_home().map(|home| home.join("containers"));
        let system = ["/usr/share/containers", "/etc/containers"].map(PathBuf::from);
        for directory in system.into_iter().chain(user) {
            files.push(directory.join("containers.conf"));
            files.extend(drop_ins(&directory.join("containers.conf.d")));
        }
    }
    files.extend(environment.path("CONTAINERS_CONF_OVERRIDE"));
    files
}

/// Returns the settings files in a directory, sorted by name; none if it cannot be listed.
fn drop_ins(directory: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(directory).into_iter().flatten().take(MAX_DROP_INS);
    let paths = entries.filter_map(|entry| Some(entry.ok()?.path()));
    let mut files: Vec<PathBuf> =
        paths.filter(|path| path.extension().is_some_and(|extension| extension == "conf")).collect();
    files.sort();
    files
}

fn connections_file(environment: &Environment) -> Option<PathBuf> {
    let users = || Some(environment.config_home()?.join("containers/podman-connections.json"));
    environment.path("PODMAN_CONNECTIONS_CONF").or_else(users)
}

#[cfg(test)]
mod tests {
    use tempfile::TempDir;

    use super::*;

    const JSON: &str = r#"{"Connection":{"Default":"far","Connections":{
        "far":{"URI":"ssh://core@127.0.0.1:50000/run/user/1000/podman/podman.sock","Identity":"/key","IsMachine":true},
        "near":{"URI":"unix:///run/near.sock"},
        "box":{"URI":"tcp://box:8080"},
        "safe":{"URI":"tcp://box:8443","TLSCA":"/ca.pem"}}}}"#;

    const TOML: &str = r#"
        [containers]
        log_size_max = -1
        [engine]
        active_service = "old"
        remote = true
        [engine.service_destinations.old]
        uri = "unix:/run/old.sock"
        identity = "/key"
        [engine.service_destinations.near]
        uri = "unix:///run/other.sock"
    "#;

    /// Returns a home with these settings files.
    fn settings(json: Option<&str>, toml: Option<&str>) -> TempDir {
        let home = tempfile::tempdir().expect("a directory");
        let directory = home.path().join("containers");
        fs::create_dir(&directory).expect("made");
        let files = [("podman-connections.json", json), ("containers.conf", toml)];
        for (name, text) in files.into_iter().filter_map(|(name, text)| Some((name, text?))) {
            fs::write(directory.join(name), text).expect("written");
        }
        home
    }

    fn read(home: &TempDir) -> Result<Connections, DiscoverError> {
        let home = home.path().to_str().expect("text");
        Connections::read(&Environment::with([("XDG_CONFIG_HOME", home)]))
    }

    fn default(connections: &Connections) -> Endpoint {
        connections.in_use().expect("a default").expect("an address")
    }

    fn unix(path: &str) -> Address {
        Address::Unix(PathBuf::from(path))
    }

    #[test]
    fn connections_of_podman_5_are_read() {
        let connections = read(&settings(Some(JSON), None)).expect("settings");
        let address = |name| connections.endpoint(name).expect(name).address;
        let far = Address::Command { arguments: vec!["--connection".into(), "far".into()] };
        assert_eq!(default(&connections).address, far);
        assert_eq!(default(&connections).origin, "connection `far`");
        assert_eq!(address("near"), unix("/run/near.sock"));
        assert_eq!(address("box"), Address::Tcp { host_port: "box:8080".to_owned(), tls: None });
        assert_eq!(
            address("safe"),
            Address::Command { arguments: vec!["--connection".into(), "safe".into()] }
        );
    }

    #[test]
    fn connections_of_older_podman_are_read() {
        let connections = read(&settings(None, Some(TOML))).expect("settings");
        assert_eq!(default(&connections).address, unix("/run/old.sock"));
        assert!(connections.is_remote);
    }

    #[test]
    fn connections_file_overrides_containers_conf() {
        let connections = read(&settings(Some(JSON), Some(TOML))).expect("settings");
        assert_eq!(default(&connections).origin, "connection `far`");
        assert_eq!(connections.endpoint("near").expect("one").address, unix("/run/near.sock"));
        assert_eq!(connections.endpoint("old").expect("one").address, unix("/run/old.sock"));
    }

    #[test]
    fn drop_in_files_override_the_main_file() {
        let home = settings(None, Some(TOML));
        let directory = home.path().join("containers/containers.conf.d");
        fs::create_dir(&directory).expect("made");
        fs::write(directory.join("b.conf"), "[engine]\nactive_service='near'").expect("written");
        fs::write(directory.join("a.conf"), "[engine]\nactive_service='a'\nremote=false").expect("written");
        fs::write(directory.join("z.txt"), "no settings").expect("written");
        let connections = read(&home).expect("settings");
        assert_eq!(default(&connections).address, unix("/run/other.sock"));
        assert!(!connections.is_remote);
    }

    #[test]
    fn environment_names_other_files() {
        let home = settings(Some(JSON), Some(TOML));
        let directory = home.path().join("containers");
        let file = |name: &str| directory.join(name).to_str().expect("text").to_owned();
        let (toml, json) = (file("containers.conf"), file("podman-connections.json"));
        let environment = Environment::with([("CONTAINERS_CONF", toml.as_str())]);
        let connections = Connections::read(&environment).expect("settings");
        assert_eq!(default(&connections).origin, "connection `old`");
        let environment = Environment::with([("PODMAN_CONNECTIONS_CONF", json.as_str())]);
        let connections = Connections::read(&environment).expect("settings");
        assert_eq!(default(&connections).origin, "connection `far`");
    }

    #[test]
    fn without_files_there_are_no_connections() {
        let none = read(&settings(None, None)).expect("nothing to read");
        assert!(none.in_use().is_none() && !none.is_remote);
        let error = none.endpoint("dev").expect_err("none of that name").to_string();
        assert!(error.contains("`dev`") && error.contains("podman-connections.json"), "{error}");
        for json in
            ["{}", r#"{"Connection":{}}"#, r#"{"Connection":null}"#, r#"{"Connection":{"Default":""}}"#]
        {
            assert!(read(&settings(Some(json), Some(""))).expect(json).in_use().is_none(), "{json}");
        }
    }

    #[test]
    fn error_names_the_broken_file() {
        let deep = "[".repeat(100_000);
        for json in ["", "{", "7", r#"{"Connection":7}"#, r#"{"Connection":{"Connections":{"x":{}}}}"#, &deep]
        {
            let error = read(&settings(Some(json), None)).expect_err("broken").to_string();
            assert!(error.contains("podman-connections.json"), "{error}");
        }
        let deep = format!("a = {deep}");
        for toml in ["engine", "engine = 7", "[engine]\nremote = 'x'", "[engine]\nactive_service = []", &deep]
        {
            let error = read(&settings(None, Some(toml))).expect_err("broken").to_string();
            assert!(error.contains("containers.conf"), "{error}");
        }
    }

    #[test]
    fn error_of_an_invalid_address_names_the_connection() {
        let json = r#"{"Connection":{"Connections":{"x":{"URI":"http://me:hunter2@box"}}}}"#;
        let error = read(&settings(Some(json), None)).expect("settings").endpoint("x");
        let error = error.expect_err("no address").to_string();
        assert!(error.contains("connection `x`") && !error.contains("hunter2"), "{error}");
    }

    #[test]
    fn socket_paths_are_absolute_with_any_number_of_slashes() {
        for uri in ["unix:/run/x.sock", "unix://run/x.sock", "unix:///run/x.sock", "unix:////run/x.sock"] {
            assert_eq!(address(uri), Ok(unix("/run/x.sock")), "{uri}");
        }
        assert!(address("unix:").is_err() && address("unix:///").is_err());
    }
}
