#!/usr/bin/env bash
# Starts what the engine tests talk to: dockerd and the Podman API on Unix sockets, two registries on loopback, one of them
# behind a password.
#
#   started=$(tests/engines/up.sh); eval "$started"
#
# What already answers is left as it is, so a second call changes nothing. Prints the environment to use, and in
# DOCKOPT_ENGINES_STARTED the names of what this call started (for down.sh). Needs root and Debian's packages.
#
#   DOCKOPT_ENGINES_DIR     sockets, logs, pid files and the engines' stores; default ${TMPDIR:-/tmp}/dd-engines
#   DOCKOPT_TEST_REGISTRY   HOST:PORT of the registry; default 127.0.0.1:5111
#   DOCKOPT_TEST_REGISTRY_AUTH   that of the one with a password; default 127.0.0.1:5112
set -euo pipefail

dir=${DOCKOPT_ENGINES_DIR:-${TMPDIR:-/tmp}/dd-engines}
registry=${DOCKOPT_TEST_REGISTRY:-127.0.0.1:5111}
registry_auth=${DOCKOPT_TEST_REGISTRY_AUTH:-127.0.0.1:5112}
user=dockopt
password='open sesame:1' # neither a blank nor a colon may confuse anybody
packages=(docker.io podman skopeo buildah umoci docker-registry apache2-utils debootstrap iptables crun ca-certificates
  curl gcc libc6-dev)
names=(dockerd podman registry registry-auth)
started=()

install_missing() {
  local missing=() package
  for package in "${packages[@]}"; do
    dpkg -s "$package" >/dev/null 2>&1 || missing+=("$package")
  done
  ((${#missing[@]})) || return 0
  apt-get update -qq >&2
  # A package that starts its own service must not: the engines started here are the only ones.
  DEBIAN_FRONTEND=noninteractive RUNLEVEL=1 apt-get install -y -qq --no-install-recommends "${missing[@]}" >&2
}

answers() { # NAME
  case $1 in
  dockerd) curl -sf --max-time 5 --unix-socket "$dir/docker.sock" http://engine/_ping ;;
  podman) curl -sf --max-time 5 --unix-socket "$dir/podman.sock" http://engine/_ping ;;
  registry) curl -sf --max-time 5 "http://$registry/v2/" ;;
  registry-auth) curl -sf --max-time 5 -u "$user:$password" "http://$registry_auth/v2/" ;;
  esac >/dev/null 2>&1
}

start() { # NAME COMMAND…: in a session of its own, so that the terminal's Ctrl-C does not reach it
  local name=$1
  shift
  setsid "$@" </dev/null >"$dir/$name.log" 2>&1 &
  echo $! >"$dir/$name.pid"
  started+=("$name")
}

start_dockerd() {
  rm -f "$dir/dockerd.real.pid" # left by an engine that was killed; dockerd refuses to start beside it
  start dockerd dockerd --data-root "$dir/docker" --exec-root "$dir/docker-exec" -H "unix://$dir/docker.sock" \
    --pidfile "$dir/dockerd.real.pid" --iptables=false --bridge=none
}

start_podman() {
  rm -f "$dir/podman.sock"
  start podman podman --root "$dir/podman" --runroot "$dir/podman-run" system service --time 0 "unix://$dir/podman.sock"
}

serve_registry() { # NAME HOST:PORT [MORE]: lines of configuration
  printf 'version: 0.1\nstorage:\n  filesystem:\n    rootdirectory: %s\nhttp:\n  addr: %s\n%s' \
    "$dir/$1" "$2" "${3-}" >"$dir/$1.yml"
  start "$1" docker-registry serve "$dir/$1.yml"
}

start_registry() { serve_registry registry "$registry"; }

start_registry-auth() {
  htpasswd -Bbn "$user" "$password" >"$dir/htpasswd" 2>/dev/null
  serve_registry registry-auth "$registry_auth" \
    "auth: {htpasswd: {realm: tests, path: $dir/htpasswd}}"$'\n'
}

wait_for() { # NAME
  local _
  for _ in $(seq 1 150); do
    answers "$1" && return
    sleep 0.2
  done
  echo "$1 does not answer; its log ends with:" >&2
  tail -n 20 "$dir/$1.log" >&2
  return 1
}

give_up() { # leaves nothing behind that was not there before
  ((${#started[@]} == 0)) || "$(dirname "$0")/down.sh" "${started[@]}"
  exit 1
}

install_missing
mkdir -p "$dir/registry" "$dir/registry-auth"
for name in "${names[@]}"; do
  answers "$name" || "start_$name"
done
for name in "${names[@]}"; do
  wait_for "$name" || give_up
done
cat <<END
export DOCKER_HOST=unix://$dir/docker.sock
export DOCKOPT_ENGINES_DIR=$dir
export DOCKOPT_ENGINES_STARTED="${started[*]-}"
export DOCKOPT_TEST_DOCKER=unix://$dir/docker.sock
export DOCKOPT_TEST_PODMAN=unix://$dir/podman.sock
export DOCKOPT_TEST_REGISTRY=$registry
export DOCKOPT_TEST_REGISTRY_AUTH=$registry_auth
export DOCKOPT_TEST_REGISTRY_USER=$user
export DOCKOPT_TEST_REGISTRY_PASSWORD='$password'
END
