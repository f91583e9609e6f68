//! Reads images of registries.

use std::sync::Arc;

use super::error::ReadError;
use super::image::Opened;
use super::parallel;
use super::reader::{Reader, finish, plan_of};
use crate::manifest::ManifestError;
use crate::source::{Format, Source, open};

impl Reader<'_> {
    /// Reads an image of a registry: its layers are decoded while they arrive.
    pub(super) fn registry(&mut self, name: &str) -> Result<Opened, ReadError> {
        let (name, options, wanted) = (name.to_owned(), self.options.clone(), self.wanted());
        let text = self.reference.text.clone();
        let meter = Arc::clone(&self.watch.meter);
        let (source, plan, slots, layers, missing) = self.watch.work(move || {
            let source = open(&name, &options.registry, &options.environment)?;
            let plan = plan_of(&source, (&text, Format::Any), &wanted);
            let plan = plan.map_err(|error| of_image(error, &name))?;
            let slots = parallel::slots(&plan);
            let (layers, missing) = parallel::find(&source, &plan, &slots, (&options, &meter));
            Ok::<_, ReadError>((source, plan, slots, layers, missing))
        })??;
        let missing = self.allowed(missing)?;
        let (plan, tree, contents, failures) = self.layers(plan, &slots, layers, missing)?;
        let source: &dyn Source = &source;
        Ok(Opened { image: finish(source, plan, tree), contents, failures })
    }
}

/// Says whose document it is: its digest, which nobody has typed, would say nothing.
fn of_image(error: ReadError, name: &str) -> ReadError {
    match error {
        ReadError::Manifest(ManifestError::Document { document, reason }) => {
            let document = format!("image `{name}`, {document}");
            ReadError::Manifest(ManifestError::Document { document, reason })
        }
        other => other,
    }
}
