//! Tests of plans from a registry, and of the requests that they need.

use dockopt_core::image::Platform;
use dockopt_testkit::{Archive, Body, Compression, Image, Index, Response, Server, json_of_size, sha256};

use super::*;
use crate::manifest::{Choice, ManifestError, Plan, parse_platform, plan};
use crate::registry::testing::{anonymous, authorizations, image, layout, paths, serving};
use crate::source::Format;

fn source(server: &Server) -> Result<RegistrySource, RegistryError> {
    RegistrySource::open(anonymous(server))
}

fn platform(text: &str) -> Platform {
    parse_platform(text).expect("a platform")
}

fn planned(
    server: &Server,
    platform: impl Into<Option<Platform>>,
) -> Result<(RegistrySource, Plan), ManifestError> {
    let failed = |source| SourceError::Registry { name: "name".to_owned(), source };
    let source = source(server).map_err(failed)?;
    let plan =
        plan(&source, "name", Format::Any, &Choice { platform: platform.into(), ..Choice::default() })?;
    Ok((source, plan))
}

/// Returns a layout with three platforms and an attestation of the first, and the images.
fn platforms() -> (Archive, [Image; 3]) {
    let images =
        [image(), image().platform("linux", "riscv64", None), image().platform("linux", "arm", Some("v7"))];
    let mut index = Index::new(Compression::Gzip);
    for image in &images {
        index = index.image(image);
    }
    let layout = Index::new(Compression::Gzip).nested(index.attestation_of(&images[0])).to_archive();
    (layout, images)
}

#[test]
fn plan_fetches_two_documents_and_reading_fetches_layers() {
    let server = serving(layout(), |_| None);
    let (source, plan) = planned(&server, None).expect("a plan");
    let packed = image().pack(Compression::Gzip);
    let host = server.address();
    assert_eq!(source.name().to_string(), format!("{host}/team/app:1"));
    assert_eq!(plan.info.tags, [format!("{host}/team/app:1")]);
    assert_eq!(plan.info.digest, Some(packed.manifest_digest()));
    assert_eq!(plan.info.id, Some(packed.config_digest()));
    assert_eq!(plan.warnings, []);
    let expected = [
        "/v2/".to_owned(),
        "/v2/team/app/manifests/1".to_owned(),
        format!("/v2/team/app/blobs/{}", packed.config_digest()),
    ];
    assert_eq!(paths(&server), expected);
    for (blob, layer) in plan.blobs.iter().zip(&packed.layers) {
        assert_eq!(source.size(&blob.key), Some(layer.blob.len() as u64));
        let Ok(Some(LayerAt::Remote(blob))) = source.layer(&blob.key) else { panic!("no layer") };
        let mut bytes = Vec::new();
        std::io::Read::read_to_end(&mut blob.open(), &mut bytes).expect("a blob");
        assert_eq!(bytes, layer.blob);
    }
    assert_eq!(authorizations(&server), ["-"; 5]);
}

#[test]
fn only_the_manifest_of_the_chosen_platform_is_fetched() {
    let (layout, images) = platforms();
    let server = serving(layout, |_| None);
    for (text, image) in [("linux/riscv64", &images[1]), ("linux/arm/v7", &images[2])] {
        let before = paths(&server).len();
        let (_, plan) = planned(&server, platform(text)).expect(text);
        let digest = image.pack(Compression::Gzip).manifest_digest();
        assert_eq!(plan.info.digest.as_ref(), Some(&digest), "{text}");
        assert_eq!(plan.info.attestations, []);
        let manifests: Vec<_> = paths(&server).split_off(before);
        let manifests = manifests.iter().filter(|path| path.contains("/manifests/sha256:"));
        assert_eq!(manifests.collect::<Vec<_>>(), [&format!("/v2/team/app/manifests/{digest}")]);
    }
}

#[test]
fn attestations_of_the_chosen_platform_are_listed() {
    let server = serving(platforms().0, |_| None);
    let (_, plan) = planned(&server, platform("amd64")).expect("a plan");
    let kinds: Vec<_> = plan.info.attestations.iter().map(dockopt_core::image::Attestation::kind).collect();
    assert_eq!(kinds, ["provenance"]);
    let failing = serving(platforms().0, move |request| {
        let is_third = request.path().contains("/manifests/sha256:");
        let wanted = request.path().ends_with(&image().pack(Compression::Gzip).manifest_digest());
        (is_third && !wanted).then(|| Response::status(403))
    });
    let (_, plan) = planned(&failing, platform("amd64")).expect("an image all the same");
    assert_eq!((plan.info.attestations.len(), plan.warnings.len()), (0, 1));
}

#[test]
fn hint_lists_the_platforms_of_an_index() {
    let server = serving(platforms().0, |_| None);
    let error = planned(&server, platform("linux/s390x")).expect_err("no such platform");
    assert_eq!(error.to_string(), "there is no image for platform `linux/s390x`");
    let hint = "choose with `--platform`: `linux/amd64`, `linux/riscv64`, `linux/arm/v7`";
    assert_eq!(error.hint().as_deref(), Some(hint));
    assert_eq!(server.requests().len(), 2, "the index is enough");
}

#[test]
fn single_image_for_another_platform_is_an_error() {
    let server = serving(layout(), |_| None);
    let error = planned(&server, platform("linux/s390x")).expect_err("another platform");
    assert_eq!(error.hint().as_deref(), Some("choose with `--platform`: `linux/amd64`"));
}

