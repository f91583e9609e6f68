//! A registry as a source of images: documents by digest, and layers that are fetched when they are
//! read.
//!
//! It acts as an OCI layout whose `index.json` lists the document that the name refers to. Unlike
//! in a file, a document that does not match its digest is always an error.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use dockopt_core::image::SourceKind;
use serde::Deserialize;
use serde_json::json;

use super::error::SourceError;
use super::source::{BlobKey, LayerAt, Source};
use crate::bytes::remote::Fetch;
use crate::bytes::verify::{Digester, digest_of};
use crate::host::Environment;
use crate::registry::{
    Client, Document, ImageName, Pace, RegistryError, RegistryOptions, RemoteBlob, find_credentials,
};

/// Most documents fetched for one image: a chain of indexes can be endless.
const MAX_DOCUMENTS: usize = 256;
/// Largest total size of documents kept for later requests: 16 MiB.
const MAX_KEPT: usize = 16 * 1024 * 1024;

/// An image in a registry.
#[derive(Debug)]
pub(crate) struct RegistrySource {
    client: Arc<Client>,
    /// The `index.json` of the layout.
    index: Vec<u8>,
    /// The digest of the document that the name refers to.
    digest: String,
    known: Mutex<Known>,
}

/// Documents and sizes known so far.
#[derive(Debug, Default)]
struct Known {
    documents: HashMap<String, Vec<u8>>,
    /// Total bytes of the kept documents.
    kept: usize,
    fetched: usize,
    /// Sizes of blobs according to the manifests read so far.
    sizes: HashMap<String, u64>,
}

/// Opens an image: fetches the document that its name refers to, and nothing else.
pub(crate) fn open(
    name: &str,
    options: &RegistryOptions,
    environment: &Environment,
) -> Result<RegistrySource, SourceError> {
    let failed = |source| SourceError::Registry { name: name.to_owned(), source };
    let open = || {
        let name = ImageName::parse(name)?;
        let credentials = find_credentials(&name, environment)?;
        RegistrySource::open(Client::new(name, credentials, options, Pace::new(options))?)
    };
    open().map_err(failed)
}

impl RegistrySource {
    fn open(client: Client) -> Result<Self, RegistryError> {
        let name = client.name();
        let object = format!("image `{name}`");
        let document = client.manifest(name.manifest_key(), &object)?;
        if let Some(expected) = name.digest() {
            check(&object, expected, &document.bytes)?;
        }
        let index = index(name, &document);
        let mut known = Known::default();
        known.keep(&document.digest, &document.bytes);
        known.learn_sizes(&document.bytes);
        Ok(Self { index, digest: document.digest, known: Mutex::new(known), client: Arc::new(client) })
    }

    /// Returns the full name.
    pub(crate) fn name(&self) -> &ImageName {
        self.client.name()
    }

    /// Returns the client of the repository.
    pub(crate) fn client(&self) -> &Arc<Client> {
        &self.client
    }

    /// Returns the digest of the document that the name refers to: the manifest, or an index above
    /// it.
    pub(crate) fn digest(&self) -> &str {
        &self.digest
    }

    /// Returns whether the document with this digest has been read.
    pub(crate) fn has_read(&self, digest: &str) -> bool {
        self.lock().documents.contains_key(digest)
    }

    /// Returns a document, fetched with `fetch` if it is not kept; `None` if the registry does not
    /// have it.
    fn by_digest(
        &self,
        key: &BlobKey,
        kind: &str,
        fetch: impl FnOnce(&str, &str) -> Result<Vec<u8>, RegistryError>,
    ) -> Result<Option<Vec<u8>>, SourceError> {
        let BlobKey::Digest(digest) = key else {
            return Ok(None);
        };
        if let Some(bytes) = self.lock().documents.get(digest) {
            return Ok(Some(bytes.clone()));
        }
        let object = format!("{kind} `{key}`");
        let result = self.allow(&object).and_then(|()| {
            if Digester::like(digest).is_none() {
                return Err(RegistryError::Algorithm { object: object.clone() });
            }
            let bytes = fetch(digest, &object)?;
            check(&object, digest, &bytes).map(|()| bytes)
        });
        match result {
            Ok(bytes) => {
                self.lock().keep(digest, &bytes);
                Ok(Some(bytes))
            }
            Err(RegistryError::NotFound { .. }) => Ok(None),
            Err(source) => Err(SourceError::Registry { name: self.name().to_string(), source }),
        }
    }

