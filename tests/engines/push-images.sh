#!/usr/bin/env bash
# Copies the images of build-images.sh into Podman's store and into the registries of up.sh.
#
#   tests/engines/push-images.sh [NAME…]
#
# NAME is python-naive, many-layers or static; default: all three.
#
# Podman has them as localhost/dockopt-NAME. The registry has, for every NAME:
#
#   dockopt/NAME:docker     Docker's manifest, gzip layers
#   dockopt/NAME:oci        OCI manifest, gzip layers
#   dockopt/NAME:oci-zstd   OCI manifest, zstd layers
#
# and for `static` also dockopt/platforms:index, an index of three platforms;
# dockopt/attested:index, an index as BuildKit makes it, with an attestation; and
# dockopt/signed:image, with an SBOM as oras attaches it and a signature as cosign pushes it. The
# registry with a password has dockopt/static:docker. A second call changes nothing and takes
# seconds. Needs the engines of up.sh and root.
#
#   DOCKOPT_TEST_IMAGES, DOCKOPT_ENGINES_DIR   as in build-images.sh
#   DOCKOPT_TEST_REGISTRY, DOCKOPT_TEST_REGISTRY_AUTH, DOCKOPT_TEST_REGISTRY_USER,
#   DOCKOPT_TEST_REGISTRY_PASSWORD             as up.sh prints them
set -euo pipefail

out=${DOCKOPT_TEST_IMAGES:-${TMPDIR:-/tmp}/dockopt-images}
engines=${DOCKOPT_ENGINES_DIR:-${TMPDIR:-/tmp}/dd-engines}
registry=${DOCKOPT_TEST_REGISTRY:?as up.sh prints it}
with_password=${DOCKOPT_TEST_REGISTRY_AUTH:?as up.sh prints it}
store="containers-storage:[overlay@$engines/podman+$engines/podman-run]"
buildah=(buildah --root "$engines/podman" --runroot "$engines/podman-run")
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

copy() { # FROM TO [OPTION…]
  local from=$1 to=$2
  shift 2
  skopeo --insecure-policy copy -q --dest-tls-verify=false "$@" "$from" "$to"
}

# Docker's manifest comes from the plain archive, to keep its configuration; the others come from
# compressed archives. With --preserve-digests, skopeo does not replace zstd layers by gzip layers
# that the registry already has.
push() { # NAME
  local name=$1 gzip=oci-archive:$out/$1.oci-gzip.tar zstd=oci-archive:$out/$1.oci-zstd.tar
  copy "$gzip" "docker://$registry/dockopt/$name:oci"
  copy "docker-archive:$out/$name.tar" "docker://$registry/dockopt/$name:docker" --format v2s2
  copy "$zstd" "docker://$registry/dockopt/$name:oci-zstd" --preserve-digests
  copy "docker-archive:$out/$name.tar" "$store"localhost/dockopt-"$name":latest
}

manifest() { # REPOSITORY TAG
  curl -sf -H 'Accept: application/vnd.oci.image.manifest.v1+json' "http://$registry/v2/dockopt/$1/manifests/$2"
}

# The image for linux/amd64, and for two more platforms with a distinguishing file.
push_platforms() {
  local list=localhost/dockopt-platforms:latest name platform
  "${buildah[@]}" manifest rm "$list" >/dev/null 2>&1 || true
  "${buildah[@]}" manifest create "$list" >/dev/null
  for platform in amd64 arm64 s390x; do
    name=$out/static.$platform-dir
    [[ -e $name ]] || one_platform "$platform" "$name"
    copy "oci:$name:static" "docker://$registry/dockopt/platforms:$platform"
    "${buildah[@]}" manifest add --tls-verify=false "$list" "docker://$registry/dockopt/platforms:$platform" >/dev/null
  done
  "${buildah[@]}" manifest push -q --all --tls-verify=false "$list" "docker://$registry/dockopt/platforms:index" >/dev/null
  "${buildah[@]}" manifest rm "$list" >/dev/null
}

one_platform() { # ARCHITECTURE TO
  local part=$work/platform
  cp -r "$out/static.oci-dir" "$part"
  if [[ $1 != amd64 ]]; then
    echo "$1" >"$work/name"
    umoci config --no-history --image "$part:static" --architecture "$1"
    umoci insert --image "$part:static" "$work/name" /etc/platform
    umoci gc --layout "$part" >/dev/null
  fi
  mv "$part" "$2"
}

