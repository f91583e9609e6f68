//! The Dockerfile in provenance of `mode=max`, and which of its lines made which layer.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use dockopt_core::image::{LayerInfo, ProvenBuild};
use serde::Deserialize;
use serde_json::{Map, Value};

use super::statement::{LAYERS, SOURCE, at, lowest};

/// Largest Dockerfile that is taken: 1 MiB.
const LARGEST: usize = 1 << 20;

/// A part of a source file.
#[derive(Deserialize)]
struct Range {
    start: Position,
    end: Position,
}

#[derive(Deserialize)]
struct Position {
    line: u32,
}

/// Finds the Dockerfile of an image with these layers; `None` if the statement does not have it.
pub(super) fn build(statement: &Value, layers: &[LayerInfo]) -> Option<ProvenBuild> {
    let source = at(statement, SOURCE)?;
    let (index, file) = source.get("infos")?.as_array()?.iter().enumerate().find_map(|(index, info)| {
        let is_dockerfile =
            info.get("language").and_then(Value::as_str).is_none_or(|name| name == "Dockerfile");
        let data = STANDARD.decode(info.get("data")?.as_str()?).ok()?;
        let text = String::from_utf8(data).ok().filter(|text| is_dockerfile && text.len() <= LARGEST)?;
        let name = info.get("filename").and_then(Value::as_str).unwrap_or("Dockerfile");
        Some((index, (name.to_owned(), text)))
    })?;
    let locations = source.get("locations")?.as_object()?;
    let mut lines = vec![None; layers.len()];
    for (step, chains) in at(statement, LAYERS)?.as_object()? {
        let id = step.split_once(':').map_or(step.as_str(), |(id, _)| id);
        let Some(found) = range_of(locations, id, index) else { continue };
        for length in chains.as_array().into_iter().flatten().filter_map(|chain| lowest(chain, layers)) {
            if let Some(slot) = lines.get_mut(length - 1) {
                // Of several steps with one result, the last one made it.
                *slot = Some(slot.map_or(found, |before: (u32, u32)| before.max(found)));
            }
        }
    }
    let (file, text) = file;
    lines.iter().any(Option::is_some).then_some(ProvenBuild { file, text, lines })
}

/// Returns the first and the last line of a step in a source file.
fn range_of(locations: &Map<String, Value>, id: &str, file: usize) -> Option<(u32, u32)> {
    let parts = locations.get(id)?.get("locations")?.as_array()?.iter();
    let of_file = parts.filter(|part| {
        let index = part.get("sourceIndex").and_then(Value::as_u64).unwrap_or(0);
        usize::try_from(index) == Ok(file)
    });
    let ranges = of_file.filter_map(|part| Vec::<Range>::deserialize(part.get("ranges")?).ok()).flatten();
    let found = ranges
        .fold((u32::MAX, 0), |(first, last), range| (first.min(range.start.line), last.max(range.end.line)));
    (found.0 <= found.1 && found.0 > 0).then_some(found)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    const DOCKERFILE: &str = "FROM debian\nRUN a \\\n  b\nCOPY . /\n";

    /// First and last line of each layer.
    type Lines = Option<Vec<Option<(u32, u32)>>>;

    /// Returns the lines of each layer, for both versions of the format.
    fn lines(source: &Value, digests: &[&str]) -> [Lines; 2] {
        let layers: Vec<LayerInfo> = digests
            .iter()
            .map(|digest| LayerInfo { digest: Some((*digest).to_owned()), ..LayerInfo::default() })
            .collect();
        let blob = |digest: &str| json!({"digest": digest});
        let chains = json!({
            "step0:0": [[blob("a")]],
            "step1:0": [[blob("a"), blob("b")]],
            "step2:0": [[blob("a"), blob("b"), blob("c")]],
            "step3:0": [[blob("x")]],
        });
        let old = json!({"metadata": {"https://mobyproject.org/buildkit@v1#metadata": {
            "source": source, "layers": chains,
        }}});
        let new =
            json!({"runDetails": {"metadata": {"buildkit_metadata": {"source": source, "layers": chains}}}});
        [old, new].map(|predicate| {
            let found = build(&json!({"predicate": predicate}), &layers)?;
            assert_eq!((found.file.as_str(), found.text.as_str()), ("app/Dockerfile", DOCKERFILE));
            Some(found.lines)
        })
    }

    fn source() -> Value {
        let at = |start: u32, end: u32| json!({"locations": [{"ranges": [{"start": {"line": start}, "end": {"line": end}}]}]});
        json!({
            "locations": {"step0": at(1, 1), "step1": at(2, 3), "step2": at(4, 4), "step3": at(9, 9)},
            "infos": [{"filename": "app/Dockerfile", "language": "Dockerfile", "data": STANDARD.encode(DOCKERFILE)}],
        })
    }

    #[test]
    fn layers_have_the_lines_of_their_steps() {
        let expected = Some(vec![Some((1, 1)), Some((2, 3)), Some((4, 4))]);
        assert_eq!(lines(&source(), &["a", "b", "c"]), [expected.clone(), expected]);
        let first = Some(vec![Some((1, 1)), None]);
        assert_eq!(lines(&source(), &["a", "q"]), [first.clone(), first]);
        assert_eq!(lines(&source(), &["q"]), [None, None]);
    }

    #[test]
    fn incomplete_sources_tell_nothing() {
        for (path, value) in [
            ("/infos", json!([])),
            ("/infos/0/data", json!("%")),
            ("/infos/0/language", json!("other")),
            ("/locations", json!({})),
            ("/locations", json!({"step0": {"locations": [{"ranges": [{"start": {}}]}]}})),
        ] {
            let mut source = source();
            *source.pointer_mut(path).expect("a place") = value;
            assert_eq!(lines(&source, &["a", "b"]), [None, None], "{path}");
        }
    }
}
