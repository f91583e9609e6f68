//! Reads images from registries.

use std::sync::Arc;
use std::time::Duration;

use super::error::ReadError;
use super::image::Opened;
use super::parallel;
use super::reader::{Reader, finish, plan_of};
use crate::manifest::{ManifestError, Plan, attach, unlisted};
use crate::registry::Referrers;
use crate::source::{Format, RegistrySource, Source, open};

/// The longest wait for the attachments of the image after its last layer.
const REFERRERS_PATIENCE: Duration = Duration::from_secs(2);

impl Reader<'_> {
    /// Reads an image from a registry. Layers are decoded while they arrive.
    pub(super) fn registry(&mut self, name: &str) -> Result<Opened, ReadError> {
        let (name, options, wanted) = (name.to_owned(), self.options.clone(), self.wanted());
        let text = self.located.text.clone();
        let meter = Arc::clone(&self.watch.meter);
        let opened = self.watch.work(move || {
            let source = open(&name, &options.registry, &options.environment)?;
            let mut referrers = options.referrers.then(|| Referrers::of(source.client()));
            ask(&mut referrers, Some(source.digest()));
            let plan = plan_of(&source, (&text, Format::Any), &wanted);
            let plan = plan.map_err(|error| of_image(error, &name))?;
            ask(&mut referrers, plan.info.digest.as_deref());
            let slots = parallel::slots(&plan);
            let (layers, missing) = parallel::find(&source, &plan, &slots, (&options, &meter));
            Ok::<_, ReadError>((source, referrers, plan, slots, layers, missing))
        });
        let (source, referrers, plan, slots, layers, missing) = opened??;
        let missing = self.allowed(missing)?;
        let (mut plan, files, contents, failures) = self.layers(plan, &slots, layers, missing)?;
        if let Some(referrers) = referrers {
            self.attach(referrers, &source, &mut plan)?;
        }
        let source: &dyn Source = &source;
        Ok(Opened { image: finish(source, plan, files), contents, failures })
    }

    /// Lists the attachments of the image. Errors of the registry become warnings.
    fn attach(
        &mut self,
        referrers: Referrers,
        source: &RegistrySource,
        plan: &mut Plan,
    ) -> Result<(), ReadError> {
        let (documents, error) = self.watch.work(move || referrers.finish(REFERRERS_PATIENCE))?;
        plan.warnings.extend(error.map(|error| unlisted(&error)));
        plan.warnings.extend(attach(&mut plan.info, &documents, |digest| source.has_read(digest)));
        Ok(())
    }
}

fn ask(referrers: &mut Option<Referrers>, digest: Option<&str>) {
    if let (Some(referrers), Some(digest)) = (referrers, digest) {
        referrers.ask(digest);
    }
}

/// Adds the image's name to the error of a document, whose digest alone the user does not know.
fn of_image(error: ReadError, name: &str) -> ReadError {
    match error {
        ReadError::Manifest(ManifestError::Document { document, reason }) => {
            let document = format!("image `{name}`, {document}");
            ReadError::Manifest(ManifestError::Document { document, reason })
        }
        other => other,
    }
}
