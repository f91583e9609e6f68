//! The contexts of the Docker CLI.
//!
//! `config.json` may name the current context. The SHA-256 of its name is the ID in
//! `contexts/meta/ID/meta.json`, which has the address, and in `contexts/tls/ID/docker/`, which has
//! certificates. So no name leads out of these directories.

use std::collections::HashMap;
use std::path::{Path, PathBuf};

use serde::Deserialize;
use sha2::{Digest, Sha256};

use super::endpoint::{Address, Endpoint, EngineKind, TlsFiles, parse, without_password};
use super::error::DiscoverError;
use super::settings;
use crate::host::Environment;

#[derive(Deserialize)]
struct Configuration {
    #[serde(rename = "currentContext", default)]
    current_context: Option<String>,
}

#[derive(Deserialize)]
struct Meta {
    #[serde(rename = "Endpoints", default)]
    endpoints: HashMap<String, Target>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Target {
    #[serde(default)]
    host: String,
    #[serde(rename = "SkipTLSVerify", default)]
    skip_verification: bool,
}

/// Returns the directory of the Docker CLI's settings.
pub(super) fn directory(environment: &Environment) -> Option<PathBuf> {
    environment.path("DOCKER_CONFIG").or_else(|| Some(environment.home()?.join(".docker")))
}

/// Returns the endpoint of the current context; `None` for the default context.
pub(super) fn current(environment: &Environment) -> Result<Option<Endpoint>, DiscoverError> {
    let directory = directory(environment);
    let name = match (environment.text("DOCKER_CONTEXT"), &directory) {
        (Some(name), _) => Some(name.to_owned()),
        (None, Some(directory)) => {
            let file: Option<Configuration> = settings::json(&directory.join("config.json"))?;
            file.and_then(|configuration| configuration.current_context)
        }
        (None, None) => None,
    };
    match name.filter(|name| !name.is_empty() && name != "default") {
        Some(name) => {
            let Some(directory) = directory else {
                return Err(DiscoverError::NoContext { name, path: PathBuf::from("~/.docker/contexts") });
            };
            endpoint(&name, &directory).map(Some)
        }
        None => Ok(None),
    }
}

fn endpoint(name: &str, directory: &Path) -> Result<Endpoint, DiscoverError> {
    let id = id(name);
    let contexts = directory.join("contexts");
    let path = contexts.join("meta").join(&id).join("meta.json");
    let meta: Option<Meta> = settings::json(&path)?;
    let Some(meta) = meta else {
        return Err(DiscoverError::NoContext { name: name.to_owned(), path });
    };
    let Some(target) = meta.endpoints.get("docker").filter(|target| !target.host.is_empty()) else {
        let reason = "it has no address of Docker".to_owned();
        return Err(DiscoverError::Malformed { path, reason });
    };
    let origin = format!("context `{name}`");
    let address = address(target, &contexts.join("tls").join(&id).join("docker")).map_err(|reason| {
        DiscoverError::Address { origin: origin.clone(), address: without_password(&target.host), reason }
    })?;
    Ok(Endpoint { kind: EngineKind::Docker, address, origin, configured: true })
}

fn address(target: &Target, tls: &Path) -> Result<Address, &'static str> {
    let files = TlsFiles::in_directory(tls, !target.skip_verification);
    let is_secured = target.skip_verification
        || target.host.starts_with("https://")
        || [&files.ca, &files.cert, &files.key].into_iter().any(|file| file.exists());
    parse(&target.host, is_secured.then_some(files))
}

/// Returns the name of a context's directory.
fn id(name: &str) -> String {
    Sha256::digest(name.as_bytes()).iter().fold(String::new(), |mut hex, byte| {
        hex.extend([byte >> 4, byte & 15].map(|digit| char::from_digit(digit.into(), 16).unwrap_or('0')));
        hex
    })
}

#[cfg(test)]
mod tests {
    use std::fs;

    use tempfile::TempDir;

    use super::*;

    const TCP: &str = r#"{"Name":"x","Metadata":{},"Endpoints":{"docker":{"Host":"tcp://box:2376","SkipTLSVerify":false}}}"#;

