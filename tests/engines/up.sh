#!/usr/bin/env bash
# Starts the engines and registries of the engine tests: dockerd and the Podman API on Unix sockets,
# and two registries on loopback, one of them with a password. A TLS proxy and an ssh server lead to
# the same dockerd; a registry with TLS serves the images of the first registry.
#
#   started=$(tests/engines/up.sh); eval "$started"
#
# Keeps services that already answer, so a second call changes nothing. Prints the environment to
# use, and in DOCKOPT_ENGINES_STARTED the names of the started services (for down.sh). Needs root
# and Debian's packages.
#
#   DOCKOPT_ENGINES_DIR     sockets, logs, pid files and the engines' stores; default
#                           ${TMPDIR:-/tmp}/dd-engines
#   DOCKOPT_TEST_REGISTRY   HOST:PORT of the registry; default 127.0.0.1:5111
#   DOCKOPT_TEST_REGISTRY_AUTH   of the registry with a password; default 127.0.0.1:5112
#   DOCKOPT_TEST_REGISTRY_TLS    of the registry with TLS; default 127.0.0.1:5113
#   DOCKOPT_TEST_DOCKER_TLS      HOST:PORT of dockerd with TLS; default 127.0.0.1:5114
#   DOCKOPT_TEST_SSHD            HOST:PORT of the ssh server; default 127.0.0.1:5115
set -euo pipefail

dir=${DOCKOPT_ENGINES_DIR:-${TMPDIR:-/tmp}/dd-engines}
registry=${DOCKOPT_TEST_REGISTRY:-127.0.0.1:5111}
registry_auth=${DOCKOPT_TEST_REGISTRY_AUTH:-127.0.0.1:5112}
registry_tls=${DOCKOPT_TEST_REGISTRY_TLS:-127.0.0.1:5113}
docker_tls=${DOCKOPT_TEST_DOCKER_TLS:-127.0.0.1:5114}
sshd=${DOCKOPT_TEST_SSHD:-127.0.0.1:5115}
ssh_alias=dockopt-engine # a `Host` of the ssh client's configuration, which has the port
user=dockopt
password='open sesame:1' # a blank and a colon must not matter
packages=(docker.io podman skopeo buildah umoci docker-registry apache2-utils debootstrap iptables crun ca-certificates
  curl gcc libc6-dev openssl openssh-client openssh-server socat)
names=(dockerd podman registry registry-auth registry-tls docker-tls sshd)
started=()

install_missing() (
  missing=()
  for package in "${packages[@]}"; do
    dpkg -s "$package" >/dev/null 2>&1 || missing+=("$package")
  done
  ((${#missing[@]})) || return 0
  # Packages must not start their own services: an ssh server open to the network, for one.
  policy=/usr/sbin/policy-rc.d
  if [[ ! -e $policy ]]; then
    trap 'rm -f "$policy"' EXIT
    install -m 755 /dev/stdin "$policy" <<<$'#!/bin/sh\nexit 101'
  fi
  apt-get update -qq >&2
  DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "${missing[@]}" >&2
)

answers() { # NAME
  case $1 in
  dockerd) curl -sf --max-time 5 --unix-socket "$dir/docker.sock" http://engine/_ping ;;
  podman) curl -sf --max-time 5 --unix-socket "$dir/podman.sock" http://engine/_ping ;;
  registry) curl -sf --max-time 5 "http://$registry/v2/" ;;
  registry-auth) curl -sf --max-time 5 -u "$user:$password" "http://$registry_auth/v2/" ;;
  registry-tls) curl -sf --max-time 5 --cacert "$dir/tls/ca.pem" "https://$registry_tls/v2/" ;;
  docker-tls) timeout 5 openssl s_client -connect "$docker_tls" -CAfile "$dir/tls/ca.pem" -verify_return_error \
    -cert "$dir/tls/cert.pem" -key "$dir/tls/key.pem" ;;
  sshd) timeout 5 ssh -F "$dir/ssh/config" "$ssh_alias" true ;;
  esac </dev/null >/dev/null 2>&1
}

make_ca() { # NAME: of the certificate authority
  openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 3650 -subj "/CN=dockopt tests $1" \
    -keyout "$1-key.pem" -out "$1.pem"
}

make_certificate() { # NAME KEY-NAME EXTENSIONS
  openssl req -new -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -subj "/CN=dockopt tests $1" \
    -keyout "$2.pem" -out "$1.csr"
  openssl x509 -req -in "$1.csr" -CA ca.pem -CAkey ca-key.pem -CAcreateserial -days 3650 -extfile <(echo "$3") \
    -out "$1.pem"
}

# The client's files have Docker's names, so $DOCKER_CERT_PATH can be this directory.
make_certificates() (
  [[ ! -e $dir/tls ]] || return 0
  rm -rf "$dir/tls.new"
  mkdir -m 700 "$dir/tls.new"
  cd "$dir/tls.new"
  make_ca ca
  make_ca other-ca # trusted by neither side
  make_certificate server server-key $'subjectAltName = IP:127.0.0.1, DNS:localhost\nextendedKeyUsage = serverAuth'
  make_certificate cert key 'extendedKeyUsage = clientAuth'
  mv "$dir/tls.new" "$dir/tls" # all of them or none
)

