//! Facts of probes in the cache: a probe that is new, or of a new version, is asked about layers
//! that are known, and no other probe is.

use std::ops::ControlFlow;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use dockopt_core::entry::Entry;
use dockopt_core::evidence::{Collected, Probe, ProbeId, Probes, Started, Want};
use dockopt_image::{Cache, Environment, Image, ReadOptions, Reference, read_image};
use dockopt_testkit::{Compression, Image as Built, Layer, Request, Response, Server, registry, sha256};
use tempfile::TempDir;

use crate::common::chain;

/// A probe whose fact is its name and the content; counts the files that it is shown.
struct Counting {
    id: ProbeId,
    asked: Arc<AtomicUsize>,
}

impl Probe for Counting {
    fn id(&self) -> ProbeId {
        self.id
    }

    fn wants(&self, _entry: &Entry<'_>) -> Want {
        Want::Content
    }

    fn start(&self, _entry: &Entry<'_>) -> Started {
        self.asked.fetch_add(1, Ordering::Relaxed);
        let id = self.id;
        Collected::start(move |content| {
            Some([id.name.as_bytes(), &id.version.to_le_bytes(), content].concat())
        })
    }
}

const A: ProbeId = ProbeId { name: "a", version: 1 };
const NEWER: ProbeId = ProbeId { name: "a", version: 2 };
const B: ProbeId = ProbeId { name: "b", version: 1 };

/// A source of the image, and a cache.
struct Home {
    /// Ends before its socket is gone.
    server: Server,
    directory: TempDir,
    reference: String,
}

fn layers() -> [Layer; 2] {
    [Layer::new().file("x", "1").dir("d"), Layer::new().file("d/y", "22").file("x", "333")]
}

fn image() -> Built {
    layers().into_iter().fold(Built::new(), Built::layer).tag("hello:latest")
}

impl Home {
    fn registry() -> Self {
        let layout = image().oci_layout(Compression::Gzip);
        let server = Server::start(move |request| registry(&layout, request));
        let reference = format!("registry://{}/hello:latest", server.address());
        Self { server, directory: TempDir::new().unwrap(), reference }
    }

    fn engine() -> Self {
        let directory = TempDir::new().unwrap();
        let archive = image().docker_25().to_tar();
        let diff_ids = layers().map(|layer| sha256(&layer.into_tar()));
        let inspection = serde_json::json!({
            "Id": format!("sha256:{}", "5".repeat(64)), "RepoTags": ["hello:latest"], "Os": "linux",
            "Architecture": "amd64", "Size": 6, "RootFS": {"Type": "layers", "Layers": diff_ids},
        });
        let server = Server::start_unix(&directory.path().join("docker.sock"), move |request: &Request| {
            let is_export = request.path().ends_with("/get");
            if is_export { Response::ok(archive.clone()) } else { Response::ok(inspection.to_string()) }
        });
        Self { server, directory, reference: "docker://hello".to_owned() }
    }

    fn cache(&self) -> PathBuf {
        self.directory.path().join("cache")
    }

    /// Reads the image; returns it and how many files each probe was shown.
    fn read(&self, cache: Option<&Path>, ids: &[ProbeId]) -> (Image, Vec<usize>) {
        let counts: Vec<Arc<AtomicUsize>> = ids.iter().map(|_| Arc::default()).collect();
        let counting = ids
            .iter()
            .zip(&counts)
            .map(|(&id, asked)| Box::new(Counting { id, asked: Arc::clone(asked) }) as Box<dyn Probe>);
        let host = format!("unix://{}", self.directory.path().join("docker.sock").display());
        let environment = Environment::with([("DOCKER_HOST", host.as_str())]);
        let options = ReadOptions {
            cache: cache.map(|cache| Cache::open(cache.to_owned(), 1 << 30).unwrap()),
            probes: Probes::new(counting.collect()),
            environment: environment.clone(),
            ..ReadOptions::default()
        };
        let located = Reference::parse(&self.reference, None).unwrap().locate(&environment).unwrap();
        let image = read_image(&located, &options, &mut |_| ControlFlow::Continue(()));
        let image = image.unwrap_or_else(|error| panic!("{}", chain(&error)));
        (image, counts.iter().map(|count| count.load(Ordering::Relaxed)).collect())
    }

    fn transfers(&self) -> usize {
        let sends = |path: &str| path.contains("/blobs/") || path.ends_with("/get");
        self.server.requests().iter().filter(|request| sends(request.path())).count()
    }
}

/// Returns the facts of a probe with the paths of their files, sorted.
fn facts(image: &Image, id: ProbeId) -> Vec<(String, Vec<u8>)> {
    let facts = image.evidence.of_probe(id);
    let path = |entry| image.tree.entry_path(entry).unwrap().to_string();
    let mut facts: Vec<_> = facts.map(|(entry, fact)| (path(entry), fact.to_vec())).collect();
    facts.sort();
    facts
}

fn check(home: &Home, at_rest: usize) {
    let cache = home.cache();
    let (fresh, all) = home.read(None, &[A, NEWER, B]);
    assert_eq!(all, [3, 3, 3]);
    assert_eq!(facts(&fresh, B).len(), 3);
    let steps: [(&[ProbeId], &[usize], bool); 5] = [
        (&[A], &[3], true),
        (&[A, B], &[0, 3], true),
        (&[A, B], &[0, 0], false),
        (&[NEWER, B], &[3, 0], true),
        (&[NEWER, B], &[0, 0], false),
    ];
    for (ids, asked, is_sent) in steps {
        let before = home.transfers();
        let (image, counts) = home.read(Some(&cache), ids);
        assert_eq!(counts, asked, "{ids:?}");
        assert_eq!(home.transfers() > before + at_rest, is_sent, "{ids:?}");
        for &id in ids {
            assert_eq!(facts(&image, id), facts(&fresh, id), "{ids:?}: {id:?}");
        }
    }
}

#[test]
fn registry_layer_is_shown_only_to_probes_that_have_not_seen_it() {
    // The configuration is fetched each time.
    check(&Home::registry(), 1);
}

#[cfg(unix)]
#[test]
fn engine_layer_is_shown_only_to_probes_that_have_not_seen_it() {
    check(&Home::engine(), 0);
}
