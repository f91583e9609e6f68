#!/usr/bin/env bash
# Records the output of dive 0.13.1 for the images of ../images/dive_images in dive/NAME.json.
#
#   DOCKOPT_TEST_DIVE=dive crates/image/tests/goldens/record.sh
set -euo pipefail

here=$(cd "$(dirname "$0")" && pwd)
dive=${DOCKOPT_TEST_DIVE:-dive}
version=$("$dive" version)
if [[ $version != "dive 0.13.1" ]]; then
  echo "$dive is \`$version\`, not \`dive 0.13.1\`" >&2
  exit 1
fi
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
mkdir "$work/goldens"

cd "$here/../../../.."
DOCKOPT_DIVE_ARCHIVES=$work cargo test --quiet -p dockopt-image --test images -- --ignored --exact dive_goldens::write_archives
for archive in "$work"/*.tar; do
  name=$(basename "$archive" .tar)
  "$dive" --source docker-archive "$archive" --json "$work/goldens/$name.json" >"$work/output" ||
    { cat "$work/output" >&2; exit 1; }
done
mkdir -p "$here/dive"
rm -f "$here"/dive/*.json
cp "$work"/goldens/*.json "$here/dive"