make_ssh_keys() {
  local name
  mkdir -p "$dir/ssh"
  for name in host user; do
    [[ -e $dir/ssh/$name.pub ]] || ssh-keygen -q -t ed25519 -N '' -C "dockopt tests" -f "$dir/ssh/$name"
  done
}

# Each call writes the files anew, because the port may differ.
configure_ssh() {
  make_ssh_keys
  printf '[%s]:%s %s\n' "${sshd%:*}" "${sshd##*:}" "$(<"$dir/ssh/host.pub")" >"$dir/ssh/known_hosts"
  cat >"$dir/ssh/config" <<END
Host $ssh_alias
  HostName ${sshd%:*}
  Port ${sshd##*:}
  User $(id -un)
  IdentityFile $dir/ssh/user
  IdentitiesOnly yes
  UserKnownHostsFile $dir/ssh/known_hosts
  StrictHostKeyChecking yes
  BatchMode yes
END
}

start() { # NAME COMMAND…: in its own session, out of reach of the terminal's Ctrl-C
  local name=$1
  shift
  setsid "$@" </dev/null >"$dir/$name.log" 2>&1 &
  echo $! >"$dir/$name.pid"
  started+=("$name")
}

start_dockerd() {
  rm -f "$dir/dockerd.real.pid" # left by a killed engine; dockerd does not start beside it
  start dockerd dockerd --data-root "$dir/docker" --exec-root "$dir/docker-exec" -H "unix://$dir/docker.sock" \
    --pidfile "$dir/dockerd.real.pid" --iptables=false --bridge=none
}

start_podman() {
  rm -f "$dir/podman.sock"
  start podman podman --root "$dir/podman" --runroot "$dir/podman-run" system service --time 0 "unix://$dir/podman.sock"
}

serve_registry() { # NAME HOST:PORT [MORE]: lines of configuration
  printf 'version: 0.1\nstorage:\n  filesystem:\n    rootdirectory: %s\nhttp:\n  addr: %s\n%s' \
    "$dir/${1%-tls}" "$2" "${3-}" >"$dir/$1.yml"
  start "$1" docker-registry serve "$dir/$1.yml"
}

start_registry() { serve_registry registry "$registry"; }

start_registry-auth() {
  htpasswd -Bbn "$user" "$password" >"$dir/htpasswd" 2>/dev/null
  serve_registry registry-auth "$registry_auth" \
    "auth: {htpasswd: {realm: tests, path: $dir/htpasswd}}"$'\n'
}

start_registry-tls() { # serves the images of the first registry
  serve_registry registry-tls "$registry_tls" \
    "  tls: {certificate: $dir/tls/server.pem, key: $dir/tls/server-key.pem}"$'\n'
}

# A proxy in front of dockerd, so a running dockerd needs no restart.
start_docker-tls() {
  local tls=cert=$dir/tls/server.pem,key=$dir/tls/server-key.pem,cafile=$dir/tls/ca.pem,verify=1
  start docker-tls socat -b 65536 \
    "OPENSSL-LISTEN:${docker_tls##*:},bind=${docker_tls%:*},reuseaddr,fork,backlog=64,$tls" "UNIX-CONNECT:$dir/docker.sock"
}

start_sshd() {
  mkdir -p /run/sshd # its directory for privilege separation, which Debian's service would create
  cat >"$dir/ssh/sshd_config" <<END
ListenAddress $sshd
HostKey $dir/ssh/host
AuthorizedKeysFile $dir/ssh/user.pub
StrictModes no
UsePAM no
PasswordAuthentication no
KbdInteractiveAuthentication no
PermitRootLogin prohibit-password
AllowUsers $(id -un)
MaxStartups 100
PidFile none
SetEnv DOCKER_HOST=unix://$dir/docker.sock
END
  start sshd /usr/sbin/sshd -D -e -f "$dir/ssh/sshd_config" # sshd requires its absolute path
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

give_up() { # stops everything that this call started
  ((${#started[@]} == 0)) || "$(dirname "$0")/down.sh" "${started[@]}"
  exit 1
}

install_missing
mkdir -p "$dir/registry" "$dir/registry-auth"
make_certificates >&2
configure_ssh
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
export DOCKOPT_TEST_DOCKER_TLS=$docker_tls
export DOCKOPT_TEST_DOCKER_SSH=ssh://$ssh_alias
export DOCKOPT_TEST_SSHD=$sshd
export DOCKOPT_TEST_SSH_CONFIG=$dir/ssh/config
export DOCKOPT_TEST_TLS=$dir/tls
export DOCKOPT_TEST_PODMAN=unix://$dir/podman.sock
export DOCKOPT_TEST_REGISTRY=$registry
export DOCKOPT_TEST_REGISTRY_AUTH=$registry_auth
export DOCKOPT_TEST_REGISTRY_TLS=$registry_tls
export DOCKOPT_TEST_REGISTRY_USER=$user
export DOCKOPT_TEST_REGISTRY_PASSWORD='$password'
END
