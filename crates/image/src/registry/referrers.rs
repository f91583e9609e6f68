//! Attachments of an image in its registry: signatures, attestations and SBOMs of cosign, oras and
//! others.
//!
//! The referrers API lists the manifests whose subject is another manifest. For a registry without
//! this API, clients store the same list under a tag made of the digest (OCI distribution
//! specification, "Listing Referrers" and "Referrers Tag Schema"). cosign has three more tags of
//! that kind.
//!
//! Separate threads request all of them while layers are fetched. No request is repeated, and no
//! error here fails a read.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender, channel};
use std::thread;
use std::time::{Duration, Instant};

use reqwest::Url;

use super::client::Client;
use super::error::RegistryError;

/// The most pages of one list.
const MAX_PAGES: usize = 16;
/// The most bytes of all documents together: 16 MiB.
const MAX_BYTES: usize = 16 << 20;
/// Suffixes of cosign's tags for signatures, attestations and SBOMs.
const COSIGN: [&str; 3] = ["sig", "att", "sbom"];
/// The requests for each manifest.
const QUESTIONS: [Question; 2] = [Shared::listed, Shared::tagged_by_cosign];

/// A document that lists attachments of an image.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Attached {
    /// An index; each of its manifests is an attachment.
    List(Vec<u8>),
    /// A manifest of cosign; each of its layers is an attachment.
    Manifest(Vec<u8>),
}

/// Pending requests for the attachments of an image.
#[derive(Debug)]
pub(crate) struct Referrers {
    shared: Arc<Shared>,
    sender: Sender<Listing>,
    answers: Receiver<Listing>,
    /// The digests of the requested manifests.
    digests: Vec<String>,
}

type Question = fn(&Shared, &str) -> Result<Vec<Attached>, RegistryError>;

/// The answer to one question, and the position of the question.
type Listing = (usize, Result<Vec<Attached>, RegistryError>);

#[derive(Debug)]
struct Shared {
    client: Arc<Client>,
    /// Whether the registry has reported that it has no referrers API.
    lacks_api: AtomicBool,
    bytes: AtomicUsize,
}

impl Referrers {
    pub(crate) fn of(client: &Arc<Client>) -> Self {
        let (sender, answers) = channel();
        let client = Arc::clone(client);
        let shared = Shared { client, lacks_api: AtomicBool::new(false), bytes: AtomicUsize::new(0) };
        Self { shared: Arc::new(shared), sender, answers, digests: Vec::new() }
    }

    /// Starts the requests for a manifest; does nothing for a digest that was requested before.
    pub(crate) fn ask(&mut self, digest: &str) {
        if self.digests.iter().any(|known| known == digest) {
            return;
        }
        let first = self.digests.len() * QUESTIONS.len();
        for (position, question) in (first..).zip(QUESTIONS) {
            let (shared, digest, sender) = (Arc::clone(&self.shared), digest.to_owned(), self.sender.clone());
            let work = move || drop(sender.send((position, question(&shared, &digest))));
            // Without a thread, the attachments are not listed.
            drop(thread::Builder::new().name("referrers".to_owned()).spawn(work));
        }
        self.digests.push(digest.to_owned());
    }

    /// Returns the documents in the order of the questions, and the first error among the answers.
    ///
    /// Waits at most `patience` for answers that are still missing.
    pub(crate) fn finish(self, patience: Duration) -> (Vec<Attached>, Option<RegistryError>) {
        let Self { shared, sender, answers, digests } = self;
        // The channel is closed once the last thread has sent its answer.
        drop(sender);
        let begun = Instant::now();
        let mut found: Vec<Listing> = Vec::new();
        let mut end = Ok(());
        while end.is_ok() {
            match answers.recv_timeout(patience.saturating_sub(begun.elapsed())) {
                Ok(answer) => found.push(answer),
                Err(RecvTimeoutError::Disconnected) => break,
                Err(RecvTimeoutError::Timeout) => end = Err(shared.late(&digests)),
            }
        }
        found.sort_by_key(|(position, _)| *position);
        let mut documents = Vec::new();
        let mut error = None;
        for (_, answer) in found {
            match answer {
                Ok(attached) => documents.extend(attached),
                Err(failed) => error = error.or(Some(failed)),
            }
        }
        (documents, error.or(end.err()))
    }
}

