//! Reads an image on its own thread and reports to the browser.

use std::ops::ControlFlow;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use dockopt_core::base::BaseChoice;
use dockopt_core::image::ImageInfo;
use dockopt_core::ownership::Ownership;
use dockopt_core::policy::Policy;
use dockopt_core::{Analysis, Score};
use dockopt_image::{
    Located, Opened, Progress, ReadError, ReadOptions, Reference, Snapshot, Watcher, open_image,
};

use super::effect::{Answer, Failure};
use super::subject::{LayerState, Subject, concerns, wasted_by};
use crate::advise::advise;
use crate::dockerfile::DockerfileAt;

/// The image to read, and the rules to judge it by.
pub(crate) struct Job {
    /// The reference as typed.
    pub(crate) name: String,
    pub(crate) origin: Origin,
    pub(crate) options: ReadOptions,
    pub(crate) base: BaseChoice,
    pub(crate) score: Score,
    /// The Dockerfile of the image.
    pub(crate) dockerfile: Option<DockerfileAt>,
    /// The rules, or the error in them.
    pub(crate) policy: Result<Policy, String>,
}

/// Where an image is.
#[derive(Clone, Debug)]
pub(crate) enum Origin {
    Located(Located),
    /// Located when reading starts.
    Named(Reference),
}

/// Requests from the browser to a read in progress.
#[derive(Debug, Default)]
pub(crate) struct Control {
    stop: AtomicBool,
    snapshot: AtomicBool,
}

impl Control {
    /// Requests a stop.
    pub(crate) fn stop(&self) {
        self.stop.store(true, Ordering::Relaxed);
    }

    /// Requests a snapshot of the layers read so far.
    pub(crate) fn want_snapshot(&self) {
        self.snapshot.store(true, Ordering::Relaxed);
    }
}

/// Reads the image and calls `tell` with progress, snapshots and the result.
pub(crate) fn load(job: &Job, control: &Control, tell: &mut dyn FnMut(Answer)) {
    let mut teller = Teller { job, control, tell, info: None };
    let probes = dockopt_advice::probes();
    let options = ReadOptions { lenient: true, contents: true, probes, ..job.options.clone() };
    let result = match &job.origin {
        Origin::Located(located) => open_image(located, &options, &mut teller),
        Origin::Named(reference) => reference
            .locate(&options.environment)
            .map_err(ReadError::from)
            .and_then(|located| open_image(&located, &options, &mut teller)),
    };
    let result = result.map(|opened| Arc::new(subject(job, opened))).map_err(|error| failure(&error));
    (teller.tell)(Answer::Loaded(result));
}

struct Teller<'t> {
    job: &'t Job,
    control: &'t Control,
    tell: &'t mut dyn FnMut(Answer),
    info: Option<ImageInfo>,
}

impl Watcher for Teller<'_> {
    fn planned(&mut self, info: &ImageInfo) {
        self.info = Some(info.clone());
        (self.tell)(Answer::Planned(Box::new(info.clone())));
    }

    fn progress(&mut self, progress: &Progress) -> ControlFlow<()> {
        (self.tell)(Answer::Progress(progress.clone()));
        if self.control.stop.load(Ordering::Relaxed) {
            ControlFlow::Break(())
        } else {
            ControlFlow::Continue(())
        }
    }

    fn wants_snapshot(&mut self) -> bool {
        self.info.is_some() && self.control.snapshot.swap(false, Ordering::Relaxed)
    }

    fn snapshot(&mut self, snapshot: Snapshot) {
        let Some(info) = self.info.clone() else { return };
        let state = |read: &bool| if *read { LayerState::Read } else { LayerState::Unread };
        let analysis = Analysis::new(info, &snapshot.tree, &self.job.base, Score::Exact);
        (self.tell)(Answer::Snapshot(Arc::new(Subject {
            wasted_by: wasted_by(&analysis),
            concerns: concerns(&analysis),
            analysis,
            layers: snapshot.read.iter().map(state).collect(),
            tree: snapshot.tree,
            ownership: Ownership::default(),
            contents: None,
            judgement: None,
        })));
    }
}

fn subject(job: &Job, opened: Opened) -> Subject {
    let Opened { image, contents, failures } = opened;
    let mut analysis = Analysis::new(image.info, &image.tree, &job.base, job.score);
    analysis.warnings.extend(image.warnings);
    let files = (&image.tree, &image.evidence);
    let (ownership, _) = advise(&mut analysis, files, job.dockerfile.as_ref());
    let mut layers = vec![LayerState::Read; image.tree.layer_count()];
    for failed in &failures {
        if let Some(layer) = layers.get_mut(failed.layer) {
            let Failure { reasons, hint } = failure(&failed.error);
            *layer = LayerState::Failed { reasons, hint };
        }
    }
    // Rules apply only to an image without unreadable layers.
    let judgement = failures.is_empty().then(|| match &job.policy {
        Ok(policy) => Ok(policy.check(&analysis)),
        Err(error) => Err(error.clone()),
    });
    Subject {
        wasted_by: wasted_by(&analysis),
        concerns: concerns(&analysis),
        analysis,
        ownership,
        tree: image.tree,
        layers,
        contents: Some(contents),
        judgement,
    }
}

/// Converts a read error to messages for the user.
pub(crate) fn failure(error: &ReadError) -> Failure {
    let reasons = crate::error::chain(Some(error)).into_iter().chain(error.details()).collect();
    Failure { reasons, hint: error.hint() }
}