    /// Counts a fetched document. Fails after [`MAX_DOCUMENTS`].
    fn allow(&self, object: &str) -> Result<(), RegistryError> {
        let mut known = self.lock();
        known.fetched += 1;
        if known.fetched <= MAX_DOCUMENTS {
            return Ok(());
        }
        Err(RegistryError::TooManyDocuments {
            object: format!("image `{}` (last {object})", self.name()),
            limit: MAX_DOCUMENTS,
        })
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, Known> {
        self.known.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Known {
    fn keep(&mut self, digest: &str, bytes: &[u8]) {
        if self.kept.saturating_add(bytes.len()) <= MAX_KEPT {
            self.kept += bytes.len();
            self.documents.insert(digest.to_owned(), bytes.to_vec());
        }
    }

    fn learn_sizes(&mut self, manifest: &[u8]) {
        #[derive(Default, Deserialize)]
        #[serde(default)]
        struct Manifest {
            config: Option<Blob>,
            layers: Option<Vec<Blob>>,
        }
        #[derive(Deserialize)]
        struct Blob {
            digest: String,
            size: u64,
        }
        // The manifest parser reports errors.
        let manifest: Manifest = serde_json::from_slice(manifest).unwrap_or_default();
        let blobs = manifest.config.into_iter().chain(manifest.layers.into_iter().flatten());
        self.sizes.extend(blobs.map(|blob| (blob.digest, blob.size)));
    }
}

impl Source for RegistrySource {
    fn kind(&self) -> SourceKind {
        SourceKind::Registry
    }

    fn document(&self, key: &BlobKey) -> Result<Option<Vec<u8>>, SourceError> {
        if matches!(key, BlobKey::Path(path) if path == "index.json") {
            return Ok(Some(self.index.clone()));
        }
        self.by_digest(key, "configuration", |digest, object| self.client.small_blob(digest, object))
    }

    fn manifest(&self, key: &BlobKey) -> Result<Option<Vec<u8>>, SourceError> {
        let fetch = |digest: &str, object: &str| Ok(self.client.manifest(digest, object)?.bytes);
        let found = self.by_digest(key, "manifest", fetch)?;
        if let Some(bytes) = &found {
            self.lock().learn_sizes(bytes);
        }
        Ok(found)
    }

    fn size(&self, key: &BlobKey) -> Option<u64> {
        match key {
            BlobKey::Path(_) => None,
            BlobKey::Digest(digest) => self.lock().sizes.get(digest).copied(),
        }
    }

    fn layer(&self, key: &BlobKey) -> Result<Option<LayerAt>, SourceError> {
        let (BlobKey::Digest(digest), Some(size)) = (key, self.size(key)) else {
            return Ok(None);
        };
        let blob = RemoteBlob {
            client: Arc::clone(&self.client),
            digest: digest.clone(),
            size,
            received: Arc::default(),
        };
        Ok(Some(LayerAt::Remote(Arc::new(blob) as Arc<dyn Fetch>)))
    }

    fn is_remote(&self) -> bool {
        true
    }

    fn looks_like(&self) -> String {
        "the registry lists no image of that name".to_owned()
    }
}

/// Returns the index of a layout that contains only this document.
fn index(name: &ImageName, document: &Document) -> Vec<u8> {
    #[derive(Default, Deserialize)]
    #[serde(default, rename_all = "camelCase")]
    struct Typed {
        media_type: Option<String>,
    }
    let own: Typed = serde_json::from_slice(&document.bytes).unwrap_or_default();
    let media_type = own.media_type.or_else(|| document.media_type.clone());
    let mut descriptor = json!({
        "mediaType": media_type.unwrap_or_else(|| "application/octet-stream".to_owned()),
        "digest": document.digest,
        "size": document.bytes.len(),
    });
    if let (Some(tag), Some(object)) = (name.tag(), descriptor.as_object_mut()) {
        let full = format!("{}/{}:{tag}", name.registry(), name.repository());
        object.insert("annotations".to_owned(), json!({ "io.containerd.image.name": full }));
    }
    json!({ "schemaVersion": 2, "manifests": [descriptor] }).to_string().into_bytes()
}

/// Fails if a document does not match its digest, or if the algorithm is unknown.
fn check(object: &str, expected: &str, bytes: &[u8]) -> Result<(), RegistryError> {
    let object = object.to_owned();
    match digest_of(expected, bytes) {
        None => Err(RegistryError::Algorithm { object }),
        Some(found) if found == expected => Ok(()),
        Some(found) => Err(RegistryError::Digest { object, expected: expected.to_owned(), found }),
    }
}

#[cfg(test)]
mod tests;
