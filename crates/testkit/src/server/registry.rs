//! A registry that serves the distribution API from the blobs of an OCI layout.

use serde_json::{Value, json};

use super::message::{Request, Response};
use crate::archive::Archive;
use crate::digest::{blob_path, sha256};
use crate::packed::descriptor;

const INDEX: &str = "application/vnd.oci.image.index.v1+json";

/// Answers a request from the images of this layout, in any repository.
///
/// Every tag names the only image of `index.json`, or `index.json` itself if it lists several. Tags
/// made of a digest do not exist. Supports ranges; has no referrers API.
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

/// Answers a request of the referrers API, which not every registry has: lists the manifests of
/// this layout whose subject is the digest in the path. Returns `None` for every other request.
pub fn referrers(layout: &Archive, request: &Request) -> Option<Response> {
    let (_, digest) = request.path().split_once("/referrers/")?;
    let files = layout.files();
    let blobs = files.iter().filter(|(name, _)| name.starts_with("blobs/"));
    let manifests: Vec<Value> = blobs
        .filter_map(|(_, bytes)| {
            let manifest: Value = serde_json::from_slice(bytes).ok()?;
            let mut found = descriptor(manifest["mediaType"].as_str()?, bytes);
            found["artifactType"] = manifest["artifactType"].clone();
            (manifest["subject"]["digest"] == digest).then_some(found)
        })
        .collect();
    let index = json!({"schemaVersion": 2, "mediaType": INDEX, "manifests": manifests});
    Some(Response::ok(index.to_string()).header("Content-Type", INDEX))
}

/// Answers with the requested range of bytes, or with all.
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
    } else if key.starts_with("sha256-") {
        return None;
    } else {
        match layout.get_json("index.json")["manifests"].as_array()?.as_slice() {
            [only] => layout.get(&blob_path(only["digest"].as_str()?)),
            _ => layout.get("index.json"),
        }
    };
    let document: Value = serde_json::from_slice(bytes).ok()?;
    let media_type = document["mediaType"].as_str().unwrap_or(INDEX);
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
    use crate::{Compression, Image, Index, Layer};

    #[test]
    fn referrers_api_lists_the_manifests_about_a_digest() {
        let image = Image::new().layer(Layer::new().file("a", "b"));
        let layout =
            Index::new(Compression::Gzip).image(&image).artifact_of(&image, "doc/example", "x").to_archive();
        let target = format!("/v2/a/referrers/{}", image.pack(Compression::Gzip).manifest_digest());
        let answer = referrers(&layout, &Request { target, ..Request::default() }).unwrap();
        let crate::Body::Whole(bytes) = answer.body else { panic!("{:?}", answer.body) };
        let index: Value = serde_json::from_slice(&bytes).unwrap();
        assert_eq!(index["manifests"][0]["artifactType"], "doc/example");
        assert_eq!(index["manifests"].as_array().unwrap().len(), 1);
        assert!(referrers(&layout, &Request { target: "/v2/".to_owned(), ..Request::default() }).is_none());
    }

    #[test]
    fn manifests_have_tag_and_digest_and_blobs_have_ranges() {
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
