#!/usr/bin/env bash
# Builds real images with a real engine and saves them in every format that real tools write.
#
#   tests/engines/build-images.sh [NAME…]
#
# NAME is python-naive, many-layers or static; default: all three.
#
# Writes NAME.tar (docker save), NAME.oci-gzip.tar, NAME.oci-zstd.tar (skopeo) and NAME.truth.json
# (counts of the final filesystem, from docker export); for `static` also the archives of the other
# tools, see other_tools below. Keeps existing files. Needs the engines of up.sh, root, some minutes
# and about 10 GB of disk.
#
#   DOCKOPT_TEST_IMAGES   the output directory; default ${TMPDIR:-/tmp}/dockopt-images
#   DOCKER_HOST, DOCKOPT_TEST_PODMAN, DOCKOPT_ENGINES_DIR   as up.sh prints them
set -euo pipefail

here=$(cd "$(dirname "$0")" && pwd)
out=${DOCKOPT_TEST_IMAGES:-${TMPDIR:-/tmp}/dockopt-images}
engines=${DOCKOPT_ENGINES_DIR:-${TMPDIR:-/tmp}/dd-engines}
export DOCKER_HOST=${DOCKER_HOST:-unix://$engines/docker.sock}
export DOCKER_BUILDKIT=0 # the engine's own builder, which needs no plug-in
podman=(podman --root "$engines/podman" --runroot "$engines/podman-run")
buildah=(buildah --root "$engines/podman" --runroot "$engines/podman-run")
skopeo=(skopeo --insecure-policy)
mkdir -p "$out"
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

# Runs COMMAND… with {} replaced by a temporary name, and moves the complete result to FILE. Does
# nothing if FILE exists.
make_file() { # FILE COMMAND…
  local file=$1 part=$work/part
  shift
  [[ ! -e $file ]] || return 0
  rm -rf "$part"
  "${@//'{}'/$part}" </dev/null >/dev/null
  mv "$part" "$file"
  echo "$file"
}

# Creates a Debian base image without a registry. It has this machine's certificates, for the
# package managers that run in `docker build`.
base() {
  ! docker image inspect base:bookworm >/dev/null 2>&1 || return 0
  local root=$work/base
  debootstrap --variant=minbase bookworm "$root" >/dev/null
  rm -f "$root"/var/cache/apt/archives/*.deb
  mkdir -p "$root/usr/local/share/ca-certificates" "$root/etc/ssl/certs"
  cp /usr/local/share/ca-certificates/*.crt "$root/usr/local/share/ca-certificates/" 2>/dev/null || true
  cp /etc/ssl/certs/ca-certificates.crt "$root/etc/ssl/certs/"
  tar -C "$root" -c . | docker import -c 'ENV PIP_CERT=/etc/ssl/certs/ca-certificates.crt' - base:bookworm >/dev/null
  rm -rf "$root"
}

build() { # NAME
  local context=$work/context
  rm -rf "$context"
  cp -r "$here/images/$1" "$context"
  case $1 in
  python-naive) base ;;
  many-layers)
    base
    sh "$context/gen.sh" >"$context/Dockerfile"
    rm "$context/gen.sh"
    ;;
  static)
    gcc -g -static -o "$context/hello" "$context/hello.c"
    rm "$context/hello.c"
    ;;
  esac
  docker build -q --network host -t "$1" "$context" >/dev/null 2>"$work/log" || { cat "$work/log" >&2; return 1; }
}

# Ensures that engine and archive have the same image: other formats and the truth come from both.
ensure_image() { # NAME
  local archive=$out/$1.tar id
  if [[ ! -e $archive ]]; then
    rm -rf "$out/$1".* # other formats of the missing archive
    build "$1"
    make_file "$archive" docker save "$1" -o '{}'
  fi
  id=$(docker image inspect -f '{{.Id}}' "$1" 2>/dev/null) || id=none
  tar -xOf "$archive" manifest.json | grep -q "${id#sha256:}" || docker load -q -i "$archive" >/dev/null
}

truth() { # NAME
  local container status=0
  [[ ! -e $out/$1.truth.json ]] || return 0
  container=$(docker create --network none "$1" true)
  docker export "$container" | python3 "$here/export_truth.py" --archive "$out/$1.tar" >"$work/truth.json" || status=$?
  docker rm "$container" >/dev/null
  ((status == 0)) || return "$status"
  make_file "$out/$1.truth.json" cp "$work/truth.json" '{}'
}

# Writes the same image with other tools; fast, because `static` is small.
other_tools() {
  local name=static from=docker-archive:$out/static.tar image=localhost/dockopt-static:latest
  make_file "$out/$name.oci-dir" "${skopeo[@]}" copy -q "$from" "oci:{}:$name"
  make_file "$out/$name.oci-zstd-dir" "${skopeo[@]}" copy -q --dest-compress-format zstd "$from" "oci:{}:$name"
  make_file "$out/$name.skopeo-docker.tar" \
    "${skopeo[@]}" copy -q "oci-archive:$out/$name.oci-gzip.tar" "docker-archive:{}:$name:latest"
  make_file "$out/$name.umoci-dir" umoci_layers "$out/$name.oci-dir" '{}'
  make_file "$out/$name.umoci-dir.truth.json" umoci_truth "$out/$name.umoci-dir:static" '{}'
  "${skopeo[@]}" copy -q "$from" "containers-storage:[overlay@$engines/podman+$engines/podman-run]$image"
  make_file "$out/$name.podman-docker.tar" "${podman[@]}" save -q --format docker-archive -o '{}' "$image"
  make_file "$out/$name.podman-oci.tar" "${podman[@]}" save -q --format oci-archive -o '{}' "$image"
  make_file "$out/$name.buildah-oci.tar" "${buildah[@]}" push -q "$image" "oci-archive:{}:$name"
  printf 'FROM static\nLABEL second=image\nUSER 0:0\nCMD ["again"]\n' | docker build -q -t static-second - >/dev/null 2>&1
  make_file "$out/$name.two-images.tar" docker save static static-second -o '{}'
}

# Copies an OCI layout and adds layers with umoci: files, whiteouts, an opaque directory.
umoci_layers() { # FROM TO
  local image=$2:static
  cp -r "$1" "$2"
  mkdir -p "$work/added/sub"
  seq 1 500 >"$work/added/numbers"
  seq 1 900 >"$work/added/sub/more-numbers"
  umoci insert --image "$image" "$work/added" /srv
  umoci insert --image "$image" --whiteout /opt/hello-again
  umoci insert --image "$image" --opaque "$work/added/sub" /srv
  umoci gc --layout "$2"
}

umoci_truth() { # IMAGE TO
  rm -rf "$work/bundle"
  umoci unpack --image "$1" "$work/bundle"
  "$here/rootfs_truth.sh" "$work/bundle/rootfs" >"$2"
}

(($#)) || set -- python-naive many-layers static
for name in "$@"; do
  archive=docker-archive:$out/$name.tar
  ensure_image "$name"
  make_file "$out/$name.oci-gzip.tar" "${skopeo[@]}" copy -q "$archive" "oci-archive:{}:$name"
  make_file "$out/$name.oci-zstd.tar" "${skopeo[@]}" copy -q --dest-compress-format zstd "$archive" "oci-archive:{}:$name"
  truth "$name"
  [[ $name != static ]] || other_tools
done
