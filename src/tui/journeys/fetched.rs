//! Looking into files of an image that was opened from the cache, while its engine sends it.

use std::fs;
use std::path::Path;
use std::sync::mpsc::{Receiver, Sender, channel};
use std::sync::{Arc, Mutex};

use dockopt_core::image::ImageInfo;
use dockopt_image::{Cache, Environment, Fetched, ReadOptions};
use dockopt_testkit::{Request, Response, Server};
use serde_json::json;

use super::journey::{Journey, answers, answers_of, testdata};
use crate::tui::effect::Answer;
use crate::tui::look::Sight;
use crate::tui::subject::Subject;

const IMAGE: &str = "hello.docker.tar";

fn loaded(answers: &[Answer]) -> Arc<Subject> {
    let last = answers.iter().rev().find_map(|answer| match answer {
        Answer::Loaded(result) => Some(result.clone().expect("an image")),
        _ => None,
    });
    last.expect("it was read")
}

/// An engine that has the image of an archive: it sends it at once the first time, and then when the gate is opened.
fn engine(socket: &Path, info: &ImageInfo, size: u64) -> (Server, Sender<()>) {
    let layers: Vec<_> = info.layers.iter().map(|layer| layer.diff_id.clone()).collect();
    let inspection = json!({"Id": info.id, "RepoTags": ["hello:latest"], "Os": "linux", "Architecture": "amd64", "Size": size,
        "RootFS": {"Type": "layers", "Layers": layers}});
    let (open, gate) = channel();
    let gate: Mutex<Receiver<()>> = Mutex::new(gate);
    open.send(()).expect("the gate");
    let server = Server::start_unix(socket, move |request: &Request| {
        if request.path().ends_with("/get") {
            // Whoever holds the gate has gone when the test fails.
            let _ = gate.lock().expect("nobody panics with it").recv();
            return Response::ok(fs::read(testdata(IMAGE)).expect("readable"));
        }
        Response::ok(inspection.to_string())
    });
    (server, open)
}

#[test]
fn a_file_is_waited_for_in_words_and_then_shown() {
    let home = tempfile::tempdir().expect("a directory");
    let whole = loaded(&answers(IMAGE));
    let stored = whole.analysis.ledger.total.stored;
    let socket = home.path().join("docker.sock");
    let (_server, gate) = engine(&socket, &whole.analysis.info, stored);
    let host = format!("unix://{}", socket.display());
    let options = ReadOptions {
        environment: Environment::with([("DOCKER_HOST", host.as_str())]),
        cache: Some(Cache::open(home.path().join("cache"), 1 << 30).expect("a cache")),
        ..ReadOptions::default()
    };
    assert_eq!(loaded(&answers_of("docker://hello", options.clone())).analysis.ledger.total.stored, stored);

    let mut journey = Journey::start("docker://hello", 120, 40);
    for answer in answers_of("docker://hello", options) {
        journey.tell(answer);
    }
    let seen: Arc<Mutex<Vec<Fetched>>> = Arc::default();
    let noted = Arc::clone(&seen);
    journey.watch_waiting(move |sight| {
        if let Sight::Waiting { fetched, .. } = sight {
            noted.lock().expect("nobody panics with it").push(fetched);
            // The engine sends only once it was seen that it is waited for.
            let _ = gate.send(());
        }
    });
    journey.press("down tab *");
    journey.go_to("/app/config.txt");
    journey.press("enter");
    let screen = journey.screen();
    assert!(screen.contains("1.50 kB") && !screen.contains("reading …"), "{screen}");
    let seen = seen.lock().expect("nobody panics with it");
    assert_eq!(seen.first(), Some(&Fetched { received: 0, total: stored }));
    assert!(seen.iter().all(|fetched| fetched.received <= stored), "{seen:?}");
}
