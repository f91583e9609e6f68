//! Reads images from engines.
//!
//! An engine exports an image as one archive, always complete. So only an image with all its layers
//! in the cache is read without an export; the archive is then fetched for the first file that is
//! opened. Claims of an engine are cached for that engine only, see [`Trust`].

use std::collections::HashMap;
use std::sync::Arc;

use dockopt_core::evidence::Probes;
use dockopt_core::image::ImageInfo;
use dockopt_core::warning::Warning;
use dockopt_core::warning_kind::WarningKind;

use super::error::ReadError;
use super::image::{Image, Opened};
use super::on_demand::ArchiveOnDemand;
use super::parallel::{LayerBlob, PendingLayer};
use super::reader::{Passing, Reader, image};
use crate::bytes::progress::Expected;
use crate::bytes::remote::Fetch;
use crate::cache::{Cache, CacheKey, ImageRecord};
use crate::engine::{EngineImage, LocatedImage, Trust};
use crate::layer::EncodedIndex;
use crate::manifest::{ManifestError, Plan, check_platform, put_first};
use crate::source::{Known, SourceError};

impl Reader<'_> {
    /// Reads an image from an engine.
    pub(super) fn engine(&mut self, name: &str, found: &LocatedImage) -> Result<Opened, ReadError> {
        self.check_platform(found)?;
        let kept = self.shelf(found)?;
        let mut opened = match kept.as_ref().and_then(Shelf::load) {
            _ if found.image.has_no_layers && !found.image.is_index => self.empty(&found.image)?,
            Some(known) => self.known(known, found)?,
            None => self.sent(name, found, kept.as_ref())?,
        };
        let info = &mut opened.image.info;
        info.reference.clone_from(&self.located.text);
        info.source = Some(found.engine.kind().source());
        info.digest = info.digest.take().or_else(|| found.image.digest());
        info.tags.clone_from(&found.image.tags);
        put_first(&mut info.tags, self.located.alias.as_deref().unwrap_or(name));
        Ok(opened)
    }

    /// Returns the cache entries of an image; `None` without a cache, or with `verify`, which reads
    /// everything again.
    fn shelf(&mut self, found: &LocatedImage) -> Result<Option<Shelf>, ReadError> {
        let Some(cache) = self.options.cache.clone().filter(|_| !self.options.verify) else {
            return Ok(None);
        };
        let engine = found.engine.clone();
        let trust = self.watch.work(move || Trust::of(&engine))?;
        let platform = self.options.platform.as_ref().map(ToString::to_string).unwrap_or_default();
        let image = format!("{} {platform}", found.image.id);
        let (layers, probes) = (found.image.layers.clone(), self.options.probes.clone());
        Ok(Some(Shelf { cache, trust, image, layers, probes }))
    }

    /// Rejects an image for another platform before its export. An index may have several
    /// platforms: its manifests decide later.
    fn check_platform(&self, found: &LocatedImage) -> Result<(), ReadError> {
        if found.image.is_index {
            return Ok(());
        }
        Ok(check_platform(found.image.platform.as_ref(), &self.wanted())?)
    }

    /// Reads an image while its engine exports it.
    fn sent(&mut self, name: &str, found: &LocatedImage, kept: Option<&Shelf>) -> Result<Opened, ReadError> {
        let LocatedImage { engine, image } = found;
        self.watch.meter.expect(Expected { content: image.size, layers: image.layers.len() });
        let (sender, id) = (engine.clone(), image.id.clone());
        let passing = Passing::new(name, move || Ok(sender.export(&id)));
        let known = kept.map(|shelf| shelf.known(&image.layers)).unwrap_or_default();
        let result = self.stream(Passing { whole: true, index: kept.is_some(), known, ..passing });
        let failed = |error| match error {
            ReadError::Source(
                SourceError::Archive { .. } | SourceError::Io { .. } | SourceError::NotAnImage { .. },
            )
            | ReadError::Manifest(ManifestError::NotAnImage { .. }) => {
                let (engine, name) = (engine.to_string(), name.to_owned());
                ReadError::Transfer { engine, name, source: Box::new(error) }
            }
            other => other,
        };
        let (opened, indexes) = result.map_err(failed)?;
        if let (Some(shelf), true) = (kept, opened.failures.is_empty()) {
            shelf.keep(&opened.image, &indexes);
        }
        Ok(opened)
    }

    /// Returns an image without layers, as its engine describes it: there is nothing to export.
    fn empty(&mut self, found: &EngineImage) -> Result<Opened, ReadError> {
        let info = ImageInfo {
            id: Some(found.id.clone()),
            platform: found.platform.clone(),
            created: found.created.clone(),
            ..ImageInfo::default()
        };
        let words =
            "the image has no layers, so its engine does not export it, and its configuration is unknown";
        let warnings = vec![Warning::new(WarningKind::NoLayers, None, words)];
        let plan = Plan { info, blobs: Vec::new(), warnings };
        let (plan, files, contents, failures) = self.layers(plan, &[], Vec::new(), Vec::new())?;
        Ok(Opened { image: image(plan, files), contents, failures })
    }

    /// Returns an image whose layers are all in the cache.
    fn known(&mut self, known: KnownImage, found: &LocatedImage) -> Result<Opened, ReadError> {
        let KnownImage { record, indexes } = known;
        let (engine, id) = (found.engine.clone(), found.image.id.clone());
        let open = Box::new(move || engine.export(&id));
        let expected = Expected { content: found.image.size, layers: found.image.layers.len() };
        let archive = ArchiveOnDemand::new(&self.located.text, self.wanted(), expected, open);
        if self.options.contents && found.engine.is_local() {
            archive.begin();
        }
        let slots: Vec<u32> = (0..).take(indexes.len()).collect();
        let layers = indexes.into_iter().zip(&record.layers).enumerate().map(|(index, (known, name))| {
            let home: Arc<dyn Fetch> = Arc::new(archive.layer(index));
            PendingLayer::new(
                LayerBlob::Indexed { index: known, home },
                index,
                name.clone(),
                &self.watch.meter,
            )
        });
        let layers = layers.collect();
        let plan = Plan { info: record.info, blobs: Vec::new(), warnings: record.warnings };
        let (plan, files, contents, failures) = self.layers(plan, &slots, layers, Vec::new())?;
        Ok(Opened { image: image(plan, files), contents, failures })
    }
}