#[test]
fn document_must_match_the_digest_in_the_name() {
    let digest = image().pack(Compression::Gzip).manifest_digest();
    let open = |server: &Server, digest: &str| {
        let name = format!("{}/a@{digest}", server.address());
        open(&name, &RegistryOptions::default(), &Environment::default())
    };
    let server = serving(layout(), |_| None);
    let source = open(&server, &digest).expect("an image");
    assert_eq!(source.name().digest(), Some(digest.as_str()));
    let other = format!("sha256:{}", "0".repeat(64));
    let liar = serving(layout(), |request| (request.path() != "/v2/").then(|| Response::ok("{}")));
    let error = open(&liar, &other).expect_err("another document");
    let SourceError::Registry { source, .. } = &error else { panic!("{error}") };
    let RegistryError::Digest { expected, found, .. } = source else { panic!("{error}") };
    assert_eq!((expected, found), (&other, &sha256(b"{}")));
    let unknown = format!("sha384:{}", "0".repeat(96));
    let error = open(&liar, &unknown).expect_err("cannot be verified");
    let SourceError::Registry { source, .. } = &error else { panic!("{error}") };
    assert!(matches!(source, RegistryError::Algorithm { .. }), "{error}");
}

#[test]
fn document_that_does_not_match_its_digest_is_an_error() {
    let packed = image().pack(Compression::Gzip);
    let (layout, _) = platforms();
    for digest in [packed.config_digest(), packed.manifest_digest()] {
        let wrong = digest.clone();
        let server = serving(layout.clone(), move |request| {
            request.path().ends_with(&wrong).then(|| Response::ok("{\"schemaVersion\":2}"))
        });
        let error = planned(&server, platform("amd64")).expect_err("another document");
        let ManifestError::Source(SourceError::Registry { source, .. }) = &error else { panic!("{error}") };
        assert!(matches!(source, RegistryError::Digest { expected, .. } if *expected == digest), "{source}");
    }
}

#[test]
fn missing_document_is_named_in_the_error() {
    let (layout, _) = platforms();
    let digest = image().pack(Compression::Gzip).manifest_digest();
    let mut without = layout;
    without.remove(&dockopt_testkit::blob_path(&digest));
    let server = serving(without, |_| None);
    let error = planned(&server, platform("amd64")).expect_err("missing");
    assert_eq!(error.to_string(), format!("manifest `{digest}`: is not in the source"));
}

#[test]
fn error_says_why_a_document_is_no_image() {
    let message = |document: Vec<u8>| {
        let server = serving(Archive::new(), move |request| {
            (request.path() != "/v2/").then(|| Response::ok(document.clone()))
        });
        planned(&server, None).expect_err("no image").to_string()
    };
    let schema1 = br#"{"schemaVersion":1,"fsLayers":[],"history":[]}"#.to_vec();
    assert!(message(schema1).ends_with("a manifest of schema 1, which no current tool writes"));
    assert!(message(b"<html>".to_vec()).contains("cannot be parsed"));
    assert!(message(b"{}".to_vec()).contains("which has no configuration"));
    assert!(message(json_of_size(9 << 20)).contains("cannot be read from its registry"));
}

#[test]
fn endless_index_is_an_error() {
    let lists = |count: usize| -> Vec<_> {
        let bytes = (0..count).map(|at| json!({"schemaVersion": 2, "manifests": [], "at": at}).to_string());
        bytes.map(String::into_bytes).collect()
    };
    let entry = |bytes: &Vec<u8>| {
        let media_type = "application/vnd.oci.image.index.v1+json";
        json!({"mediaType": media_type, "digest": sha256(bytes), "size": bytes.len()})
    };
    let mut layout = Archive::new();
    let entries: Vec<_> = lists(500).iter().map(entry).collect();
    for bytes in lists(500) {
        layout.insert_blob(&bytes);
    }
    let top = json!({"schemaVersion": 2, "manifests": entries}).to_string();
    let server = serving(layout, move |request| {
        request.path().ends_with("/manifests/1").then(|| Response::ok(Body::from(top.clone())))
    });
    let error = planned(&server, None).expect_err("too many");
    let ManifestError::Source(SourceError::Registry { source, .. }) = &error else { panic!("{error}") };
    assert!(source.to_string().ends_with("leads to more than 256 documents"), "{source}");
}

#[test]
fn blobs_outside_of_manifests_are_not_found() {
    let server = serving(layout(), |_| None);
    let source = source(&server).expect("an image");
    let unknown = BlobKey::Digest(sha256(b"unknown"));
    assert!(matches!(source.layer(&unknown), Ok(None)));
    assert!(matches!(source.layer(&BlobKey::Path("a/layer.tar".to_owned())), Ok(None)));
    assert!(matches!(source.document(&BlobKey::Path("manifest.json".to_owned())), Ok(None)));
    assert!(matches!(source.document(&unknown), Ok(None)));
}

#[test]
fn read_error_has_the_hint_of_the_registry_error() {
    let server = Server::start(|_| Response::status(401));
    let name = format!("{}/a", server.address());
    let error = open(&name, &RegistryOptions::default(), &Environment::default()).expect_err("no entry");
    assert_eq!(error.to_string(), format!("image `{name}` cannot be read from its registry"));
    assert!(error.hint().expect("a hint").contains("docker login"));
}