push_attested() {
  local image statement config attestation of_image of_statement
  copy "oci-archive:$out/static.oci-gzip.tar" "docker://$registry/dockopt/attested:image"
  manifest attested image >"$work/image"
  image=$(digest "$work/image")
  echo '{"_type":"https://in-toto.io/Statement/v0.1","predicateType":"https://slsa.dev/provenance/v0.2","predicate":{}}' >"$work/statement"
  of_statement=$(blob attested "$work/statement" application/vnd.in-toto+json)
  statement=$(digest "$work/statement")
  echo '{"architecture":"unknown","os":"unknown","config":{},"rootfs":{"type":"layers","diff_ids":["'"$statement"'"]}}' >"$work/config"
  config=$(blob attested "$work/config" application/vnd.oci.image.config.v1+json)
  printf '{"schemaVersion":2,"mediaType":"%s","config":%s,"layers":[%s]}' application/vnd.oci.image.manifest.v1+json "$config" \
    "${of_statement%\}},\"annotations\":{\"in-toto.io/predicate-type\":\"https://slsa.dev/provenance/v0.2\"}}" >"$work/attestation"
  attestation=$(put_manifest attested attestation "$work/attestation" application/vnd.oci.image.manifest.v1+json)
  of_image=$(descriptor "$work/image" application/vnd.oci.image.manifest.v1+json)
  printf '{"schemaVersion":2,"mediaType":"%s","manifests":[%s,%s]}' application/vnd.oci.image.index.v1+json \
    "${of_image%\}},\"platform\":{\"architecture\":\"amd64\",\"os\":\"linux\"}}" \
    "${attestation%\}},\"platform\":{\"architecture\":\"unknown\",\"os\":\"unknown\"},\"annotations\":{\"vnd.docker.reference.digest\":\"$image\",\"vnd.docker.reference.type\":\"attestation-manifest\"}}" \
    >"$work/index"
  put_manifest attested index "$work/index" application/vnd.oci.image.index.v1+json >/dev/null
}

# The registry has no referrers API, so oras keeps the list of what is attached under a tag made of
# the digest. cosign always uses tags.
push_signed() {
  local image tag manifest=application/vnd.oci.image.manifest.v1+json config layer sbom
  copy "oci-archive:$out/static.oci-gzip.tar" "docker://$registry/dockopt/signed:image"
  manifest signed image >"$work/image"
  image=$(descriptor "$work/image" "$manifest")
  tag=$(digest "$work/image")
  tag=${tag/:/-}
  echo '{}' >"$work/empty"
  config=$(blob signed "$work/empty" application/vnd.oci.empty.v1+json)
  echo '{"spdxVersion":"SPDX-2.3"}' >"$work/spdx"
  layer=$(blob signed "$work/spdx" application/spdx+json)
  printf '{"schemaVersion":2,"mediaType":"%s","artifactType":"application/spdx+json","config":%s,"layers":[%s],"subject":%s}' \
    "$manifest" "$config" "$layer" "$image" >"$work/sbom"
  sbom=$(put_manifest signed "$(digest "$work/sbom")" "$work/sbom" "$manifest")
  printf '{"schemaVersion":2,"mediaType":"%s","manifests":[%s]}' application/vnd.oci.image.index.v1+json \
    "${sbom%\}},\"artifactType\":\"application/spdx+json\"}" >"$work/referrers"
  put_manifest signed "$tag" "$work/referrers" application/vnd.oci.image.index.v1+json >/dev/null
  echo '{"critical":{},"optional":null}' >"$work/signature"
  layer=$(blob signed "$work/signature" application/vnd.dev.cosign.simplesigning.v1+json)
  config=$(blob signed "$work/empty" application/vnd.oci.image.config.v1+json)
  printf '{"schemaVersion":2,"mediaType":"%s","config":%s,"layers":[%s]}' "$manifest" "$config" \
    "${layer%\}},\"annotations\":{\"dev.cosignproject.cosign/signature\":\"c2lnbmVk\"}}" >"$work/sig"
  put_manifest signed "$tag.sig" "$work/sig" "$manifest" >/dev/null
}

digest() { # FILE
  echo "sha256:$(sha256sum "$1" | cut -d' ' -f1)"
}

descriptor() { # FILE MEDIA-TYPE
  printf '{"mediaType":"%s","digest":"%s","size":%d}' "$2" "$(digest "$1")" "$(stat -c %s "$1")"
}

# Uploads a blob and prints its descriptor.
blob() { # REPOSITORY FILE MEDIA-TYPE
  local place
  place=$(curl -sfi -X POST "http://$registry/v2/dockopt/$1/blobs/uploads/" | tr -d '\r' | sed -n 's/^[Ll]ocation: //p')
  curl -sf -X PUT -H 'Content-Type: application/octet-stream' --data-binary "@$2" "$place&digest=$(digest "$2")"
  descriptor "$2" "$3"
}

# Uploads a manifest or index and prints its descriptor.
put_manifest() { # REPOSITORY TAG FILE MEDIA-TYPE
  curl -sf -X PUT -H "Content-Type: $4" --data-binary "@$3" "http://$registry/v2/dockopt/$1/manifests/$2"
  descriptor "$3" "$4"
}

(($#)) || set -- python-naive many-layers static
for name in "$@"; do
  push "$name"
  [[ $name == static ]] || continue
  copy "docker-archive:$out/static.two-images.tar:static-second:latest" "$store"localhost/dockopt-static-second:latest
  push_platforms
  push_attested
  push_signed
  copy "docker-archive:$out/static.tar" "docker://$with_password/dockopt/static:docker" --format v2s2 \
    --dest-creds "$DOCKOPT_TEST_REGISTRY_USER:$DOCKOPT_TEST_REGISTRY_PASSWORD"
done
