//! Client for one repository of a registry: authenticates on demand, fetches manifests and blobs.

use std::sync::{Mutex, PoisonError};
use std::thread;

use reqwest::Url;

use super::authentication::Authenticator;
use super::credentials::Credentials;
use super::error::RegistryError;
use super::name::{ImageName, is_loopback, without_port};
use super::options::RegistryOptions;
use super::pace::Pace;
use super::secret::Secret;
use super::transport::{Answer, Ask, Transport};
use crate::bytes::limits::MAX_DOCUMENT;
use crate::bytes::verify::digest_of;

/// The supported media types of manifests and indexes.
const MANIFESTS: &str = "application/vnd.oci.image.index.v1+json, \
    application/vnd.oci.image.manifest.v1+json, \
    application/vnd.docker.distribution.manifest.list.v2+json, \
    application/vnd.docker.distribution.manifest.v2+json";

const INDEX: &str = "application/vnd.oci.image.index.v1+json";
/// The attachments of an image, in errors.
const ATTACHED: &str = "the list of attachments of the image";

/// The `Authorization` of requests, and the API they go to.
#[derive(Clone, Debug)]
struct Authorization {
    /// `https://HOST/v2/`.
    api: Url,
    /// Number of renewals; 0 before the first answer.
    generation: u32,
    header: Option<Secret>,
}

/// A document as received.
#[derive(Debug)]
pub(crate) struct Document {
    pub(crate) bytes: Vec<u8>,
    pub(crate) media_type: Option<String>,
    /// The digest in the answer's headers.
    claimed: Option<String>,
    /// The `Link` header.
    link: Option<String>,
    /// The computed digest, for manifests only.
    pub(crate) digest: String,
}

/// Client for one repository.
#[derive(Debug)]
pub(crate) struct Client {
    pub(super) transport: Transport,
    name: ImageName,
    credentials: Credentials,
    authorization: Mutex<Authorization>,
}

impl Client {
    pub(crate) fn new(
        name: ImageName,
        credentials: Credentials,
        options: &RegistryOptions,
        pace: Pace,
    ) -> Result<Self, RegistryError> {
        let host = name.host();
        let local = is_loopback(without_port(host));
        let scheme = if local || options.plain_http { "http" } else { "https" };
        let api = Url::parse(&format!("{scheme}://{host}/v2/"))
            .map_err(|error| RegistryError::Name { name: name.to_string(), reason: error.to_string() })?;
        let transport = Transport::new(options, pace)?;
        let authorization = Mutex::new(Authorization { api, generation: 0, header: None });
        Ok(Self { transport, name, credentials, authorization })
    }

    pub(crate) fn name(&self) -> &ImageName {
        &self.name
    }

    /// Fetches a manifest or index by tag or digest. The caller compares it with the expected
    /// digest.
    pub(crate) fn manifest(&self, key: &str, object: &str) -> Result<Document, RegistryError> {
        let mut ask = Ask::get(self.address("manifests", key)?, object);
        ask.accept = Some(MANIFESTS);
        let mut document = self.document(&ask)?;
        // SHA-256 for tags, and for digests of an unknown algorithm.
        document.digest =
            digest_of(key, &document.bytes).unwrap_or_else(|| crate::bytes::verify::sha256(&document.bytes));
        // The digest of a signed manifest of schema 1 excludes the signature. The caller rejects
        // these manifests.
        let signed =
            document.media_type.as_ref().is_some_and(|media_type| media_type.contains("manifest.v1"));
        if let Some(claimed) = document.claimed.as_ref().filter(|_| !signed)
            && let Some(found) = digest_of(claimed, &document.bytes)
            && found != *claimed
        {
            let (object, expected) = (object.to_owned(), claimed.clone());
            return Err(RegistryError::Digest { object, expected, found });
        }
        Ok(document)
    }

    /// Fetches a small blob, such as a configuration. The caller compares it with its digest.
    pub(crate) fn small_blob(&self, digest: &str, object: &str) -> Result<Vec<u8>, RegistryError> {
        let ask = Ask::get(self.address("blobs", digest)?, object);
        self.document(&ask).map(|document| document.bytes)
    }

    /// Requests a blob from byte `start` on; the registry may send more.
    pub(super) fn blob(&self, digest: &str, start: u64, object: &str) -> Result<Answer, RegistryError> {
        self.ask(&Ask { start, ..Ask::get(self.address("blobs", digest)?, object) })
    }

    /// Fetches a page of the referrers API, and its `Link` header.
    pub(super) fn referrers(&self, url: &Url) -> Result<(Vec<u8>, Option<String>), RegistryError> {
        let ask = Ask { accept: Some(INDEX), casual: true, ..Ask::get(url.clone(), ATTACHED) };
        self.document(&ask).map(|document| (document.bytes, document.link))
    }

    /// Fetches the manifest or index of a tag that few images have.
    ///
    /// A `HEAD` request comes first: Docker Hub counts every `GET` of a manifest as a pull.
    pub(super) fn attached(&self, tag: &str) -> Result<Vec<u8>, RegistryError> {
        let url = self.address("manifests", tag)?;
        let ask = Ask { accept: Some(MANIFESTS), casual: true, ..Ask::get(url, ATTACHED) };
        self.ask(&Ask { head: true, ..ask.clone() })?;
        self.document(&ask).map(|document| document.bytes)
    }

