#!/usr/bin/env python3
"""Prints what packages own according to the tools and files in a container.

    docker run --rm -i IMAGE python3 - < packages_truth.py

A line for each package: ecosystem, name, bytes, files. Regular files count, an inode once. Debian
packages have what `dpkg -L` lists, wheels what `RECORD` lists without files of Debian packages, npm
packages what is below their directory without further `node_modules`, rpm packages what `rpm` lists,
gems what `gem contents` lists, their specification and their archive.
"""

import csv
import json
import os
import re
import shutil
import stat
import subprocess


def owned(paths):
    """Returns bytes, files and inodes of the regular files among some paths."""
    inodes = {}
    for path in paths:
        try:
            facts = os.lstat(path)
        except OSError:
            continue
        if stat.S_ISREG(facts.st_mode):
            inodes[facts.st_dev, facts.st_ino] = facts.st_size
    return sum(inodes.values()), len(inodes), inodes.keys()


def debian():
    taken = set()
    listed = subprocess.run(["dpkg-query", "-W", "-f", "${binary:Package}\\n"], capture_output=True, check=True)
    for package in listed.stdout.decode().split():
        files = subprocess.run(["dpkg", "-L", package], capture_output=True, check=True)
        paths = []
        for line in files.stdout.decode().splitlines():
            diverted = re.fullmatch(r"(?:locally diverted|diverted by \S+) to: (.*)", line)
            if diverted:
                paths.pop()
            paths.append(diverted[1] if diverted else line)
        size, count, inodes = owned(paths)
        taken |= inodes
        print("deb", package.split(":")[0], size, count, sep="\t")
    return taken


def directories(top):
    for directory, names, files in os.walk(top):
        if directory == "/":
            names[:] = [name for name in names if name not in ("proc", "sys", "dev")]
        yield directory, names, files


def wheel(metadata, taken):
    with open(os.path.join(metadata, "METADATA"), encoding="utf-8") as file:
        name = next(line.split(":", 1)[1].strip() for line in file if line.startswith("Name:"))
    with open(os.path.join(metadata, "RECORD"), encoding="utf-8", newline="") as file:
        paths = [os.path.join(os.path.dirname(metadata), row[0]) for row in csv.reader(file) if row]
    paths = [path for path in paths if os.path.lexists(path)]
    inodes = [(os.lstat(path).st_dev, os.lstat(path).st_ino) for path in paths]
    size, count, _ = owned(path for path, inode in zip(paths, inodes) if inode not in taken)
    print("pypi", name, size, count, sep="\t")


def npm(top):
    with open(os.path.join(top, "package.json"), encoding="utf-8-sig") as file:
        manifest = json.load(file)
    if not manifest.get("name"):
        return
    paths = []
    for directory, names, files in os.walk(top):
        names[:] = [name for name in names if name != "node_modules"]
        paths += [os.path.join(directory, name) for name in files]
    size, count, _ = owned(paths)
    print("npm", manifest["name"] + "@" + manifest.get("version", ""), size, count, sep="\t")


def rpm():
    rows = "[%{=NAME}\\t%{FILENAMES}\\n]"
    command = ["rpm", "--define", "_dbpath /var/lib/rpm", "-qa", "--queryformat", rows]
    packages = {}
    for line in subprocess.run(command, capture_output=True, check=True).stdout.decode().splitlines():
        name, path = line.split("\t")
        packages.setdefault(name, []).append(path)
    for name, paths in packages.items():
        size, count, _ = owned(paths)
        print("rpm", name, size, count, sep="\t")


def gem(specification):
    home = os.path.dirname(os.path.dirname(specification))
    full = os.path.basename(specification)[: -len(".gemspec")]
    name = full.rsplit("-", 1)[0]
    listed = subprocess.run(["gem", "contents", name], capture_output=True, check=True)
    paths = listed.stdout.decode().splitlines() + [specification, f"{home}/cache/{full}.gem"]
    size, count, _ = owned(paths)
    print("gem", name, size, count, sep="\t")


taken = debian()
if shutil.which("rpm") and os.path.exists("/var/lib/rpm/rpmdb.sqlite"):
    rpm()
for directory, names, files in directories("/"):
    if directory.endswith(".dist-info") and "RECORD" in files and "METADATA" in files:
        wheel(directory, taken)
    if directory.startswith("/var/lib/gems/") and directory.endswith("/specifications"):
        for name in files:
            gem(os.path.join(directory, name))
    parent = os.path.dirname(directory)
    parent = os.path.dirname(parent) if os.path.basename(parent).startswith("@") else parent
    if "package.json" in files and os.path.basename(parent) == "node_modules":
        npm(directory)
