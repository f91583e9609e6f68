#!/usr/bin/env bash
# Stops the services of up.sh by their pid files. Keeps the stores, so the next start has the images
# at once.
#
#   tests/engines/down.sh [NAME…]
#
# NAME is dockerd, podman, registry, registry-auth, registry-tls, docker-tls or sshd; default: all.
#
#   DOCKOPT_ENGINES_DIR   as in up.sh
set -euo pipefail

dir=${DOCKOPT_ENGINES_DIR:-${TMPDIR:-/tmp}/dd-engines}
(($#)) || set -- sshd docker-tls registry-tls registry registry-auth podman dockerd

program() { # NAME: prints the process name
  case $1 in
  registry*) echo docker-registry ;;
  docker-tls) echo socat ;;
  *) echo "$1" ;;
  esac
}

running() { # NAME PID: false if the pid is gone or belongs to another program
  local comm
  comm=$(cat "/proc/$2/comm" 2>/dev/null) && [[ $comm == "$(program "$1")" ]]
}

for name in "$@"; do
  [[ -f $dir/$name.pid ]] || continue
  pid=$(<"$dir/$name.pid")
  if running "$name" "$pid"; then
    kill "$pid"
    for _ in $(seq 1 100); do
      running "$name" "$pid" || break
      sleep 0.1
    done
    running "$name" "$pid" && echo "$name (pid $pid) has not ended yet" >&2
  fi
  rm -f "$dir/$name.pid"
done
