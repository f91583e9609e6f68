//! Writes files of the image to disk, and describes the result.

use std::ops::ControlFlow;
use std::sync::atomic::{AtomicBool, Ordering};

use dockopt_core::comparison::{Comparison, LayerRange, State};
use dockopt_core::quantity::{count, plural, size};
use dockopt_core::tree::{NodeId, Tree};
use dockopt_image::{ExtractError, Extracted, Extraction, Selection, View};

use super::effect::{ExtractOutcome, ExtractRequest, ExtractScope};

/// Most skipped files that are named.
const NAMED: usize = 2;

/// Extracts the requested files; calls `tell` with the number of bytes written.
pub(crate) fn extract(
    request: &ExtractRequest,
    stop: &AtomicBool,
    tell: &mut dyn FnMut(u64),
) -> ExtractOutcome {
    let Some(contents) = &request.subject.contents else {
        return ExtractOutcome::Failed("the image is still being read".to_owned());
    };
    let tree = &request.subject.tree;
    let view = match request.scope {
        ExtractScope::Final if !is_final(tree, request.node) => {
            let path = tree.path(request.node);
            return ExtractOutcome::Failed(format!("{path} is not in the final filesystem"));
        }
        ExtractScope::Final => View::Range(LayerRange::final_of(tree.layer_count())),
        ExtractScope::Seen(range) => View::Range(range),
        ExtractScope::Shipped(layer) => View::Layer(layer),
    };
    let extraction = Extraction {
        contents,
        tree,
        selections: &[Selection { node: request.node, view }],
        only: None,
        destination: &request.destination,
        overwrite: request.overwrite,
    };
    let result = extraction.run(&mut |progress| {
        tell(progress.bytes);
        if stop.load(Ordering::Relaxed) { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
    });
    match result {
        Ok(extracted) => ExtractOutcome::Done(words(&extracted)),
        Err(error @ ExtractError::Exists { .. }) => ExtractOutcome::Exists(error.to_string()),
        Err(ExtractError::Cancelled { extracted }) => {
            ExtractOutcome::Failed(format!("stopped: {}", words(&extracted)))
        }
        Err(error) => {
            let reasons = crate::error::chain(Some(&error)).join(": ");
            ExtractOutcome::Failed(match &error {
                ExtractError::Stopped { extracted, .. } => format!("{reasons}; {}", words(extracted)),
                _ => reasons,
            })
        }
    }
}

/// Returns whether the final filesystem shows a path.
fn is_final(tree: &Tree, node: NodeId) -> bool {
    let comparison = Comparison::of(tree, LayerRange::final_of(tree.layer_count()));
    matches!(comparison.state(node), State::Shown(_))
}

/// Describes what was written, where, and what was skipped.
fn words(extracted: &Extracted) -> String {
    let mut parts = vec![plural(extracted.files, "file")];
    for (number, word, plural_word) in
        [(extracted.directories, "directory", "directories"), (extracted.links, "link", "links")]
    {
        if number > 0 {
            parts.push(format!("{} {}", count(number), if number == 1 { word } else { plural_word }));
        }
    }
    let (bytes, place) = (size(extracted.bytes), extracted.destination.display());
    let mut words = vec![format!("wrote {} ({bytes}) to {place}", parts.join(", "))];
    if extracted.without_privilege > 0 {
        words.push(format!("{} without setuid and setgid", plural(extracted.without_privilege, "file")));
    }
    if extracted.skipped_count > 0 {
        let named = extracted.skipped.iter().take(NAMED);
        let named: Vec<String> =
            named.map(|skipped| format!("{} ({})", skipped.path, skipped.reason)).collect();
        let more = if extracted.skipped_count > NAMED as u64 { ", …" } else { "" };
        words.push(format!("{} not written: {}{more}", count(extracted.skipped_count), named.join(", ")));
    }
    words.join("; ")
}
