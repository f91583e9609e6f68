#!/usr/bin/env python3
"""Prints counts of the final filesystem of an image, from `docker export`, as JSON.

    docker export CONTAINER | export_truth.py --archive IMAGE.tar

The export is read on standard input. The engine stacked the layers, so the counts are independent
of what dockopt-dive computes as `live`:

    liveBytes       content bytes of the image's regular files; an inode with several names counts
                    once
    files           number of those inodes
    links           further names of those inodes
    behindEngine    the image's own files that the export cannot show, path to bytes; included in
                    liveBytes and files

When the engine creates a container, it puts its own files over the image's (`/.dockerenv`,
`/etc/hosts`, …). They are skipped; the image's files at their paths are read from IMAGE.tar (`docker
save`, legacy layout).
"""

import argparse
import json
import posixpath
import sys
import tarfile

# Files that the engine creates in every container, whether or not the image has them.
ENGINE_FILES = {
    ".dockerenv", "dev/console", "etc/hostname", "etc/hosts", "etc/mtab", "etc/resolv.conf",
}
OPAQUE = ".wh..wh..opq"


def clean(name):
    """Returns the path of a tar entry without `./` and leading or trailing slashes."""
    return posixpath.normpath("/" + name).lstrip("/")


def above(path):
    """Yields the directories above a path, nearest first, without the root."""
    while path := posixpath.dirname(path):
        yield path


def hidden_by(path):
    """Returns the entries of a layer that hide the path in lower layers."""
    places = [path, *above(path)]
    whiteouts = {posixpath.join(posixpath.dirname(p), ".wh." + posixpath.basename(p)) for p in places}
    opaque = {posixpath.join(p, OPAQUE) for p in [*above(path), ""]}
    return whiteouts | opaque


def layer_archives(image):
    """Yields the layers of a `docker save` archive as tar files, the topmost first."""
    manifest = json.load(image.extractfile("manifest.json"))
    if len(manifest) != 1:
        raise SystemExit("the archive must contain one image")
    for name in reversed(manifest[0]["Layers"]):
        with tarfile.open(fileobj=image.extractfile(name)) as layer:
            yield layer


def behind_engine(archive):
    """Returns the image's own regular files at the engine's paths, path to bytes."""
    found, open_paths = {}, set(ENGINE_FILES)
    with tarfile.open(archive) as image:
        for layer in layer_archives(image):
            entries = {clean(entry.name): entry for entry in layer}
            for path in sorted(open_paths):
                entry = entries.get(path)
                if entry is not None and entry.isreg():
                    found[path] = entry.size
                elif entry is not None and entry.islnk():
                    raise SystemExit(f"{path} is a hard link: this script cannot determine its size")
                blocked = any(p in entries and not entries[p].isdir() for p in above(path))
                if entry is not None or blocked or not entries.keys().isdisjoint(hidden_by(path)):
                    open_paths.discard(path)
            if not open_paths:
                break
    return found


def exported(stream):
    """Counts the regular files of an export: bytes, inodes, further names."""
    size = files = links = 0
    with tarfile.open(fileobj=stream, mode="r|") as export:
        for entry in export:
            if clean(entry.name) in ENGINE_FILES:
                continue
            if entry.isreg():
                size += entry.size
                files += 1
            elif entry.islnk():
                links += 1
            export.members = []  # do not keep a list of the entries of a stream
    return size, files, links


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--archive", required=True, help="the same image as `docker save` wrote it")
    archive = parser.parse_args().archive
    size, files, links = exported(sys.stdin.buffer)
    own = behind_engine(archive)
    truth = {
        "liveBytes": size + sum(own.values()),
        "files": files + len(own),
        "links": links,
        "behindEngine": own,
    }
    json.dump(truth, sys.stdout, indent=2, sort_keys=False)
    print()


if __name__ == "__main__":
    main()