impl Shared {
    /// Returns the pages of the referrers API; without the API, the list under the tag of clients.
    fn listed(&self, digest: &str) -> Result<Vec<Attached>, RegistryError> {
        if !self.lacks_api.load(Ordering::Relaxed) {
            match self.pages(digest) {
                Err(error) if error.is_refusal() => self.lacks_api.store(true, Ordering::Relaxed),
                pages => return pages,
            }
        }
        let tag = tag_of(digest);
        let document = allowed(self.client.attached(&tag))?;
        Ok(document.filter(|bytes| self.may_keep(bytes)).map(Attached::List).into_iter().collect())
    }

    fn pages(&self, digest: &str) -> Result<Vec<Attached>, RegistryError> {
        let mut pages = Vec::new();
        let mut next = Some(self.client.address("referrers", digest)?);
        while let Some(url) = next.take().filter(|_| pages.len() < MAX_PAGES) {
            let (bytes, link) = self.client.referrers(&url)?;
            if !self.may_keep(&bytes) {
                break;
            }
            next = link.and_then(|link| next_page(&url, &link));
            pages.push(Attached::List(bytes));
        }
        Ok(pages)
    }

    /// Returns the manifests under the tags of cosign.
    fn tagged_by_cosign(&self, digest: &str) -> Result<Vec<Attached>, RegistryError> {
        let mut manifests = Vec::new();
        for end in COSIGN {
            let tag = format!("{}.{end}", tag_of(digest));
            let document = allowed(self.client.attached(&tag))?;
            manifests.extend(document.filter(|bytes| self.may_keep(bytes)).map(Attached::Manifest));
        }
        Ok(manifests)
    }

    fn may_keep(&self, bytes: &[u8]) -> bool {
        self.bytes.fetch_add(bytes.len(), Ordering::Relaxed).saturating_add(bytes.len()) <= MAX_BYTES
    }

    fn late(&self, digests: &[String]) -> RegistryError {
        let object = format!("the attachments of `{}`", digests.first().map_or("", String::as_str));
        RegistryError::Late { host: self.client.name().host().to_owned(), object }
    }
}

/// Replaces the error of a registry that does not have a tag, or denies access to it, by `None`.
fn allowed(found: Result<Vec<u8>, RegistryError>) -> Result<Option<Vec<u8>>, RegistryError> {
    match found {
        Ok(bytes) => Ok(Some(bytes)),
        Err(error) if error.is_refusal() => Ok(None),
        Err(error) => Err(error),
    }
}

/// Returns the tag of the attachments of a digest: `sha256:HEX` becomes `sha256-HEX`, cut to the
/// length of a tag.
fn tag_of(digest: &str) -> String {
    let (algorithm, encoded) = digest.split_once(':').unwrap_or(("", digest));
    let plain =
        |letter: char| if letter.is_ascii_alphanumeric() || "._-".contains(letter) { letter } else { '-' };
    let cut = |text: &str, length: usize| text.chars().take(length).map(plain).collect::<String>();
    format!("{}-{}", cut(algorithm, 32), cut(encoded, 64))
}

/// Returns the URL of the next page in a `Link` header; `None` if there is none, or it is at
/// another origin, which must not receive this one's credentials.
fn next_page(url: &Url, link: &str) -> Option<Url> {
    let mut rest = link;
    while let Some((target, after)) = rest.split_once('<').and_then(|(_, after)| after.split_once('>')) {
        let parameters = after.split('<').next().unwrap_or_default();
        let is_next = |parameter: &str| {
            let name_and_value = parameter.trim().trim_end_matches(',').trim_end().split_once('=');
            name_and_value.is_some_and(|(name, value)| {
                name.trim().eq_ignore_ascii_case("rel")
                    && value.trim().trim_matches('"').eq_ignore_ascii_case("next")
            })
        };
        if parameters.split(';').any(is_next) {
            let next = url.join(target).ok()?;
            let has_user = !next.username().is_empty() || next.password().is_some();
            return (next.origin() == url.origin() && next != *url && !has_user).then_some(next);
        }
        rest = after;
    }
    None
}

#[cfg(test)]
mod tests;
