//! The list of an engine's images, with shared bytes.
//!
//! Without `--source`, an engine that the user's settings name excludes all others: if it does not
//! respond, the images of another engine must not appear in its place.

use super::attempt::{Attempt, LocateError};
use super::discover::endpoints;
use super::endpoint::EngineKind;
use super::engine::{Engine, Listed};
use super::error::{DiscoverError, EngineError};
use super::locate::{first_answer, kinds};
use super::shared::{Layered, layer_sizes, shared};
use crate::host::Environment;

/// The images of an engine.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct LocalImages {
    /// The engine and its address: `docker at unix:///var/run/docker.sock (default socket)`.
    pub engine: String,
    /// The images, one entry for each name.
    pub images: Vec<LocalImage>,
    /// Bytes of all images together, with shared layers counted once.
    pub total: Option<u64>,
}

/// An image of an engine under one of its names.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct LocalImage {
    /// Its ID: `sha256:…`.
    pub id: String,
    /// Repository and tag; `None` for a dangling image.
    pub name: Option<String>,
    /// Its date in seconds since 1970.
    pub created: Option<i64>,
    /// Bytes of all its layers.
    pub size: u64,
    /// Bytes of layers that other images have too.
    pub shared: Option<u64>,
    /// Bytes of layers that no other image has.
    pub unique: Option<u64>,
    /// Number of containers that use it.
    pub containers: Option<u64>,
    /// The reference that opens it.
    pub reference: String,
}

/// Returns the `wanted` engine, or the first that responds, and its images.
pub(crate) fn find_images(
    wanted: Option<EngineKind>,
    environment: &Environment,
) -> Result<(Engine, LocalImages), LocateError> {
    let mut attempts: Vec<Attempt> = Vec::new();
    let mut kinds: Vec<EngineKind> = kinds(wanted).collect();
    kinds.sort_by_key(|kind| variable(*kind, environment).is_none());
    for kind in kinds {
        if let Some((engine, listed)) = first_answer(kind, environment, &mut attempts, Engine::images) {
            let images = described(&engine, &listed)?;
            return Ok((engine, images));
        }
        let way_out = way_out(kind, environment).filter(|_| wanted.is_none());
        if way_out.is_some() {
            return Err(LocateError::NoEngine { engine: Some(kind), attempts, way_out });
        }
    }
    Err(LocateError::NoEngine { engine: wanted, attempts, way_out: None })
}

/// Lists the images of an engine.
pub(crate) fn images(engine: &Engine) -> Result<LocalImages, LocateError> {
    let listed = engine.images().map_err(|error| failed(engine, error))?;
    described(engine, &listed)
}

/// Returns the environment variable that names the address of an engine, if any.
fn variable(kind: EngineKind, environment: &Environment) -> Option<&'static str> {
    let names = match kind {
        EngineKind::Docker => ["DOCKER_HOST", "DOCKER_CONTEXT"],
        EngineKind::Podman => ["CONTAINER_CONNECTION", "CONTAINER_HOST"],
    };
    // The default context means the default sockets.
    let is_usual = |name: &str| name == "DOCKER_CONTEXT" && environment.text(name) == Some("default");
    let is_place = |name: &&str| environment.get(name).is_some() && !is_usual(name);
    names.into_iter().find(is_place)
}

/// Returns how to choose another engine; `None` unless a variable or a context names the address.
fn way_out(kind: EngineKind, environment: &Environment) -> Option<String> {
    let (other, context) = match kind {
        EngineKind::Docker => (EngineKind::Podman, Some("run `docker context use default`")),
        EngineKind::Podman => (EngineKind::Docker, None),
    };
    let otherwise = format!("or choose another engine with `--source {}`", other.name());
    if let Some(name) = variable(kind, environment) {
        return Some(format!("unset `{name}`, {otherwise}"));
    }
    let is_named = match endpoints(kind, environment) {
        Ok(places) => places.first().is_some_and(|place| place.configured),
        Err(error) => matches!(error, DiscoverError::NoContext { .. } | DiscoverError::Address { .. }),
    };
    context.filter(|_| is_named).map(|context| format!("{context}, {otherwise}"))
}

fn failed(engine: &Engine, source: EngineError) -> LocateError {
    LocateError::Engine { engine: engine.to_string(), source }
}