/// An image in the cache.
struct KnownImage {
    record: ImageRecord,
    indexes: Vec<EncodedIndex>,
}

/// Cache entries of one image of an engine.
struct Shelf {
    cache: Cache,
    trust: Trust,
    /// The identity of the image: its ID and the wanted platform.
    image: String,
    layers: Vec<String>,
    /// Probes whose facts are wanted.
    probes: Probes,
}

impl Shelf {
    fn record_key(&self, scope: &str) -> CacheKey {
        CacheKey { scope: format!("image {scope}"), digest: self.image.clone() }
    }

    /// Loads the indexes of a layer.
    fn layer(&self, diff_id: &str) -> impl Iterator<Item = EncodedIndex> {
        let load = |scope| self.cache.load(&layer_key(scope, diff_id));
        self.trust.scopes().filter_map(load)
    }

    /// Loads the index of a layer with the facts of all probes.
    fn whole_layer(&self, diff_id: &str) -> Option<EncodedIndex> {
        self.layer(diff_id).find(|index| index.has_all_evidence_of(&self.probes))
    }

    /// Loads the image; returns `None` unless all of it is in the cache.
    fn load(&self) -> Option<KnownImage> {
        let record = self
            .trust
            .scopes()
            .find_map(|scope| ImageRecord::decode(&self.cache.load_record(&self.record_key(scope))?))?;
        let indexes = record.layers.iter().map(|diff_id| self.whole_layer(diff_id));
        Some(KnownImage { indexes: indexes.collect::<Option<_>>()?, record })
    }

    /// Loads the indexes of the layers that are in the cache, by diff ID.
    fn known(&self, diff_ids: &[String]) -> Known {
        let any = |diff_id: &String| self.layer(diff_id).find(EncodedIndex::can_be_extended);
        let index = |diff_id: &String| self.whole_layer(diff_id).or_else(|| any(diff_id));
        let found = |diff_id: &String| Some((diff_id.clone(), Arc::new(index(diff_id)?)));
        Known::new(diff_ids.iter().filter_map(found).collect::<HashMap<_, _>>())
    }

    /// Stores an image. Errors are ignored: a cache without write access is no cache.
    fn keep(&self, image: &Image, indexes: &[Option<Box<EncodedIndex>>]) {
        let diff_ids: Vec<String> =
            image.info.layers.iter().filter_map(|layer| layer.diff_id.clone()).collect();
        // Do not store an image whose inspection and export contradict each other.
        if diff_ids.len() != image.info.layers.len() || (diff_ids != self.layers && !self.layers.is_empty()) {
            return;
        }
        for (diff_id, index) in diff_ids.iter().zip(indexes) {
            if let Some(index) = index {
                let _ = self.cache.store(&layer_key(&self.trust.own, diff_id), index);
            }
        }
        let of_tree = image.tree.warnings();
        let warnings = image.warnings.iter().filter(|warning| !of_tree.contains(warning)).cloned().collect();
        let record = ImageRecord { info: image.info.clone(), layers: diff_ids, warnings };
        if let Some(bytes) = record.encode() {
            let _ = self.cache.store_record(&self.record_key(&self.trust.own), &bytes);
        }
    }
}

fn layer_key(scope: &str, diff_id: &str) -> CacheKey {
    CacheKey { scope: scope.to_owned(), digest: diff_id.to_owned() }
}
