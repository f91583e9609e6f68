//! The image configuration: platform, run configuration, history, diff IDs.
//!
//! Real configurations contain `null` where the specification requires a value or an absent field.
//! These members are dropped before parsing, so that unusual builders do not make an image
//! unreadable.

use dockopt_core::image::{HistoryEntry, ImageInfo, LayerInfo, Platform, RunConfig};
use dockopt_core::warning::Warning;
use dockopt_core::warning_kind::WarningKind;
use oci_spec::image::{Config, History, ImageConfiguration};
use serde_json::Value;

use super::document::{drop_nulls, unreadable};
use super::error::ManifestError;

/// Parses a configuration.
pub(super) fn parse(name: &str, bytes: &[u8]) -> Result<ImageConfiguration, ManifestError> {
    let mut value: Value = serde_json::from_slice(bytes).map_err(|error| unreadable(name, &error))?;
    drop_nulls(&mut value);
    if let Some(object) = value.as_object_mut() {
        let rootfs = object.entry("rootfs").or_insert_with(|| serde_json::json!({}));
        // An image without layers may lack the list of diff IDs too.
        if let Some(rootfs) = rootfs.as_object_mut() {
            rootfs.entry("type").or_insert_with(|| "layers".into());
            rootfs.entry("diff_ids").or_insert_with(|| Value::Array(Vec::new()));
        }
        object.entry("os").or_insert_with(|| "".into());
        object.entry("architecture").or_insert_with(|| "".into());
    }
    serde_json::from_value(value).map_err(|error| unreadable(name, &error))
}

/// Returns the platform, if the configuration has one.
pub(super) fn platform(config: &ImageConfiguration) -> Option<Platform> {
    let (os, architecture) = (config.os().to_string(), config.architecture().to_string());
    (!os.is_empty() || !architecture.is_empty()).then(|| Platform {
        os,
        architecture,
        variant: config.variant().clone().filter(|variant| !variant.is_empty()),
    })
}

/// Fills `info` from the configuration; `info.layers` already contains the blobs.
pub(super) fn describe(config: &ImageConfiguration, info: &mut ImageInfo, warnings: &mut Vec<Warning>) {
    info.platform = platform(config);
    info.created.clone_from(config.created());
    info.author.clone_from(config.author());
    info.config = config.config().as_ref().map(run_config).unwrap_or_default();
    set_diff_ids(config, &mut info.layers, warnings);
    info.history = config.history().iter().flatten().map(history_entry).collect();
    set_history(info, warnings);
}

fn set_diff_ids(config: &ImageConfiguration, layers: &mut [LayerInfo], warnings: &mut Vec<Warning>) {
    let diff_ids = config.rootfs().diff_ids();
    if diff_ids.len() != layers.len() {
        let (found, listed) = (layers.len(), diff_ids.len());
        warnings.push(Warning::new(
            WarningKind::LayerCount,
            None,
            format!("the image has {found} layers, but its configuration lists {listed}"),
        ));
    }
    for (layer, diff_id) in layers.iter_mut().zip(diff_ids) {
        layer.diff_id = Some(diff_id.clone());
    }
}

/// Assigns each layer the history entry that created it: the n-th entry that is not empty.
fn set_history(info: &mut ImageInfo, warnings: &mut Vec<Warning>) {
    let mut layer = 0;
    for entry in info.history.iter_mut().filter(|entry| !entry.empty_layer) {
        if let Some(info) = info.layers.get_mut(layer) {
            info.created_by.clone_from(&entry.created_by);
            info.comment.clone_from(&entry.comment);
            info.created.clone_from(&entry.created);
            entry.layer = Some(layer);
        }
        layer += 1;
    }
    if !info.history.is_empty() && layer != info.layers.len() {
        let found = info.layers.len();
        warnings.push(Warning::new(
            WarningKind::HistoryCount,
            None,
            format!("the image has {found} layers, but its history lists {layer}"),
        ));
    }
}

fn history_entry(history: &History) -> HistoryEntry {
    HistoryEntry {
        created: history.created().clone(),
        created_by: history.created_by().clone(),
        comment: history.comment().clone().filter(|comment| !comment.is_empty()),
        empty_layer: history.empty_layer().unwrap_or(false),
        layer: None,
    }
}

fn run_config(config: &Config) -> RunConfig {
    RunConfig {
        user: config.user().clone().filter(|user| !user.is_empty()),
        entrypoint: config.entrypoint().clone(),
        cmd: config.cmd().clone(),
        env: config.env().clone().unwrap_or_default(),
        labels: config.labels().clone().unwrap_or_default().into_iter().collect(),
        working_dir: config.working_dir().clone().filter(|directory| !directory.is_empty()),
        exposed_ports: sorted(config.exposed_ports().as_ref()),
        volumes: sorted(config.volumes().as_ref()),
        stop_signal: config.stop_signal().clone(),
    }
}

fn sorted(values: Option<&Vec<String>>) -> Vec<String> {
    let mut values = values.cloned().unwrap_or_default();
    values.sort();
    values
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn configuration_full_of_nulls_is_read() {
        let bytes = br#"{"architecture":"amd64","os":"linux","created":null,"history":null,
            "config":{"Env":null,"Cmd":null,"Labels":null,"ExposedPorts":{"80/tcp":{},"443/tcp":{}}},
            "rootfs":{"type":"layers","diff_ids":null}}"#;
        let config = parse("config", bytes).expect("a configuration");
        assert_eq!(platform(&config).expect("a platform").to_string(), "linux/amd64");
        assert_eq!(config.rootfs().diff_ids().len(), 0);
    }

    #[test]
    fn history_skips_steps_without_layers() {
        let bytes = br#"{"architecture":"arm64","os":"linux","rootfs":{"type":"layers","diff_ids":["sha256:aa","sha256:bb"]},
            "history":[{"created_by":"COPY a"},{"created_by":"ENV x","empty_layer":true},{"created_by":"COPY b"}]}"#;
        let config = parse("config", bytes).expect("a configuration");
        let mut info = ImageInfo { layers: vec![LayerInfo::default(); 2], ..ImageInfo::default() };
        let mut warnings = Vec::new();
        describe(&config, &mut info, &mut warnings);
        assert_eq!(
            info.layers.iter().map(|layer| layer.created_by.as_deref()).collect::<Vec<_>>(),
            [Some("COPY a"), Some("COPY b")]
        );
        assert_eq!(
            info.history.iter().map(|entry| entry.layer).collect::<Vec<_>>(),
            [Some(0), None, Some(1)]
        );
        assert_eq!(warnings, []);
    }
}
