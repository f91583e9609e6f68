//! The images that an engine has, with what they share.

use super::EngineKind;
use super::engine::{Engine, Listed};
use super::error::EngineError;
use super::locate::{Attempt, first_answer, kinds};
use super::shared::{Layered, layer_sizes, shared};
use crate::environment::Environment;
use crate::error::ReadError;
use crate::local::{LocalImage, LocalImages};

/// Asks the engine that is wanted, or the first that answers.
pub(crate) fn images(
    wanted: Option<EngineKind>,
    environment: &Environment,
) -> Result<LocalImages, ReadError> {
    let mut attempts: Vec<Attempt> = Vec::new();
    for kind in kinds(wanted) {
        if let Some((engine, listed)) = first_answer(kind, environment, &mut attempts, Engine::images) {
            let failed = |source| ReadError::Engine { engine: engine.to_string(), source };
            return describe(&engine, &listed).map_err(failed);
        }
    }
    Err(ReadError::NoEngine { engine: wanted, attempts })
}

fn describe(engine: &Engine, listed: &[Listed]) -> Result<LocalImages, EngineError> {
    let mut layered = Vec::with_capacity(listed.len());
    for image in listed {
        layered.push(layers(engine, image)?);
    }
    let (computed, total) = shared(&layered);
    let rows = listed.iter().zip(computed).flat_map(|(image, computed)| {
        rows(engine.kind(), image, told(engine.kind(), image).unwrap_or(computed))
    });
    Ok(LocalImages { engine: engine.to_string(), images: rows.collect(), total: Some(total) })
}

/// What the engine itself says is shared, which is better than what its steps tell. Podman says 0 of every image.
fn told(engine: EngineKind, image: &Listed) -> Option<u64> {
    image.shared.filter(|_| engine == EngineKind::Docker)
}

/// The layers of an image; none if it was removed since it was listed.
fn layers(engine: &Engine, image: &Listed) -> Result<Layered, EngineError> {
    let Some(found) = engine.inspect(&image.id)? else {
        return Ok(Layered { diff_ids: Vec::new(), sizes: Vec::new() });
    };
    let steps = match engine.history(&image.id) {
        Err(EngineError::Refused { status: 404, .. }) => Vec::new(),
        steps => steps?,
    };
    let sizes = layer_sizes(&steps, found.layers.len());
    Ok(Layered { diff_ids: found.layers, sizes })
}

/// A row for each name.
fn rows(engine: EngineKind, image: &Listed, shared: u64) -> Vec<LocalImage> {
    let row = |name: Option<&String>| LocalImage {
        id: image.id.clone(),
        name: name.cloned(),
        created: Some(image.created).filter(|&created| created > 0),
        size: image.size,
        shared: Some(shared.min(image.size)),
        unique: Some(image.size.saturating_sub(shared)),
        containers: image.containers,
        reference: format!("{}://{}", engine.name(), image.id),
    };
    if image.names.is_empty() {
        vec![row(None)]
    } else {
        image.names.iter().map(|name| row(Some(name))).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_docker_is_believed_what_is_shared() {
        let summary = bollard::models::ImageSummary { shared_size: 7, size: 10, ..Default::default() };
        let image = Listed::from(summary);
        assert_eq!(told(EngineKind::Docker, &image), Some(7));
        assert_eq!(told(EngineKind::Podman, &image), None);
    }
}