    /// Returns a home with a current context.
    fn settings(name: &str, meta: &str) -> TempDir {
        let home = tempfile::tempdir().expect("a directory");
        let meta_directory = home.path().join("contexts/meta").join(id(name));
        fs::create_dir_all(&meta_directory).expect("made");
        fs::write(meta_directory.join("meta.json"), meta).expect("written");
        let config = format!(r#"{{"auths":{{}},"currentContext":"{name}"}}"#);
        fs::write(home.path().join("config.json"), config).expect("written");
        home
    }

    fn found(home: &TempDir) -> Result<Option<Endpoint>, DiscoverError> {
        current(&Environment::with([("DOCKER_CONFIG", home.path().to_str().expect("text"))]))
    }

    #[test]
    fn directory_of_a_context_is_the_hash_of_its_name() {
        assert_eq!(id("colima"), "f24fd3749c1368328e2b149bec149cb6795619f244c5b584e844961215dadd16");
    }

    #[test]
    fn current_context_has_the_address() {
        let home = settings("colima", r#"{"Endpoints":{"docker":{"Host":"unix:///c/docker.sock"}}}"#);
        let endpoint = found(&home).expect("settings").expect("a context");
        assert_eq!(endpoint.address, Address::Unix(PathBuf::from("/c/docker.sock")));
        assert_eq!((endpoint.origin.as_str(), endpoint.configured), ("context `colima`", true));
    }

    #[test]
    fn certificates_of_a_context_are_used_if_it_has_any() {
        let home = settings("x", TCP);
        let address = |home| found(home).expect("settings").expect("a context").address;
        assert_eq!(address(&home), Address::Tcp { host_port: "box:2376".to_owned(), tls: None });
        let tls = home.path().join("contexts/tls").join(id("x")).join("docker");
        fs::create_dir_all(&tls).expect("made");
        fs::write(tls.join("ca.pem"), "").expect("written");
        let files = TlsFiles::in_directory(&tls, true);
        assert_eq!(address(&home), Address::Tcp { host_port: "box:2376".to_owned(), tls: Some(files) });
    }

    #[test]
    fn context_may_skip_verification() {
        let home = settings("x", &TCP.replace("false", "true"));
        let address = found(&home).expect("settings").expect("a context").address;
        assert!(matches!(address, Address::Tcp { tls: Some(TlsFiles { verify: false, .. }), .. }));
    }

    #[test]
    fn context_of_the_environment_overrides_the_file() {
        let home = settings("x", TCP);
        let with = |name| {
            let directory = home.path().to_str().expect("text");
            current(&Environment::with([("DOCKER_CONFIG", directory), ("DOCKER_CONTEXT", name)]))
        };
        assert_eq!(with("default").expect("settings"), None);
        assert!(with("x").expect("settings").is_some());
        let error = with("../x").expect_err("no such context").to_string();
        assert!(error.contains("`../x`") && error.contains("meta.json"), "{error}");
    }

    #[test]
    fn without_settings_there_is_no_context() {
        let home = tempfile::tempdir().expect("a directory");
        assert_eq!(found(&home).expect("nothing to read"), None);
        assert_eq!(current(&Environment::default()).expect("nothing to read"), None);
        for config in ["{}", r#"{"currentContext":""}"#, r#"{"currentContext":null}"#] {
            fs::write(home.path().join("config.json"), config).expect("written");
            assert_eq!(found(&home).expect("settings"), None, "{config}");
        }
    }

    #[test]
    fn error_names_the_broken_file() {
        let deep = "[".repeat(100_000);
        for meta in
            ["", "{", "[]", "null", "{}", r#"{"Endpoints":{"docker":{}}}"#, r#"{"Endpoints":7}"#, &deep]
        {
            let error = found(&settings("x", meta)).expect_err("broken").to_string();
            assert!(error.contains("meta.json"), "{error}");
        }
        let home = settings("x", TCP);
        for config in ["", "{", "[1]", r#"{"currentContext":{}}"#, &deep] {
            fs::write(home.path().join("config.json"), config).expect("written");
            let error = found(&home).expect_err("broken").to_string();
            assert!(error.contains("config.json"), "{error}");
        }
    }

    #[test]
    fn error_of_an_invalid_address_names_the_context() {
        let meta = r#"{"Endpoints":{"docker":{"Host":"tcp://me:hunter2@box"}}}"#;
        let error = found(&settings("x", meta)).expect_err("no address").to_string();
        assert!(error.contains("context `x`") && !error.contains("hunter2"), "{error}");
    }
}
