//! One engine, with an API or a program.

use std::fmt;

use super::client::Client;
use super::command::Program;
use super::endpoint::{Address, Endpoint, EngineKind};
use super::error::EngineError;
use super::image::{EngineImage, full_id};
use crate::bytes::decode::ByteStream;

/// An engine at an endpoint.
#[derive(Clone, Debug)]
pub(crate) struct Engine {
    endpoint: Endpoint,
    link: Link,
}

#[derive(Clone, Debug)]
enum Link {
    Api(Client),
    Program(Program),
}

/// An image in the list of an engine.
#[derive(Clone, Debug, Default)]
pub(super) struct Listed {
    pub(super) id: String,
    pub(super) names: Vec<String>,
    /// Seconds since 1970.
    pub(super) created: i64,
    /// Bytes of the files of all its layers.
    pub(super) size: u64,
    /// Bytes of layers that other images have too, if the engine reports them.
    pub(super) shared: Option<u64>,
    pub(super) containers: Option<u64>,
}

/// A step of a build.
#[derive(Clone, Debug, Default)]
pub(super) struct BuildStep {
    pub(super) created_by: String,
    /// Bytes of the files of its layer.
    pub(super) size: u64,
}

impl Engine {
    pub(crate) fn new(endpoint: Endpoint) -> Self {
        let link = match &endpoint.address {
            Address::Command { arguments } => Link::Program(Program::new(endpoint.kind, arguments.clone())),
            _ => Link::Api(Client::new(endpoint.clone())),
        };
        Self { endpoint, link }
    }

    pub(crate) fn kind(&self) -> EngineKind {
        self.endpoint.kind
    }

    /// Returns the ID that the engine reports, unchecked: it may be any text.
    pub(super) fn id(&self) -> Option<String> {
        match &self.link {
            Link::Api(client) if self.kind() == EngineKind::Docker => client.id(),
            _ => None,
        }
    }

    /// Returns its address, without a password.
    pub(crate) fn address(&self) -> String {
        self.endpoint.address.to_string()
    }

    /// Returns whether its address is from the user's settings.
    pub(crate) fn is_configured(&self) -> bool {
        self.endpoint.configured
    }

    /// Returns what the user can do about an error.
    pub(super) fn hint(&self, error: &EngineError) -> Option<&'static str> {
        match &self.endpoint.address {
            Address::Tcp { tls, .. } => error.hint(tls.is_some()),
            _ => None,
        }
    }

    /// Returns whether it is on this machine, where transfers are cheap.
    pub(crate) fn is_local(&self) -> bool {
        match &self.endpoint.address {
            Address::Unix(_) | Address::NamedPipe(_) => true,
            Address::Tcp { .. } | Address::Ssh { .. } => false,
            // The options name another machine.
            Address::Command { arguments } => arguments.is_empty(),
        }
    }

    /// Inspects an image; returns `None` if the engine does not have it.
    pub(crate) fn inspect(&self, name: &str) -> Result<Option<EngineImage>, EngineError> {
        if !is_name(name) {
            return Err(EngineError::BadName(name.to_owned()));
        }
        let found = match &self.link {
            Link::Api(client) => client.inspect(name)?,
            Link::Program(program) => program.inspect(name)?,
        };
        match found {
            // The ID becomes part of requests.
            Some(image) if !is_name(&image.id) => {
                Err(EngineError::NotAnEngine(format!("`{}` is not an image ID", image.id)))
            }
            found => Ok(found),
        }
    }

    /// Exports an image; the archive is a stream.
    pub(crate) fn export(&self, id: &str) -> ByteStream<'static> {
        match &self.link {
            Link::Api(client) => client.export(id),
            Link::Program(program) => program.export(id),
        }
    }

    /// Lists its images.
    pub(super) fn images(&self) -> Result<Vec<Listed>, EngineError> {
        match &self.link {
            Link::Api(client) => Ok(client.images()?.into_iter().map(Listed::from).collect()),
            Link::Program(program) => Ok(program.images()?.into_iter().map(Listed::from).collect()),
        }
    }

    /// Returns the history of an image, the first step first.
    pub(super) fn history(&self, id: &str) -> Result<Vec<BuildStep>, EngineError> {
        let steps: Vec<BuildStep> = match &self.link {
            Link::Api(client) => client.history(id)?.into_iter().map(BuildStep::from).collect(),
            Link::Program(program) => program.history(id)?.into_iter().map(BuildStep::from).collect(),
        };
        Ok(steps.into_iter().rev().collect())
    }
}

/// `docker at unix:///var/run/docker.sock (DOCKER_HOST)`.
impl fmt::Display for Engine {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Endpoint { kind, address, origin, .. } = &self.endpoint;
        let how = if matches!(address, Address::Command { .. }) { "through" } else { "at" };
        write!(formatter, "{} {how} {address} ({origin})", kind.name())
    }
}

/// Returns whether a text can be a name, an ID or a digest of an image. It becomes part of requests
/// and command lines.
pub(crate) fn is_name(text: &str) -> bool {
    let is_allowed = |byte: u8| byte.is_ascii_alphanumeric() || b"._-/:@+".contains(&byte);
    let starts_well = text.bytes().next().is_some_and(|byte| byte.is_ascii_alphanumeric());
    starts_well
        && text.bytes().all(is_allowed)
        && !text.split('/').any(|part| matches!(part, "" | "." | ".."))
}

impl From<bollard::models::ImageSummary> for Listed {
    fn from(image: bollard::models::ImageSummary) -> Self {
        Self {
            id: full_id(image.id),
            names: image.repo_tags.into_iter().filter(|name| name != "<none>:<none>").collect(),
            created: image.created,
            size: image.size.try_into().unwrap_or(0),
            shared: image.shared_size.try_into().ok(),
            containers: image.containers.try_into().ok(),
        }
    }
}

impl From<super::command::Listed> for Listed {
    fn from(image: super::command::Listed) -> Self {
        Self {
            id: full_id(image.id),
            names: image.names.unwrap_or_default(),
            created: image.created,
            size: image.size.try_into().unwrap_or(0),
            shared: None,
            containers: image.containers.and_then(|count| count.try_into().ok()),
        }
    }
}

impl From<bollard::models::ImageHistoryResponseItem> for BuildStep {
    fn from(step: bollard::models::ImageHistoryResponseItem) -> Self {
        Self { created_by: step.created_by, size: step.size.try_into().unwrap_or(0) }
    }
}

impl From<super::command::ListedStep> for BuildStep {
    fn from(step: super::command::ListedStep) -> Self {
        Self { created_by: step.created_by, size: step.size.try_into().unwrap_or(0) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn invalid_names_are_recognised() {
        for name in ["alpine", "alpine:3", "a.b:5000/c/d@sha256:00", "0123abcd", "sha256:00", "UPPER/x"] {
            assert!(is_name(name), "{name}");
        }
        for name in
            ["", "a?b", "a#b", "../x", "a/../b", "a//b", "/a", "a b", "a%2f", "-o", "a\n", "ä", "a/./b"]
        {
            assert!(!is_name(name), "{name:?}");
        }
    }
}
