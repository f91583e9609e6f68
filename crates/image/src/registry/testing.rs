//! Helpers for the tests of this folder: a client with short time limits, and a fake registry with
//! an image.

use std::sync::Arc;
use std::time::Duration;

use dockopt_testkit::{Archive, Compression, Image, Layer, Request, Response, Server, registry};

use super::client::Client;
use super::credentials::Credentials;
use super::name::ImageName;
use super::options::RegistryOptions;
use super::pace::Pace;
use super::secret::Secret;

/// Returns time limits for loopback, where a second is long.
pub(crate) fn impatient() -> Pace {
    Pace {
        timeout: Duration::from_millis(600),
        backoff: Duration::from_millis(1),
        patience: Duration::from_secs(1),
        longest_wait: Duration::from_secs(1),
    }
}

pub(crate) fn password() -> Credentials {
    Credentials::Password { user: Secret::new("alice"), password: Secret::new("hunter2") }
}

/// `Basic` of `alice:hunter2`.
pub(crate) const BASIC: &str = "Basic YWxpY2U6aHVudGVyMg==";

pub(crate) fn client(server: &Server, credentials: Credentials) -> Arc<Client> {
    client_of(&format!("{}/team/app:1", server.address()), credentials)
}

pub(crate) fn client_of(name: &str, credentials: Credentials) -> Arc<Client> {
    let name = ImageName::parse(name).expect("a name");
    let options = RegistryOptions { timeout: impatient().timeout, ..RegistryOptions::default() };
    Arc::new(Client::new(name, credentials, &options, impatient()).expect("a client"))
}

/// Returns a client that sends no credentials.
pub(crate) fn anonymous(server: &Server) -> Client {
    Arc::into_inner(client(server, Credentials::Anonymous)).expect("the only handle")
}

pub(crate) fn image() -> Image {
    Image::new().layer(Layer::new().file("a", "1")).layer(Layer::new().file("b", vec![7; 100_000]))
}

pub(crate) fn layout() -> Archive {
    image().oci_layout(Compression::Gzip)
}

/// Returns a registry that answers with `first`, or serves the image where that returns `None`.
pub(crate) fn serving(
    layout: Archive,
    first: impl Fn(&Request) -> Option<Response> + Send + Sync + 'static,
) -> Server {
    Server::start(move |request| first(request).unwrap_or_else(|| registry(&layout, request)))
}

/// Returns the `Authorization` of each request, or `-`.
pub(crate) fn authorizations(server: &Server) -> Vec<String> {
    let value = |request: Request| request.header("authorization").unwrap_or("-").to_owned();
    server.requests().into_iter().map(value).collect()
}

/// Returns the path and query of each request.
pub(crate) fn paths(server: &Server) -> Vec<String> {
    server.requests().into_iter().map(|request| request.target).collect()
}
