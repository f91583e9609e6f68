#!/usr/bin/env bash
# Prints counts of an unpacked root filesystem in the format of export_truth.py: liveBytes, files,
# links.
#
#   tests/engines/rootfs_truth.sh DIR
set -euo pipefail

find "${1:?usage: rootfs_truth.sh DIR}" -xdev -type f -printf '%i %s\n' | awk '
  seen[$1]++ { links++; next }
  { files++; bytes += $2 }
  END { printf "{\n  \"liveBytes\": %d,\n  \"files\": %d,\n  \"links\": %d\n}\n", bytes, files, links }'
