//! A registry without any duties: answers the distribution API from the blobs of an OCI layout.

use serde_json::Value;

use super::{Request, Response};
use crate::archive::Archive;
use crate::digest::{blob_path, sha256};

/// Answers a request as a registry would that holds the images of this layout, whatever the repository.
///
/// Every tag names what `index.json` lists, or `index.json` itself if that is several things. Ranges are honoured.
pub fn registry(layout: &Archive, request: &Request) -> Response {
    let path = request.path();
    if path == "/v2/" {
        return Response::ok("{}");
    }
    if let Some((_, key)) = path.split_once("/manifests/") {
        return manifest(layout, key).unwrap_or_else(|| unknown("MANIFEST_UNKNOWN"));
    }
    let blob = path.split_once("/blobs/").map(|(_, digest)| blob_path(digest));
    match blob.filter(|blob| layout.contains(blob)) {
        Some(blob) => ranged(layout.get(&blob), request),
        None => unknown("BLOB_UNKNOWN"),
    }
}

/// Answers with bytes, or with those from the start of the range on that is asked for.
pub fn ranged(bytes: &[u8], request: &Request) -> Response {
    match request.range_start() {
        None => Response::ok(bytes),
        Some(start) if start < bytes.len() => {
            let range = format!("bytes {start}-{}/{}", bytes.len() - 1, bytes.len());
            Response::new(206, &bytes[start..]).header("Content-Range", &range)
        }
        Some(_) => Response::status(416),
    }
}

fn manifest(layout: &Archive, key: &str) -> Option<Response> {
    let bytes = if key.contains(':') {
        let path = blob_path(key);
        layout.contains(&path).then(|| layout.get(&path))?
    } else {
        match layout.get_json("index.json")["manifests"].as_array()?.as_slice() {
            [only] => layout.get(&blob_path(only["digest"].as_str()?)),
            _ => layout.get("index.json"),
        }
    };
    let document: Value = serde_json::from_slice(bytes).ok()?;
    let media_type = document["mediaType"].as_str().unwrap_or("application/vnd.oci.image.index.v1+json");
    Some(
        Response::ok(bytes)
            .header("Content-Type", media_type)
            .header("Docker-Content-Digest", &sha256(bytes)),
    )
}

fn unknown(code: &str) -> Response {
    Response::new(404, format!(r#"{{"errors":[{{"code":"{code}","message":"unknown to registry"}}]}}"#))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Compression, Image, Layer};

    #[test]
    fn manifests_are_found_by_tag_and_digest_and_blobs_by_range() {
        let image = Image::new().layer(Layer::new().file("a", "b"));
        let packed = image.pack(Compression::Gzip);
        let layout = image.oci_layout(Compression::Gzip);
        let ask = |target: String, range: &str| {
            let headers = vec![("Range".to_owned(), range.to_owned())];
            registry(&layout, &Request { target, headers, ..Request::default() })
        };
        let statuses = [
            ("/v2/".to_owned(), "", 200),
            ("/v2/a/b/manifests/latest".to_owned(), "", 200),
            (format!("/v2/a/b/manifests/{}", packed.manifest_digest()), "", 200),
            ("/v2/a/b/manifests/sha256:00".to_owned(), "", 404),
            (format!("/v2/a/blobs/{}", packed.layers[0].digest), "bytes=3-", 206),
            (format!("/v2/a/blobs/{}", packed.layers[0].digest), "bytes=9999999-", 416),
            ("/v2/a/blobs/sha256:00".to_owned(), "", 404),
        ];
        for (target, range, status) in statuses {
            assert_eq!(ask(target.clone(), range).status, status, "{target}");
        }
    }
}
