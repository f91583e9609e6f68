#!/usr/bin/env bash
# Ends what up.sh started, by its pid files. The stores stay, so that the next start has the images at once.
#
#   tests/engines/down.sh [NAME…]    NAME: dockerd, podman, registry, registry-auth, registry-tls, docker-tls, sshd;
#                                default: all
#
#   DOCKOPT_ENGINES_DIR   as in up.sh
set -euo pipefail

dir=${DOCKOPT_ENGINES_DIR:-${TMPDIR:-/tmp}/dd-engines}
(($#)) || set -- sshd docker-tls registry-tls registry registry-auth podman dockerd

program() { # NAME: the program's name as the kernel shows it
  case $1 in
  registry*) echo docker-registry ;;
  docker-tls) echo socat ;;
  *) echo "$1" ;;
  esac
}

running() { # NAME PID: guards against a pid that another program has by now, or that is gone while it is looked at
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
