//! What the environment of the process tells the tools of containers: where engines listen, where configurations are.
//!
//! This is the only place that looks at it. Everything else is handed an [`Environment`], so that tests can have any.

use std::collections::HashMap;
use std::ffi::{OsStr, OsString};
use std::path::PathBuf;

/// The variables that are looked at; no others are kept.
const VARIABLES: [&str; 15] = [
    "CONTAINER_CONNECTION",
    "CONTAINER_HOST",
    "CONTAINER_SSHKEY",
    "CONTAINERS_CONF",
    "CONTAINERS_CONF_OVERRIDE",
    "DOCKER_CERT_PATH",
    "DOCKER_CONFIG",
    "DOCKER_CONTEXT",
    "DOCKER_HOST",
    "DOCKER_TLS_VERIFY",
    "HOME",
    "PODMAN_CONNECTIONS_CONF",
    "REGISTRY_AUTH_FILE",
    "XDG_CONFIG_HOME",
    "XDG_RUNTIME_DIR",
];

/// What the user's session says about engines, registries and credentials.
#[derive(Clone, Debug, Default)]
pub struct Environment {
    variables: HashMap<String, OsString>,
}

impl Environment {
    /// That of this process.
    #[expect(
        clippy::disallowed_methods,
        reason = "these are settings of other tools, and this is the place that reads them"
    )]
    pub fn of_process() -> Self {
        let value = |name: &str| Some((name.to_owned(), std::env::var_os(name)?));
        Self { variables: VARIABLES.into_iter().filter_map(value).collect() }
    }

    /// One that holds just these variables.
    pub fn with<'v>(variables: impl IntoIterator<Item = (&'v str, &'v str)>) -> Self {
        let owned = |(name, value): (&str, &str)| (name.to_owned(), OsString::from(value));
        Self { variables: variables.into_iter().map(owned).collect() }
    }

    /// A variable that is set to something.
    pub(crate) fn get(&self, name: &str) -> Option<&OsStr> {
        self.variables.get(name).map(OsString::as_os_str).filter(|value| !value.is_empty())
    }

    /// A variable that is set to a text.
    pub(crate) fn text(&self, name: &str) -> Option<&str> {
        self.get(name)?.to_str()
    }

    /// A variable that is set to a path.
    pub(crate) fn path(&self, name: &str) -> Option<PathBuf> {
        self.get(name).map(PathBuf::from)
    }

    /// The user's home directory.
    pub(crate) fn home(&self) -> Option<PathBuf> {
        self.path("HOME")
    }

    /// Where the user's configurations are: `$XDG_CONFIG_HOME`, or `~/.config`.
    pub(crate) fn config_home(&self) -> Option<PathBuf> {
        self.path("XDG_CONFIG_HOME").or_else(|| Some(self.home()?.join(".config")))
    }
}
