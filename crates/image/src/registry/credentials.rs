//! Credentials that Docker and Podman store: files, and the helpers that these files name.
//!
//! Podman's files may have keys for a namespace or a repository, which come before the host. A
//! missing file is no error. A file or helper that fails is one: without credentials a registry may
//! serve other content.

use std::collections::HashMap;
use std::fs::File;
use std::io::{self, Read};
use std::path::PathBuf;

use docker_credential::{CredentialRetrievalError, DockerCredential, get_credential_from_reader};
use serde::Deserialize;

use super::error::RegistryError;
use super::name::ImageName;
use super::secret::Secret;
use crate::bytes::limits::MAX_DOCUMENT;
use crate::host::Environment;

/// The key of Docker Hub in Docker's files.
const DOCKER_HUB_KEY: &str = "https://index.docker.io/v1/";

/// A user's credentials for a registry.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Credentials {
    Anonymous,
    Password {
        user: Secret,
        password: Secret,
    },
    /// Exchanged for access tokens.
    IdentityToken(Secret),
}

/// The part of a file that lists its registries.
#[derive(Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
struct Keys {
    auths: Option<HashMap<String, serde_json::Value>>,
    cred_helpers: Option<HashMap<String, String>>,
    creds_store: Option<String>,
}

/// Finds the credentials for an image.
pub(crate) fn find(name: &ImageName, environment: &Environment) -> Result<Credentials, RegistryError> {
    for path in files(environment) {
        if let Some(found) = in_file(&path, name)? {
            return Ok(found);
        }
    }
    Ok(Credentials::Anonymous)
}

/// Returns the files that may have credentials, in order of precedence.
fn files(environment: &Environment) -> Vec<PathBuf> {
    let podman = |directory: PathBuf| directory.join("containers/auth.json");
    let docker = environment.path("DOCKER_CONFIG").or_else(|| Some(environment.home()?.join(".docker")));
    [
        environment.path("REGISTRY_AUTH_FILE"),
        environment.path("XDG_RUNTIME_DIR").map(podman),
        environment.config_home().map(podman),
        docker.map(|directory| directory.join("config.json")),
    ]
    .into_iter()
    .flatten()
    .collect()
}

fn in_file(path: &PathBuf, name: &ImageName) -> Result<Option<Credentials>, RegistryError> {
    let place = || format!("`{}`", path.display());
    let failed = |reason: String| broken(name, place(), reason);
    let mut bytes = Vec::new();
    match File::open(path).and_then(|file| file.take(MAX_DOCUMENT + 1).read_to_end(&mut bytes)) {
        Ok(_) if bytes.len() as u64 > MAX_DOCUMENT => {
            return Err(failed(format!("it has more than {MAX_DOCUMENT} bytes")));
        }
        Ok(_) => {}
        Err(error) if is_absent(&error) => return Ok(None),
        Err(error) => return Err(failed(error.to_string())),
    }
    // The parser's message may quote the file: only the position is safe.
    let keys: Keys = serde_json::from_slice(&bytes).map_err(|error| {
        failed(format!("it cannot be parsed, line {} column {}", error.line(), error.column()))
    })?;
    let Some(key) = keys.key_for(name) else {
        return Ok(None);
    };
    let place = || keys.helper_for(&key).unwrap_or_else(place);
    found(get_credential_from_reader(bytes.as_slice(), &key))
        .map_err(|reason| broken(name, place(), reason.to_owned()))
}

fn broken(name: &ImageName, place: String, reason: String) -> RegistryError {
    RegistryError::Credentials { host: name.registry().to_owned(), place, reason }
}

fn is_absent(error: &io::Error) -> bool {
    matches!(error.kind(), io::ErrorKind::NotFound | io::ErrorKind::NotADirectory)
}

impl Keys {
    /// Returns the key for the credentials of an image in this file.
    fn key_for(&self, name: &ImageName) -> Option<String> {
        let hosts: &[&str] = match name.registry() {
            "docker.io" => &[DOCKER_HUB_KEY, "docker.io", "index.docker.io", "registry-1.docker.io"],
            registry => &[registry],
        };
        let helped =
            |host: &&&str| self.cred_helpers.as_ref().is_some_and(|helpers| helpers.contains_key(**host));
        if let Some(host) = hosts.iter().find(helped) {
            return Some((*host).to_owned());
        }
        let stored = |key: &String| self.auths.as_ref().is_some_and(|auths| auths.contains_key(key));
        let namespaces = namespaces(name.registry(), name.repository());
        let literal = namespaces.into_iter().chain(hosts.iter().map(|host| (*host).to_owned())).find(stored);
        // The host also finds keys of the form `https://HOST/v2/`, and is the key in a credential
        // store.
        literal.or_else(|| hosts.first().map(|host| (*host).to_owned()))
    }

    /// Returns the helper for a key, for errors.
    fn helper_for(&self, key: &str) -> Option<String> {
        let own = self.cred_helpers.as_ref().and_then(|helpers| helpers.get(key));
        let helper = own.or(self.creds_store.as_ref())?;
        Some(format!("`docker-credential-{helper}`"))
    }
}

/// Returns the keys that are more specific than the host, the most specific first:
/// `HOST/NAMESPACE/REPOSITORY`, `HOST/NAMESPACE`.
fn namespaces(host: &str, repository: &str) -> Vec<String> {
    let ends = repository.match_indices('/').map(|(at, _)| at).chain([repository.len()]);
    let mut keys: Vec<String> =
        ends.filter_map(|end| Some(format!("{host}/{}", repository.get(..end)?))).collect();
    keys.reverse();
    keys
}

/// Converts the answer of `docker_credential`; the error is a message without secrets.
fn found(
    result: Result<DockerCredential, CredentialRetrievalError>,
) -> Result<Option<Credentials>, &'static str> {
    match result {
        Ok(DockerCredential::IdentityToken(token)) if token.is_empty() => Ok(None),
        Ok(DockerCredential::IdentityToken(token)) => {
            Ok(Some(Credentials::IdentityToken(Secret::new(token))))
        }
        Ok(DockerCredential::UsernamePassword(user, password)) if user.is_empty() && password.is_empty() => {
            Ok(None)
        }
        Ok(DockerCredential::UsernamePassword(user, password)) => {
            Ok(Some(Credentials::Password { user: Secret::new(user), password: Secret::new(password) }))
        }
        Err(CredentialRetrievalError::NoCredentialConfigured) => Ok(None),
        Err(CredentialRetrievalError::HelperFailure { stdout, stderr, .. })
            if has_nothing(&stdout) || has_nothing(&stderr) =>
        {
            Ok(None)
        }
        Err(CredentialRetrievalError::HelperFailure { .. }) => Err("the credential helper failed"),
        Err(CredentialRetrievalError::HelperCommunicationError) => Err("the credential helper cannot be run"),
        Err(CredentialRetrievalError::MalformedHelperResponse) => {
            Err("the response of the credential helper is invalid")
        }
        Err(CredentialRetrievalError::CredentialDecodingError) => {
            Err("the entry is not a user and a password in base64")
        }
        Err(CredentialRetrievalError::CredentialMismatchError) => {
            Err("the entry has two different users or passwords")
        }
        Err(CredentialRetrievalError::ConfigNotFound | CredentialRetrievalError::ConfigReadError) => {
            Err("an entry is invalid")
        }
    }
}

/// Returns whether a helper has no credentials for a registry: all helpers use one of these
/// phrases.
fn has_nothing(output: &str) -> bool {
    output.contains("credentials not found") || output.contains("no credentials")
}

#[cfg(test)]
mod tests;