    /// Returns the address of a manifest, a blob, or a list of referrers.
    pub(super) fn address(&self, kind: &str, key: &str) -> Result<Url, RegistryError> {
        let path = format!("{}/{kind}/{key}", self.name.repository());
        self.authorization()?
            .api
            .join(&path)
            .map_err(|error| RegistryError::Name { name: self.name.to_string(), reason: error.to_string() })
    }

    /// Fetches a document; retries when it breaks off.
    fn document(&self, ask: &Ask<'_>) -> Result<Document, RegistryError> {
        let mut attempt = 1;
        loop {
            let answer = self.ask(ask)?;
            let header = |name| answer.header(name).map(str::to_owned);
            let media_type = header("content-type")
                .map(|text| text.split(';').next().unwrap_or_default().trim().to_owned());
            let (claimed, link) = (header("docker-content-digest"), header("link"));
            match answer.document(MAX_DOCUMENT, "a document may have") {
                Ok(bytes) => return Ok(Document { bytes, media_type, claimed, link, digest: String::new() }),
                Err(RegistryError::Broken { .. }) if attempt < ask.attempts() => {}
                Err(error) => return Err(error),
            }
            thread::sleep(self.transport.pace.pause(attempt));
            attempt += 1;
        }
    }

    /// Sends a request, and renews the authorization if the registry demands it. Returns answers of
    /// status 200 or 206.
    fn ask(&self, ask: &Ask<'_>) -> Result<Answer, RegistryError> {
        let mut used = self.authorization()?;
        let mut answer = self.transport.send(ask, used.header.as_ref())?;
        if answer.status() == 401
            && !ask.casual
            && let Some(renewed) = self.renewed(&used, &answer.challenges())?
        {
            used = renewed;
            answer = self.transport.send(ask, used.header.as_ref())?;
        }
        match answer.status() {
            200 | 206 => Ok(answer),
            _ => {
                let authenticated = used.header.is_some() && self.credentials != Credentials::Anonymous;
                Err(answer.into_error(authenticated, &|text| self.hide(text, &used)))
            }
        }
    }

    /// Returns the current authorization; the first call requests the registry's challenge.
    fn authorization(&self) -> Result<Authorization, RegistryError> {
        let mut current = self.authorization.lock().unwrap_or_else(PoisonError::into_inner);
        if current.generation == 0 {
            let object = format!("image `{}`", self.name);
            let (api, answer) = self.knock(&current.api, &object)?;
            let header = match answer.status() {
                401 => self.authenticate(&answer.challenges(), &current)?,
                _ if answer.is_temporary() => {
                    return Err(answer.into_error(false, &|text| self.hide(text, &current)));
                }
                _ => None,
            };
            *current = Authorization { api, generation: 1, header };
        }
        Ok(current.clone())
    }

    /// Requests the root of the API, whose answer has the challenge.
    ///
    /// A request to this machine uses plain HTTP first. Servers that expect TLS answer it with
    /// status 400; the next request then uses TLS.
    fn knock(&self, api: &Url, object: &str) -> Result<(Url, Answer), RegistryError> {
        let answer = self.transport.send(&Ask::get(api.clone(), object), None)?;
        let mut encrypted = api.clone();
        if api.scheme() == "http" && answer.status() == 400 && encrypted.set_scheme("https").is_ok() {
            match self.transport.send(&Ask::get(encrypted.clone(), object), None) {
                Ok(answer) => return Ok((encrypted, answer)),
                Err(error @ RegistryError::Setup(_)) => return Err(error),
                Err(error) if error.is_about_certificate() => return Err(error),
                Err(_) => {}
            }
        }
        Ok((api.clone(), answer))
    }

    /// Returns a new authorization after `used` was refused; `None` if there is no other.
    fn renewed(
        &self,
        used: &Authorization,
        challenges: &[String],
    ) -> Result<Option<Authorization>, RegistryError> {
        let mut current = self.authorization.lock().unwrap_or_else(PoisonError::into_inner);
        if current.generation == used.generation {
            let header = self.authenticate(challenges, &current)?;
            if header.is_none() || header == used.header {
                return Ok(None);
            }
            *current = Authorization { api: current.api.clone(), generation: current.generation + 1, header };
        }
        Ok(Some(current.clone()))
    }

    fn authenticate(
        &self,
        challenges: &[String],
        current: &Authorization,
    ) -> Result<Option<Secret>, RegistryError> {
        let hide = |text: &str| self.hide(text, current);
        let (transport, name, credentials) = (&self.transport, &self.name, &self.credentials);
        Authenticator { transport, name, credentials, hide: &hide }.answer(challenges)
    }

    /// Removes password, token and header from the text of an answer.
    fn hide(&self, text: &str, authorization: &Authorization) -> String {
        let mut text = text.to_owned();
        if let Some(header) = &authorization.header {
            let value = header.reveal();
            text = Secret::new(value.split_once(' ').map_or(value, |(_, token)| token)).hide_in(&text);
        }
        match &self.credentials {
            Credentials::Anonymous => text,
            Credentials::IdentityToken(token) => token.hide_in(&text),
            Credentials::Password { user, password } => {
                let header = self.transport.basic(user, password);
                let encoded = header.as_ref().and_then(|header| header.reveal().strip_prefix("Basic "));
                password.hide_in(&Secret::new(encoded.unwrap_or_default()).hide_in(&text))
            }
        }
    }
}

#[cfg(test)]
mod tests;