fn described(engine: &Engine, listed: &[Listed]) -> Result<LocalImages, LocateError> {
    let layers = |image| layers(engine, image).map_err(|error| failed(engine, error));
    let layered: Vec<Layered> = listed.iter().map(layers).collect::<Result<_, _>>()?;
    let (computed, shared_once) = shared(&layered);
    let of_each = listed.iter().zip(computed).map(|(image, computed)| {
        let shared = reported(engine.kind(), image).unwrap_or(computed).min(image.size);
        (image, shared)
    });
    let of_each: Vec<(&Listed, u64)> = of_each.collect();
    let unique = of_each.iter().map(|(image, shared)| image.size - shared);
    // Sizes are claims of the engine: their sum may overflow.
    let total = unique.fold(shared_once, u64::saturating_add);
    let rows = of_each.into_iter().flat_map(|(image, shared)| rows(engine.kind(), image, shared));
    Ok(LocalImages { engine: engine.to_string(), images: rows.collect(), total: Some(total) })
}

/// Returns the shared bytes according to the engine, which are more precise than its history.
/// Podman reports 0 for every image.
fn reported(engine: EngineKind, image: &Listed) -> Option<u64> {
    image.shared.filter(|_| engine == EngineKind::Docker)
}

/// Returns the layers of an image; an empty list if it was removed meanwhile.
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

/// Returns a row for each name of an image.
fn rows(engine: EngineKind, image: &Listed, shared: u64) -> Vec<LocalImage> {
    let row = |name: Option<&String>| LocalImage {
        id: image.id.clone(),
        name: name.cloned(),
        created: Some(image.created).filter(|&created| created > 0),
        size: image.size,
        shared: Some(shared),
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
    fn shared_bytes_reported_by_podman_are_ignored() {
        let summary = bollard::models::ImageSummary { shared_size: 7, size: 10, ..Default::default() };
        let image = Listed::from(summary);
        assert_eq!(reported(EngineKind::Docker, &image), Some(7));
        assert_eq!(reported(EngineKind::Podman, &image), None);
    }

    /// Returns error and hint of a listing without an engine.
    #[track_caller]
    fn refusal(wanted: Option<EngineKind>, variables: &[(&str, &str)]) -> (String, String) {
        let environment = Environment::with(variables.iter().copied());
        let error = find_images(wanted, &environment).expect_err("no engine");
        let details: Vec<_> = error.attempts().iter().map(ToString::to_string).collect();
        let details = details.join("; ");
        (format!("{error}: {details}"), error.hint().expect("a hint"))
    }

    #[test]
    fn named_engine_that_fails_is_not_replaced_by_another() {
        let nowhere = "unix:///nonexistent/engine.sock";
        for (variables, engine, other) in [
            (&[("DOCKER_HOST", nowhere)][..], "docker", "podman"),
            (&[("DOCKER_HOST", "nonsense://x")], "docker", "podman"),
            (&[("DOCKER_CONTEXT", "gone")], "docker", "podman"),
            (&[("CONTAINER_HOST", nowhere), ("DOCKER_CONTEXT", "default")], "podman", "docker"),
            (&[("CONTAINER_CONNECTION", "gone"), ("CONTAINERS_CONF", "/nonexistent")], "podman", "docker"),
        ] {
            let (error, hint) = refusal(None, variables);
            let name = variables[0].0;
            assert_eq!(hint, format!("unset `{name}`, or choose another engine with `--source {other}`"));
            assert!(error.starts_with(&format!("cannot reach {engine}: {engine}")), "{error}");
            assert!(!error.contains(other), "{error}");
        }
    }

    #[test]
    fn hint_for_a_broken_context_is_the_default_context() {
        let home = tempfile::tempdir().expect("a directory");
        std::fs::write(home.path().join("config.json"), r#"{"currentContext":"gone"}"#).expect("written");
        let (error, hint) = refusal(None, &[("DOCKER_CONFIG", home.path().to_str().expect("text"))]);
        assert!(error.contains("`gone`"), "{error}");
        assert_eq!(hint, "run `docker context use default`, or choose another engine with `--source podman`");
    }

    #[test]
    fn hint_for_a_chosen_engine_names_no_other() {
        let (error, hint) =
            refusal(Some(EngineKind::Docker), &[("DOCKER_HOST", "unix:///nonexistent/engine.sock")]);
        assert!(error.contains("(DOCKER_HOST): cannot connect"), "{error}");
        assert!(hint.starts_with("start one"), "{hint}");
    }
}
