//! Tests the preview of an image opened from the cache, while its engine sends the content.

use std::fs;
use std::path::PathBuf;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::mpsc::channel;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use dockopt_core::image::ImageInfo;
use dockopt_image::{Cache, Environment, Fetched, ReadOptions};
use dockopt_testkit::{Request, Response, Server};
use serde_json::json;
use tempfile::TempDir;

use crate::tui::effect::Answer;
use crate::tui::journeys::journey::{Journey, answers, answers_of, testdata};
use crate::tui::preview::thread::PreviewAnswer;
use crate::tui::subject::Subject;

const IMAGE: &str = "hello.docker.tar";

fn loaded(answers: &[Answer]) -> Arc<Subject> {
    let last = answers.iter().rev().find_map(|answer| match answer {
        Answer::Loaded(result) => Some(result.clone().expect("an image")),
        _ => None,
    });
    last.expect("it was read")
}

/// An engine's directory, with the image of an archive.
struct Home {
    directory: TempDir,
    info: ImageInfo,
    stored: u64,
}

impl Home {
    fn new() -> Self {
        let whole = loaded(&answers(IMAGE));
        let stored = whole.analysis.ledger.total.stored;
        Self {
            directory: tempfile::tempdir().expect("a directory"),
            info: whole.analysis.info.clone(),
            stored,
        }
    }

    fn socket(&self) -> PathBuf {
        self.directory.path().join("docker.sock")
    }

    /// Starts an engine; `export` returns its response to an export request.
    fn engine(&self, export: impl Fn() -> Response + Send + Sync + 'static) -> Server {
        let layers: Vec<_> = self.info.layers.iter().map(|layer| layer.diff_id.clone()).collect();
        let inspection = json!({
            "Id": self.info.id, "RepoTags": ["hello:latest"], "Os": "linux", "Architecture": "amd64",
            "Size": self.stored, "RootFS": {"Type": "layers", "Layers": layers},
        });
        Server::start_unix(&self.socket(), move |request: &Request| {
            let is_export = request.path().ends_with("/get");
            if is_export { export() } else { Response::ok(inspection.to_string()) }
        })
    }

    /// Opens the browser with the image from the cache.
    fn browse_known(&self) -> Journey {
        let host = format!("unix://{}", self.socket().display());
        let options = ReadOptions {
            environment: Environment::with([("DOCKER_HOST", host.as_str())]),
            cache: Some(Cache::open(self.directory.path().join("cache"), 1 << 30).expect("a cache")),
            ..ReadOptions::default()
        };
        let first = loaded(&answers_of("docker://hello", options.clone()));
        assert_eq!(first.analysis.ledger.total.stored, self.stored);
        let mut journey = Journey::start("docker://hello", 120, 40);
        for answer in answers_of("docker://hello", options) {
            journey.tell(answer);
        }
        journey.press("down tab *");
        journey.go_to("/app/config.txt");
        journey
    }
}

fn archive() -> Response {
    Response::ok(fs::read(testdata(IMAGE)).expect("readable"))
}

#[test]
fn fetching_shows_progress_and_then_the_file() {
    let home = Home::new();
    let (open, gate) = channel();
    let gate = Mutex::new(gate);
    open.send(()).expect("the gate");
    let _server = home.engine(move || {
        // Receiving fails if the test has failed and dropped the sender.
        let _ = gate.lock().expect("not poisoned").recv();
        archive()
    });
    let mut journey = home.browse_known();
    let seen: Arc<Mutex<Vec<Fetched>>> = Arc::default();
    let noted = Arc::clone(&seen);
    journey.watch_waiting(move |sight| {
        if let PreviewAnswer::Waiting { fetched, .. } = sight {
            noted.lock().expect("not poisoned").push(fetched);
            // The engine only sends once the test has seen the waiting state.
            let _ = open.send(());
        }
    });
    journey.press("enter");
    let screen = journey.screen();
    assert!(screen.contains("1.50 kB") && !screen.contains("reading …"), "{screen}");
    let seen = seen.lock().expect("not poisoned");
    assert_eq!(seen.first(), Some(&Fetched { received: 0, total: home.stored }));
    assert!(seen.iter().all(|fetched| fetched.received <= home.stored), "{seen:?}");
}

#[test]
fn failed_fetch_is_retried_later() {
    let home = Home::new();
    let count = AtomicUsize::new(0);
    // The first export succeeds; the second (before a file is opened) and the third (for the file)
    // fail.
    let _server = home.engine(move || match count.fetch_add(1, Ordering::SeqCst) {
        1 | 2 => Response::new(500, r#"{"message":"not now"}"#),
        _ => archive(),
    });
    let mut journey = home.browse_known();
    journey.press("enter");
    assert!(journey.screen().contains("not now"), "{}", journey.screen());
    journey.press("esc");
    // A retry that follows too soon is not a new attempt.
    std::thread::sleep(Duration::from_millis(1100));
    journey.press("enter");
    assert!(journey.screen().contains("1.50 kB"), "{}", journey.screen());
}
